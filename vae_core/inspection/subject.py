"""What Inspect looks at: a finished run, one part of its images, and whether they are at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Ints
from vae_core.data.dataset import Dataset, split
from vae_core.messages import Refusal, say
from vae_core.runs.errors import MissingImages, RunError
from vae_core.runs.run import Run

if TYPE_CHECKING:
    from torch import Tensor

    from vae_core.data.batches import ImageSubset
    from vae_core.model.vae import VAE

SPLITS = ("test", "train")
SEED = 0  # of every draw that Inspect makes
TOO_MANY_DIMENSIONS = "This needs at most {most} latent dimensions, and the run has {d}; {remedy}."


class Unavailable(Refusal):
    """Something that cannot be given: what, the reason as a code, and a plain sentence with the remedy."""

    def __init__(self, reason: str, sentence: str, what: str = "", /, **values: object) -> None:
        super().__init__(sentence, **values)
        self.reason, self.what = reason, what

    def record(self, part: str) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {"what": self.what or part, "reason": self.reason, **self.message.record()}


@dataclass
class Findings:
    """What one part found: JSON-ready values, arrays, how it was computed, and what could not be given."""

    values: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    estimator: str = ""
    n: int = 0
    split: str = ""  # which images it is about, where they are not those that were asked about
    samples: int | None = None  # draws, per image unless the estimator says otherwise
    unavailable: list[Unavailable] = field(default_factory=list)


@dataclass(frozen=True)
class InspectedRun:
    """A finished run and one part of its images: "test" (what its results are reported on) or "train"."""

    run: Run
    split: str = "test"
    max_images: int = 1000  # for what is too slow to be done for all
    max_samples: int = 5000  # latent samples per image of the tightest bound

    @cached_property
    def rows(self) -> Ints:
        """Row numbers of the dataset, (N,) ascending; those of training images need the data at hand, else Unavailable is raised."""
        if self.split == "test":
            return self.run.latents().rows.astype(np.int64)
        return self.train_rows

    @property
    def count(self) -> int:
        """Number of `rows`, known without the data."""
        return len(self.rows) if self.split == "test" else int(self.run.dataset["n_train"])

    @cached_property
    def train_rows(self) -> Ints:
        """Row numbers of the images that the run learned from, as training drew them: with `most` not all that are not held out.

        Raises:
            Unavailable: the data are not at hand.
        """
        return split(self.dataset, self.run.config.data).train

    @property
    def split_name(self) -> str:
        """Which images these are: without a test set the training images stand in for it."""
        return self.run.summary["test_split"] if self.split == "test" else "train"

    def subset(self, most: int | None = None) -> Ints:
        """Return positions among `rows` of at most `max_images` images, or fewer if `most` is, ascending, always the same ones."""
        count = self.max_images if most is None else min(most, self.max_images)
        return np.sort(np.random.default_rng(SEED).permutation(self.count)[:count])

    @cached_property
    def dataset(self) -> Dataset:
        """The run's images.

        Raises:
            Unavailable: they are not at hand (nothing is fetched), or others are.
        """
        try:
            return self.run.images()
        except MissingImages as error:
            raise Unavailable(error.reason, error.message) from error

    @cached_property
    def model(self) -> VAE:
        """The trained VAE; imports torch."""
        return self.run.model()

    def reference_images(self) -> ImageSubset:
        """Return the training images that simpler models are fitted on: all, and of large data those that the run's own were fitted on.

        Raises:
            Unavailable: the data are not at hand.
        """
        from vae_core.evaluation.baselines import fitted_on

        return fitted_on(self.dataset, self.train_rows, self.run.config)

    def images(self, rows: Ints) -> Tensor:
        """Return the images of these rows as float32 (n, *event), treated as configured, black and white by one fixed draw.

        Raises:
            Unavailable: the data are not at hand.
        """
        from vae_core.data.batches import image_subset

        return image_subset(self.dataset, rows, self.run.config, fixed=True).all()

    def labels(self, rows: Ints) -> Ints | None:
        """Return the classes of these rows, (n,), or None where there are fewer than two classes.

        Raises:
            Unavailable: the data are not at hand.
        """
        known = self.dataset.labels
        return None if known is None or len(self.dataset.class_names) < 2 else known[rows].astype(np.int64)

    def posteriors(self) -> tuple[Float64s, Float64s]:
        """Return mu and log_var (N, d) in float64: of the test images as stored, of others from the data.

        Raises:
            Unavailable: the data are needed and not at hand.
        """
        if self.split == "test":
            stored = self.run.latents()
            return stored.mu.astype(np.float64), stored.log_var.astype(np.float64)
        from vae_core.evaluation.scoring import encode_images

        mu, log_var = encode_images(self.model, self.images(self.rows), self.run.config)
        return mu.astype(np.float64), log_var.astype(np.float64)

    def require_kl(self) -> None:
        """Raise Unavailable for an autoencoder, or for a prior that the formulas here do not know."""
        if not self.run.has_kl:
            raise Unavailable("autoencoder", "An autoencoder has no KL, ELBO or prior, so this is not defined; train with objective elbo.")
        if not self.run.has_normal_prior:
            raise Unavailable("no-kl", "This is computed for prior standard-normal, not for {prior}.", prior=self.run.config.model.prior)

    def require_dimensions(self, most: int, remedy: str) -> None:
        """Raise Unavailable where there are more latent dimensions than `most`."""
        d = self.run.config.model.latent_size
        if d > most:
            raise Unavailable("dimensions", TOO_MANY_DIMENSIONS, most=most, d=d, remedy=say(remedy))


def require_finished(run: Run) -> Run:
    """Return the run, or raise RunError where it is not finished."""
    if not run.summary:
        raise RunError("Run {run!r} is not finished ({state}), so there is nothing to inspect.", run=run.id, state=say(run.state))
    return run
