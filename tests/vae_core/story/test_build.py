"""What is shipped of the story, and that it is built again the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.story.stored import FOLDER, arrays, facts, flat
from vae_core.config import ConfigError
from vae_core.runs.verification import verify
from vae_core.story import build, recipes
from vae_core.story.steps.map import mosaic

__all__ = ["facts"]  # a fixture
LARGEST = 5_000_000  # bytes of a file that is shipped
BROWSER = 3_900_000  # bytes of everything that the browser gets on the short route
MORE = 600_000  # and on the long one beyond it


# --------------------------------------------------------------------------- what is shipped


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_shipped_run_is_as_training_wrote_it_with_the_settings_of_its_recipe(name: str) -> None:
    assert verify(FOLDER / name) == []
    assert recipes.open_run(name).config == recipes.RECIPES[name]
    assert not list((FOLDER / name).glob("snapshots/encoder-*"))


def test_every_step_has_facts_and_arrays_of_kinds_that_a_browser_reads(facts: dict[str, Any]) -> None:
    assert set(facts) == set(build.BUILDERS)
    for step in build.BUILDERS:
        assert {array.dtype.name for array in arrays(step).values()} <= {"uint8", "int32", "float32"}
        assert all(np.isfinite(array).all() for array in arrays(step).values())


def test_files_are_small_and_hold_no_mnist_picture(facts: dict[str, Any]) -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) < LARGEST
    # Of the runs on MNIST: weights, codes, decoded pictures. The steps' sheets are decoded too, or made of the glyph.
    on_mnist = {name for step in build.BUILDERS if step not in ("knob", "turn", "blob", "guess", "mutual") for name in arrays(step)}
    assert on_mnist <= {"points", "point_labels", "labels", "film", "ratio", "axes", "mean"}  # of many images, the last two
    grids = [frame["grid"] for frame in recipes.open_run(recipes.MAP).snapshots()]
    shown = np.linspace(0, len(grids) - 1, len(arrays("map")["film"])).round().astype(int)
    assert all(np.array_equal(sheet, mosaic(grids[n])) for sheet, n in zip(arrays("map")["film"], shown, strict=True))


def test_the_browser_gets_no_more_than_fits_into_one_file_to_share() -> None:
    packet = pytest.importorskip("dashboard.components.story.packet")
    short, *more = (parcel for _, parcel in packet.build(FOLDER))
    assert len(short) <= BROWSER
    assert sum(map(len, more)) <= MORE


def test_the_long_route_goes_past_every_step_of_the_short_one_in_the_same_order() -> None:
    assert [step for step in build.LONG if step in build.SHORT] == list(build.SHORT)
    assert build.LONG[-1] == build.SHORT[-1] == "end"


def test_what_the_story_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError):
        build.build_story(["strict-2"])


def test_a_step_that_is_built_again_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any]) -> None:
    monkeypatch.setattr(build, "root", lambda: tmp_path)
    build.build_story(["map", "draw", "trust", "turn"], report=lambda line: None)
    again = json.loads((tmp_path / "facts.json").read_text(encoding="utf-8"))
    for step in again:
        assert flat(again[step]) == pytest.approx(flat(facts[step]), rel=1e-3, abs=1e-4, nan_ok=True)
