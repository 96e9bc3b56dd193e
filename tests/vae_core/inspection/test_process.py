"""Inspect computes in a process of its own, which can be watched and stopped; the command line asks for the same."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest

from vae_core.cli.main import main
from vae_core.inspection import process, store
from vae_core.inspection.parts import inference_gap
from vae_core.inspection.parts.registry import APPLICATIONS, FORMER_KEYS, INSPECTED, PARTS
from vae_core.inspection.process import InspectionProgress
from vae_core.inspection.subject import SPLITS, Findings, InspectedRun
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


def test_progress_rises_through_all_parts(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "WRITING_SECONDS", 0.0)
    seen: list[InspectionProgress] = []
    process.run_parts(fresh, ["kl-decomposition", "prior-holes"], report=seen.append)
    shares = [now.whole for now in seen]
    assert shares == sorted(shares) and shares[-1] == 1.0 and seen[-1].state == "done"
    assert {now.part for now in seen} == {"kl-decomposition", "prior-holes"} and any(0 < now.share < 1 for now in seen)
    assert process.progress(fresh).state == "done"


@pytest.mark.parametrize("split", SPLITS)
def test_progress_is_of_the_images_that_were_asked_for(fresh: Run, split: str) -> None:
    seen: list[InspectionProgress] = []
    process.run_parts(fresh, ["kl-decomposition"], split, report=seen.append)
    now = process.progress(fresh)
    assert {one.split for one in seen} == {split} == {now.split}
    assert [now.concerns("kl-decomposition", one) for one in SPLITS] == [one == split for one in SPLITS] and not now.concerns(
        "bounds", split
    )


def test_a_part_that_fails_keeps_no_other_from_being_computed(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(inspected: InspectedRun, progress: object) -> Findings:
        raise ZeroDivisionError("no luck")

    monkeypatch.setitem(PARTS, "prior-holes", replace(PARTS["prior-holes"], compute=fails))
    with pytest.raises(RunError, match=r"Computing prior-holes failed \(ZeroDivisionError\): no luck"):
        process.run_parts(fresh, ["kl-decomposition", "prior-holes", "outliers"])
    assert store.missing(fresh) == ("rate-distortion", "redrawing", "prior-holes", "bounds", "inference-gap", *APPLICATIONS)
    assert process.progress(fresh).state == "failed" and "no luck" in process.progress(fresh).sentence


def test_an_unfinished_run_is_refused(fresh: Run) -> None:
    bare = replace(fresh, summary={})
    for ask in (process.run_parts, process.start, lambda run: inference_gap.grid_of_row(run, 0)):
        with pytest.raises(RunError, match="not finished"):
            ask(bare)


def wait_until(run: Run, is_so: object, seconds: float = 60.0) -> InspectionProgress:
    deadline = time.monotonic() + seconds
    while not is_so(now := process.progress(run)):
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    return now


def test_a_process_of_its_own_computes_and_can_be_stopped(fresh: Run) -> None:
    assert process.progress(fresh) is None
    worker = process.start(fresh)
    assert worker is not None and process.progress(fresh).state == "running"
    assert process.start(fresh) is None, "one process at a time"
    wait_until(fresh, lambda now: now.part == "bounds" and now.share > 0)
    with pytest.raises(RunError, match="Another process"):
        process.run_parts(fresh, ["inference-gap"])
    process.stop(fresh)
    assert wait_until(fresh, lambda now: now.state != "running").state == "stopped"
    assert worker.wait(30) == 0
    left = ("inference-gap", *APPLICATIONS)
    assert store.missing(fresh) in (("bounds", *left), left), "what was done is kept, what was not is not there"
    assert not (fresh.path / "control" / "stop-inspecting").exists()
    assert process.start(fresh, ["kl-decomposition"]).wait(60) == 0 and process.progress(fresh).state == "done"


def test_a_killed_process_was_interrupted(fresh: Run) -> None:
    worker = process.start(fresh, ["bounds"])
    wait_until(fresh, lambda now: now.share > 0)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(30)
    assert process.progress(fresh).state == "interrupted"
    assert store.missing(fresh) == tuple(PARTS)
    assert process.run_parts(fresh, ["kl-decomposition"])[0].values


def test_stopping_what_is_at_rest_does_not_stop_the_next(fresh: Run) -> None:
    process.stop(fresh)
    process.run_parts(fresh, ["kl-decomposition"])
    process.stop(fresh)
    process.run_parts(fresh, ["outliers"])
    assert process.progress(fresh).state == "done"


def test_a_process_that_leaves_while_its_progress_is_read_ended_as_it_says(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    file = fresh.path / "control" / "inspecting.json"
    process.run_parts(fresh, ["kl-decomposition"])
    ended, asked = file.read_text(), []

    def left(lock: object) -> bool:
        asked.append(lock)
        file.write_text(ended)
        return False

    monkeypatch.setattr(process, "is_held", left)
    file.write_text(ended.replace('"done"', '"running"'))
    assert process.progress(fresh).state == "done" and len(asked) == 1


def test_the_command_prints_what_is_stored(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(run.path)]) == 0
    text = capsys.readouterr().out
    for part in INSPECTED:
        assert f"{part}: " in text
    assert "compression: " not in text
    assert main(["apply", str(run.path), "search", "compression"]) == 0 and "compression: 40 of 359 test images" in capsys.readouterr().out
    assert main(["apply", str(run.path), "search", "--split", "train"]) == 1 and "tell nothing of new ones" in capsys.readouterr().err
    assert main(["apply", str(run.path), "magic"]) == 1 and "choose among search" in capsys.readouterr().err
    value = store.read(run, "inference-gap").values["log_p"]["value"]
    assert f"{value:.3f}" in text and "mutual information" in text and "entropy floor" in text


def test_the_command_refuses_in_one_sentence(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(run.path), "magic"]) == 1
    assert main(["inspect", str(run.path), "--images", "0"]) == 1
    assert main(["inspect", "nobody"]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line and "%|" not in line]
    assert (
        "choose among kl-decomposition, rate-distortion" in errors[0]
        and "at least 1" in errors[1]
        and "There is no run 'nobody'" in errors[2]
    )


def test_the_former_names_of_the_parts_still_work(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(run.path), *FORMER_KEYS]) == 0
    heads = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert heads == ["kl-decomposition", "prior-holes", "inference-gap"]
