"""The slant of the ones along a path, curves that one knob follows, and the one that none can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from tests.vae_core.story.stored import facts
from vae_core.data import sources
from vae_core.story import recipes
from vae_core.story.steps import knob
from vae_core.training.runner import train

__all__ = ["facts"]  # a fixture


def test_slants_are_those_of_sheared_bars() -> None:
    """A bar moved to the right by so much a row leans by the arctangent of it, whatever its ink."""
    y, x = np.mgrid[:28, :28]
    for shear in (-0.3, 0.0, 0.2, 0.5):
        bar = np.exp(-(((x - 13.5) - shear * (13.5 - y)) ** 2) / 4) * (np.abs(y - 13.5) < 9)
        assert knob.slants(np.stack([bar, 3 * bar]))[0] == pytest.approx(np.rad2deg(np.arctan(shear)), abs=0.5)


def test_the_way_along_a_path_is_counted_in_its_pieces() -> None:
    path = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 4.0]])
    assert knob.along(path, np.array([[-1.0, 1.0], [1.0, 9e-2], [2.5, 1.0], [3.0, 9.0]])) == pytest.approx([0, 0.5, 1.25, 2])


def test_the_ones_lean_ever_more_along_their_path(facts: dict[str, Any]) -> None:
    told = facts["knob"]["slant"]
    assert len(told["path"]) == len(told["slants"]) == knob.PLACES
    assert np.all(np.diff(told["slants"]) > 2) and told["slants"][-1] - told["slants"][0] > 30 and told["rank"] > 0.9


def test_the_line_facts_are_the_formula(facts: dict[str, Any]) -> None:
    told = {row["n"]: row for row in facts["knob"]["line"]}
    assert sorted(told) == list(range(2, knob.LONGEST + 1))
    for n, row in told.items():
        along = np.var(np.arange(1, n + 1)) * 2
        assert row["along"] == pytest.approx(along) and row["across"] == 0


def test_curves_that_are_shown_as_working_are_proven_by_ten_seeds(facts: dict[str, Any]) -> None:
    curves = facts["knob"]["curves"]
    assert {name for name, told in curves.items() if not told["is_proven"]} == {"curve-eight"}
    for name, told in curves.items():
        assert len(told["seeds"]) == knob.SEEDS and told["is_proven"] == (min(told["seeds"]) >= knob.PROVEN)
        data = sources.load(recipes.CURVES[name])
        places = knob.encode_values(recipes.open_run(name), data.values)[:, 0]
        assert told["here"] == pytest.approx(abs(spearmanr(data.factors[:, 0], places).statistic), abs=1e-6)


def test_one_of_the_ten_seeds_trained_again(facts: dict[str, Any], tmp_path: Path) -> None:
    told = facts["knob"]["curves"]["curve-parabola"]
    again = knob.followed(train(recipes.curve("parabola", 3), tmp_path / "run"), sources.load("parabola"))
    assert again == pytest.approx((told["seeds"][3], told["seeds_miss"][3]), abs=0.02)


def test_the_eight_has_one_place_with_two_knob_positions_and_no_machine_follows_it(facts: dict[str, Any]) -> None:
    curves = facts["knob"]["curves"]
    eight, others = curves["curve-eight"], [told for name, told in curves.items() if name != "curve-eight"]
    assert sorted(eight["twice_knob"]) == pytest.approx([-0.5, 0.5], abs=0.01) and eight["twice"][0] == pytest.approx([0, 0], abs=0.02)
    assert eight["twice_gap"] < 0.02 and min(told["twice_gap"] for told in others) > 0.4
    assert min(eight["seeds_miss"]) > 0.5 > 0.1 > max(max(told["seeds_miss"]) for told in others)
