"""Where a picture could come from: real digits, their exact evidence, and normals that come near the exact posterior."""

from __future__ import annotations

import numpy as np

from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.story.recipes import DIGITS, open_run
from vae_core.story.step import Arrays, Facts, Runs
from vae_core.story.steps.map import densest

RUNS: Runs = {DIGITS: ("decoder",)}
# Test images: one whose place the encoder misses, so that anybody does better; two more; one with two places, which no one blob covers.
SHOWN = (309, 63, 229, 114)

MADE = {
    "rows": "numbers among the test images",
    "log_p, error": "log p(x) in nats by quadrature over the whole map, and how far two halvings of its cells differ",
    "mu, sigma": "the encoder's normal q(z|x)",
    "best_mu, best_sigma": "the best diagonal normal of three searches, from the encoder's, the exact posterior's moments and its mode",
    "gap, best_gap": "KL(q || p(z|x)) of these two in nats: log p(x) - ELBO",
}


def build() -> tuple[Facts, Arrays]:
    """Return what is known of each shown picture, the pictures (N, 8, 8) and the map's points with their labels."""
    import torch

    from vae_core.evaluation.inference_gap import inference_gaps

    run = open_run(DIGITS)
    data, latents = sources.load(run.config.data.dataset), run.latents()
    rows = split(data, run.config.data).test[list(SHOWN)]
    found = inference_gaps(run.model(), torch.from_numpy((data.values[rows] / data.divisor).astype(np.float32)))
    assert data.labels is not None and latents.labels is not None
    pictures = [
        {
            "row": SHOWN[n],
            "label": int(data.labels[rows[n]]),
            "log_p": float(found.log_p[n]),
            "error": float(found.error[n]),
            "mu": found.mu[n].tolist(),
            "sigma": found.sigma[n].tolist(),
            "gap": float(found.gap[n]),
            "best_mu": found.best_mu[n].tolist(),
            "best_sigma": found.best_sigma[n].tolist(),
            "best_gap": float(found.approximation[n]),
        }
        for n in range(len(SHOWN))
    ]
    facts = {
        "run": run.id,
        "pictures": pictures,
        "names": densest(latents.mu, latents.labels, k=10),
        "made": MADE,
    }
    arrays: Arrays = {
        "pictures": data.values[rows].astype(np.uint8),
        "points": latents.mu.astype(np.float32),
        "labels": latents.labels.astype(np.uint8),
    }
    return facts, arrays
