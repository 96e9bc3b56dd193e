"""Scores of held-out images after each epoch: they choose the weights to keep and tell when training has stopped improving."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_core.data.batches import ImageSubset
from vae_core.evaluation import scoring
from vae_core.model.objectives import Objective
from vae_core.model.vae import VAE
from vae_core.seeding import VALIDATION, keyed


class Validation:
    """Scores held-out images after each epoch, always with the same noise and the same draw of pixels, and keeps the best weights."""

    def __init__(self, held_out: ImageSubset, latent_size: int, seed: int, objective: Objective) -> None:
        self.x = held_out if len(held_out) else None
        self.eps = torch.randn(objective.samples, len(held_out), latent_size, generator=keyed(seed, VALIDATION))
        self.objective = objective
        self.best: dict[str, Tensor] = {}
        self.best_score, self.best_epoch = math.inf, 0
        self.per_epoch: dict[str, list[np.ndarray]] = {"kl_per_dim": [], "mu_variance": []}

    def score(self, vae: VAE, epoch: int) -> dict[str, Any] | None:
        """Return the epoch's validation part of history.csv, or None without held-out images; then the last epoch is the one kept."""
        if self.x is None:
            self.best_epoch = epoch
            return None
        scores = scoring.score_images(vae, self.x, self.eps, self.objective)
        self.per_epoch["kl_per_dim"].append(scores.kl_per_dim.astype(np.float32))
        self.per_epoch["mu_variance"].append(scores.mu_variance.astype(np.float32))
        if scores.score < self.best_score:
            self.best_score, self.best_epoch = scores.score, epoch
            self.best = {key: value.clone() for key, value in vae.state_dict().items()}
        parts = {"reconstruction": scores.reconstruction, "kl": scores.kl, "active_units": scores.active_units}
        return {"split": "validation", "loss": scores.score, **parts}

    def epochs_without_gain(self, epoch: int, warm_epochs: float) -> float:
        """Return how many epochs have passed since the best one, or since the warm-up ended, whichever came later."""
        return epoch - max(self.best_epoch, warm_epochs) if self.x is not None else 0.0

    def facts(self) -> dict[str, Any]:
        """Return what a checkpoint stores beside `best` and `per_epoch`."""
        return {"best_epoch": self.best_epoch, "best_score": self.best_score if self.best else None}

    def restore(self, best: Mapping[str, Tensor], per_epoch: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Go on from the facts and tensors of a checkpoint."""
        self.best, self.best_epoch = dict(best), facts["best_epoch"]
        self.best_score = math.inf if facts["best_score"] is None else facts["best_score"]
        self.per_epoch = {key: list(per_epoch[key].numpy()) if key in per_epoch else [] for key in self.per_epoch}
