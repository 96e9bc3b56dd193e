"""Blind guesses of log p(x) against aimed ones: how many of the throws are of any use, in two dimensions and in many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Floats, Ints
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.data.pictures import mosaic_of
from vae_core.latent.inference import Decoder
from vae_core.story.recipes import HALVES, open_run
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {HALVES: ()}
BLIND, AIMED = 10_000, 100
SHOWN = 600  # darts of the blind ones that are drawn
REACH, GROUND = 3.2, 14  # of the map that is shown, and pictures along each of its sides
KNOBS, PIXELS, NOISE, TRIALS = (2, 5, 10, 20), 64, 0.1, 20  # of the linear model: noise is sigma^2
SEED = 0


def effective(log_w: Floats) -> Float64s:
    """Return (sum w)^2 / sum w^2 along the last axis: as many throws of equal weight would tell as much (Kong 1992)."""
    w = np.exp(log_w - log_w.max(-1, keepdims=True))
    return w.sum(-1) ** 2 / (w**2).sum(-1)


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
    found: dict[str, list[Float64s]] = {"blind": [], "aimed": [], "blind_useful": [], "aimed_useful": []}
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
            found[f"{name}_useful"].append(effective(log_w))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    errors = {name: float(np.mean(exact - np.array(found[name]))) for name in ("blind", "aimed")}
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
    """Return how many blind and aimed throws are useful on held-out digits, the throws for a few of them, and the linear model's table."""
    import torch

    from vae_core.evaluation.marginal_likelihood import log_evidence

    run = open_run(HALVES)
    vae, dataset = run.model(), sources.load(run.config.data.dataset)
    assert dataset.labels is not None
    rows = split(dataset, run.config.data).test
    x = torch.from_numpy((dataset.values[rows] / dataset.divisor).astype(np.float32))
    z, blind = blind_throws(vae, x)
    aimed_z, aimed = aimed_throws(vae, x)
    exact = log_evidence(vae, x)
    useful = np.stack([effective(blind), effective(aimed)], 1)
    chosen = typical(useful, dataset.labels[rows])
    facts = {
        "run": run.id,
        "blind": BLIND,
        "aimed": AIMED,
        "n": len(rows),
        "seed": SEED,
        "useful_blind": _spread(useful[:, 0]),
        "useful_aimed": _spread(useful[:, 1]),
        "error_blind": _spread(exact.log_p - log_mean(blind)),
        "error_aimed": _spread(exact.log_p - log_mean(aimed)),
        "made": "useful: effective sample size; error: log p(x) by quadrature minus the guess, nats; over all held-out digits",
        "pictures": [_picture(i, exact.log_p, blind, aimed) for i in chosen],
        "labels": dataset.labels[rows][chosen].tolist(),
        "chosen": "of each digit the picture whose two counts are, in ratio, nearest to its digit's medians; the most typical first",
        "divisor": dataset.divisor,
        "reach": REACH,
        "linear": [linear_row(knobs) for knobs in KNOBS],
        "linear_made": f"{PIXELS} pixels, W of standard normal entries, noise variance {NOISE}, means over {TRIALS} pictures",
    }
    arrays = {
        "ground": ground(run.decoder()),
        "pictures": dataset.values[rows][chosen],
        "darts": z[:SHOWN].astype(np.float32),
        "dart_weights": blind[chosen][:, :SHOWN].astype(np.float32),
        "aimed": aimed_z[chosen].astype(np.float32),
        "aimed_weights": aimed[chosen].astype(np.float32),
    }
    return facts, arrays


def ground(decoder: Decoder) -> NDArray[np.uint8]:
    """Return what the map draws at GROUND x GROUND places, as one sheet of grey levels that spans -REACH to REACH; row 0 on top."""
    across = (np.arange(GROUND) + 0.5) * 2 * REACH / GROUND - REACH
    places = np.stack(np.meshgrid(across, -across), -1).reshape(-1, 2).astype(np.float32)
    pictures = decoder.decode_mean(places)
    return mosaic_of(pictures.reshape(GROUND, GROUND, *pictures.shape[1:]))


def typical(useful: Float64s, labels: Ints) -> list[int]:
    """Return for each label the row of `useful` (N, 2) nearest in ratio to the label's medians; first the one nearest to those of all."""
    logs = np.log(useful)
    rows = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        rows.append(int(own[np.abs(logs[own] - np.median(logs[own], 0)).sum(1).argmin()]))
    return sorted(rows, key=lambda row: float(np.abs(logs[row] - np.median(logs, 0)).sum()))


def blind_throws(vae: Any, x: Any) -> tuple[Floats, Float64s]:
    """Return BLIND places z (S, d) drawn from the prior and their log weights log p(x|z) for images x (N, *event), (N, S)."""
    import torch

    from vae_core.evaluation.marginal_likelihood import grid_log_prob

    z = torch.from_numpy(np.random.default_rng(SEED).standard_normal((BLIND, vae.prior.latent_size)))
    with torch.inference_mode():
        return z.numpy(), np.concatenate([grid_log_prob(vae, x, part).numpy() for part in z.split(2000)], 1)


def aimed_throws(vae: Any, x: Any) -> tuple[Floats, Float64s]:
    """Return AIMED places per image drawn from q(z|x), (N, S, d), and their log weights, (N, S)."""
    import torch

    from vae_core.data.batches import Batch

    eps = torch.from_numpy(np.random.default_rng(SEED + 1).standard_normal((AIMED, len(x), vae.prior.latent_size)).astype(np.float32))
    with torch.inference_mode():
        terms = vae.terms(Batch(x), eps=eps)
        return terms.z.transpose(0, 1).numpy(), terms.log_weights.double().T.numpy()


def _spread(values: Floats) -> dict[str, float]:
    low, median, high = np.quantile(values, [0.1, 0.5, 0.9]).tolist()
    return {"mean": float(values.mean()), "low": low, "median": median, "high": high}


def _picture(i: int, exact: Float64s, blind: Float64s, aimed: Float64s) -> dict[str, float]:
    """Return what the throws say of one picture."""
    guesses = {"blind": float(log_mean(blind[i])), "aimed": float(log_mean(aimed[i])), "exact": float(exact[i])}
    return {**guesses, "useful_blind": float(effective(blind[i])), "useful_aimed": float(effective(aimed[i]))}
