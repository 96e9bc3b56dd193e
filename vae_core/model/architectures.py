"""Encoders and decoders as lists of layers, known without torch.

networks.py builds the modules and jobs/cost_estimate.py counts the multiply-adds, so a new network is a class here and nothing else.
Encoders go from x (B, *event) to (mu, log_var), each (B, d); decoders from z (N, d) to (N, params per pixel, *event).
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from vae_core.config import ConfigError, ModelConfig
from vae_core.registries import chosen

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Dense:
    """A matrix and a bias."""

    inputs: int
    outputs: int


@dataclass(frozen=True)
class Conv:
    """A 3x3 convolution with a margin of one, between pictures (channels, height, width); stride 2 halves both sides, rounded up."""

    before: Shape
    after: Shape
    stride: int = 2


@dataclass(frozen=True)
class ConvTranspose:
    """The transposed convolution that takes a picture from `before` back to `after`."""

    before: Shape
    after: Shape
    stride: int = 2


@dataclass(frozen=True)
class Upsample:
    """Every place of a picture four times, twice along each side, cut off where `after` has an odd side (nearest neighbour)."""

    before: Shape
    after: Shape


@dataclass(frozen=True)
class Activation:
    """A function of each value by itself: "gelu" in its tanh form, the same formula in the browser, or "relu"."""

    name: str = "gelu"


@dataclass(frozen=True)
class Subtract:
    """x minus the mean picture of the training set, so that the next layer sees differences."""

    shape: Shape


@dataclass(frozen=True)
class Flatten:
    """All values of an image in one row."""


@dataclass(frozen=True)
class Reshape:
    """A row of values as an array of this shape."""

    shape: Shape


@dataclass(frozen=True)
class Picture(Reshape):
    """A row of values as a picture (channels, height, width), for convolutions behind it."""


@dataclass(frozen=True)
class Residual:
    """x + f(x): a block that starts near the identity, so that deep networks train (He et al. 2016)."""

    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Append:
    """A learned log_var that depends on no image; only as the last layer of an encoder whose other layers give mu alone."""

    size: int


Layer = Dense | Conv | ConvTranspose | Upsample | Activation | Subtract | Flatten | Reshape | Residual | Append


class Network(ABC):
    """A kind of encoder and decoder.

    Args:
        event_shape: shape of one image.
        latent_size: d.
        hidden: widths of the encoder's hidden layers; the decoder mirrors them.
        params: numbers that the likelihood takes per pixel.

    Raises:
        ConfigError: it cannot be built from these.
    """

    settings: tuple[str, ...] = ("hidden",)  # of ModelConfig, that only some networks have
    widths: Shape = (256, 256, 256)  # hidden ones that suit it
    is_linear = False  # mu is linear in x, and the decoded params are in z
    draws_decoder_first = False  # which half's weights are drawn first decides what a seed gives

    def __init__(self, event_shape: Sequence[int], latent_size: int, hidden: Sequence[int], params: int) -> None:
        if "hidden" in self.settings and not hidden:
            raise ConfigError("hidden is empty; give at least one width, or choose network linear.")
        self.event_shape, self.latent_size, self.hidden, self.params = tuple(event_shape), latent_size, tuple(hidden), params
        self.values = math.prod(event_shape)  # numbers in one image

    @property
    def is_convolutional(self) -> bool:
        """Whether the decoder is one of convolutions, thirty times slower than dense layers on a processor."""
        return any(isinstance(layer, Conv | ConvTranspose) for layer in self.decoder())

    @classmethod
    def suited(cls, event_shape: Sequence[int]) -> Shape:
        """Return hidden widths that suit images of this shape."""
        return cls.widths

    @abstractmethod
    def encoder(self) -> list[Layer]:
        """Return the layers from x to mu and log_var side by side."""

    @abstractmethod
    def decoder(self) -> list[Layer]:
        """Return the layers from z to the likelihood's params."""

    def _of_image(self, *layers: Layer) -> list[Layer]:
        """Return an encoder whose layers take a row of values."""
        return [Subtract(self.event_shape), Flatten(), *layers]

    def _to_image(self, *layers: Layer) -> list[Layer]:
        """Return a decoder whose layers give a row of values."""
        return [*layers, Reshape((self.params, *self.event_shape))]


class MLP(Network):
    """Dense layers of the widths `hidden`, mirrored in the decoder."""

    def encoder(self) -> list[Layer]:
        return self._of_image(*self._dense(self.values, *self.hidden, 2 * self.latent_size))

    def decoder(self) -> list[Layer]:
        return self._to_image(*self._dense(self.latent_size, *reversed(self.hidden), self.params * self.values))

    @staticmethod
    def _dense(*widths: int) -> list[Layer]:
        layers: list[Layer] = []
        for before, after in itertools.pairwise(widths):
            layers += [Dense(before, after), Activation()]
        return layers[:-1]


class ResidualMLP(Network):
    """A dense trunk of the first width, with one residual block for each further width, which is the block's inner one."""

    def encoder(self) -> list[Layer]:
        return self._of_image(*self._trunk(self.values, self.hidden[1:], 2 * self.latent_size))

    def decoder(self) -> list[Layer]:
        return self._to_image(*self._trunk(self.latent_size, self.hidden[:0:-1], self.params * self.values))

    def _trunk(self, before: int, inner: Shape, after: int) -> list[Layer]:
        trunk = self.hidden[0]
        blocks = [Residual((Activation(), Dense(trunk, width), Activation(), Dense(width, trunk))) for width in inner]
        return [Dense(before, trunk), *blocks, Activation(), Dense(trunk, after)]


class ConvNet(Network):
    """3x3 convolutions of the channels `hidden` that halve the picture each time, and their mirror image.

    With hidden (32, 64) on 28x28 the decoder is that of the Keras example: dense to 7x7x64, then 64, 32 and 1 channels. Images are
    height x width, or channels x height x width.
    """

    widths = (32, 64)  # as channels, the widths of dense layers would take hours

    def __init__(self, event_shape: Sequence[int], latent_size: int, hidden: Sequence[int], params: int) -> None:
        super().__init__(event_shape, latent_size, hidden, params)
        if len(event_shape) not in (2, 3):
            raise ConfigError("the conv network needs pictures of height x width; choose network mlp for other data.")
        channels, height, width = (1, *event_shape)[-3:]
        self.pictures: list[Shape] = [(channels, height, width)]  # before and after each convolution
        for channels in hidden:
            height, width = (height + 1) // 2, (width + 1) // 2
            self.pictures.append((channels, height, width))

    @classmethod
    def suited(cls, event_shape: Sequence[int]) -> Shape:
        """Return channels, (32, 64) for 28x28: halved to 8 places a side, and twice as many each time, 64 at most.

        A picture of 64x64x3 is then decoded with 14 million multiply-adds, one of 128x128x3 with 20.
        """
        times = max(2, math.ceil(math.log2(max(event_shape[-2:]) / 8)))
        return tuple(min(64, max(8, 64 >> (times - 1)) << n) for n in range(times))

    def encoder(self) -> list[Layer]:
        down: list[Layer] = []
        for before, after in itertools.pairwise(self.pictures):
            down += [Conv(before, after), Activation()]
        return self._of_image(Picture(self.pictures[0]), *down, Flatten(), Dense(math.prod(self.pictures[-1]), 2 * self.latent_size))

    def decoder(self) -> list[Layer]:
        smallest = now = self.pictures[-1]
        up: list[Layer] = [Dense(self.latent_size, math.prod(smallest)), Activation(), Picture(smallest)]
        for (channels, *_), (_, *sides) in zip(reversed(self.pictures), reversed(self.pictures[:-1]), strict=False):
            up += [ConvTranspose(now, now := (channels, *sides)), Activation()]
        up.append(ConvTranspose(now, (self.params * self.pictures[0][0], *now[1:]), stride=1))
        return up if len(self.event_shape) == 2 else self._to_image(*up, Flatten())


class UpsamplingConvNet(ConvNet):
    """The encoder of `ConvNet`; its decoder makes pictures larger by repeating places, each time before a 3x3 convolution.

    A transposed convolution of stride 2 reaches some dots oftener than others, which draws checkerboards; this one reaches all of them
    equally often (Odena et al. 2016, resize-convolution).
    """

    def decoder(self) -> list[Layer]:
        now = self.pictures[-1]
        up: list[Layer] = [Dense(self.latent_size, math.prod(now)), Activation(), Picture(now)]
        for channels, *sides in reversed(self.pictures[:-1]):
            up.append(Upsample(now, now := (now[0], *sides)))
            up += [Conv(now, now := (channels, *sides), stride=1), Activation()]
        up[-2:] = [Conv((self.hidden[0], *now[1:]), (self.params * now[0], *now[1:]), stride=1)]
        return up if len(self.event_shape) == 2 else self._to_image(*up, Flatten())


class Linear(Network):
    """No hidden layers, and one width of q(z|x) for all images: with a gaussian likelihood its optimum is probabilistic PCA."""

    settings = ()
    widths = ()
    is_linear = True
    draws_decoder_first = True

    def encoder(self) -> list[Layer]:
        return [*self._of_image(Dense(self.values, self.latent_size)), Append(self.latent_size)]

    def decoder(self) -> list[Layer]:
        return self._to_image(Dense(self.latent_size, self.params * self.values))


NETWORKS: dict[str, type[Network]] = {
    "mlp": MLP,
    "residual": ResidualMLP,
    "conv": ConvNet,
    "conv-upsample": UpsamplingConvNet,
    "linear": Linear,
}


def network_of(config: ModelConfig, event_shape: Sequence[int], params: int = 1) -> Network:
    """Return the layers that settings ask for.

    Raises:
        ConfigError: an unknown network, or one that cannot be built from the other settings.
    """
    return chosen(NETWORKS, config.network, "network")(event_shape, config.latent_size, config.hidden, params)
