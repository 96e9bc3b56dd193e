"""Reading a run: torn lines, damaged arrays, no pickle, no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.places import ROOT
from tests.vae_core.runs.conftest import one_sentence
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.runs.verification import verify


def test_damaged_arrays_are_one_sentence(run: Run) -> None:
    for content in (b"", b"PK\x03\x04 cut", b"\x80\x04\x95 a pickle"):
        (run.path / "latents.npz").write_bytes(content)
        with pytest.raises(RunError) as caught:
            run.latents()
        assert "latents.npz" in one_sentence(caught.value)


def test_a_pickle_in_an_array_file_is_not_opened(run: Run) -> None:
    np.savez(run.path / "latents.npz", mu=np.array([{"a": 1}], dtype=object))
    with pytest.raises(RunError):
        run.latents()


def test_a_torn_last_line_is_ignored(run: Run) -> None:
    before = run.history()
    with open(run.path / "history.csv", "a") as file:
        file.write("99,99,train,1.0,1.")
    after = run.history()
    assert all(np.array_equal(before[key], after[key], equal_nan=key != "split") for key in before)


def test_projections_belong_to_the_weights(run: Run) -> None:
    xy = np.random.default_rng(0).normal(size=(len(run.latents().rows), 2)).astype(np.float32)
    assert run.projection("umap") is None
    run.store_projection("umap", xy)
    assert np.allclose(run.projection("umap"), xy, atol=6e-4)
    assert verify(run.path) == []


def test_reading_a_run_imports_no_torch(tiny_root: Path) -> None:
    code = (
        "import sys, pathlib; from vae_core.runs.listing import load_run; r = load_run(pathlib.Path(sys.argv[1]), 'tiny-2d');"
        "r.history(); r.latents(); r.mosaic(); r.snapshots();"
        "print([m for m in ('torch', 'sklearn', 'umap', 'scipy', 'pandas') if m in sys.modules])"
    )
    root = ROOT
    result = subprocess.run([sys.executable, "-c", code, str(tiny_root)], capture_output=True, text=True, check=True, cwd=root)
    assert result.stdout.strip() == "[]"
