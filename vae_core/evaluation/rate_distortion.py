"""Rate and distortion of runs that may be compared, and Shannon's curve where it holds.

Rate is the KL, distortion the reconstruction term, both nats per image; their sum is -ELBO, so that equal ELBOs lie on a diagonal (Alemi et
al. 2018). Shannon's curve is the limit for linear-gaussian models only, and is offered for no other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vae_core.arrays import Float64s, Floats
from vae_core.evaluation.closed_forms import WaterFilling, water_filling
from vae_core.evaluation.paired import incomparable_because
from vae_core.latent.spectra import spectrum
from vae_core.registries import traits
from vae_core.runs.run import Run


@dataclass(frozen=True)
class Point:
    """Where a run stands: at its end, on its test images ("run"), or after an epoch, on its validation images ("epoch")."""

    run: str
    name: str
    rate: float
    distortion: float
    kind: str
    epoch: int


@dataclass(frozen=True)
class LeftOut:
    """A run that cannot be compared, and why: a key of SENTENCES."""

    run: str
    name: str
    reason: str
    sentence: str


SENTENCES = {
    "unfinished": "{name} is not finished yet, so it has no final point.",
    "autoencoder": "{name} is an autoencoder, so it has no rate.",
    "data": "{name} learned from other images.",
    "split": "{name} holds out other images of the same data.",
    "pixels": "{name} treats pixels in another way, so its nats count something else.",
    "damaged": "{name} has files that cannot be read.",
    "likelihood": "{name} has another likelihood or another noise, so its nats count something else.",
}


@dataclass(frozen=True)
class Comparison:
    """The points of a run and of those comparable with it, and the runs that are not."""

    points: list[Point]
    left_out: list[LeftOut]


def compare_runs(run: Run, others: Sequence[Run]) -> Comparison:
    """Return the points of a run and of all others that scored the same pixels of the same images under the same likelihood."""
    points, left_out = [], []
    for other in [run, *(one for one in others if one.id != run.id and run.summary)]:
        if reason := excluded_because(run, other):
            left_out.append(LeftOut(other.id, other.name, reason, SENTENCES[reason].format(name=other.name)))
        else:
            points += [_end(other), *_trail(other)]
    return Comparison(points, left_out)


def excluded_because(run: Run, other: Run) -> str:
    """Return why another run is not comparable with `run`, a key of SENTENCES; empty where it is."""
    if not other.summary:
        return "unfinished"
    if not other.has_kl:
        return "autoencoder"
    model, noise = run.config.model, other.config.model.sigma
    reason = incomparable_because(run, other)
    if reason == "autoencoder":  # then `run` itself is one
        return ""
    family = traits("likelihood", model.likelihood)
    is_other_noise = family.get("is_normal") and not family.get("learns_sigma") and model.sigma != noise
    return reason or ("likelihood" if is_other_noise else "")


def _end(run: Run) -> Point:
    test = run.summary["test"]
    return Point(run.id, run.name, test["kl"], test["reconstruction"], "run", run.summary["best_epoch"])


def _trail(run: Run) -> list[Point]:
    history = run.history()
    columns = zip(history["split"], history["kl"], history["reconstruction"], history["epoch"], strict=True)
    return [
        Point(run.id, run.name, float(kl), float(reconstruction), "epoch", int(epoch))
        for split, kl, reconstruction, epoch in columns
        if split == "validation" and math.isfinite(kl)
    ]


Ends = tuple[tuple[float, float], tuple[float, float]]


def diagonals(points: Sequence[Point], n: int = 6) -> list[tuple[float, Ends]]:
    """Return lines of equal -ELBO through the box of the points: [(nats, ((rate, distortion), (rate, distortion)))], at round numbers."""
    if not points:
        return []
    rates, distortions = (np.array([getattr(p, key) for p in points]) for key in ("rate", "distortion"))
    left, right, low, high = rates.min(), rates.max(), distortions.min(), distortions.max()
    step = _round_step((right - left + high - low) / n)
    lines = []
    for nats in np.arange(math.ceil((left + low) / step), math.floor((right + high) / step) + 1) * step:
        start, end = max(left, nats - high), min(right, nats - low)
        lines.append((float(nats), ((float(start), float(nats - start)), (float(end), float(nats - end)))))
    return lines


def _round_step(step: float) -> float:
    """Return the least of 1, 2, 5, 10, ... times a power of ten that is no less than `step`."""
    power = 10.0 ** math.floor(math.log10(max(step, 1e-9)))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= step * (1 - 1e-9))


# --------------------------------------------------------------------------- linear-gaussian runs


def no_curve_because(run: Run) -> str:
    """Return a sentence that says why Shannon's curve does not apply to a run; empty for a linear gaussian one that minimises the ELBO."""
    model, objective = run.config.model, run.config.objective
    if not (traits("network", model.network).get("is_linear") and traits("likelihood", model.likelihood).get("is_normal")):
        return "Shannon's curve is exact for linear networks with a gaussian likelihood only, so it is not drawn here."
    if objective.objective != "elbo" or objective.beta <= 0:
        return f"Shannon's curve holds for objective elbo with beta above 0, and this run minimises {objective.objective}."
    return ""


@dataclass(frozen=True)
class Shannon:
    """The rate-distortion curve of a normal source with the data's covariance, and where theory puts a linear-gaussian run on it.

    Errors are summed squares over pixels, mean over images; along the curve d rate / d (error / 2 sigma^2) = -1 / beta at the run's level.
    """

    eigenvalues: Float64s  # (P,) of the population covariance, descending
    level: float  # of the water: beta sigma^2
    theory: WaterFilling
    curve: Float64s  # (n, 2) rate, error, whatever the number of latents
    reachable: Float64s  # (n, 2) with this many latents


def shannon(x: Floats, beta: float, sigma2: float, latent_size: int, n: int = 200) -> Shannon:
    """Return Shannon's curve for images x (N, P) and the point of a linear VAE that weighs its KL by beta under noise sigma2."""
    eigenvalues = spectrum(x)
    top = float(eigenvalues[0])
    if top <= 0:
        raise ValueError("All images are the same, so there is nothing to code.")
    levels = np.geomspace(top, min(top, beta * sigma2) / 20, n)
    lines = [[water_filling(eigenvalues, float(level), size) for level in levels] for size in (None, latent_size)]
    curve, reachable = (np.array([(water.rate, water.error) for water in line]) for line in lines)
    return Shannon(eigenvalues, beta * sigma2, water_filling(eigenvalues, beta * sigma2, latent_size), curve, reachable)
