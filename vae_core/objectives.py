"""What training minimises: Terms in, one scalar loss out, and the schedules of the KL weight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from torch import Tensor

from vae_core.config import ConfigError, ObjectiveConfig, TrainConfig
from vae_core.vae import Terms, chosen


@dataclass(frozen=True)
class Context:
    """Where training stands. `gather` joins a batch over processes; with one process it returns its argument."""

    step: int
    total_steps: int
    n_train: int
    gather: Callable[[Tensor], Tensor] = field(default=lambda x: x)


@dataclass(frozen=True)
class Loss:
    """What an objective hands to the optimiser, and the weight it put on the KL term."""

    loss: Tensor  # scalar, nats per image
    kl_weight: float
    logged: dict[str, Tensor] = field(default_factory=dict)


class Objective(ABC):
    """A rule that turns Terms into the scalar to be minimised."""

    samples = 1  # latent samples per image that the rule asks for
    deterministic = False  # True where z = mu and no noise is drawn
    requires: tuple[str, ...] = ()  # "closed-form-kl" where a prior without one is refused

    @abstractmethod
    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return the loss at this step, mean over images, nats per image."""

    @abstractmethod
    def score(self, terms: Terms) -> Tensor:
        """Return the loss per image (B,) at the final weights: what picks the best epoch."""


def linear_warmup(step: int, warmup_steps: float) -> float:
    """Return the share of the KL weight at `step`: rises linearly from 0 and stays at 1 (warmup_steps 0: always 1)."""
    return 1.0 if warmup_steps <= 0 else min(1.0, step / warmup_steps)


@final
class ELBO(Objective):
    """reconstruction + beta KL; beta 1 is the negative ELBO (Kingma & Welling 2014), others the beta-VAE (Higgins et al. 2017)."""

    def __init__(self, beta: float, warmup_steps: float) -> None:
        self.beta, self.warmup_steps = beta, warmup_steps

    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return mean(reconstruction + weight KL), the weight being warmed up."""
        weight = self.beta * linear_warmup(context.step, self.warmup_steps)
        return Loss((terms.reconstruction + weight * terms.kl).mean(), weight)

    def score(self, terms: Terms) -> Tensor:
        """Return reconstruction + beta KL per image, (B,)."""
        return terms.reconstruction + self.beta * terms.kl


Factory = Callable[[float, float], Objective]  # (beta, warmup steps)
OBJECTIVES: dict[str, Factory] = {"elbo": ELBO}


def build(config: ObjectiveConfig, train: TrainConfig, steps_per_epoch: int) -> Objective:
    """Return the objective with its schedule in steps.

    Raises:
        ConfigError: an unknown objective, or a warm-up that would not end before training does.
    """
    factory = chosen(OBJECTIVES, config.objective, "objective")
    if config.kl_warmup_epochs >= train.epochs:
        raise ConfigError(
            f"kl_warmup_epochs is {config.kl_warmup_epochs} and training has {train.epochs} epochs, so the full objective would never be "
            "minimised; shorten the warm-up or train longer."
        )
    return factory(config.beta, config.kl_warmup_epochs * steps_per_epoch)
