"""Importance weights of draws from q(z|x): the IWAE bound, and how many draws it rests on (Burda et al. 2016)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vae_core.latent.inference import chunks, images_at_once
from vae_core.model.vae import VAE, Terms
from vae_core.progress import Progress, no_progress


@torch.inference_mode()
def log_weights(vae: VAE, x: Tensor, samples: int, seed: int = 0, progress: Progress = no_progress) -> Tensor:
    """Return log p(x|z) + log p(z) - log q(z|x), (samples, N), of draws from q, in float64."""
    generator = torch.Generator().manual_seed(seed)
    posterior = vae.encode(x)
    found = torch.empty(samples, len(x), dtype=torch.float64)  # filled in place, as in `scores`: else gigabytes of pieces
    log_px = torch.empty(max(1, 4096 // len(x)), len(x), dtype=x.dtype)
    for part in chunks(samples, len(log_px)):
        draws = part.stop - part.start
        z = posterior.sample(torch.randn(draws, len(x), vae.prior.latent_size, generator=generator))
        for some in chunks(len(x), max(1, 2 * images_at_once(x[:1].shape) // draws)):  # all of them, of pictures up to 32x32
            log_px[:draws, some] = vae.likelihood.log_prob(vae.decode(z[:, some]), x[some])
        found[part] = Terms(z, log_px[:draws], posterior, vae.prior).log_weights.double()
        progress(part.stop / samples)
    return found


def iwae_bound(log_w: Tensor, k: int) -> Tensor:
    """Return the k-sample bound per image (N,) as the mean over disjoint blocks of k of the same large sample log_w (S, N).

    Block means of one sample are monotone in k where one k divides the next (Jensen); k = 1 is the ELBO (Burda et al. 2016, eq. 8).
    """
    blocks = log_w[: len(log_w) // k * k].reshape(-1, k, log_w.shape[1])
    return (torch.logsumexp(blocks, 1) - math.log(k)).mean(0)


def effective_sample_size(log_w: Tensor) -> Tensor:
    """Return (sum w)^2 / sum w^2 per image, (N,): below 10 the bound's error bar is not to be trusted."""
    return torch.exp(2 * torch.logsumexp(log_w, 0) - torch.logsumexp(2 * log_w, 0))
