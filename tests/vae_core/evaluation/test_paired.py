"""Comparing runs: what may be compared, what an image costs, paired differences."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.i18n.texts import t
from tests.conftest import tiny_config
from vae_core.config import DataConfig, ObjectiveConfig
from vae_core.data import sources
from vae_core.data.errors import DataError
from vae_core.evaluation import paired
from vae_core.evaluation.paired import ImageCosts, incomparable_because, paired_difference
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run
from vae_core.training.runner import train


@pytest.fixture(scope="module")
def root(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs that can be compared, tiny-2d and tiny-5d, an autoencoder, and one with another split."""
    folder = tmp_path_factory.mktemp("pairs")
    for name in ("tiny-2d", "tiny-5d"):
        shutil.copytree(tiny_root / name, folder / name)
    train(replace(tiny_config("AE", 2), objective=ObjectiveConfig(objective="ae")), folder / "ae")
    train(replace(tiny_config("Other split", 2), data=DataConfig(split_seed=1)), folder / "split")
    return folder


# ------------------------------------------------------------------ what may be compared


def test_runs_on_the_same_images_can_be_compared(root: Path) -> None:
    one, other = (load_run(root, name) for name in ("tiny-2d", "tiny-5d"))
    assert incomparable_because(one, other) == incomparable_because(other, one) == incomparable_because(one, one) == ""
    # Another weight of the KL, another network, other epochs: the costs count both parts fully, so they may differ.
    assert incomparable_because(one, replace(other, config=replace(other.config, objective=ObjectiveConfig(beta=4.0)))) == ""


def test_runs_that_have_nothing_to_compare_say_why(root: Path) -> None:
    one, other = (load_run(root, name) for name in ("tiny-2d", "tiny-5d"))
    config = other.config
    changed = {
        "unfinished": replace(other, summary={}),
        "data": replace(other, dataset={**other.dataset, "sha256": "0" * 64}),
        "split": load_run(root, "split"),
        "pixels": replace(other, config=replace(config, data=replace(config.data, pixels="thresholded"))),
        "likelihood": replace(other, config=replace(config, model=replace(config.model, likelihood="gaussian"))),
        "autoencoder": load_run(root, "ae"),
    }
    for reason, run in changed.items():
        assert incomparable_because(one, run) == incomparable_because(run, one) == reason
        assert reason == "unfinished" or t(f"compare.why_{reason}")  # Compare offers finished runs only
    drawn = [replace(run, config=replace(run.config, data=replace(run.config.data, pixels="static"))) for run in (one, other)]
    assert incomparable_because(*drawn) == ""
    other_draw = replace(drawn[1], config=replace(drawn[1].config, data=replace(drawn[1].config.data, split_seed=7)))
    assert incomparable_because(drawn[0], other_draw) == "pixels", "the same images, but black or white by another draw"


def test_without_a_test_set_the_images_that_stand_in_must_be_the_same(tmp_path: Path) -> None:
    found = [
        train(
            replace(tiny_config(str(most), epochs=1), data=DataConfig(most=most, test_fraction=0, validation_fraction=0)),
            tmp_path / str(most),
        )
        for most in (0, 300, 200)
    ]
    assert incomparable_because(*found[:2]) == incomparable_because(*found[1:]) == "split"
    assert incomparable_because(found[1], found[1]) == ""


# ------------------------------------------------------------------ costs per image


@pytest.mark.parametrize("name", ["tiny-2d", "ae"])
def test_the_mean_of_the_costs_is_the_runs_own_score(root: Path, name: str) -> None:
    run = load_run(root, name)
    found, test = paired.compute_costs(run), run.summary["test"]
    assert len(found.reconstruction) == test["n"] and found.reconstruction.mean() == pytest.approx(test["reconstruction"], abs=1e-4)
    if name == "ae":
        assert np.isnan(found.kl).all()
        np.testing.assert_array_equal(found.total, found.reconstruction)
    else:
        assert found.total.mean() == pytest.approx(test["negative_elbo"], abs=1e-4)
    again = paired.compute_costs(run)
    np.testing.assert_array_equal(found.reconstruction, again.reconstruction)


def test_stored_costs_belong_to_their_weights(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "tiny-2d", tmp_path / "run")
    run = load_run(tmp_path, "run")
    assert paired.stored_costs(run) is None
    n = run.summary["test"]["n"]
    costs = ImageCosts(np.arange(float(n)), np.ones(n))
    paired.store_costs(run, costs)
    found = paired.stored_costs(run)
    assert found is not None
    np.testing.assert_array_equal(found.total, costs.total)
    other = replace(run, summary={**run.summary, "files": {"model.safetensors": "f" * 64}})
    assert paired.stored_costs(other) is None, "the costs of other weights"
    (file,) = (run.path / "evaluations").glob("bills-*.npz")
    file.write_bytes(file.read_bytes()[:50])
    assert paired.stored_costs(run) is None, "half a file"
    shutil.rmtree(run.path / "evaluations")
    (run.path / "evaluations").write_text("in the way")
    with pytest.raises(RunError, match="it is shown but not kept"):
        paired.store_costs(run, costs)


def test_without_its_images_a_run_has_no_costs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = load_run(root, "tiny-2d")
    with pytest.raises(RunError, match="not those that run 'tiny-2d' was trained on"):
        paired.compute_costs(replace(run, dataset={**run.dataset, "sha256": "0" * 64}))
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    with pytest.raises(RunError, match="not on this computer"):
        paired.compute_costs(run)

    def broken(name: str) -> bool:
        raise DataError("no such thing.")

    monkeypatch.setattr(sources, "is_available", broken)
    with pytest.raises(RunError, match="no such thing"):
        paired.compute_costs(run)


def test_the_paired_error_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(0)
    hard, often = rng.normal(100, 30, 400), 4000  # what is hard about an image is hard for both
    means = []
    for _ in range(often):
        means.append(float((rng.normal(1.0, 3.0, 400)).mean()))
    one, two = hard + rng.normal(0, 2.0, 400), hard + 1 + rng.normal(0, 5**0.5, 400)
    found = paired_difference(one, two)
    assert found.standard_error == pytest.approx(np.std(means), rel=0.12)
    assert abs(found.mean - 1) < 4 * found.standard_error and found.n == 400 and found.is_clear
    unpaired = np.hypot(one.std(), two.std()) / 20
    assert found.standard_error < unpaired / 10
    gaps = [b - a for a, b in zip(one, two, strict=True)]
    mean = sum(gaps) / 400
    assert found.mean == pytest.approx(mean) and found.share == sum(gap < 0 for gap in gaps) / 400
    assert found.standard_error == pytest.approx((sum((gap - mean) ** 2 for gap in gaps) / 399 / 400) ** 0.5)
    back = paired_difference(two, one)
    assert back.mean == -found.mean and back.standard_error == pytest.approx(found.standard_error)
    gaps = np.tile([-1.0, 1.0], 200)  # their standard error is a twentieth
    assert not paired_difference(one, one + gaps + 0.09).is_clear and paired_difference(one, one + gaps + 0.11).is_clear
    for bad in ((one, two[:-1]), (one[:1], two[:1])):
        with pytest.raises(ValueError, match="cannot be paired"):
            paired_difference(*bad)
