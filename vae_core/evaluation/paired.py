"""Comparing runs: what the same test images cost each of them, paired, and their maps laid on one another.

torch is imported where a model has to run, so that stored results can be read without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_core.arrays import Floats
from vae_core.messages import reason
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.storage.files import write_npz

SIGNIFICANT = 2.0  # standard errors: a difference within so many is not told from chance


def incomparable_because(one: Run, other: Run) -> str:
    """Return why two runs cannot be compared in one word, or "" where they can.

    The words are unfinished; data: other images, or not the same bytes; split: other rows held out; pixels; likelihood; autoencoder: one
    run has a KL, the other has none; damaged: what the other one kept cannot be read.
    """
    if not one.summary or not other.summary:
        return "unfinished"
    if not one.dataset.get("sha256") or one.dataset["sha256"] != other.dataset.get("sha256"):
        return "data"
    first = one.split()
    try:
        second, _, latents = other.split(), other.history(), other.latents()
    except RunError:
        return "damaged"
    is_same = all(np.array_equal(first[name], second[name]) for name in ("validation", "test"))
    # Without a test set the training images stand in, and `most` may have drawn others of those.
    if not is_same or (not len(first["test"]) and not np.array_equal(one.latents().rows, latents.rows)):
        return "split"
    if one.config.data.pixels != other.config.data.pixels:
        return "pixels"
    # A black-or-white picture that was drawn once is another one under another seed.
    if one.config.data.pixels in ("static", "dynamic") and one.config.data.split_seed != other.config.data.split_seed:
        return "pixels"
    if one.config.model.likelihood != other.config.model.likelihood:
        return "likelihood"
    return "autoencoder" if one.has_kl != other.has_kl else ""


# ------------------------------------------------------------------ costs per image


@dataclass(frozen=True)
class ImageCosts:
    """What each test image costs a run, nats: reconstruction and kl, (N,) each; kl is not a number for an autoencoder."""

    reconstruction: Floats
    kl: Floats

    @property
    def total(self) -> Floats:
        """reconstruction + kl, and without a KL the reconstruction alone."""
        return self.reconstruction if np.isnan(self.kl).all() else self.reconstruction + self.kl


def stored_costs(run: Run) -> ImageCosts | None:
    """Return the costs that were computed for these weights, or None where there are none that can be read."""
    costs = run.costs()
    return ImageCosts(costs["reconstruction"], costs["kl"]) if costs else None


def compute_costs(run: Run) -> ImageCosts:
    """Compute what each test image costs, with the 4 latent samples per image that the run's own test scores were computed with.

    Raises:
        RunError: the images are not at hand or others, or the weights are damaged.
    """
    from vae_core.data.batches import image_subset
    from vae_core.evaluation import scoring

    x = image_subset(run.images(), run.latents().rows.astype(np.int64), run.config, fixed=True)
    scores = scoring.test_scores(run.model(), x, run.config)
    return ImageCosts(scores.reconstructions, scores.kls)


def store_costs(run: Run, found: ImageCosts) -> None:
    """Keep the costs with the run, under the hash of its weights.

    Raises:
        RunError: the folder cannot be written.
    """
    file = run.writable(run.evaluation_file("bills"))
    try:
        file.parent.mkdir(exist_ok=True)
        write_npz(file, reconstruction=found.reconstruction, kl=found.kl)
    except OSError as error:
        raise RunError(
            "The result cannot be stored in run {run!r} ({why}); it is shown but not kept.", run=run.id, why=reason(error)
        ) from error


@dataclass(frozen=True)
class Difference:
    """Second run minus first, paired image by image: mean and its standard error in nats, and on which share the second costs less."""

    mean: float
    standard_error: float
    share: float
    n: int

    @property
    def is_clear(self) -> bool:
        """Whether the mean lies more than SIGNIFICANT standard errors from zero."""
        return abs(self.mean) > SIGNIFICANT * self.standard_error


def paired_difference(first: Floats, second: Floats) -> Difference:
    """Compare what the same N images cost two runs, (N,) each; pairing takes out what is hard about an image for both.

    Raises:
        ValueError: they are not as many, or fewer than two.
    """
    if first.shape != second.shape or len(first) < 2:
        raise ValueError(f"{len(first)} and {len(second)} images cannot be paired; both runs need the same ones, at least two.")
    gaps = second.astype(np.float64) - first.astype(np.float64)
    return Difference(float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(len(gaps))), float((gaps < 0).mean()), len(gaps))
