"""Where the nats of the KL go: the KL per dimension over the epochs, and the mean KL in three parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.evaluation import kl_decomposition
from vae_core.evaluation.kl_decomposition import Estimate
from vae_core.inspection.parts.common import MEAN, Part, Values, line_of, require_two, rounded, too_few
from vae_core.inspection.subject import SEED, Findings, InspectedRun, Unavailable
from vae_core.latent.latents import ASLEEP, Latents
from vae_core.progress import Progress
from vae_core.runs.run import Run
from vae_core.storage.shapes import COUNT, Shape

ESTIMATES = ("mutual_information", "at_most", "total_correlation", "remainder")


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Decompose the mean KL; an autoencoder has the variance of its dimensions alone."""
    from vae_core.evaluation.scoring import ACTIVE_VARIANCE

    mu, log_var = inspected.posteriors()
    n, d = mu.shape
    active = [j for j in range(d) if mu[:, j].var() > ACTIVE_VARIANCE]
    values: dict[str, Any] = {"mu_variance": mu.var(0).tolist(), "active": active, "n": n}
    found = Findings(values, _epochs(inspected.run, ACTIVE_VARIANCE), "closed-form", n)
    try:
        inspected.require_kl()
        kl_per_dim = Latents(mu, log_var, None, inspected.rows).kl_per_dim
        values |= {"kl_per_dim": kl_per_dim.tolist(), "mean_kl": float(kl_per_dim.sum())}
        values["asleep"] = [j for j in range(d) if kl_per_dim[j] < ASLEEP]
        require_two(n)
    except Unavailable as error:
        found.unavailable.append(Unavailable(error.reason, error.message, "split"))
        return found
    _decompose(mu, log_var, found, progress)
    return found


def _decompose(mu: NDArray[Any], log_var: NDArray[Any], found: Findings, progress: Progress) -> None:
    """Add the three parts of the mean KL to what was found."""
    split, values = kl_decomposition.decompose(mu, log_var, seed=SEED, progress=progress), found.values
    found.estimator, found.samples = "kl-split", split.draws
    for name in ESTIMATES:
        one: Estimate = getattr(split, name)
        values[name] = asdict(one)
    values |= {"dimension_kl": split.dimension_kl.tolist(), "dimension_kl_total": float(split.dimension_kl.sum())}
    values |= {"dimension_kl_error": split.dimension_error, "log_n": math.log(len(mu))}
    values |= {"too_few": split.too_few, "rounds": kl_decomposition.ROUNDS}
    if split.too_few:
        found.unavailable.append(too_few(len(mu)))


def _epochs(run: Run, least_variance: float) -> dict[str, NDArray[Any]]:
    """Return KL and variance (epochs, d) of the validation images, as training stored them, and how many dimensions were in use."""
    stored, d = run.epochs(), run.config.model.latent_size
    kl, variance = (np.asarray(stored.get(key, np.empty((0, d))), np.float64).reshape(-1, d) for key in ("kl_per_dim", "mu_variance"))
    counts = {"epochs_active": (variance > least_variance).sum(1), "epochs_asleep": (kl < ASLEEP).sum(1)}
    return {"epochs_kl": kl, "epochs_variance": variance, **counts}


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    active = f"{len(values['active'])} of {len(values['mu_variance'])}" if values["n"] > 1 else "cannot be told from one image"
    yield f"active dimensions {active}, inactive {len(values.get('asleep', ()))}"
    if "mean_kl" in values:
        yield line_of("mean KL", values["mean_kl"])
    if "mutual_information" in values:
        parts = [values["mutual_information"], values["total_correlation"], {"value": values["dimension_kl_total"]}, values["remainder"]]
        information, correlation, dimensions, rest = rounded(parts)
        yield line_of("mutual information", information) + f", at most ln N = {values['log_n']:.3f}"
        yield line_of("  of more images at most", values["at_most"])
        yield line_of("total correlation", correlation)
        yield line_of("dimension-wise KL", dimensions)
        yield line_of("mean KL minus the three", rest)


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values: with all parts, without them, and of an autoencoder."""
    plain = {"mu_variance": [float, d], "active": [range(d)], "n": COUNT}
    kl = {"kl_per_dim": [float, d], "mean_kl": float, "asleep": [range(d)]}
    split = {name: MEAN for name in ESTIMATES}
    whole = {"dimension_kl": [float, d], "dimension_kl_total": float, "dimension_kl_error": float, "log_n": float, "too_few": bool}
    no_split: Shape = {"mutual_information?": set()}
    return (plain | kl | split | whole, plain | kl | no_split, plain | no_split | {"kl_per_dim?": set(), "asleep?": set()})


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    return {"epochs_kl": f"f e {d}", "epochs_variance": f"f e {d}"}


PART = Part(2, compute, lines, value_shapes, array_shapes, growth=2)
