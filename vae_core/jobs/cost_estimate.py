"""Estimates before a training starts how long it will take and how much memory: multiply-adds counted, seconds measured.

Pure Python; the counts are tested against the real modules, the speed of a machine is measured by warmup.py.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vae_core.config import ModelConfig, RunConfig
from vae_core.data.dataset import SplitSizes
from vae_core.evaluation import baselines
from vae_core.model.architectures import Append, Conv, ConvTranspose, Dense, Layer, Residual, Upsample, network_of
from vae_core.registries import samples_of, traits

# What a step does besides multiply-adds, in multiply-adds: chosen over 23 networks and batch sizes so that it does for MKL's products and
# for oneDNN's, which take half the time (model/dense.py); off by 6 and 8 % at the median.
PER_VALUE = 130.0  # of a value between two dense layers, forward and backward
PER_MAP_VALUE = 280.0  # of a value between two convolutions, which is moved about more than it is computed with
PER_PIXEL = 20.0  # of a pixel of the cost: logarithms
PER_PARAMETER = 49.0  # of a parameter that AdamW moves, once per step
PER_LAYER = 0.1  # of a step's fixed part, for each layer of the two networks
FORWARD = 1 / 3  # of a step: it runs forward, and back twice, to the inputs and to the weights


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


Pair = tuple[Work, Work]  # encoder and decoder


def count(model: ModelConfig, event_shape: Sequence[int]) -> Pair:
    """Return the work of encoder and decoder for one image.

    Raises:
        ConfigError: the network cannot be built.
    """
    network = network_of(model, event_shape, traits("likelihood", model.likelihood).get("params_per_pixel", 1))
    return _work(network.encoder()), _work(network.decoder())


def _work(layers: Sequence[Layer]) -> Work:
    return sum((_work_of(layer) for layer in layers), Work())


def _work_of(layer: Layer) -> Work:
    match layer:
        case Dense(inputs, outputs):
            return Work(dense=inputs * outputs, values=outputs, parameters=(inputs + 1) * outputs, layers=1)
        case Conv(before, after) | ConvTranspose(before, after):
            weights, places = 9 * before[0] * after[0], min(math.prod(before[1:]), math.prod(after[1:]))
            return Work(conv=weights * places, maps=math.prod(after), parameters=weights + after[0], layers=1)
        case Upsample(_, after):
            return Work(maps=math.prod(after))
        case Residual(layers):
            return _work(layers)
        case Append(size):
            return Work(parameters=size)
    return Work()


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


def estimate_cost(config: RunConfig, sizes: SplitSizes, machine: Machine) -> Estimate:
    """Return seconds and bytes of a whole training, from loading its images to its last file.

    More threads than one are taken for one, and a graphics card for none: the estimate is then too long.
    """
    pair = count(config.model, sizes.event_shape)
    return Estimate(_seconds(config, sizes, pair, machine), _bytes(config, sizes, pair, machine))


def _seconds(config: RunConfig, sizes: SplitSizes, pair: Pair, machine: Machine) -> float:
    train = config.train

    def step(batch: int, samples: int) -> float:
        return step_seconds(pair, sizes.pixels, batch, samples, machine) if batch else 0.0

    whole, rest = divmod(sizes.n_train, train.batch_size)
    epoch = whole * step(train.batch_size, samples_of(config.objective)) + step(rest, samples_of(config.objective)) + EPOCH_SECONDS
    epoch += FORWARD * step(sizes.n_validation, samples_of(config.objective))
    frame = FRAME_SECONDS + FRAME_PER_PARAMETER * pair[0].parameters + FORWARD * step(FRAME_IMAGES, 1)
    finish = FINISH_SECONDS + FINISH_PER_VALUE * sizes.pixels * (sizes.n_train + sizes.n_test)
    finish += FORWARD * step(sizes.n_train + sizes.n_test + MAP_IMAGES, 1)
    return train.epochs * epoch + train.snapshots * frame + finish


def _bytes(config: RunConfig, sizes: SplitSizes, pair: Pair, machine: Machine) -> int:
    encoder, decoder = pair
    images = sizes.pixels * (IMAGE_BYTES * (sizes.n_train + sizes.n_validation + sizes.n_test) + 4 * sizes.n_validation)
    values = encoder.values + encoder.maps + samples_of(config.objective) * (decoder.values + decoder.maps)
    training = VALUE_BYTES * config.train.batch_size * values
    fitted, tested = baselines.most_compared(sizes.event_shape)
    finishing = sizes.pixels * (TEST_BYTES * min(sizes.n_test or sizes.n_train, tested) + TRAIN_BYTES * min(sizes.n_train, fitted))
    return machine.base + images + PARAMETER_BYTES * (encoder.parameters + decoder.parameters) + max(training, finishing)


def machine_of(measured: Mapping[str, Any]) -> Machine | None:
    """Return the machine from what the worker measured; None where it has not measured yet, or left something else."""
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
