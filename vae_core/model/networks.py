"""Encoder and decoder pairs. Encoders: x (B, *event) -> (mu, log_var), each (B, d). Decoders: z (N, d) -> (N, outputs, *event)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


class Centre(nn.Module):
    """Subtract the mean picture of the training set, so that the first layer sees differences."""

    def __init__(self, event_shape: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("pixel_mean", torch.zeros(*event_shape))
        self.pixel_mean: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return x - mean, (B, *event)."""
        return x - self.pixel_mean


class Encoder(nn.Module):
    """A stack of layers whose last one gives mu and log_var side by side."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var, each (B, d)."""
        mu, log_var = self.layers(x).chunk(2, dim=-1)
        return mu, log_var


class Residual(nn.Module):
    """x + f(x): a block that starts near the identity, so that deep networks train (He et al. 2016)."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x), of the shape of x."""
        return x + self.layers(x)


class LinearEncoder(nn.Module):
    """mu is linear in x and log_var is one number per dimension: the exact posterior of probabilistic PCA has this form."""

    def __init__(self, event_shape: Sequence[int], latent_size: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(Centre(event_shape), nn.Flatten(), nn.Linear(math.prod(event_shape), latent_size))
        self.log_var = nn.Parameter(torch.zeros(latent_size))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var, each (B, d)."""
        mu = self.layers(x)
        return mu, self.log_var.expand_as(mu)


def still(encoder: nn.Module) -> None:
    """Take out of training what only the width of q(z|x) depends on; an autoencoder has none, and would leave it without a gradient."""
    if isinstance(encoder, LinearEncoder):
        encoder.log_var.requires_grad_(False)


def activation() -> nn.Module:
    """Return the tanh form of GELU: smooth, and the same formula in the browser."""
    return nn.GELU(approximate="tanh")


def linear(event_shape: Sequence[int], latent_size: int, hidden: Sequence[int], outputs: int) -> tuple[nn.Module, nn.Sequential]:
    """Return a pair without hidden layers; with a gaussian likelihood its optimum is probabilistic PCA."""
    decoder = nn.Sequential(nn.Linear(latent_size, outputs * math.prod(event_shape)), nn.Unflatten(1, (outputs, *event_shape)))
    return LinearEncoder(event_shape, latent_size), decoder


def mlp(event_shape: Sequence[int], latent_size: int, hidden: Sequence[int], outputs: int) -> tuple[nn.Module, nn.Sequential]:
    """Return dense layers of the widths `hidden`, mirrored in the decoder."""
    pixels = math.prod(event_shape)
    encoder = Encoder(Centre(event_shape), nn.Flatten(), *_dense((pixels, *hidden, 2 * latent_size)))
    decoder = _dense((latent_size, *reversed(hidden), outputs * pixels))
    return encoder, nn.Sequential(*decoder, nn.Unflatten(1, (outputs, *event_shape)))


def residual(event_shape: Sequence[int], latent_size: int, hidden: Sequence[int], outputs: int) -> tuple[nn.Module, nn.Sequential]:
    """Return a dense trunk of the first width, with one residual block for each further width, which is the block's inner one."""
    pixels, (trunk, *inner) = math.prod(event_shape), hidden

    def layers(before: int, widths: Sequence[int], after: int) -> list[nn.Module]:
        blocks = [Residual(activation(), nn.Linear(trunk, width), activation(), nn.Linear(width, trunk)) for width in widths]
        return [nn.Linear(before, trunk), *blocks, activation(), nn.Linear(trunk, after)]

    encoder = Encoder(Centre(event_shape), nn.Flatten(), *layers(pixels, inner, 2 * latent_size))
    decoder = layers(latent_size, inner[::-1], outputs * pixels)
    return encoder, nn.Sequential(*decoder, nn.Unflatten(1, (outputs, *event_shape)))


def conv(event_shape: Sequence[int], latent_size: int, hidden: Sequence[int], outputs: int) -> tuple[nn.Module, nn.Sequential]:
    """Return 3x3 convolutions of the channels `hidden` that halve the picture each time, and their mirror image.

    With hidden (32, 64) on 28x28 the decoder is that of the Keras example: dense to 7x7x64, then 64, 32 and 1 channels.
    """
    if len(event_shape) != 2:
        raise ValueError("the conv network needs pictures of height x width; choose network mlp for other data.")
    sizes = [tuple(event_shape)]
    for _ in hidden:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    down: list[nn.Module] = []
    for before, channels in zip((1, *hidden), hidden, strict=False):
        down += [nn.Conv2d(before, channels, 3, stride=2, padding=1), activation()]
    smallest = (hidden[-1], *sizes[-1])
    head = nn.Linear(math.prod(smallest), 2 * latent_size)
    encoder = Encoder(Centre(event_shape), nn.Flatten(), nn.Unflatten(1, (1, *event_shape)), *down, nn.Flatten(), head)
    up: list[nn.Module] = [nn.Linear(latent_size, math.prod(smallest)), activation(), nn.Unflatten(1, smallest)]
    channels_up = tuple(reversed(hidden))
    for before, channels, target in zip((channels_up[0], *channels_up), channels_up, reversed(sizes[:-1]), strict=False):
        odd = [1 - side % 2 for side in target]
        up += [nn.ConvTranspose2d(before, channels, 3, stride=2, padding=1, output_padding=(odd[0], odd[1])), activation()]
    up.append(nn.ConvTranspose2d(channels_up[-1], outputs, 3, padding=1))
    return encoder, nn.Sequential(*up)


def _dense(widths: Sequence[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), activation()]
    return layers[:-1]


Builder = Callable[[Sequence[int], int, Sequence[int], int], tuple[nn.Module, nn.Sequential]]
NETWORKS: dict[str, Builder] = {"mlp": mlp, "residual": residual, "conv": conv, "linear": linear}
