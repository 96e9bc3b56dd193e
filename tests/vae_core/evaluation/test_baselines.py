"""Simpler models, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae_core.evaluation import baselines, closed_forms


def normal_log_density(x: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    centred = x - mean
    return -0.5 * ((centred @ np.linalg.inv(covariance) * centred).sum(1) + np.linalg.slogdet(2 * np.pi * covariance)[1])


def test_references_keep_probabilities_and_densities_apart() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.random((80, 6)), rng.random((40, 6))

    def names(likelihood: str, pixels: str) -> list[str]:
        return list(baselines.references(train, test, likelihood, pixels, 2, 0.3).costs)

    assert names("bernoulli", "grey") == ["independent-pixels", "entropy-floor"]
    assert names("bernoulli", "static") == ["independent-pixels"]
    assert names("gaussian-learnt", "grey") == ["independent-pixels", "ppca"]
    fixed = {row["name"]: row["nats"] for row in baselines.references(train, test, "gaussian", "grey", 2, 0.3).record()["references"]}
    noise = normal_log_density(test, train.mean(0), 0.09 * np.eye(6))
    assert fixed["independent-pixels"] == pytest.approx(-noise.mean())
    assert fixed["ppca"] == pytest.approx(-closed_forms.ppca(train, 2, 0.09).log_prob(test).mean())


def test_reference_costs_are_per_image_and_their_means_the_references() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 80)
    train = (rng.random((80, 6)) < 0.2 + 0.3 * labels[:, None]).astype(np.float64)
    test = (rng.random((40, 6)) < 0.5).astype(np.float64)
    costs = baselines.references(train, test, "bernoulli", "static", 2, 0.3, labels).costs
    assert list(costs) == ["independent-pixels", "class-mixture"] and all(len(values) == 40 for values in costs.values())
    record = baselines.references(train, test, "bernoulli", "static", 2, 0.3).record()
    assert record == {"references": [{"name": "independent-pixels", "nats": pytest.approx(costs["independent-pixels"].mean())}]}
    assert "class-mixture" not in baselines.references(train, test, "gaussian", "grey", 2, 0.3, labels).costs


@pytest.mark.parametrize(
    ("train", "left_out"),
    [
        (np.random.default_rng(0).random((10, 64)), {"ppca": "10 training images leave no variance beyond 10 latent dimensions"}),
        (np.random.default_rng(0).random((11, 64)), {"ppca": "11 training images leave no variance beyond 10 latent dimensions"}),
        (np.ones((1, 64)), {"independent-pixels": "do not vary", "ppca": "do not vary"}),
        (np.full((50, 64), 0.5), {"independent-pixels": "do not vary", "ppca": "do not vary"}),
        (np.random.default_rng(0).random((400, 1)) * np.ones(64), {"ppca": "400 training images leave no variance"}),
        (np.random.default_rng(0).random((400, 1)) + 1e-4 * np.random.default_rng(1).random((400, 64)), {"ppca": "too much alike"}),
        (np.random.default_rng(0).random((60, 64)), {}),
    ],
)
def test_a_reference_that_cannot_be_fitted_is_left_out_with_a_sentence(train: np.ndarray, left_out: dict[str, str]) -> None:
    test = np.random.default_rng(2).random((20, 64))
    found = baselines.references(train, test, "gaussian-learnt", "grey", 10, 0.3)
    assert set(found.left_out) == set(left_out) and all(part in found.left_out[name] for name, part in left_out.items())
    assert set(found.costs) | set(left_out) == {"independent-pixels", "ppca"}
    assert ("left_out" in found.record()) == bool(left_out)
    assert set(baselines.references(train, test, "gaussian", "grey", 10, 0.3).costs) == {"independent-pixels", "ppca"}, "noise is given"


@pytest.mark.parametrize(("images", "numbers", "size"), [(300, 20, 3), (40, 1100, 5), (30, 6, 9)])
def test_pca_redraws_as_that_of_scikit_learn(images: int, numbers: int, size: int) -> None:

    rng = np.random.default_rng(3)
    mixed = rng.random((images + 270, 4)) @ rng.random((4, numbers)) + 0.1 * rng.random((images + 270, numbers))
    train, test = mixed[:images], mixed[images:]
    fitted = PCA(min(size, numbers), svd_solver="full").fit(train)
    expected = ((fitted.inverse_transform(fitted.transform(test)) - test) ** 2).mean(1)
    assert baselines.pca_errors(train, test, size) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    found = baselines.pca_errors(train.astype(np.float32), test.astype(np.float32), size)
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-7), "of the pictures as they are kept"


def test_few_images_of_many_numbers_are_compared_by_their_products() -> None:
    rng = np.random.default_rng(5)
    mixed = rng.normal(0.5, 0.1, (50, 3)) @ rng.normal(0, 1, (3, 4200)) / 10 + rng.normal(0.5, 0.05, (50, 4200))
    train, test = mixed[:40].astype(np.float32), mixed[40:].astype(np.float32)
    found = baselines.references(train, test, "gaussian-learnt", "grey", 3, 0.1)
    assert not found.left_out and set(found.costs) == {"independent-pixels", "ppca"}
    fitted = PCA(3, svd_solver="full").fit(train.astype(np.float64))
    noise = (train.astype(np.float64).var(0).sum() - fitted.explained_variance_.sum() * 39 / 40) / 4197
    rest = ((test - fitted.mean_) ** 2).sum(1) - (fitted.transform(test) ** 2).sum(1)
    along = fitted.transform(test) ** 2 / (fitted.explained_variance_ * 39 / 40)
    log_det = np.log(fitted.explained_variance_ * 39 / 40).sum() + 4197 * np.log(noise)
    assert found.costs["ppca"] == pytest.approx(0.5 * (along.sum(1) + rest / noise + log_det + 4200 * np.log(2 * np.pi)), rel=1e-4)


def test_levels_are_compared_with_what_a_density_gives_them() -> None:
    rng = np.random.default_rng(6)
    train, test = (np.round(255 * np.clip(rng.normal(0.5, 0.1, (n, 6)), 0, 1)) / 255 for n in (200, 50))
    density = baselines.references(train, test, "gaussian-learnt", "grey", 2, 0.1).costs
    levels = baselines.references(train, test, "discretised-logistic", "grey", 2, 0.1, quantum=1 / 255).costs
    for name, cost in density.items():
        assert levels[name] == pytest.approx(cost + 6 * np.log(255), abs=0.01) and (levels[name] > cost + 6 * np.log(255)).all()
