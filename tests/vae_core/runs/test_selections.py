"""Named sets beside a run: kept, read back, bounded, never sealed, and not lost between writers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from tests.vae_core.runs.conftest import one_sentence
from vae_core.jobs import queue
from vae_core.runs import selections
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.runs.selections import FILE, MOST, MOST_BYTES, MOST_RANGES
from vae_core.runs.verification import verify


def test_a_set_is_kept_and_read_back(run: Run) -> None:
    rows = run.latents().rows
    assert run.selections.all() == ()
    made = run.select("odd ones", rows[[5, 3, 4]])
    assert (made.name, made.colour) == ("odd ones", 0) and run.select("others", rows[:2]).colour == 1
    assert run.selection("odd ones").tolist() == rows[3:6].tolist()
    record = json.loads((run.path / FILE).read_text())
    assert record["format"] == 1 and record["dataset"] == run.dataset["sha256"] and record["sets"][0].keys() == {"name", "colour", "rows"}
    assert run.select("odd ones", rows[:1]).colour == 0 and len(run.selection("odd ones")) == 1, "a set takes the place of its namesake"
    run.selections.remove("odd ones")
    assert [one.name for one in run.selections.all()] == ["others"]


def test_sets_are_not_sealed_and_go_with_their_run(run: Run) -> None:
    version = run.version
    run.select("some", run.latents().rows[:4])
    assert verify(run.path) == [] and FILE not in run.summary["files"] and run.version == version
    gone = queue.delete(run)
    assert (gone / FILE).is_file() and not run.path.exists()


@pytest.mark.parametrize(
    "damage",
    [
        b"{", b"[]", b'{"format": 0, "dataset": "%s", "sets": []}', b'{"format": 1, "dataset": "%s", "sets": [{"name": "a"}]}',
        b'{"format": 1, "dataset": "%s", "sets": [{"name": "a", "colour": 8, "rows": []}]}',
        b'{"format": 1, "dataset": "%s", "sets": [{"name": "a", "colour": 0, "rows": [[3, 3]]}]}',
        b'{"format": 1, "dataset": "%s", "sets": [{"name": "a", "colour": 0, "rows": [[3, 5], [4, 6]]}]}',
        *[
            b'{"format": 1, "dataset": "%s", "sets": [{"name": "a", "colour": 0, "rows": ' + rows + b"}]}"
            for rows in (b"[[0, 2e9]]", b"[[3]]", b"[3, 4]", b'[["3", "4"]]', b"[[-1, 3]]", b"[[0, [1]]]", b"[[1, 18446744073709551615]]")
        ],
        b'{"format": 1, "dataset": "%s", "sets": [{"name": "\\u202ea", "colour": 0, "rows": []}]}',
        b'{"format": 1, "dataset": "' + b"0" * 64 + b'", "sets": []}', b"[" * 100_000, b" " * (41 << 20),
    ],
    ids=range(18),
)  # fmt: skip
def test_a_damaged_file_is_one_sentence_and_takes_nothing_else_down(run: Run, damage: bytes) -> None:
    content = damage.replace(b"%s", run.dataset["sha256"].encode())
    (run.path / FILE).write_bytes(content)
    for ask in (run.selections.all, lambda: run.selection("a"), lambda: run.select("b", run.latents().rows[:1])):
        with pytest.raises(RunError) as error:
            ask()
        assert FILE in one_sentence(error.value)
    assert (run.path / FILE).read_bytes() == content, "what cannot be read is not written over"
    assert len(run.latents().rows) and run.model() and [FILE in problem for problem in verify(run.path)] == [True]


def test_sets_of_a_newer_version_are_neither_read_nor_written_over_nor_said_to_be_damaged(run: Run) -> None:
    content = b'{"format": 2, "what version 1 has not": []}'
    (run.path / FILE).write_bytes(content)
    for ask in (run.selections.all, lambda: run.select("b", run.latents().rows[:1])):
        with pytest.raises(RunError, match=rf"^{FILE} of run .* \(it has format 2 and this version reads 1\); update Latent Lens\.$"):
            ask()
    assert (run.path / FILE).read_bytes() == content


def test_ranges_without_end_cost_nothing(run: Run) -> None:
    record = {"format": 1, "dataset": run.dataset["sha256"], "sets": [{"name": "all", "colour": 3, "rows": [[0, 2**40 - 1]]}]}
    (run.path / FILE).write_text(json.dumps(record))
    assert np.array_equal(run.selection("all"), run.latents().rows)


def test_every_second_image_can_be_chosen_and_no_more_gaps_than_are_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    far = 2**40 - np.arange(20_000) * 2 - 1
    run.selections.put("half", far)
    kept = run.selections.named("half").ranges.tolist()
    assert [row for first, end in kept for row in range(first, end)] == sorted(far.tolist())
    assert (run.path / FILE).stat().st_size / 20_000 * MOST_RANGES < MOST_BYTES
    monkeypatch.setattr(selections, "MOST_RANGES", 20_001)
    with pytest.raises(RunError, match="too many gaps"):
        run.selections.put("other half", [1, 3])
    assert [one.name for one in run.selections.all()] == ["half"]


def test_of_two_writers_none_loses_its_set(run: Run) -> None:
    rows = run.latents().rows
    with ThreadPoolExecutor(MOST) as pool:
        list(pool.map(lambda i: replace(run).select(f"set {i}", rows[i : i + 3]), range(MOST)))
    there = run.selections.all()
    assert sorted(one.name for one in there) == [f"set {i}" for i in range(MOST)] and {one.colour for one in there} == set(range(MOST))
    with pytest.raises(RunError, match="which is the most"):
        run.select("one more", rows[:1])


@pytest.mark.parametrize("name", ["", " ", "a" * 81, "two\nlines", "\u202eturned", "half\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(run: Run, name: str) -> None:
    with pytest.raises(RunError) as error:
        run.select(name, run.latents().rows[:1])
    one_sentence(error.value)


def test_rows_of_no_test_image_and_sets_that_are_not_there_are_refused(run: Run) -> None:
    training = np.setdiff1d(np.arange(100), run.latents().rows)[0]
    with pytest.raises(RunError, match=f"Row {training} is of no test image"):
        run.select("a", [training])
    with pytest.raises(RunError, match="its sets are: none"):
        run.selection("a")
    with pytest.raises(RunError, match="no colour of a set"):
        run.select("a", run.latents().rows[:1], colour=8)
    assert not (run.path / FILE).exists()
