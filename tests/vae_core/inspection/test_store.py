"""What Inspect found is stored once with its protocol, and read without torch."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.places import ROOT
from tests.vae_core.inspection.conftest import QUICK, SLOW
from vae_core.inspection import process, store
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run

PROTOCOL = {"split", "n", "of", "samples", "seed", "estimator", "pixels", "likelihood", "seconds", "weights", "dataset"}


def test_every_part_is_stored_with_its_protocol(run: Run) -> None:
    assert store.missing(run) == SLOW
    for part in QUICK:
        result = store.read(run, part)
        assert result is not None and result.protocol.keys() == PROTOCOL
        assert result.protocol["weights"] == run.weights_sha256 and result.protocol["split"] == "test"
        assert bool(result.values) == (part != "rate-distortion")
        text = result.file.with_suffix(".json").read_text()
        assert "NaN" not in text and "Infinity" not in text
        assert run.weights_sha256[:16] in result.file.name


def test_what_is_stored_is_read_and_not_computed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "compute", lambda *args: pytest.fail("computed again"))
    assert [result.part for result in process.run_parts(run, ["inference-gap", "kl-decomposition"])] == [
        "kl-decomposition",
        "inference-gap",
    ]


def test_what_was_read_is_kept_until_its_files_change(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = process.run_parts(fresh, ["kl-decomposition"])
    assert store.read(fresh, "kl-decomposition") is not store.read(fresh, "kl-decomposition")  # it was written a moment ago
    monkeypatch.setattr(store, "SETTLED", -(10**15))
    first = store.read(fresh, "kl-decomposition")
    assert first is not None and store.read(fresh, "kl-decomposition") is first
    for file in (result.file, result.file.with_suffix(".json")):
        written = file.read_bytes()
        file.unlink()
        assert file is result.file or store.read(fresh, "kl-decomposition") is None
        file.write_bytes(written)
        again = store.read(fresh, "kl-decomposition")
        assert again is not None and again is not first and again.values == first.values
    assert store.read(fresh, "kl-decomposition", "train") is None


def test_other_weights_damaged_files_and_other_formats_count_as_missing(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = process.run_parts(fresh, ["kl-decomposition"])
    other = replace(fresh, summary={**fresh.summary, "files": {**fresh.summary["files"], "model.safetensors": "f" * 64}})
    assert store.read(fresh, "kl-decomposition") is not None and store.read(other, "kl-decomposition") is None
    stored, file = json.loads(result.file.with_suffix(".json").read_text()), result.file.with_suffix(".json")
    for text in ("", "[]", "{", json.dumps({**stored, "format": 0})):
        file.write_text(text)
        assert store.read(fresh, "kl-decomposition") is None
    file.write_text(json.dumps(stored))
    numbers = np.arange(10_000.0)  # so many that their sum is not checked with their head
    np.savez(result.file, **result.arrays, numbers=numbers)
    whole = result.file.read_bytes()
    at = whole.index(numbers.tobytes()) + numbers.nbytes - 1
    result.file.write_bytes(whole[:at] + bytes([255 - whole[at]]) + whole[at + 1 :])
    with pytest.raises(RunError, match="compute this part again"):
        _ = store.read(fresh, "kl-decomposition").arrays
    result.file.write_bytes(b"no zip")
    assert store.read(fresh, "kl-decomposition") is None
    result.file.unlink()
    assert store.read(fresh, "kl-decomposition") is None and "kl-decomposition" in store.missing(fresh)


def test_what_an_earlier_version_computed_in_another_way_counts_as_missing(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = process.run_parts(fresh, ["kl-decomposition"])
    file = result.file.with_suffix(".json")
    stored = json.loads(file.read_text())
    file.write_text(json.dumps({key: value for key, value in stored.items() if key != "version"}))
    assert store.read(fresh, "kl-decomposition") is not None, "as it was written before there were versions"
    monkeypatch.setitem(store.PARTS, "kl-decomposition", replace(store.PARTS["kl-decomposition"], version=2))
    assert store.read(fresh, "kl-decomposition") is None
    process.run_parts(fresh, ["kl-decomposition"])
    assert store.read(fresh, "kl-decomposition") is not None
    monkeypatch.undo()
    assert store.read(fresh, "kl-decomposition") is None


@pytest.mark.parametrize("change", ["strength", "method", "dims", "array"])
def test_what_an_earlier_version_stored_in_another_shape_counts_as_missing(run: Run, tmp_path: Path, change: str) -> None:
    shutil.copytree(run.path, tmp_path / "tiny-2d")
    older = open_run(tmp_path / "tiny-2d")
    result = store.read(older, "editing")
    assert result is not None
    arrays, file = dict(result.arrays), result.file.with_suffix(".json")
    stored = json.loads(file.read_text())
    match change:
        case "strength":
            stored["values"]["found"][1]["strength"] = 0.4
        case "method":
            stored["values"]["found"].pop()
        case "dims":
            stored["values"]["dims"] = [8, 9]
        case "array":
            arrays["pictures"] = arrays["pictures"][:, :, 1:]
    file.write_text(json.dumps(stored))
    np.savez(result.file, **arrays)
    assert store.read(older, "editing") is None and store.missing(older) == ("features", "anomaly", "editing")


def test_a_full_disk_is_one_sentence(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "write_npz", full)
    with pytest.raises(RunError, match="No space left"):
        process.run_parts(fresh, ["kl-decomposition"])
    assert store.read(fresh, "kl-decomposition") is None and process.progress(fresh).state == "failed"


def test_reading_needs_no_torch(run: Run) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from vae_core.inspection import process, store; from vae_core.inspection.parts import inference_gap\n"
        "from vae_core.runs.listing import open_run\n"
        "from vae_core.evaluation import outliers, rate_distortion; from vae_core.evaluation.posterior_grid import gap_of\n"
        f"run = open_run(Path({str(run.path)!r}))\n"
        f"results = [store.read(run, part) for part in {QUICK}]; assert all(results); [one.arrays for one in results]\n"
        "field = inference_gap.stored_grids(store.read(run, 'inference-gap'))[0]; gap_of(field, field.mu, field.sigma * 0 - 2)\n"
        "rate_distortion.compare_runs(run, [run]); process.progress(run); store.missing(run)\n"
        "print(sorted({'torch', 'sklearn', 'umap'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (result.stdout.strip(), result.returncode) == ("[]", 0), result.stderr
