"""Principal axes of large images: the same as from the whole covariance, by a smaller matrix or without its other eigenvectors."""

from __future__ import annotations

import numpy as np
import pytest

from vae_core.evaluation import closed_forms, rate_distortion
from vae_core.latent import projections, spectra


@pytest.fixture(params=["wide", "iterated", "wide and iterated"])
def images(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Images with a spectrum that falls, and a limit beyond which no whole matrix is decomposed."""
    rows, pixels, full = {"wide": (40, 120, 100), "iterated": (300, 120, 100), "wide and iterated": (110, 150, 100)}[request.param]
    rng = np.random.default_rng(1)
    x = rng.normal(size=(rows, pixels)) * np.linspace(3, 0.1, pixels) + rng.normal(size=pixels)
    monkeypatch.setattr(spectra, "FULL", full)
    return x


def whole(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues, descending, and eigenvectors of the covariance, by the textbook."""
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    return values[::-1], vectors[:, ::-1]


def test_axes_are_those_of_the_whole_covariance(images: np.ndarray) -> None:
    values, vectors = whole(images)
    found = projections.principal_axes(images, 3)
    assert np.abs(found.directions @ vectors[:, :3]) == pytest.approx(np.eye(3), abs=1e-7)
    assert found.explained == pytest.approx(values[:3] / values.sum())
    assert (projections.principal_axes(images, 3).directions == found.directions).all(), "the same each time"


def test_ppca_is_that_of_the_whole_covariance(images: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = [closed_forms.ppca(images, q, sigma2) for q, sigma2 in ((0, None), (3, None), (2, 0.5))]
    monkeypatch.setattr(spectra, "FULL", 10**6)
    for fit, (q, sigma2) in zip(fits, ((0, None), (3, None), (2, 0.5)), strict=True):
        expected = closed_forms.ppca(images, q, sigma2)
        assert fit.sigma2 == pytest.approx(expected.sigma2)
        assert fit.log_prob(images) == pytest.approx(expected.log_prob(images))
    assert fits[1].sigma2 == pytest.approx(whole(images)[0][3:].mean())


def test_the_spectrum_is_whole(images: np.ndarray) -> None:
    values = whole(images)[0]
    assert spectra.spectrum(images) == pytest.approx(np.maximum(values, 0), abs=1e-9)
    assert rate_distortion.shannon(images, 1.0, 0.3, 3).eigenvalues == pytest.approx(np.maximum(values, 0), abs=1e-9)


def test_more_axes_than_images_have_no_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three images lie in a plane: what is asked for beyond it stands at right angles, and carries nothing."""
    monkeypatch.setattr(spectra, "FULL", 10)
    x = np.random.default_rng(0).normal(size=(3, 50))
    axes = projections.principal_axes(x, 5)
    assert axes.directions @ axes.directions.T == pytest.approx(np.eye(len(axes.directions)), abs=1e-9)
    assert axes.explained == pytest.approx([axes.explained[0], 1 - axes.explained[0], 0], abs=1e-9)
    with pytest.raises(closed_forms.NoFit, match="3 training images leave no variance"):
        closed_forms.ppca(x, 5)
    assert np.isfinite(closed_forms.ppca(x, 5, 0.1).log_prob(x)).all()


def test_no_matrix_is_larger_than_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty large pictures: neither the covariance of their pixels nor all eigenvectors of anything."""
    seen: list[int] = []
    eigh = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda matrix: seen.append(len(matrix)) or eigh(matrix))
    monkeypatch.setattr("vae_core.evaluation.closed_forms.covariance", None)
    x = np.random.default_rng(0).random((40, 4096), np.float32)
    projections.principal_axes(x, 2)
    closed_forms.ppca(x, 2)
    assert seen == [40, 40]
