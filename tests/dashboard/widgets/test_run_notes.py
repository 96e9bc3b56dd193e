"""What several pages say of a run."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.i18n.format import plain
from dashboard.i18n.texts import t
from tests.conftest import tiny_config
from tests.dashboard.pages import Open, words
from vae_core.config import ModelConfig, ObjectiveConfig
from vae_core.training.runner import train


@pytest.fixture(scope="module")
def collapsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose KL weighs so much that nothing is left of it."""
    config = replace(tiny_config("Lost", 2, epochs=12), objective=ObjectiveConfig(beta=1000.0))
    return train(config, tmp_path_factory.mktemp("collapsed") / "lost").path


def test_a_collapse_is_named_wherever_a_page_shows_the_run(runs: Path, collapsed: Path, visit: Open) -> None:
    shutil.copytree(collapsed, runs / "lost")
    for page in ("home", "explore", "latent", "sample", "losses", "film"):
        (warning,) = visit(page, run="lost").warning
        assert plain("All 2 dimensions are inactive (KL") in warning.value and "posterior collapse" in warning.value, page
        assert not visit(page, run="tiny-2d").warning, page
    at = visit("compare", run="tiny-2d")
    at.multiselect[0].set_value(["lost"]).run()
    (warning,) = at.warning
    assert warning.value.startswith("About “Lost”: All 2 dimensions are inactive")
    (warning,) = visit("train", watch="lost").warning
    assert "posterior collapse" in warning.value and not visit("train", watch="tiny-2d").warning


def test_costs_below_0_are_explained_where_a_density_makes_them(runs: Path, visit: Open) -> None:
    model = ModelConfig(latent_size=2, hidden=(32,), likelihood="gaussian-learnt")
    train(replace(tiny_config("Density"), model=model), runs / "density")
    for page in ("losses", "film"):
        assert t("losses.density") in words(visit(page, run="density")) and t("losses.density") not in words(visit(page, run="tiny-2d"))
