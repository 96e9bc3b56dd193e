"""What simpler models score on the same images under the same protocol: `references` beside a VAE."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Ints
from vae_core.config import RunConfig
from vae_core.data.dataset import Dataset
from vae_core.evaluation import closed_forms
from vae_core.latent.projections import principal_axes
from vae_core.messages import Message
from vae_core.registries import traits

if TYPE_CHECKING:
    from vae_core.data.batches import ImageSubset

# Simpler models are fitted on at most so many numbers, and tested on a sixth: all of MNIST, 188 MB. But on no fewer images than these.
NUMBERS, FEWEST = 60_000 * 784, 1000
ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class References:
    """What each test image costs under simpler models, by name: nats (N,); and by name why others cannot be among them."""

    costs: dict[str, Float64s]
    left_out: dict[str, Message]

    def record(self) -> dict[str, Any]:
        """Return the means as JSON-ready values: references [{"name", "nats"}], and where there is one left_out [{"name", "sentence"}]."""
        left_out = [{"name": name, **sentence.record()} for name, sentence in self.left_out.items()]
        rows = [{"name": name, "nats": float(values.mean())} for name, values in self.costs.items()]
        return {"references": rows, **({"left_out": left_out} if left_out else {})}


def references(
    train: NDArray[Any],
    test: NDArray[Any],
    likelihood: str,
    pixels: str,
    latent_size: int,
    sigma: float,
    labels: Ints | None = None,
    quantum: float = 1 / 255,
) -> References:
    """Return what each test image costs under simpler models, with the same protocol.

    Probabilities of black-or-white pixels are compared with independent pixels, with a class mixture where labels are given, and, for grey
    pixels, with the entropy floor that no model can beat; densities with independent normal pixels and probabilistic PCA of the same latent
    size, except of pictures so large that their covariance cannot be had. The two kinds are never mixed. Probabilities of grey levels are
    compared with what those two densities give each level, at least.

    Args:
        train, test: pictures (M, P) and (N, P) in [0, 1], treated as the model's were.
        likelihood, pixels, latent_size, sigma: the run's settings.
        labels: classes of the training pictures (M,).
        quantum: distance between two grey levels.
    """
    test = np.asarray(test, np.float64)
    family = traits("likelihood", likelihood)
    if family["support"] != "binary":
        sizes = {"independent-pixels": 0, "ppca": latent_size}
        noise = sigma**2 if family["is_normal"] and not family["learns_sigma"] else None
        return _normal_references(train, test, sizes, noise, quantum if family["support"] == "levels" else None)
    costs = {"independent-pixels": -closed_forms.class_mixture(train, np.zeros(len(train), np.int64)).log_prob(test)}
    if labels is not None:
        costs["class-mixture"] = -closed_forms.class_mixture(train, labels).log_prob(test)
    if pixels == "grey":
        costs["entropy-floor"] = closed_forms.bernoulli_entropy(test).sum(1)
    return References(costs, {})


def _normal_references(
    train: NDArray[Any], test: NDArray[Any], sizes: dict[str, int], sigma2: float | None, quantum: float | None
) -> References:
    """Return the costs of probabilistic PCA with so many components, by name, with this noise or with noise of its own.

    They are those of a density, or with a `quantum` of levels at that distance.
    """
    found, numbers = References({}, {}), train.shape[1]
    for name, q in sizes.items():
        try:
            if q and numbers > closed_forms.MAX_NUMBERS and not closed_forms.is_few(train):
                raise closed_forms.NoFit(
                    "It takes the covariance of an image's numbers, and {numbers} are too many for that.", numbers=numbers
                )
            fitted = closed_forms.ppca(train, q, sigma2)
            cost = -fitted.log_prob(test)
            if sigma2 is None and not closed_forms.is_reference(float(cost.mean()), numbers):
                raise closed_forms.NoFit(closed_forms.MEANINGLESS)
            found.costs[name] = cost if quantum is None else -fitted.level_log_prob(test, quantum)
        except closed_forms.NoFit as error:
            found.left_out[name] = error.message
    return found


def pca_errors(train: NDArray[Any], test: NDArray[Any], size: int) -> Float64s:
    """Return the mean square error per pixel (N,) with which `size` principal axes of train (M, P) redraw test (N, P)."""
    axes = principal_axes(train, size)
    mean, directions = axes.mean.astype(np.float64), axes.directions.astype(np.float64)
    found = np.empty(len(test))
    for start in range(0, len(test), ROWS_AT_ONCE):
        centred = test[start : start + ROWS_AT_ONCE] - mean
        found[start : start + ROWS_AT_ONCE] = ((centred - (centred @ directions.T) @ directions) ** 2).mean(1)
    return found


def most_compared(event_shape: Sequence[int]) -> tuple[int, int]:
    """Return on how many images of this shape simpler models are fitted at most, and on how many they are tested."""
    most = NUMBERS // math.prod(event_shape)
    return max(FEWEST, most), max(FEWEST, most // 6)


def fitted_on(dataset: Dataset, rows: np.ndarray, config: RunConfig) -> ImageSubset:
    """Return the images that simpler models are fitted on: all training rows (N,), and of large data a part, drawn by the run's seed."""
    from vae_core.data.batches import image_subset

    return image_subset(dataset, rows, config, fixed=True).at_most(most_compared(dataset.event_shape)[0], config.train.seed)
