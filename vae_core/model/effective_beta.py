"""The beta that somebody else's loss amounts to: averages where sums belong change the weight of the KL term.

Here every loss is a sum over pixels and latent dimensions and a mean over images. A loss that is reduced in another way is a positive
multiple of reconstruction + beta KL with the beta that `convert` returns, so the two have the same direction of the gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from vae_core.config import ConfigError, setting, unknown_choice
from vae_core.messages import Message, say

REDUCTIONS = ("sum", "mean")
COSTS = ("bce", "mse")


@dataclass(frozen=True, kw_only=True)
class ForeignLoss:
    """How another program makes its loss of a reconstruction and a KL term."""

    pixels: int = setting(784, "numbers in one image (height x width x colours)")
    latents: int = setting(20, "latent dimensions")
    batch: int = setting(128, "images per batch")
    cost: str = setting("bce", "binary cross-entropy or squared error per pixel", choices="model.effective_beta.COSTS")
    reconstruction: str = setting("sum", "how the reconstruction is reduced over pixels", choices="model.effective_beta.REDUCTIONS")
    kl: str = setting("sum", "how the KL is reduced over latent dimensions", choices="model.effective_beta.REDUCTIONS")
    reconstruction_batch: str = setting("mean", "how the reconstruction is reduced over images", choices="model.effective_beta.REDUCTIONS")
    kl_batch: str = setting("mean", "how the KL is reduced over images", choices="model.effective_beta.REDUCTIONS")
    reconstruction_weight: float = setting(1.0, "factor before the reconstruction")
    kl_weight: float = setting(1.0, "factor before the KL")
    sigma: float = setting(0.1, "standard deviation of likelihood gaussian here (mse only)")

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if f.metadata["choices"]:
                choices = COSTS if f.name == "cost" else REDUCTIONS
                if value not in choices:
                    raise unknown_choice(f.name, value, choices)
            elif f.type == "int" and (type(value) is not int or value < 1):
                raise ConfigError("{setting} is {value!r}; it must be a whole number of at least 1.", setting=f.name, value=value)
            elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise ConfigError("{setting} is {value!r}; it must be a finite number of at least 0.", setting=f.name, value=value)
        if self.sigma == 0:
            raise ConfigError("sigma is 0, which makes every error infinitely costly; give a standard deviation above 0.")
        if self.reconstruction_weight == 0:
            raise ConfigError("reconstruction_weight is 0, so the other loss never looks at the images; give a factor above 0.")


@dataclass(frozen=True)
class Conversion:
    """The beta here that has the other loss's direction of the gradient, how it comes about, and what it means."""

    beta: float
    formula: str
    sentence: Message


def convert(other: ForeignLoss) -> Conversion:
    """Return what the other loss is here: its KL's share over its reconstruction's, each measured against a sum over one image.

    Raises:
        ConfigError: the weights are so far apart that beta is no number of a computer.
    """
    above, below = _factors(other)
    numerator, denominator = (math.prod(number for _, number in side) for side in (above, below))
    beta = numerator / denominator if denominator else math.inf
    if not math.isfinite(beta) or (beta == 0 and other.kl_weight > 0):
        raise ConfigError("the weights of the two terms are too far apart to tell beta; bring kl_weight and reconstruction_weight closer.")
    symbols = _fraction([symbol for symbol, _ in above], [symbol for symbol, _ in below])
    numbers = _fraction([f"{number:g}" for _, number in above], [f"{number:g}" for _, number in below])
    return Conversion(beta, " = ".join(dict.fromkeys(("beta", symbols, numbers, f"{beta:.6g}"))), _sentence(beta))


Factor = tuple[str, float]


def _factors(other: ForeignLoss) -> tuple[list[Factor], list[Factor]]:
    """Return what stands above and below the line of beta, as (symbol, number); what both have is left out."""
    # The KL's own factors raise beta, those of the reconstruction lower it; a mean divides by the number of its terms.
    above = [("w_KL", other.kl_weight)] * (other.kl_weight != 1)
    below = [("w_R", other.reconstruction_weight)] * (other.reconstruction_weight != 1)
    above += [("P", float(other.pixels))] * (other.reconstruction == "mean")
    below += [("k", float(other.latents))] * (other.kl == "mean")
    # Here a squared error costs 1 / (2 sigma^2), there 1.
    below += [("2 sigma^2", 2 * other.sigma * other.sigma)] * (other.cost == "mse")
    if other.reconstruction_batch != other.kl_batch:
        (above if other.kl_batch == "sum" else below).append(("B", float(other.batch)))
    return above, below


def _fraction(above: list[str], below: list[str]) -> str:
    products = [" x ".join(side) for side in (above or ["1"], below) if side]
    return " / ".join(f"({product})" if " " in product and below else product for product in products)


def _sentence(beta: float) -> Message:
    """Return in plain words what training with this beta does."""
    if math.isclose(beta, 1, rel_tol=1e-9):
        return say("The other loss is the negative ELBO: beta is 1 and nothing has to be changed.")
    if beta == 0:
        return say(
            "The other loss has no KL term: beta is 0, nothing holds the map to the prior, and random latent points need not decode."
        )
    if beta > 1:
        return say(
            "The KL weighs {times:.4g} times as much as in the ELBO: pictures blur, and latent dimensions may become inactive.", times=beta
        )
    return say(
        "The KL weighs {times:.4g} times less than in the ELBO: reconstructions are sharp, and random latent points decode badly.",
        times=1 / beta,
    )
