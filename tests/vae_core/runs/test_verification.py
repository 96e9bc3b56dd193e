"""Verifying a run: one flipped byte, missing files, numbers that are not finite behind right hashes."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from tests.vae_core.runs.conftest import one_sentence
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.runs.sealing import seal
from vae_core.runs.verification import verify
from vae_core.storage import files


def test_a_finished_run_is_sound_and_complete(run: Run) -> None:
    assert verify(run.path) == []
    assert run.state == "done"
    assert run.dataset["event_shape"] == [8, 8]
    names = {p.relative_to(run.path).as_posix() for p in run.path.rglob("*") if p.is_file()}
    assert {name for name in names if "/encoder-" not in name} - {"lock"} == set(run.summary["files"]) | {"summary.json"}
    assert not [name for name in names if "/." in name or name.startswith(".")]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_flipped_byte_anywhere_is_found_and_named(run: Run, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*sorted(run.summary["files"]), "summary.json"]))
    file = run.path / name
    good = file.read_bytes()
    position = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[position] ^= data.draw(st.integers(1, 255))
    try:
        file.write_bytes(bytes(bad))
        problems = verify(run.path)
        # White space in JSON carries no content, so it may only pass where the summary still says the same.
        is_same = name == "summary.json" and _json(bytes(bad)) == _json(good)
        assert is_same or (len(problems) == 1 and name in one_sentence(problems[0]))
    finally:
        file.write_bytes(good)
    assert verify(run.path) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"format": 1', '"format": 3'),
        ('"format"', '"fosmat"'),
        ('"latent_size": 2', '"latent_size": 3'),
        ("standard-normal", "standard-normam"),
    ],
)
def test_settings_that_no_longer_fit_the_summary_are_named_and_not_the_summary(run: Run, before: str, after: str) -> None:
    file = run.path / "config.json"
    file.write_text(file.read_text().replace(before, after))
    assert verify(run.path) == ["config.json of run 'tiny-2d' was changed after training; restore it or train the run again."]


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return content


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "latents.npz", "history.csv", "snapshots/0000.npz"])
def test_a_missing_file_is_named(run: Run, name: str) -> None:
    (run.path / name).unlink()
    (problem,) = verify(run.path)
    assert name in one_sentence(problem)


def reseal(run: Run, name: str) -> None:
    """Give a changed file its right hash, as somebody who edits a run on purpose would."""
    summary = json.loads((run.path / "summary.json").read_text())
    summary["files"][name] = files.sha256(run.path / name)
    summary["sha256"] = seal(summary)
    files.write_json(run.path / "summary.json", summary)


def test_numbers_that_are_not_finite_are_found_behind_right_hashes(run: Run) -> None:
    weights = load_file(run.path / "model.safetensors")
    weights["decoder.0.bias"][0] = float("nan")
    save_file(weights, run.path / "model.safetensors")
    reseal(run, "model.safetensors")
    (problem,) = verify(run.path)
    assert "decoder.0.bias" in one_sentence(problem) and "not finite" in problem


@pytest.mark.parametrize("change", ["shape", "extra", "missing"])
def test_weights_that_do_not_fit_are_named(run: Run, change: str) -> None:
    weights = load_file(run.path / "model.safetensors")
    if change == "shape":
        weights["decoder.0.bias"] = torch.zeros(3)
    elif change == "extra":
        weights["decoder.9.bias"] = torch.zeros(3)
    else:
        del weights["decoder.0.bias"]
    save_file(weights, run.path / "model.safetensors")
    with pytest.raises(RunError, match=r"decoder\.[09]\.bias"):
        run.model()
