"""What training minimises: Terms in, one scalar loss out.

Every loss is a function of the whole batch, joined over processes, so that several processes minimise what one would.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor

from vae_core.config import ConfigError, ObjectiveConfig, TrainConfig
from vae_core.model.kl_schedules import SCHEDULES, Schedule, check_warmup
from vae_core.model.posterior import Posterior
from vae_core.model.priors import Prior
from vae_core.model.vae import Terms
from vae_core.registries import chosen

ROWS = 128  # images whose samples are compared with all others at once when objective beta-tc is scored
NEEDS_CLOSED_FORM = "this objective needs a prior whose KL has a closed form; choose prior standard-normal, or objective elbo."


@dataclass(frozen=True)
class Context:
    """Where training stands.

    `gather` joins a tensor along its first dimension, the images, over processes, and lets gradients through; each process then has
    the loss of all images, and the mean of the processes' gradients is that of one process. With one process it returns its argument.
    """

    step: int
    total_steps: int
    n_train: int
    gather: Callable[[Tensor], Tensor] = field(default=lambda x: x)


@dataclass(frozen=True)
class Loss:
    """What an objective hands to the optimiser, the weight it put on the KL term, and its parts by name (scalars, nats per image)."""

    loss: Tensor  # scalar, nats per image
    kl_weight: float
    logged: dict[str, Tensor] = field(default_factory=dict)


# ---- objectives


class Objective(ABC):
    """A rule that turns Terms into the scalar to be minimised."""

    settings: tuple[str, ...] = ("beta", "kl_schedule", "kl_warmup_epochs")  # of ObjectiveConfig, that the rule looks at
    weighs = "kl"  # what `Loss.kl_weight` is the weight of: the "kl", its "gap" to a target, or the total "correlation"
    is_deterministic = False  # True where z = mu: the noise must then be zero
    needs_closed_form_kl = False  # a prior without one is refused

    def __init__(self, config: ObjectiveConfig, schedule: Schedule) -> None:
        self.config, self.schedule = config, schedule

    @property
    def samples(self) -> int:
        """Latent samples per image that the rule asks for."""
        return self.config.samples if "samples" in self.settings else 1

    @property
    def warm_steps(self) -> float:
        """The step from which the loss is the final one."""
        return self.schedule.end

    def weight(self, context: Context) -> float:
        """Return the KL weight of this step."""
        return self.config.beta * self.schedule(context.step)

    @abstractmethod
    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return the loss at this step, mean over images, nats per image."""

    @abstractmethod
    def score(self, terms: Terms) -> Tensor:
        """Return the loss per image (B,) at the final weights: what picks the best epoch."""


@final
class ELBO(Objective):
    """reconstruction + beta KL; beta 1 is the negative ELBO (Kingma & Welling 2014), others the beta-VAE (Higgins et al. 2017)."""

    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return mean(reconstruction + weight KL)."""
        weight = self.weight(context)
        return Loss(context.gather(terms.reconstruction + weight * terms.kl).mean(), weight)

    def score(self, terms: Terms) -> Tensor:
        """Return reconstruction + beta KL, (B,)."""
        return terms.reconstruction + self.config.beta * terms.kl


@final
class AE(Objective):
    """reconstruction alone, with z = mu: an autoencoder. Its KL and its ELBO are not defined."""

    settings = ()
    is_deterministic = True

    @property
    def warm_steps(self) -> float:
        """0: there is no weight to wait for."""
        return 0

    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return the mean reconstruction."""
        return Loss(context.gather(terms.reconstruction).mean(), 0.0)

    def score(self, terms: Terms) -> Tensor:
        """Return the reconstruction, (B,)."""
        return terms.reconstruction


@final
class FreeBits(Objective):
    """reconstruction + beta sum_j max(lambda, mean KL_j): lambda nats of every dimension are free (Kingma et al. 2016, appendix C.8)."""

    settings = ("beta", "kl_schedule", "kl_warmup_epochs", "free_bits")
    needs_closed_form_kl = True

    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return the loss; a dimension's KL is averaged over the batch before it is compared with lambda."""
        weight = self.weight(context)
        charged = context.gather(kl_per_dim(terms)).mean(0).clamp_min(self.config.free_bits).sum()
        return Loss(context.gather(terms.reconstruction).mean() + weight * charged, weight, {"charged_kl": charged.detach()})

    def score(self, terms: Terms) -> Tensor:
        """Return the loss, (B,), its free dimensions at lambda.

        Which dimensions are free is decided by these B images. Over several chunks the mean of their maxima stands for the maximum of the
        means, which is at most as large (Jensen).
        """
        kl = kl_per_dim(terms)
        free = kl.mean(0) < self.config.free_bits
        return terms.reconstruction + self.config.beta * torch.where(free, self.config.free_bits, kl).sum(-1)


@final
class Capacity(Objective):
    """reconstruction + gamma |mean KL - C|, C rising to the capacity along the schedule (Burgess et al. 2018)."""

    settings = ("kl_schedule", "kl_warmup_epochs", "capacity", "capacity_weight")
    weighs = "gap"
    needs_closed_form_kl = True

    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return the loss; the KL is averaged over the batch before it is compared with C."""
        target = self.config.capacity * self.schedule(context.step)
        gap = (context.gather(kl_per_dim(terms).sum(-1)).mean() - target).abs()
        loss = context.gather(terms.reconstruction).mean() + self.config.capacity_weight * gap
        return Loss(loss, self.config.capacity_weight, {"capacity": gap.new_tensor(target), "capacity_gap": gap.detach()})

    def score(self, terms: Terms) -> Tensor:
        """Return reconstruction +- gamma (KL - C), (B,), whose mean over these B images is the loss.

        The sign is that of these images; over several chunks the mean of the gaps stands for the gap of the means, which is at most as
        large (Jensen).
        """
        gap = kl_per_dim(terms).sum(-1) - self.config.capacity
        return terms.reconstruction + self.config.capacity_weight * gap.mean().sign() * gap


@final
class IWAE(Objective):
    """-log mean_k p(x|z_k) (p(z_k) / q(z_k|x))^beta: at beta 1 minus the k-sample bound of log p(x) (Burda et al. 2016).

    Its gradient is doubly reparameterised (Tucker et al. 2019): unbiased, with a signal for the encoder that does not fade with k.
    """

    settings = ("beta", "kl_schedule", "kl_warmup_epochs", "samples")

    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return the loss, and multiply the gradient that flows back through z, once per Terms.

        With normalised weights w, decoder and prior get sum_k w_k dlog(weight_k). The encoder's direct part, the score of q, is turned into
        one through z by reparameterising again; with it the path through z gets (1 - beta) w_k + beta w_k^2, at beta 1 the w_k^2 of eq. 8.
        """
        weight = self.weight(context)
        log_q = terms.posterior.detach().log_prob(terms.z)
        log_w = terms.log_px + weight * (terms.log_pz - log_q)
        if terms.z.requires_grad:
            factor = 1 - weight + weight * torch.softmax(log_w.detach(), 0)
            terms.z.register_hook(lambda gradient: gradient * factor[..., None])
        return Loss(context.gather(_minus_log_mean(log_w)).mean(), weight)

    def score(self, terms: Terms) -> Tensor:
        """Return the loss of as many samples as `terms` has, (B,)."""
        return _minus_log_mean(terms.log_px + self.config.beta * (terms.log_pz - terms.log_qz))


@final
class BetaTC(Objective):
    """reconstruction + mutual information + beta total correlation + dimension-wise KL (Chen et al. 2018, eq. 2 and 4).

    With beta 1 the three add up to the sampled KL. A warm-up scales all three.
    """

    weighs = "correlation"

    def __call__(self, terms: Terms, context: Context) -> Loss:
        """Return the loss and its three parts."""
        share, gather = self.schedule(context.step), context.gather
        posterior = Posterior(gather(terms.posterior.mu), gather(terms.posterior.log_var))
        z, log_q, log_p = (gather(part) for part in _images_first(terms))
        log_weights = stratified_weights(z, context.n_train).log()
        information, correlation, dimensions = (part.mean() for part in split_kl(z, log_q, log_p, posterior, log_weights))
        kl = information + self.config.beta * correlation + dimensions
        parts = {"mutual_information": information, "total_correlation": correlation, "dimension_kl": dimensions}
        logged = {name: part.detach() for name, part in parts.items()}
        return Loss(gather(terms.reconstruction).mean() + share * kl, self.weight(context), logged)

    def score(self, terms: Terms) -> Tensor:
        """Return the loss, (B,), with these B images in the place of the data set: their mutual information is at most ln B."""
        log_weight = terms.z.new_full((1, 1), -math.log(len(terms.posterior.mu)))
        blocks = zip(*(part.split(ROWS) for part in _images_first(terms)), strict=True)
        parts = [torch.stack(split_kl(z, log_q, log_p, terms.posterior, log_weight)) for z, log_q, log_p in blocks]
        information, correlation, dimensions = torch.cat(parts, 1)
        return terms.reconstruction + information + self.config.beta * correlation + dimensions


# ---- parts of objectives


def kl_per_dim(terms: Terms) -> Tensor:
    """Return the closed-form KL per dimension, (B, d).

    Raises:
        ConfigError: the prior has none.
    """
    if terms.kl_per_dim is None:
        raise ConfigError(NEEDS_CLOSED_FORM)
    return terms.kl_per_dim


def _minus_log_mean(log_w: Tensor) -> Tensor:
    return math.log(len(log_w)) - torch.logsumexp(log_w, 0)


def stratified_weights(z: Tensor, n: int) -> Tensor:
    """Return the weights (B, B) with which the posteriors of a batch z (B, ...) without twins stand for the mixture of all n.

    Row i belongs to a z drawn from posterior i: that one has its true share 1/n, the others share the rest. The sum of weight times
    density is unbiased, and it is the mixture itself where the batch is the data set. This is Chen et al. 2018, appendix C.2, averaged over
    the order of the batch, which leaves the mean and lowers the variance. A single image is taken for all.
    """
    batch = len(z)
    if batch == 1:
        return z.new_ones(1, 1)
    return z.new_full((batch, batch), (n - 1) / (n * (batch - 1))).fill_diagonal_(1 / n)


def _images_first(terms: Terms) -> list[Tensor]:
    """Return z (B, S, d), log q(z|x) and log p(z), each (B, S)."""
    return [part.transpose(0, 1) for part in (terms.z, terms.log_qz, terms.log_pz)]


def split_kl(z: Tensor, log_qz_x: Tensor, log_pz: Tensor, posterior: Posterior, log_weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return mutual information, total correlation and dimension-wise KL per image, each (R,), means over samples.

    Args:
        z: samples of posteriors, (R, S, d).
        log_qz_x, log_pz: log q(z|x) and log p(z), (R, S).
        posterior: of the B images whose mixture stands for q(z).
        log_weights: log weight of each of them for each row, (R, B) or (1, 1).
    """
    log_weights = log_weights[:, None, :, None]
    one_by_one = Posterior(posterior.mu[..., None], posterior.log_var[..., None])
    log_q = one_by_one.log_prob(z[:, :, None, :, None])  # (R, S, B, d): log q(z_j|x) of every sample under every image
    log_qz = torch.logsumexp(log_q.sum(-1, keepdim=True) + log_weights, 2)[..., 0]
    log_qz_dims = torch.logsumexp(log_q + log_weights, 2).sum(-1)
    return (log_qz_x - log_qz).mean(1), (log_qz - log_qz_dims).mean(1), (log_qz_dims - log_pz).mean(1)


Factory = Callable[[ObjectiveConfig, Schedule], Objective]
OBJECTIVES: dict[str, Factory] = {
    "elbo": ELBO,
    "ae": AE,
    "free-bits": FreeBits,
    "capacity": Capacity,
    "iwae": IWAE,
    "beta-tc": BetaTC,
}


def build_objective(config: ObjectiveConfig, train: TrainConfig, steps_per_epoch: int, prior: Prior | None = None) -> Objective:
    """Return the objective with its schedule in steps.

    Args:
        config, train: the run's settings.
        steps_per_epoch: optimiser steps in an epoch.
        prior: that of the model; what it lacks is then refused.

    Raises:
        ConfigError: an unknown name, a warm-up that does not fit into training, or an objective that the prior does not allow.
    """
    check_warmup(config, train)
    schedule = Schedule(
        chosen(SCHEDULES, config.kl_schedule, "kl_schedule"), config.kl_warmup_epochs * steps_per_epoch, train.epochs * steps_per_epoch
    )
    objective = chosen(OBJECTIVES, config.objective, "objective")(config, schedule)
    if prior is not None and objective.needs_closed_form_kl and not prior.has_closed_form_kl:
        raise ConfigError(NEEDS_CLOSED_FORM)
    return objective
