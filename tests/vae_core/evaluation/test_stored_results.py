"""What a summary may be shown to say: whose classes neighbours tell, by how many dimensions; simpler models that could not be fitted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.i18n.texts import t
from dashboard.views.losses.protocol import missing_references
from dashboard.widgets.run_notes import neighbour_sentences
from tests.conftest import tiny_config
from tests.dashboard.conftest import visit
from tests.dashboard.pages import is_calm, words
from vae_core.cli.scores import results_table
from vae_core.config import DataConfig
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.data.dataset import split
from vae_core.evaluation import stored_results
from vae_core.latent import inference
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

__all__ = ["visit"]  # a fixture


def told(run: Run) -> str:
    """Return the terminal's line on neighbours."""
    return next(line for line in results_table(run) if "nearest neighbours" in line)


def by_hand(mu: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose 20 nearest others vote for the right class."""
    distances = ((mu[:, None] - mu) ** 2).sum(-1)
    np.fill_diagonal(distances, np.inf)
    near = labels[np.argsort(distances, 1, kind="stable")[:, :20]]
    return float(np.mean([np.bincount(row, minlength=10).argmax() == label for row, label in zip(near, labels, strict=True)]))


def test_without_a_test_set_no_image_is_its_own_neighbour_and_the_words_say_whose_they_are(tmp_path: Path) -> None:
    config = replace(tiny_config("All", epochs=1), data=DataConfig(most=300, test_fraction=0, validation_fraction=0))
    run = train(config, tmp_path / "all")
    points = run.latents()
    knn = stored_results.neighbour_votes(run)
    assert knn["is_own_left_out"] and knn["accuracy"] == pytest.approx(by_hand(points.mu.astype(np.float64), points.labels), abs=0.004)
    assert (
        t("losses.knn_training") in neighbour_sentences(run)[0] and "300 train images" in told(run) and "other training images" in told(run)
    )
    old = {key: value for key, value in knn.items() if key != "is_own_left_out"}
    before = replace(run, summary={**run.summary, "knn": old})
    assert (
        stored_results.neighbour_votes(before) is None
        and neighbour_sentences(before) == []
        and not any("neighbours" in line for line in results_table(before))
    )


def test_of_many_dimensions_the_two_that_are_shown_have_a_share_of_their_own(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-5d")
    knn, dims = run.summary["knn"], run.summary["mosaic"]["dims"]
    data = sources.load("digits")
    parts = split(data, run.config.data)
    known, held = (
        inference.encode(run.model(), image_subset(data, rows, run.config, fixed=True)).mu.numpy() for rows in (parts.train, parts.test)
    )
    near = data.labels[parts.train][np.argsort(((held[:, None, dims] - known[:, dims]) ** 2).sum(-1), 1)[:, :20]]
    right = [np.bincount(row, minlength=10).argmax() == label for row, label in zip(near, data.labels[parts.test], strict=True)]
    assert knn["map_accuracy"] == pytest.approx(np.mean(right), abs=0.006) and knn["map_accuracy"] < knn["accuracy"]
    (line, _) = neighbour_sentences(run)
    assert f"{100 * knn['accuracy']:.0f}" in line and f"{100 * knn['map_accuracy']:.0f}" in line and "5 dimensions" in line
    assert "all 5 latent dimensions" in told(run) and "in the two that the map shows" in told(run)
    without = {key: value for key, value in knn.items() if key != "map_accuracy"}
    assert "in all 5 dimensions" in neighbour_sentences(replace(run, summary={**run.summary, "knn": without}))[0], (
        "an older run knows no other"
    )
    flat = load_run(tiny_root, "tiny-2d")
    assert (
        "map_accuracy" not in flat.summary["knn"]
        and "on the map" in neighbour_sentences(flat)[0]
        and t("losses.knn_test") in neighbour_sentences(flat)[0]
    )


def test_a_run_of_few_images_leaves_out_what_cannot_be_fitted(tmp_path: Path) -> None:
    config = tiny_config("Few", 10, epochs=1, snapshots=0)
    config = replace(config, data=DataConfig(most=12), model=replace(config.model, likelihood="gaussian-learnt"))
    run = train(config, tmp_path / "few")
    rows, why = stored_results.references(run)
    assert [row["name"] for row in rows] == ["independent-pixels"] and "leave no variance beyond 10 latent dimensions" in why["ppca"]
    assert any("pPCA" in line and why["ppca"] in line for line in results_table(run)) and why["ppca"] in "".join(
        missing_references(run)
    ).replace("\\", "")


def test_an_old_number_of_a_fit_that_is_none_is_not_shown(
    tiny_root: Path, tmp_path: Path, visit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "old")
    for name, change in (("config.json", lambda all_: all_["model"].update(likelihood="gaussian-learnt")), ("summary.json", absurd)):
        stored = json.loads((tmp_path / "old" / name).read_text())
        change(stored)
        (tmp_path / "old" / name).write_text(json.dumps(stored))
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path))
    rows, why = stored_results.references(open_run(tmp_path / "old"))
    assert [row["nats"] for row in rows] == [-20.0] and list(why) == ["ppca"]
    at = visit("losses", run="old")
    assert is_calm(at) and "37,824" not in words(at) and t("reference.ppca") in words(at) and "is left out" in words(at)


def absurd(stored: dict[str, Any]) -> None:
    """Write what earlier versions wrote of a fit to as many images as latents."""
    stored["references"] = [{"name": "independent-pixels", "nats": -20.0}, {"name": "ppca", "nats": 37_824_913_095_307.0}]


def test_bits_per_dimension_are_those_of_levels_and_never_of_a_density(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    nats = run.summary["test"]["negative_elbo"]

    def bits(likelihood: str, pixels: str = "grey", **test: Any) -> float | None:
        config = replace(run.config, model=replace(run.config.model, likelihood=likelihood), data=replace(run.config.data, pixels=pixels))
        summary = run.summary | {"test": run.summary["test"] | test}
        return stored_results.bits_per_dimension(replace(run, config=config, summary=summary))

    assert bits("discretised-logistic") == bits("bernoulli", "static") == pytest.approx(nats * 1.4426950408889634 / 64)
    assert bits("bernoulli") is bits("gaussian-learnt") is bits("continuous-bernoulli") is None
    assert bits("discretised-logistic", negative_elbo=None) is None, "an autoencoder has no bound"
    one = replace(run, config=replace(run.config, model=replace(run.config.model, likelihood="discretised-logistic")))
    assert any(f"bits per dimension {bits('discretised-logistic'):10.3f}" in line for line in results_table(one))
