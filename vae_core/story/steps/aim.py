"""Blind darts against aimed ones: how many places of a map could have drawn a picture, in two dimensions and in many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vae_core.arrays import Float64s, Floats
from vae_core.latent.inference import decode_mean
from vae_core.story.recipes import MAP, open_run
from vae_core.story.step import Arrays, Facts, Runs
from vae_core.story.steps.map import densest

RUNS: Runs = {MAP: ("decoder", "encoder")}
BLIND, AIMED = 10_000, 100  # throws of the linear model; of the map BLIND of either kind
NEAR = 3.0  # nats: a dart hits where the picture is at most so much less likely than at the very place that drew it
KNOBS, PIXELS, NOISE, TRIALS = (2, 5, 10, 20), 64, 0.1, 20  # of the linear model: noise is sigma^2
SEED = 0


def log_mean(log_w: Floats) -> Float64s:
    """Return log mean exp along the last axis."""
    top = log_w.max(-1, keepdims=True)
    return np.log(np.exp(log_w - top).mean(-1)) + top[..., 0]


# --------------------------------------------------------------------------- a linear model, where everything is known


def linear_row(knobs: int) -> dict[str, Any]:
    """Return, for x = W z + noise with `knobs` latent variables, how far guesses of log p(x) are off, nats, means over TRIALS x.

    W has standard normal entries. Aimed throws come from the best encoder with one width per knob: the exact posterior's mean, and as
    precisions the diagonal of the exact posterior's (the minimum of KL(q || p(z|x))).
    """
    rng = np.random.default_rng([SEED, knobs])
    w = rng.standard_normal((PIXELS, knobs))
    x = rng.standard_normal((TRIALS, knobs)) @ w.T + math.sqrt(NOISE) * rng.standard_normal((TRIALS, PIXELS))
    exact = normal_log_prob(x, w @ w.T + NOISE * np.eye(PIXELS))
    precision = w.T @ w / NOISE + np.eye(knobs)
    mean, sigma = x @ w @ np.linalg.inv(precision).T / NOISE, 1 / np.sqrt(np.diag(precision))
    found: dict[str, list[Float64s]] = {"blind": [], "aimed": []}
    for one, middle in zip(x, mean, strict=True):
        blind = rng.standard_normal((BLIND, knobs))
        eps = rng.standard_normal((AIMED, knobs))
        aimed = middle + sigma * eps
        weights = {
            "blind": _log_px(one, blind, w),
            "aimed": _log_px(one, aimed, w) + _log_prior(aimed) - _log_prior(eps) + np.log(sigma).sum(),
        }
        for name, log_w in weights.items():
            found[name].append(log_mean(log_w))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    errors = {name: float(np.mean(exact - np.array(values))) for name, values in found.items()}
    return {"knobs": knobs, "exact": float(exact.mean()), **means, **{f"{name}_error": value for name, value in errors.items()}}


def _log_px(x: Float64s, z: Float64s, w: Float64s) -> Float64s:
    return -0.5 * (((x - z @ w.T) ** 2).sum(1) / NOISE + PIXELS * math.log(2 * math.pi * NOISE))


def _log_prior(z: Floats) -> Float64s:
    return -0.5 * ((z**2).sum(-1) + z.shape[-1] * math.log(2 * math.pi))


def normal_log_prob(x: Float64s, covariance: Float64s) -> Float64s:
    """Return log N(x; 0, covariance) of x (N, P), nats."""
    solved = np.linalg.solve(covariance, x.T).T
    return -0.5 * ((x * solved).sum(1) + np.linalg.slogdet(covariance)[1] + x.shape[1] * math.log(2 * math.pi))


# --------------------------------------------------------------------------- the digits' map


def build() -> tuple[Facts, Arrays]:
    """Return how many blind and aimed darts hit a picture of each digit, and the linear model's table."""
    import torch

    from vae_core.evaluation.marginal_likelihood import log_evidence

    run = open_run(MAP)
    vae, latents = run.model(), run.latents()
    assert latents.labels is not None
    places = np.array(densest(latents.mu, latents.labels), np.float32)
    x = torch.from_numpy(decode_mean(vae, places))
    best = log_px(vae, x, torch.from_numpy(places)[:, None])[:, 0]
    blind = blind_throws(vae, x)
    aimed, weights = aimed_throws(vae, x)
    exact = log_evidence(vae, x).log_p
    facts = {
        "run": run.id,
        "throws": BLIND,
        "near": NEAR,
        "seed": SEED,
        "places": places.astype(float).tolist(),
        "pictures": [
            {
                "blind_hits": float(100 * (blind[i] >= best[i] - NEAR).mean()),
                "aimed_hits": float(100 * (aimed[i] >= best[i] - NEAR).mean()),
                "blind": float(log_mean(blind[i])),
                "aimed": float(log_mean(weights[i])),
                "exact": float(exact[i]),
            }
            for i in range(len(x))
        ],
        "made": (
            f"x: what the map draws where a digit is densest; a hit: log p(x|z) at most {NEAR} nats below that of this place; "
            "hits per hundred of all throws; blind, aimed: log p(x) guessed from them, exact: by quadrature, nats"
        ),
        "linear": [linear_row(knobs) for knobs in KNOBS],
        "linear_blind": BLIND,
        "linear_aimed": AIMED,
        "linear_made": f"{PIXELS} pixels, W of standard normal entries, noise variance {NOISE}, means over {TRIALS} pictures",
    }
    return facts, {}


def log_px(vae: Any, x: Any, z: Any) -> Float64s:
    """Return log p(x|z) in nats, (N, S), of images x (N, *event) at places z (N, S, d) of their own."""
    import torch

    from vae_core.evaluation.marginal_likelihood import grid_log_prob

    with torch.inference_mode():
        return np.stack([grid_log_prob(vae, one[None], own)[0].numpy() for one, own in zip(x, z, strict=True)])


def blind_throws(vae: Any, x: Any) -> Float64s:
    """Return log p(x|z) of images x (N, *event) at BLIND places z drawn from the prior, (N, S)."""
    import torch

    z = torch.from_numpy(np.random.default_rng(SEED).standard_normal((BLIND, vae.prior.latent_size)).astype(np.float32))
    return log_px(vae, x, z.expand(len(x), *z.shape))


def aimed_throws(vae: Any, x: Any) -> tuple[Float64s, Float64s]:
    """Return log p(x|z) of images x (N, *event) at BLIND places z drawn from q(z|x), and log p(x|z) p(z) / q(z|x), both (N, S)."""
    import torch

    from vae_core.data.batches import Batch

    eps = torch.from_numpy(np.random.default_rng(SEED + 1).standard_normal((BLIND, len(x), vae.prior.latent_size)).astype(np.float32))
    hits, weights = [], []
    with torch.inference_mode():
        for part in eps.split(1000):
            terms = vae.terms(Batch(x), eps=part)
            hits.append(log_px(vae, x, terms.z.transpose(0, 1)))
            weights.append(terms.log_weights.double().T.numpy())
    return np.concatenate(hits, 1), np.concatenate(weights, 1)
