"""How good a trained model is: the negative ELBO of images and its parts, and the test scores that a run's summary keeps.

All results are nats per image: summed over pixels and latent dimensions, averaged over images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_core.arrays import Float64s
from vae_core.config import RunConfig
from vae_core.data.batches import Batch, ImageSubset, image_subset
from vae_core.data.dataset import Split
from vae_core.latent import inference
from vae_core.latent.inference import chunks, images_at_once
from vae_core.latent.latents import ASLEEP
from vae_core.model import objectives
from vae_core.model.objectives import Objective
from vae_core.model.vae import VAE
from vae_core.registries import is_deterministic
from vae_core.runs.run import Run
from vae_core.seeding import TEST, keyed

SAMPLES = 4  # latent samples per test image
ACTIVE_VARIANCE = 0.01  # variance of mu over the data above which a unit counts as active (Burda et al. 2016, section 4.2)


@dataclass(frozen=True)
class Scores:
    """The parts of the negative ELBO image by image, and what each latent dimension does; a deterministic model has no KL (NaN)."""

    reconstructions: Float64s  # (N,)
    kls: Float64s  # (N,)
    score: float  # the objective at its final weights, mean over images; picks the best epoch
    kl_per_dim: Float64s  # (d,) means; NaN where the prior has no closed form
    mu_variance: Float64s  # (d,) over images

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.reconstructions)

    @property
    def reconstruction(self) -> float:
        """-log p(x|z), mean over images."""
        return float(self.reconstructions.mean())

    @property
    def kl(self) -> float:
        """KL(q(z|x) || p(z)), mean over images."""
        return float(self.kls.mean())

    @property
    def negative_elbo(self) -> float:
        """reconstruction + kl."""
        return self.reconstruction + self.kl

    @property
    def standard_error(self) -> float:
        """Standard error of the mean of reconstruction + kl (without a KL: of reconstruction), over images."""
        per_image = self.reconstructions if math.isnan(self.kl) else self.reconstructions + self.kls
        return float(per_image.std(ddof=1) / math.sqrt(self.n)) if self.n > 1 else math.nan

    @property
    def active_units(self) -> int:
        """Number of dimensions whose mean moves with the image."""
        return int((self.mu_variance > ACTIVE_VARIANCE).sum())

    @property
    def asleep(self) -> int:
        """Number of dimensions that carry next to nothing."""
        return int((self.kl_per_dim < ASLEEP).sum())


@torch.inference_mode()
def score_images(vae: VAE, x: Tensor | ImageSubset, eps: Tensor, objective: Objective | None = None) -> Scores:
    """Score images x (N, *event) with the given noise eps (S, N, d); S samples per image are averaged.

    `objective` gives the score, by default the negative ELBO; a deterministic one is given its z = mu.
    """
    device = next(vae.parameters()).device
    is_deterministic = objective is not None and objective.is_deterministic
    # Filled in place: thousands of small results between large temporary ones would fragment the memory.
    found = torch.empty(len(x), 3 + 2 * vae.prior.latent_size, dtype=torch.float64)
    for part in chunks(len(x), max(1, images_at_once(x[:1].shape) // len(eps))):
        noise = torch.zeros_like(eps[:1, part]) if is_deterministic else eps[:, part]
        terms = vae.terms(Batch(x[part].to(device)), eps=noise.to(device))
        per_dim = torch.full_like(terms.posterior.mu, math.nan) if terms.kl_per_dim is None else terms.kl_per_dim
        score = -terms.elbo if objective is None else objective.score(terms)
        found[part] = torch.cat([torch.stack([terms.reconstruction, terms.kl, score], 1), per_dim, terms.posterior.mu], 1).cpu().double()
    reconstruction, kl, score = found[:, :3].T.contiguous()
    per_dim, mu = (part.contiguous() for part in found[:, 3:].chunk(2, 1))
    if is_deterministic:
        kl, per_dim = torch.full_like(kl, math.nan), torch.full_like(per_dim, math.nan)
    return Scores(
        reconstructions=reconstruction.numpy(),
        kls=kl.numpy(),
        score=float(score.mean()),
        kl_per_dim=per_dim.mean(0).numpy(),
        mu_variance=mu.var(0, unbiased=False).numpy(),
    )


def squared_errors(vae: VAE, x: Tensor | ImageSubset) -> Float64s:
    """Return the mean square error per pixel (N,) of what the decoder draws at the mean of q(z|x), for images x (N, *event) in [0, 1]."""
    found = np.empty(len(x))
    for part in chunks(len(x), images_at_once(x[:1].shape)):
        drawn = inference.decode_mean(vae, inference.encode(vae, x[part]).mu.numpy())
        gap = drawn.reshape(len(drawn), -1).astype(np.float64) - x[part].flatten(1).cpu().numpy()
        found[part] = (gap**2).mean(1)
    return found


def test_rows(split: Split) -> np.ndarray:
    """Return the rows that results are reported on; without a test set the training images stand in, and every table says so."""
    return split.test if len(split.test) else split.train


def encode_images(vae: VAE, x: Tensor | ImageSubset, config: RunConfig) -> tuple[np.ndarray, np.ndarray]:
    """Return mu and log_var (N, d) of images x (N, *event); an autoencoder's log_var is not a number, since nothing trained it."""
    posterior = inference.encode(vae, x)
    mu, log_var = posterior.mu.numpy(), posterior.log_var.numpy()
    return mu, np.full_like(log_var, np.nan) if is_deterministic(config) else log_var


def test_scores(vae: VAE, x: Tensor | ImageSubset, config: RunConfig) -> Scores:
    """Score test images x (N, *event) with noise keyed by the run's seed, so that the result can be repeated."""
    objective = objectives.build_objective(config.objective, config.train, steps_per_epoch=1)  # a score has no schedule
    eps = torch.randn(SAMPLES, len(x), config.model.latent_size, generator=keyed(config.train.seed, TEST))
    return score_images(vae, x, eps, objective)


def rescore(run: Run) -> dict[str, Any]:
    """Return {"test": scores} of a finished run, computed anew from its weights and its dataset.

    Raises:
        RunError: the images are not to be had, or others than the run was trained on, or the weights are damaged.
    """
    test = image_subset(run.images(is_fetched=True), run.latents().rows.astype(np.int64), run.config, fixed=True)
    return {"test": record_of(test_scores(run.model(), test, run.config))}


def record_of(scores: Scores) -> dict[str, Any]:
    """Return scores as JSON-ready values; the total is the sum of the parts as written, and what is not defined is None."""
    reconstruction, kl = round(scores.reconstruction, 6), _rounded(scores.kl)
    return {
        "negative_elbo": None if kl is None else round(reconstruction + kl, 6),
        "reconstruction": reconstruction,
        "kl": kl,
        "kl_per_dim": [_rounded(value) for value in scores.kl_per_dim],
        "active_units": scores.active_units,
        "asleep": scores.asleep,
        "n": scores.n,
        "samples": SAMPLES,
        "standard_error": _rounded(scores.standard_error),
    }


def _rounded(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
