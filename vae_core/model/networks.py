"""Encoders and decoders as torch modules, built from the layers of architectures.py in their order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vae_core.model import architectures
from vae_core.model.architectures import Layer, Network
from vae_core.model.dense import DenseLayer


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
    """Layers that give mu and log_var side by side, or mu alone where `widths` asks for as many log_var that depend on no image.

    The exact posterior of probabilistic PCA has the second form.
    """

    def __init__(self, *layers: nn.Module, widths: int = 0) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.log_var = nn.Parameter(torch.zeros(widths)) if widths else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var, each (B, d)."""
        values = self.layers(x)
        if self.log_var is not None:
            return values, self.log_var.expand_as(values)
        mu, log_var = values.chunk(2, dim=-1)
        return mu, log_var


class Residual(nn.Module):
    """x + f(x)."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x), of the shape of x."""
        return x + self.layers(x)


class Upsample(nn.Module):
    """Repeat every place twice along both sides and cut what is beyond `sides`."""

    def __init__(self, sides: Sequence[int]) -> None:
        super().__init__()
        self.sides = tuple(sides)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, C, h, w) as (B, C, *sides), where a side is 2 h or 2 h - 1."""
        larger = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
        return larger[..., : self.sides[0], : self.sides[1]]


class ChannelsLast(nn.Unflatten):
    """A row of values as pictures whose channels lie side by side in memory, here and in all layers behind it.

    Convolutions are faster so (docs/experiments.md), and the weights lie as ever. Pictures of one channel lie the same both ways.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, n) as (B, C, H, W)."""
        return super().forward(x).contiguous(memory_format=torch.channels_last)


def freeze_widths(encoder: nn.Module) -> None:
    """Take out of training what only the width of q(z|x) depends on; an autoencoder has none, and would leave it without a gradient."""
    if isinstance(encoder, Encoder) and encoder.log_var is not None:
        encoder.log_var.requires_grad_(False)


def encoder_and_decoder(network: Network) -> tuple[Encoder, nn.Sequential]:
    """Return the two halves; their weights are drawn from torch's global generator."""
    if network.draws_decoder_first:
        decoder = nn.Sequential(*_modules(network.decoder()))
        return _encoder(network.encoder()), decoder
    return _encoder(network.encoder()), nn.Sequential(*_modules(network.decoder()))


def _encoder(layers: Sequence[Layer]) -> Encoder:
    *others, last = layers
    return Encoder(*_modules(others), widths=last.size) if isinstance(last, architectures.Append) else Encoder(*_modules(layers))


def _modules(layers: Sequence[Layer]) -> list[nn.Module]:
    """Return a module for each layer; blocks draw their weights before the layers around them, so that old seeds give the same runs."""
    blocks = [_module(layer) for layer in layers if isinstance(layer, architectures.Residual)]
    return [blocks.pop(0) if isinstance(layer, architectures.Residual) else _module(layer) for layer in layers]


def _module(layer: Layer) -> nn.Module:
    match layer:
        case architectures.Dense(inputs, outputs):
            return DenseLayer(inputs, outputs)
        case architectures.Conv(before, after, stride):
            return nn.Conv2d(before[0], after[0], 3, stride=stride, padding=1)
        case architectures.ConvTranspose(before, after, stride):
            height, width = (big - stride * (small - 1) - 1 for small, big in zip(before[1:], after[1:], strict=True))
            return nn.ConvTranspose2d(before[0], after[0], 3, stride=stride, padding=1, output_padding=(height, width))
        case architectures.Upsample(_, after):
            return Upsample(after[1:])
        case architectures.Activation(name):
            return nn.ReLU() if name == "relu" else nn.GELU(approximate="tanh")
        case architectures.Subtract(shape):
            return Centre(shape)
        case architectures.Flatten():
            return nn.Flatten()
        case architectures.Picture(shape):
            return ChannelsLast(1, shape)
        case architectures.Reshape(shape):
            return nn.Unflatten(1, shape)
        case architectures.Residual(inner):
            return Residual(*_modules(inner))
    raise TypeError(f"{layer} is the last layer of an encoder or none.")
