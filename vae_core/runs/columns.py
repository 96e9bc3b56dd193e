"""What is known of each test image of a run, as columns by which points may be coloured or selected.

The form of a column's name says what it is of: "class" and "factor-1" of the image, "reconstruction", "kl" and "negative_elbo" what it
costs, "under:" with a run's id what it costs that run (`evaluation/known_columns.py`), "neighbour" and "log_density" its place among the
others, "probe_residual" how far a linear probe is from its class, "mu-1", "sigma-1" and "kl-1" its posterior along a dimension counted from
1. Any other name is that of a column which its owner keeps beside it; one that is called like ours has "table:" before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s
from vae_core.latent import aggregate_posterior, linear_probe
from vae_core.latent.latents import Latents

Group = Literal["image", "table", "cost", "place", "dimension"]
MOST_CATEGORIES = 1000  # texts with more of them are read and searched, but no legend lists them
WHOLE = 2**53  # beyond it float64 skips whole numbers
UNDER = "under:"  # before the id of another run
MOST_PROBED = 10**8  # images times classes
MOST_PAIRED = 20_000  # images of which every pair is looked at: a few seconds
MOST_IN_TREE, TREE_DIMENSIONS = 200_000, 8  # images whose neighbours a tree finds as fast, in so few dimensions


@dataclass(frozen=True, eq=False)  # compared by identity: arrays have no single truth value
class Column:
    """One value for each test image.

    Attributes:
        name: as above.
        group: what it is of: the image, the table beside it, its cost, its place, or a dimension of its posterior.
        kind: "category" or "text" (of more than MOST_CATEGORIES), whose values are indices into `categories`, -1 where there is none;
            "number", in `unit`, or "date", in seconds since 1970 in UTC, NaN where there is none.
        read: returns the values; asked once.
        categories: names of the categories, as anybody may have written them.
        unit: of numbers, such as "nats"; empty where there is none or it is not known.
    """

    name: str
    group: Group
    kind: Literal["category", "text", "number", "date"]
    read: Callable[[], NDArray[Any]]
    categories: tuple[str, ...] = ()
    unit: str = ""

    @cached_property
    def values(self) -> NDArray[Any]:
        """(N,) int64 of a category or text, float64 of a number or date, in the order of the run's latents."""
        return np.asarray(self.read(), np.int64 if self.is_of_texts else np.float64)

    @property
    def is_of_texts(self) -> bool:
        """Whether values are indices into `categories`."""
        return self.kind in ("category", "text")

    def in_words(self) -> list[str]:
        """Return the values as a person writes them: a category's name, a number, a date of ISO 8601 in UTC; "" where there is none."""
        values = self.values.tolist()
        if self.is_of_texts:
            return [self.categories[value] if 0 <= value < len(self.categories) else "" for value in values]
        write = date_in_words if self.kind == "date" else number_in_words
        return [write(value) if math.isfinite(value) else "" for value in values]


def number_in_words(value: float) -> str:
    """Return a finite number with all its digits, a whole one without a point."""
    return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)


def date_in_words(seconds: float) -> str:
    """Return a time in seconds since 1970 as ISO 8601 in UTC, a day alone where it is midnight; of what no calendar holds, the number."""
    try:
        time = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        return number_in_words(seconds)
    return time.date().isoformat() if not seconds % 86_400 else time.isoformat(" ")


def columns_of(
    latents: Latents,
    class_names: Sequence[str],
    factors: NDArray[Any] | None,
    costs: Mapping[str, NDArray[Any]],
    beside: Sequence[Column] = (),
) -> list[Column]:
    """Return the columns of N test images; what takes time is computed when its values are asked for.

    Args:
        latents: their posteriors, and labels where they have classes.
        class_names: names of the classes.
        factors: (N, k) true factors of variation, where they are known.
        costs: "reconstruction" and "kl", (N,) each, nats, where they were stored; NaN for a KL that has no meaning.
        beside: what their owner wrote down beside them.
    """
    found = [] if latents.labels is None else [Column("class", "image", "category", _given(latents.labels), categories=tuple(class_names))]
    if factors is not None:
        found += [Column(f"factor-{k}", "image", "number", _given(values)) for k, values in enumerate(factors.T, 1)]
    found += beside
    nats = dict(costs)
    if latents.has_normal_prior and not np.isnan(latents.log_var).any():
        nats["kl"] = latents.kl_per_image
    nats = {name: values for name, values in nats.items() if np.isfinite(values).all()}
    if {"reconstruction", "kl"} <= nats.keys():
        nats["negative_elbo"] = nats["reconstruction"].astype(np.float64) + nats["kl"]
    found += [Column(name, "cost", "number", _given(values), unit="nats") for name, values in nats.items()]
    return [*found, *_of_places(latents), *_of_dimensions(latents)]


def _given(values: NDArray[Any]) -> Callable[[], NDArray[Any]]:
    return lambda: values


def _of_places(latents: Latents) -> Iterator[Column]:
    """Yield how far the nearest other image is, how dense the images lie, and what a linear probe misses, where that takes seconds."""
    count, d = latents.mu.shape
    if 2 <= count <= (MOST_IN_TREE if d <= TREE_DIMENSIONS else MOST_PAIRED):
        yield Column("neighbour", "place", "number", lambda: nearest_other(latents.mu))
    if 2 <= count <= MOST_PAIRED and np.isfinite(latents.log_var).all():
        yield Column("log_density", "place", "number", lambda: own_log_density(latents), unit="nats")
    labels = latents.labels
    if labels is not None and count > d + 1 and labels.min() < labels.max() < MOST_PROBED // count:
        yield Column("probe_residual", "place", "number", lambda: linear_probe.leave_one_out_residuals(latents.mu, labels))


def nearest_other(mu: NDArray[Any]) -> Float64s:
    """Return the Euclidean distance of each place (N, d) to the nearest other one, (N,)."""
    from sklearn.neighbors import NearestNeighbors

    return np.asarray(NearestNeighbors(n_neighbors=2).fit(mu).kneighbors(mu)[0][:, 1], np.float64)


def own_log_density(latents: Latents) -> Float64s:
    """Return log q(z) at the mean of each image, (N,) in nats, its own posterior left out of q."""
    return aggregate_posterior.log_density(latents.mu, latents.mu, latents.log_var, own=np.arange(len(latents.mu)))


def _of_dimensions(latents: Latents) -> Iterator[Column]:
    """Yield mean, standard deviation and KL of the posteriors, dimension by dimension; of an autoencoder the means alone."""

    def along(dim: int, measure: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]) -> Callable[[], NDArray[Any]]:
        return lambda: measure(latents.mu[:, dim].astype(np.float64), latents.log_var[:, dim].astype(np.float64))

    dims = range(latents.mu.shape[1])
    yield from (Column(f"mu-{dim + 1}", "dimension", "number", along(dim, lambda mu, _: mu)) for dim in dims)
    if np.isfinite(latents.log_var).all():
        yield from (Column(f"sigma-{dim + 1}", "dimension", "number", along(dim, lambda _, log_var: np.exp(0.5 * log_var))) for dim in dims)
        if latents.has_normal_prior:
            yield from (Column(f"kl-{dim + 1}", "dimension", "number", along(dim, _kl), unit="nats") for dim in dims)


def _kl(mu: NDArray[Any], log_var: NDArray[Any]) -> NDArray[Any]:
    return 0.5 * (mu**2 + np.exp(log_var) - 1 - log_var)
