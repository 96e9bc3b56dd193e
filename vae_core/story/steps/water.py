"""The linear twin of a run: probabilistic PCA of its images, whose dimensions drown one after another as beta rises."""

from __future__ import annotations

import numpy as np

from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.evaluation.closed_forms import ppca
from vae_core.latent.spectra import total_variance
from vae_core.story.recipes import MAP, TWIN, open_run
from vae_core.story.step import Arrays, Facts, Runs
from vae_core.story.steps.map import densest

RUNS: Runs = {TWIN: ()}
DIGIT = 3  # which the twin redraws, as the map draws it where this digit is densest

MADE = {
    "eigenvalues": "variances of the run's training images along their principal axes, as many as the run has latent dimensions",
    "rest": "sum of all other variances",
    "sigma2": "the twin's noise per dot, learned: the mean of all other variances (probabilistic PCA)",
    "axes, mean": "the axes in levels of a byte, 127.5 for zero and `scale` for 127.5 more; the mean picture, 255 for white",
}


def build() -> tuple[Facts, Arrays]:
    """Return the twin's variances and noise, and its axes (q, H, W) and mean picture (H, W)."""
    run = open_run(TWIN)
    data = sources.load(run.config.data.dataset)
    x = (data.values[split(data, run.config.data).train] / data.divisor).reshape(-1, int(np.prod(run.dataset["event_shape"])))
    twin = ppca(x.astype(np.float64), run.config.model.latent_size)
    latents = open_run(MAP).latents()
    assert latents.labels is not None
    scale = np.abs(twin.axes).max(0)
    shape = tuple(run.dataset["event_shape"])
    facts = {
        "run": run.id,
        "name": run.name,
        "eigenvalues": twin.eigenvalues.tolist(),
        "rest": float(total_variance(x)[1] - twin.eigenvalues.sum()),
        "sigma2": twin.sigma2,
        "numbers": x.shape[1],
        "scale": scale.tolist(),
        "place": densest(latents.mu, latents.labels)[DIGIT],
        "made": MADE,
    }
    arrays: Arrays = {
        "axes": np.round(127.5 + 127.5 * (twin.axes / scale).T).astype(np.uint8).reshape(-1, *shape),
        "mean": np.round(255 * twin.mean).astype(np.uint8).reshape(shape),
    }
    return facts, arrays
