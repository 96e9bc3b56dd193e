"""What a run is good for, on small trained runs of every kind, and what each part does with bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tiny_config
from tests.vae_core.inspection.conftest import reasons
from vae_core.data import sources
from vae_core.data.dataset import Dataset
from vae_core.inspection import store
from vae_core.inspection.parts.few_labels import GAINS, METHODS
from vae_core.inspection.parts.generation import KINDS
from vae_core.inspection.subject import InspectedRun
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


@pytest.fixture(scope="module")
def colour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Dataset]:
    """A run of one epoch on small colour pictures that are higher than wide, of two classes."""
    from vae_core.training.runner import train

    generator = np.random.default_rng(0)
    labels = np.arange(240) % 2
    values = generator.integers(0, 128, (240, 3, 6, 4), np.uint8) + (64 * labels[:, None, None, None]).astype(np.uint8)
    data = Dataset("colour", values, 255.0, "image", labels=labels.astype(np.int64), class_names=("dark", "light"))
    config = tiny_config("colour", 2, epochs=1, snapshots=0)
    config = replace(config, model=replace(config.model, likelihood="gaussian"))
    return train(config, tmp_path_factory.mktemp("colour") / "colour", dataset=data), data


def of_colour(colour: tuple[Run, Dataset], part: str) -> store.Result:
    """Compute a part of the colour run, whose images no source gives."""
    inspected = InspectedRun(colour[0])
    inspected.__dict__["dataset"] = colour[1]
    return store.compute(inspected, part)


def kinds(result: store.Result) -> list[str]:
    """Return the ways to draw of which something was found."""
    return [one["kind"] for one in result.values["found"]]


def test_drawn_pictures_stand_beside_their_nearest_training_images(run: Run) -> None:
    result = store.read(run, "generation")
    assert kinds(result) == list(KINDS) and result.values["chance"] == pytest.approx(1294 / (1294 + 180))
    digits = sources.load("digits").values
    for kind in KINDS:
        rows = result.arrays[f"nearest_row_{kind}"]
        assert not set(rows) & set(run.latents().rows)
        np.testing.assert_array_equal(result.arrays[f"nearest_{kind}"], np.round(digits[rows] / 16 * 255))
    real = result.values["found"][-1]
    assert real["precision"]["value"] > 0.85 and real["recall"]["value"] > 0.85 and real["coverage"]["value"] > 0.85
    assert abs(real["copied"]["value"] - result.values["chance"]) < 4 * real["copied"]["standard_error"]
    assert result.values == store.compute(InspectedRun(run), "generation").values, "the same each time"


def test_an_autoencoder_draws_where_it_puts_test_images(all_runs: Path) -> None:
    result = store.compute(InspectedRun(load_run(all_runs, "ae")), "generation")
    assert reasons(result) == {"prior": "no-prior"} and kinds(result) == [kind for kind in KINDS if kind != "prior"]


def test_colour_pictures_that_are_no_squares_are_drawn_too(colour: tuple[Run, Dataset]) -> None:
    result = of_colour(colour, "generation")
    assert kinds(result) == list(KINDS) and result.arrays["pictures_prior"].shape == (12, 3, 6, 4)


def test_what_has_no_unseen_images_is_not_compared(fresh: Run) -> None:
    assert reasons(store.compute(InspectedRun(fresh, "train"), "generation")) == {"generation": "no-test"}
    few = InspectedRun(fresh)
    few.__dict__["rows"] = few.rows[:20]
    assert reasons(store.compute(few, "generation")) == {"generation": "few-tested"}


def test_images_that_are_all_the_same_are_no_error(fresh: Run) -> None:
    inspected, digits = InspectedRun(fresh), sources.load("digits")
    inspected.__dict__["dataset"] = replace(digits, values=np.full_like(digits.values, 3))
    found = store.compute(inspected, "generation").values["found"]
    assert found[-1]["precision"]["value"] == found[-1]["recall"]["value"] == 1.0


def test_a_hundred_labels_are_told_by_every_way_and_the_gain_is_the_difference(run: Run) -> None:
    values = store.read(run, "few-labels").values
    right = {one["method"]: one["value"] for one in values["scores"]}
    assert list(right) == list(METHODS) and values["labels"] == 100 and values["unlabelled"] == 1194 and min(right.values()) > 0.25
    for gain, (one, other) in GAINS.items():
        (found,) = (each for each in values["gains"] if each["method"] == gain)
        assert found["value"] == pytest.approx(right[one] - right[other]) and 0 < found["standard_error"] < 0.06


def test_few_labels_of_every_kind_of_run_and_data(all_runs: Path, colour: tuple[Run, Dataset], fresh: Run) -> None:
    assert reasons(store.compute(InspectedRun(load_run(all_runs, "ae")), "few-labels")) == {"priors": "no-elbo"}
    found = of_colour(colour, "few-labels")
    right = {one["method"]: one["value"] for one in found.values["scores"]}
    assert right["pixels"] > 0.95 and found.values["classes"] == 2 and found.values["labels"] == 86
    inspected, digits = InspectedRun(fresh), sources.load("digits")
    for labels, names, reason in (
        (None, (), "no-classes"),
        (np.zeros(len(digits.labels), np.int64), digits.class_names, "no-classes"),
        ((np.arange(len(digits.labels)) % 90 == 0).astype(np.int64), digits.class_names, "few-of-a-class"),
    ):
        inspected.__dict__["dataset"] = replace(digits, labels=labels, class_names=names)
        inspected.__dict__["train_rows"] = np.arange(400, 1797)
        assert list(reasons(store.compute(inspected, "few-labels")).values()) == [reason]


def test_a_collapsed_run_says_so_and_is_still_compared(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = fresh.latents()
    monkeypatch.setattr(Run, "latents", lambda self: replace(stored, mu=0 * stored.mu, log_var=0 * stored.log_var))
    result = store.compute(InspectedRun(fresh), "few-labels")
    assert reasons(result) == {"latent numbers": "collapsed"} and result.values
