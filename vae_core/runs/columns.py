"""What is known of each test image of a run, as columns by which points may be coloured or selected: classes, factors, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_core.latent.latents import Latents


@dataclass(frozen=True, eq=False)  # compared by identity: arrays have no single truth value
class Column:
    """One value for each test image.

    Attributes:
        name: "class", "factor-1" and so on, "kl", "reconstruction" or "negative_elbo".
        kind: "category", whose values are indices into `categories`, or "number", in `unit`.
        values: (N,) int64 of a category, float64 of a number, in the order of the run's latents.
        categories: names of the categories.
        unit: of numbers, such as "nats"; empty where there is none or it is not known.
    """

    name: str
    kind: Literal["category", "number"]
    values: NDArray[Any]
    categories: tuple[str, ...] = ()
    unit: str = ""


def columns_of(
    latents: Latents, class_names: Sequence[str], factors: NDArray[Any] | None, costs: Mapping[str, NDArray[Any]]
) -> list[Column]:
    """Return the columns of N test images.

    Args:
        latents: their posteriors, and labels where they have classes.
        class_names: names of the classes.
        factors: (N, k) true factors of variation, where they are known.
        costs: "reconstruction" and "kl", (N,) each, nats, where they were stored; NaN for a KL that has no meaning.
    """
    numbers = {} if factors is None else {f"factor-{k}": values for k, values in enumerate(factors.T, 1)}
    nats = dict(costs)
    if latents.has_normal_prior and not np.isnan(latents.log_var).any():
        nats["kl"] = latents.kl_per_image
    nats = {name: values for name, values in nats.items() if np.isfinite(values).all()}
    if {"reconstruction", "kl"} <= nats.keys():
        nats["negative_elbo"] = nats["reconstruction"].astype(np.float64) + nats["kl"]
    found = [] if latents.labels is None else [Column("class", "category", latents.labels, categories=tuple(class_names))]
    found += [Column(name, "number", np.asarray(values, np.float64)) for name, values in numbers.items()]
    return found + [Column(name, "number", np.asarray(values, np.float64), unit="nats") for name, values in nats.items()]
