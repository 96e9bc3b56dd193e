"""How long a training will take and how much memory it needs, told before it starts: multiply-adds counted, seconds measured.

Pure Python; the counts are tested against the real modules, the speed of a machine is measured by warmup.py.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vae_core.config import ModelConfig, RunConfig

# What a step does besides multiply-adds, in multiply-adds: a non-negative fit to 24 networks and batch sizes, off by 8 % at the median.
PER_VALUE = 25.0  # of a value between two dense layers, forward and backward
PER_MAP_VALUE = 280.0  # of a value between two convolutions, which is moved about more than it is computed with
PER_PIXEL = 80.0  # of a pixel of the cost: logarithms
PER_PARAMETER = 30.0  # of a parameter that AdamW moves, once per step
PER_LAYER = 0.07  # of a step's fixed part, for each layer of the two networks
FORWARD = 1 / 3  # of a step: it runs forward, and back twice, to the inputs and to the weights


@dataclass(frozen=True)
class Facts:
    """What an estimate has to know of the images: the shape of one, and how many each part has."""

    event_shape: tuple[int, ...]
    n_train: int
    n_validation: int
    n_test: int

    @property
    def pixels(self) -> int:
        """Numbers in one image."""
        return math.prod(self.event_shape)


@dataclass(frozen=True)
class Work:
    """One pass of one image through one network: multiply-adds, values between layers, parameters, layers with weights."""

    dense: int = 0
    conv: int = 0
    values: int = 0  # behind dense layers
    maps: int = 0  # behind convolutions
    parameters: int = 0
    layers: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


def _dense(widths: Sequence[int]) -> Work:
    """Return the work of dense layers, from the first width to the last."""
    pairs = list(itertools.pairwise(widths))
    weights = sum(before * after for before, after in pairs)
    outputs = sum(after for _, after in pairs)
    return Work(dense=weights, values=outputs, parameters=weights + outputs, layers=len(pairs))


def _conv(before: int, after: int, area: int, outputs: int) -> Work:
    """Return the work of a 3x3 convolution between channels: `area` places where its kernel is applied, `outputs` values."""
    weights = 9 * before * after
    return Work(conv=weights * area, maps=outputs, parameters=weights + after, layers=1)


Pair = tuple[Work, Work]  # encoder and decoder


def linear(shape: Sequence[int], d: int, hidden: Sequence[int], outputs: int) -> Pair:
    """Return the work of networks.linear; the encoder's variance is one parameter per dimension."""
    pixels = math.prod(shape)
    return _dense((pixels, d)) + Work(parameters=d), _dense((d, outputs * pixels))


def mlp(shape: Sequence[int], d: int, hidden: Sequence[int], outputs: int) -> Pair:
    """Return the work of networks.mlp."""
    pixels = math.prod(shape)
    return _dense((pixels, *hidden, 2 * d)), _dense((d, *reversed(hidden), outputs * pixels))


def residual(shape: Sequence[int], d: int, hidden: Sequence[int], outputs: int) -> Pair:
    """Return the work of networks.residual."""
    pixels, (trunk, *inner) = math.prod(shape), hidden
    blocks = sum((_dense((trunk, width, trunk)) for width in inner), Work())
    return (
        _dense((pixels, trunk)) + blocks + _dense((trunk, 2 * d)),
        _dense((d, trunk)) + blocks + _dense((trunk, outputs * pixels)),
    )


def conv(shape: Sequence[int], d: int, hidden: Sequence[int], outputs: int) -> Pair:
    """Return the work of networks.conv: a transposed convolution is applied at every place of its smaller input."""
    areas = [math.prod(shape)]
    height, width = shape
    for _ in hidden:
        height, width = (height + 1) // 2, (width + 1) // 2
        areas.append(height * width)
    channels = (1, *hidden)
    down = [_conv(channels[i], channels[i + 1], areas[i + 1], channels[i + 1] * areas[i + 1]) for i in range(len(hidden))]
    up = []
    for i in range(len(hidden), 0, -1):  # the first of them keeps the channels, the others go back through them
        before = hidden[min(i, len(hidden) - 1)]
        up.append(_conv(before, hidden[i - 1], areas[i], hidden[i - 1] * areas[i - 1]))
    last = _conv(hidden[0], outputs, areas[0], outputs * areas[0])
    flat = hidden[-1] * areas[-1]
    return sum(down, Work()) + _dense((flat, 2 * d)), _dense((d, flat)) + sum(up, Work()) + last


COUNTS: Mapping[str, Callable[[Sequence[int], int, Sequence[int], int], Pair]] = {
    "mlp": mlp,
    "residual": residual,
    "conv": conv,
    "linear": linear,
}


def count(model: ModelConfig, event_shape: Sequence[int]) -> Pair | None:
    """Return the work of encoder and decoder for one image; None for a network that nobody has counted yet."""
    counted = COUNTS.get(model.network)
    return counted(event_shape, model.latent_size, model.hidden, 1) if counted else None


# --------------------------------------------------------------------------- seconds and bytes

FINISH_SECONDS, FINISH_PER_VALUE = 0.4, 1.5e-7  # what a finished run costs, and so much for each pixel of training and test
FRAME_SECONDS, FRAME_PER_PARAMETER = 0.01, 1e-7  # a frame of the film, written with the encoder of that moment
FRAME_IMAGES = 400  # that a frame passes through the network: 600 to encode, 64 to 225 to decode
MAP_IMAGES = 1300 // 2  # that the stored maps decode
EPOCH_SECONDS = 0.004  # lines of history and the like
TEST_BYTES, TRAIN_BYTES = 60, 12  # per pixel, when a finished run is compared with simpler models in double precision
IMAGE_BYTES = 3  # per pixel of all images: as they were read, as they are kept, and the copy between
PARAMETER_BYTES = 24  # weight, gradient, two moments, the best epoch, the checkpoint
VALUE_BYTES = 12  # per value between layers: kept for the backward pass, its gradient, and one of the two on its way


@dataclass(frozen=True)
class Machine:
    """How fast a machine trains on one thread, and what a trainer takes before it has any data."""

    fixed: float  # seconds of a step that computes next to nothing, through networks of no layers
    dense: float  # seconds of a multiply-add, forward and backward
    conv: float
    base: int  # bytes


@dataclass(frozen=True)
class Estimate:
    """What a training is expected to take."""

    seconds: float
    bytes: int


def step_seconds(pair: Pair, pixels: int, batch: int, samples: int, machine: Machine) -> float:
    """Return the seconds of one optimiser step on `batch` images of so many pixels, with so many latent samples of each."""
    encoder, decoder = pair
    dense = encoder.dense + PER_VALUE * encoder.values + samples * (decoder.dense + PER_VALUE * decoder.values + PER_PIXEL * pixels)
    conv = encoder.conv + PER_MAP_VALUE * encoder.maps + samples * (decoder.conv + PER_MAP_VALUE * decoder.maps)
    parameters = PER_PARAMETER * (encoder.parameters + decoder.parameters)
    fixed = machine.fixed * (1 + PER_LAYER * (encoder.layers + decoder.layers))
    return fixed + machine.dense * (batch * dense + parameters) + machine.conv * batch * conv


def estimate(config: RunConfig, known: Facts, machine: Machine) -> Estimate | None:
    """Return seconds and bytes of a whole training, from loading its images to its last file; None for an uncounted network.

    More threads than one are taken for one, and a graphics card for none: the estimate is then too long.
    """
    pair = count(config.model, known.event_shape)
    if pair is None:
        return None
    return Estimate(_seconds(config, known, pair, machine), _bytes(config, known, pair, machine))


def _seconds(config: RunConfig, known: Facts, pair: Pair, machine: Machine) -> float:
    train = config.train

    def step(batch: int, samples: int) -> float:
        return step_seconds(pair, known.pixels, batch, samples, machine) if batch else 0.0

    whole, rest = divmod(known.n_train, train.batch_size)
    epoch = whole * step(train.batch_size, _samples(config)) + step(rest, _samples(config)) + EPOCH_SECONDS
    epoch += FORWARD * step(known.n_validation, _samples(config))
    frame = FRAME_SECONDS + FRAME_PER_PARAMETER * pair[0].parameters + FORWARD * step(FRAME_IMAGES, 1)
    finish = FINISH_SECONDS + FINISH_PER_VALUE * known.pixels * (known.n_train + known.n_test)
    finish += FORWARD * step(known.n_train + known.n_test + MAP_IMAGES, 1)
    return train.epochs * epoch + train.snapshots * frame + finish


def _bytes(config: RunConfig, known: Facts, pair: Pair, machine: Machine) -> int:
    encoder, decoder = pair
    images = known.pixels * (IMAGE_BYTES * (known.n_train + known.n_validation + known.n_test) + 4 * known.n_validation)
    values = encoder.values + encoder.maps + _samples(config) * (decoder.values + decoder.maps)
    training = VALUE_BYTES * config.train.batch_size * values
    finishing = known.pixels * (TEST_BYTES * (known.n_test or known.n_train) + TRAIN_BYTES * known.n_train)
    return machine.base + images + PARAMETER_BYTES * (encoder.parameters + decoder.parameters) + max(training, finishing)


def _samples(config: RunConfig) -> int:
    """Return the latent samples per image: only IWAE asks for more than one."""
    return config.objective.samples if config.objective.objective == "iwae" else 1


def read(measured: Mapping[str, Any]) -> Machine | None:
    """Return the machine as the worker has measured it; None where it has not, or said something else."""
    try:
        machine = Machine(**measured)
        return machine if min(machine.fixed, machine.dense, machine.conv) > 0 else None
    except TypeError:
        return None


def memory_of_machine() -> int | None:
    """Return the bytes of memory that this computer has, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
