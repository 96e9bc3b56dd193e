"""What a part of Inspect is, and what several parts use: means with their errors, lines for the terminal, shapes of stored numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core import rounding
from vae_core.arrays import Ints
from vae_core.inspection.subject import SEED, Findings, InspectedRun, Unavailable
from vae_core.latent.latents import ASLEEP
from vae_core.progress import Progress
from vae_core.storage.shapes import EITHER, Shape

Values = Mapping[str, Any]
COLLAPSED = "All dimensions are inactive: every image lies at the same place, so the latent numbers tell nothing apart."
FEWEST = 20  # images, however large they are
MEAN = {"value": float, "standard_error": EITHER}  # the shape of what `mean_of` returns


@dataclass(frozen=True)
class Part:
    """One part of Inspect. Its values and arrays are stored with the run, so what they must be is said in the terms of shapes.py."""

    seconds: float  # of a CPU core on MNIST, about: its 10,000 test images, or 1,000 where they are drawn
    compute: Callable[[InspectedRun, Progress], Findings]
    lines: Callable[[Values], Iterator[str]]  # its values, for the terminal
    value_shapes: Callable[[int], Shape]  # of a run of d latent dimensions
    array_shapes: Callable[[Values, int], dict[str, str]]  # beside these values, of a run of d latent dimensions
    growth: int = 1  # the power of the number of images with which the seconds grow
    most_dimensions: int = 4096  # beyond which it is refused
    needs_prior: bool = False  # whether it is refused without a KL to a standard normal prior
    is_drawn: bool = False  # whether most of the time goes into drawing at most 1,000 images many times over
    version: int = 1  # of how it computes: what an earlier one has stored is computed anew


def within(most: int, shape: Sequence[int], numbers: int) -> int:
    """Return how many images are taken: `most`, or of large ones as many as hold so many numbers in all, but never fewer than FEWEST."""
    return min(most, max(FEWEST, numbers // math.prod(shape)))


def some(rows: Ints, most: int) -> Ints:
    """Return at most so many of the rows, always the same ones, in the order in which they were drawn.

    Rows of imported data often lie class by class, so that the first ones are of the first classes only. Of what is returned the first
    ones stand for all; whoever sorts it must take all of it.
    """
    return rows[np.random.default_rng(SEED).permutation(len(rows))[:most]]


def collapse(inspected: InspectedRun) -> list[Unavailable]:
    """Return, of a run whose dimensions are all inactive, what that means for all that is told by places; else nothing."""
    is_collapsed = bool((inspected.run.latents().kl_per_dim < ASLEEP).all())  # of what has no KL it is not a number
    return [Unavailable("collapsed", COLLAPSED, "latent numbers")] if is_collapsed else []


def mean_of(values: NDArray[Any]) -> dict[str, float]:
    """Return mean and standard error over images."""
    error = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
    return {"value": float(values.mean()), "standard_error": error}


def quantiles_of(values: NDArray[Any]) -> list[float]:
    """Return the 101 percentiles, from the least to the largest value."""
    return [float(value) for value in np.quantile(values, np.linspace(0, 1, 101))]


def root_mean_square(errors: NDArray[np.float64]) -> dict[str, float]:
    """Return the root of the mean of square errors (N,), with the standard error that images give it."""
    mean = mean_of(errors)
    root = math.sqrt(mean["value"])
    return {"value": root, "standard_error": mean["standard_error"] / (2 * root or 1)}  # where all errors are 0, so is their own error


def require_two(n: int) -> None:
    """Raise Unavailable where there is one image only."""
    if n < 2:
        raise Unavailable("few-images", "One image is no cloud; this needs at least two.")


def too_few(n: int) -> Unavailable:
    """Return the refusal of what n images cannot tell."""
    sentence = f"There are too few images to tell: {n} images can show at most ln {n} = {math.log(n):.2f} nats of mutual information."
    return Unavailable("too-few", sentence, "total_correlation")


def line_of(name: str, value: Values | float | None) -> str:
    """Return a number of nats as a line for the terminal, with its standard error where there is one."""
    error = value.get("standard_error") if isinstance(value, Mapping) else None
    number = value["value"] if isinstance(value, Mapping) else value
    nats = "not defined" if number is None else f"{number:10.3f} nats"
    return f"{name:34s}{nats}" + error_words(error, ".3f")


def error_words(error: float | None, form: str) -> str:
    """Return what is said of a standard error behind a number, printed in a form; nothing where it is not known."""
    return "" if error is None else f" (standard error {error:{form}})"


def rounded(parts: Sequence[Values]) -> list[Values]:
    """Return the parts of one sum, rounded as they are printed so that they add up."""
    values = rounding.parts([part["value"] for part in parts], 3)
    return [{**part, "value": value} for part, value in zip(parts, values, strict=True)]
