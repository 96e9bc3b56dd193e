"""p(x|z): how a decoded picture is compared with the real one, pixel by pixel.

Decoders hand over `params` of shape (params_per_pixel, ..., *event); every family returns nats.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Below this |eta| the closed forms of the continuous Bernoulli cancel, and their series are exact to 1e-11.
_SERIES_BELOW = 0.3


class Likelihood(nn.Module, ABC):
    """A family of distributions over one picture x (*event) in [0, 1]."""

    params_per_pixel = 1
    settings: tuple[str, ...] = ()  # of ModelConfig, that only some families have
    is_normal = False  # normal noise around the decoded picture
    learns_sigma = False
    is_exponential = True  # an exponential family, log p(x|z) = x . T(z) - A(z) + h(x)
    # "binary", "levels": a probability of black-or-white pixels, or of grey levels; "unit", "real": a density over [0, 1] or all numbers.
    support: str
    # The function that turns params into the mean, by the name that the browser knows it under.
    mean_name: str

    def __init__(self, *, sigma: float = 0.1, quantum: float = 1 / 255) -> None:
        """Args: sigma, the standard deviation where the family has one; quantum, the distance between two grey levels."""
        super().__init__()

    @abstractmethod
    def log_prob_map(self, params: Tensor, x: Tensor) -> Tensor:
        """Return log p(x_i|z) in nats per pixel, (..., B, *event), for x (B, *event); which `log_prob` sums."""

    @abstractmethod
    def mean(self, params: Tensor) -> Tensor:
        """Return the expected picture, (..., *event)."""

    @abstractmethod
    def sample(self, params: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return one drawn picture per set of params, (..., *event)."""

    @abstractmethod
    def link(self, mean: Tensor) -> Tensor:
        """Return the params whose expected picture is `mean`, so that training can start there."""

    def mean_numbers(self) -> dict[str, str]:
        """Return what `mean` takes beside the params, by name: it is written next to `mean_name`, for the browser."""
        return {}

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        """Return log p(x|z) in nats per image, (..., B): the map summed over the pixels."""
        per_pixel = self.log_prob_map(params, x)
        return per_pixel.flatten(per_pixel.dim() - (x.dim() - 1)).sum(-1)

    def is_log_likelihood(self, pixels: str) -> bool:
        """Tell whether the nats are those of a true distribution over pixels treated in this way."""
        return self.support != "binary" or pixels != "grey"


@final
class Bernoulli(Likelihood):
    """Black or white: params are the log-odds of white. On grey pixels it is a cross-entropy, not a log-likelihood."""

    support = "binary"
    mean_name = "sigmoid"

    def log_prob_map(self, params: Tensor, x: Tensor) -> Tensor:
        (logits,) = params
        return -F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")

    def log_prob(self, params: Tensor, x: Tensor) -> Tensor:
        logits = params.squeeze(0)  # not unpacked: the gradient of that is a copy
        cost = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")
        return -cost.flatten(cost.dim() - (x.dim() - 1)).sum(-1)  # the sign after the sum: two passes over the pixels less

    def mean(self, params: Tensor) -> Tensor:
        (logits,) = params
        return torch.sigmoid(logits)

    def sample(self, params: Tensor, generator: torch.Generator | None = None) -> Tensor:
        mean = self.mean(params)
        return (torch.rand(mean.shape, generator=generator, dtype=mean.dtype) < mean).to(mean.dtype)

    def link(self, mean: Tensor) -> Tensor:
        # One part in a thousand keeps always-black pixels finite without freezing them.
        return torch.logit(mean, eps=1e-3)[None]


@final
class ContinuousBernoulli(Likelihood):
    """A density over grey levels in [0, 1] (Loaiza-Ganem & Cunningham 2019), in natural parameter eta.

    log p(x) = eta x - log((e^eta - 1) / eta), in the form that is stable for every eta.
    """

    support = "unit"
    mean_name = "continuous-bernoulli"

    def log_prob_map(self, params: Tensor, x: Tensor) -> Tensor:
        (eta,) = params
        return eta * x - self.log_partition(eta)

    @staticmethod
    def log_partition(eta: Tensor) -> Tensor:
        """Return log((e^eta - 1) / eta) in nats, elementwise."""
        size = eta.abs()
        small = size < _SERIES_BELOW
        safe = torch.where(small, torch.ones_like(size), size)
        square = torch.where(small, size, torch.zeros_like(size)).square()
        series = square * (1 / 24 - square * (1 / 2880 - square / 181440))
        # relu(eta) - size/2 = eta/2 joins the two branches: log(sinh(a/2) / (a/2)) is even.
        closed = 0.5 * safe + torch.log(-torch.expm1(-safe)) - torch.log(safe)
        return 0.5 * eta + torch.where(small, series, closed)

    def mean(self, params: Tensor) -> Tensor:
        """Return 1/(1 - e^-eta) - 1/eta, which is not the sigmoid."""
        (eta,) = params
        size = eta.abs()
        small = size < _SERIES_BELOW
        near = torch.where(small, eta, torch.zeros_like(eta))
        square = near.square()
        series = 0.5 + near * (1 / 12 - square * (1 / 720 - square * (1 / 30240 - square / 1209600)))
        # From |eta|, mirrored: e^-eta of a large negative eta overflows, and its gradient is not a number.
        safe = torch.where(small, torch.ones_like(size), size)
        mirrored = -1 / torch.expm1(-safe) - 1 / safe
        return torch.where(small, series, torch.where(eta > 0, mirrored, 1 - mirrored))

    def sample(self, params: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw by inverting the distribution function; eta > 0 is the mirror image of eta < 0."""
        (eta,) = params
        uniform = torch.rand(eta.shape, generator=generator, dtype=eta.dtype)
        size = eta.abs()
        safe = size.clamp_min(1e-4)
        low = -torch.log1p(uniform * torch.expm1(-safe)) / safe
        low = torch.where(size < 1e-4, uniform, low).clamp(0, 1)
        return torch.where(eta > 0, 1 - low, low)

    def link(self, mean: Tensor) -> Tensor:
        """Invert the mean by bisection; clipped where a pixel never changes."""
        target = mean.double().clamp(0.02, 0.98)
        low, high = torch.full_like(target, -60.0), torch.full_like(target, 60.0)
        for _ in range(60):
            middle = (low + high) / 2
            too_low = self.mean(middle[None]) < target
            low, high = torch.where(too_low, middle, low), torch.where(too_low, high, middle)
        return ((low + high) / 2).to(mean.dtype)[None]


class NormalNoise(Likelihood):
    """Normal noise around the decoded picture; children say which standard deviation."""

    support = "real"
    mean_name = "identity"
    settings: tuple[str, ...] = ("sigma",)
    is_normal = True

    @property
    @abstractmethod
    def variance(self) -> Tensor:
        """sigma^2, a scalar tensor."""

    def log_prob_map(self, params: Tensor, x: Tensor) -> Tensor:
        (mean,) = params
        return -0.5 * ((x - mean).square() / self.variance + torch.log(2 * math.pi * self.variance))

    def mean(self, params: Tensor) -> Tensor:
        return params[0]

    def sample(self, params: Tensor, generator: torch.Generator | None = None) -> Tensor:
        (mean,) = params
        return mean + self.variance.sqrt() * torch.randn(mean.shape, generator=generator, dtype=mean.dtype)

    def link(self, mean: Tensor) -> Tensor:
        return mean[None]


@final
class Gaussian(NormalNoise):
    """Normal noise of one fixed standard deviation."""

    def __init__(self, *, sigma: float = 0.1, quantum: float = 1 / 255) -> None:
        super().__init__()
        self.log_sigma: Tensor
        self.register_buffer("log_sigma", torch.tensor(math.log(sigma)))

    @property
    def variance(self) -> Tensor:
        return torch.exp(2 * self.log_sigma)


class LearntSigma(nn.Module):
    """One standard deviation for all pixels that is learned with the rest.

    Its floor is the rounding of one grey level, quantum / sqrt 12: below it the density of rounded pixels has no meaning. The floor is
    added to the variance and not clipped, so that the gradient never vanishes.
    """

    settings: tuple[str, ...] = ("sigma",)
    learns_sigma = True

    def __init__(self, *, sigma: float = 0.1, quantum: float = 1 / 255) -> None:
        super().__init__()
        self.log_sigma = nn.Parameter(torch.tensor(math.log(sigma)))
        self.floor = quantum**2 / 12

    @property
    def variance(self) -> Tensor:
        """sigma^2, a scalar tensor."""
        return torch.exp(2 * self.log_sigma) + self.floor


@final
class LearntGaussian(LearntSigma, NormalNoise):
    """Normal noise of one learned standard deviation."""


@final
class DiscretisedLogistic(LearntSigma, Likelihood):
    """A probability of each grey level: that of a logistic from half a level below it to half a level above (Salimans et al. 2017).

    All that lies beyond 0 and 1 counts for the first and the last level, so that the levels' probabilities add up to 1. Params are the
    middle of the logistic, in pixels' units; sigma is its standard deviation before levels are made of it.
    """

    support = "levels"
    is_exponential = False
    mean_name = "discretised-logistic"

    def __init__(self, *, sigma: float = 0.1, quantum: float = 1 / 255) -> None:
        super().__init__(sigma=sigma, quantum=quantum)
        self.quantum = quantum

    @property
    def scale(self) -> Tensor:
        """The scale s of the logistic, whose variance is s^2 pi^2 / 3."""
        return self.variance.sqrt() * (math.sqrt(3) / math.pi)

    def mean_numbers(self) -> dict[str, str]:
        return {"scale": repr(float(self.scale.detach()))}

    def log_prob_map(self, params: Tensor, x: Tensor) -> Tensor:
        (middle,) = params
        scale, half = self.scale, self.quantum / 2
        # F(a) - F(b) = F(a) F(-b) (1 - e^(b-a)) for the logistic's F: no difference of two numbers close to 0 or 1, however far the tail.
        below = torch.where(x < 1 - half, F.logsigmoid((x + half - middle) / scale), 0)
        above = torch.where(x > half, F.logsigmoid((middle - x + half) / scale), 0)
        between = torch.log(-torch.expm1(-self.quantum / scale))
        return below + above + torch.where((x > half) & (x < 1 - half), between, 0)

    def mean(self, params: Tensor) -> Tensor:
        """Return the mean of the logistic cut off at 0 and 1: that of the levels to 0.11 of their distance, and mostly far closer."""
        (middle,) = params
        scale, is_low = self.scale, middle < 0.5
        inner = torch.where(is_low, middle, 1 - middle)  # mirrored: no difference of two large numbers
        mean = scale * (F.logsigmoid((1 - inner) / scale) - F.logsigmoid(-inner / scale))
        return torch.where(is_low, mean, 1 - mean)

    def sample(self, params: Tensor, generator: torch.Generator | None = None) -> Tensor:
        (middle,) = params
        noise = torch.logit(torch.rand(middle.shape, generator=generator, dtype=middle.dtype))
        return torch.round((middle + self.scale * noise).clamp(0, 1) / self.quantum) * self.quantum

    def link(self, mean: Tensor) -> Tensor:
        # One part in a thousand keeps always-black pixels finite without freezing them.
        inner, scale = mean.clamp(1e-3, 1 - 1e-3), self.scale
        below, above = inner / scale, (1 - inner) / scale
        # log(e^y - 1) = y + log(1 - e^-y), which does not overflow.
        return (inner + scale * (torch.log(-torch.expm1(-below)) - torch.log(-torch.expm1(-above))))[None]


LIKELIHOODS: dict[str, type[Likelihood]] = {
    "bernoulli": Bernoulli,
    "continuous-bernoulli": ContinuousBernoulli,
    "gaussian": Gaussian,
    "gaussian-learnt": LearntGaussian,
    "discretised-logistic": DiscretisedLogistic,
}
