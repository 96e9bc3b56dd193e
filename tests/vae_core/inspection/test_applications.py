"""What a run is good for, on small trained runs of every kind, and what each part does with bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tiny_config
from tests.vae_core.inspection.conftest import reasons
from vae_core.arrays import Ints
from vae_core.data import sources
from vae_core.data.dataset import Dataset
from vae_core.evaluation import compressed_images
from vae_core.evaluation.bits_back import NoCode
from vae_core.evaluation.detection import auc_of
from vae_core.inspection import store
from vae_core.inspection.duration import expected_seconds
from vae_core.inspection.parts import anomaly, editing, search
from vae_core.inspection.parts.few_labels import GAINS, METHODS
from vae_core.inspection.parts.generation import KINDS
from vae_core.inspection.subject import InspectedRun, Unavailable
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


class Enough(Unavailable):
    """A part has asked for what a test wants to know."""


@pytest.fixture
def by_class(fresh: Run) -> InspectedRun:
    """A run on digits that lie class by class, as in a folder of folders."""
    inspected, digits = InspectedRun(fresh, max_images=100), sources.load("digits")
    order = np.argsort(digits.labels, kind="stable")
    inspected.__dict__["dataset"] = replace(digits, values=digits.values[order], labels=digits.labels[order])
    return inspected


def asked(monkeypatch: pytest.MonkeyPatch, calls: int) -> list[Ints]:
    """Return the rows of the images that parts will ask for, one call after another; the last of so many calls ends the part."""
    found, images = [], InspectedRun.images

    def ask(self: InspectedRun, rows: Ints) -> object:
        found.append(rows)
        if len(found) == calls:
            raise Enough("enough", "Enough is known.")
        return images(self, rows)

    def code(run: Run, dataset: Dataset, rows: Ints) -> object:
        found.append(rows)
        raise NoCode("Enough is known.")

    monkeypatch.setattr(InspectedRun, "images", ask)
    monkeypatch.setattr(compressed_images, "code_of", code)
    for name in ("MOST_SEARCHED", "MOST_LEARNED"):
        monkeypatch.setattr(search, name, 100)
    monkeypatch.setattr(editing, "MOST_TESTED", 50)
    return found


TAKEN = [  # which of the calls asks for images of which the first ones must stand for all, and how many first ones
    ("completion", 0, 100), ("denoising", 1, 50), ("generation", 1, 100), ("generation", 2, 100), ("compression", 0, 100),
    ("search", 0, 100), ("search", 1, 100),
]  # fmt: skip


@pytest.mark.parametrize(("part", "call", "first"), TAKEN)
def test_images_that_lie_class_by_class_are_measured_on_all_classes(
    by_class: InspectedRun, monkeypatch: pytest.MonkeyPatch, part: str, call: int, first: int
) -> None:
    found = asked(monkeypatch, call + 1)
    with pytest.raises(Unavailable, match="Enough"):
        store.PARTS[part].compute(by_class, lambda share: None)
    assert len(np.unique(by_class.dataset.labels[found[call][:first]])) == 10


def test_a_set_of_many_classes_is_edited_on_all_of_them(by_class: InspectedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, found = by_class.rows, asked(monkeypatch, 3)
    labels = by_class.dataset.labels[rows]
    with pytest.raises(Enough):
        editing.edited_set(by_class, rows[labels < 8], rows[labels >= 8])
    start, end, edited = (np.unique(by_class.dataset.labels[one]) for one in found)
    assert len(found[0]) == 50 and [len(start), len(end)] == [8, 2] and len(edited) > 5


def test_new_images_of_the_same_kind_are_no_strangers_however_many_dimensions_there_are() -> None:
    generator = np.random.default_rng(0)
    learned, known, new = (generator.normal(size=(n, 16)) for n in (400, 20, 200))
    distance = anomaly.LatentDistance.of(learned)
    assert distance is not None and 0.35 < auc_of(distance.to(known), distance.to(new)) < 0.65
    assert auc_of(distance.to(known), distance.to(new + 2)) > 0.95
    assert (distance.to(learned) ** 2).mean() == pytest.approx(16 * 399 / 400)
    assert anomaly.LatentDistance.of(learned[:33]) is None and anomaly.LatentDistance.of(learned[:34]) is not None


def test_chance_takes_two_different_images_and_the_nearest_are_never_more_than_there_are(fresh: Run) -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    pairs = [labels[i] == labels[j] for i in range(6) for j in range(6) if i != j]
    assert search.chance(labels) == pytest.approx(np.mean(pairs)) and search.chance(np.array([0, 1])) == 0
    few = InspectedRun(fresh)
    few.__dict__["rows"] = few.rows[:12]
    found = search.PART.compute(few, lambda share: None).values
    assert [one["at"] for one in found["scores"]] == [1, 5, 11] * 3 and found["searched"] == 12
    assert found["scores"][2]["value"] == pytest.approx(found["chance"]), "all others are of one class as often as by chance"


def test_what_is_not_defined_for_an_autoencoder_takes_no_time(all_runs: Path) -> None:
    assert expected_seconds(load_run(all_runs, "ae"), "completion") == 0 < expected_seconds(load_run(all_runs, "line"), "completion")


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
