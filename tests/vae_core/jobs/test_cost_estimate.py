"""What a training will take: counts against the real modules, seconds and bytes that grow with the work."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.vae_core.jobs.helpers import MACHINE
from vae_core.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainConfig
from vae_core.data.dataset import SplitSizes
from vae_core.jobs import cost_estimate
from vae_core.model import vae
from vae_core.model.architectures import NETWORKS
from vae_core.model.networks import Upsample

DIGITS = SplitSizes((8, 8), 1294, 144, 359)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("hidden", "shape", "d"), [*product([(5,), (7, 3), (8, 6, 4)], [(8, 8), (9, 14), (3, 5, 6)], [1, 3])])
def test_counts_are_those_of_the_modules(network: str, hidden: tuple[int, ...], shape: tuple[int, ...], d: int) -> None:
    model = ModelConfig(network=network, hidden=hidden, latent_size=d)
    real, counted = vae.build_vae(model, shape, 1 / 255), cost_estimate.count(model, shape)
    kinds, sizes = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.ConvTranspose2d, Upsample), []
    for module, work, x in ((real.encoder, counted[0], torch.zeros(1, *shape)), (real.decoder, counted[1], torch.zeros(1, d))):
        layers = [layer for layer in module.modules() if isinstance(layer, kinds)]
        for layer in layers:
            layer.register_forward_hook(lambda layer, given, out: sizes.append(out.numel()))
        with FlopCounterMode(display=False) as flops:
            module(x)
        assert work.dense + work.conv == flops.get_total_flops() / 2
        assert work.parameters == sum(parameter.numel() for parameter in module.parameters())
        assert (work.layers, work.values + work.maps) == (sum(not isinstance(layer, Upsample) for layer in layers), sum(sizes))
        sizes.clear()


def takes(known: SplitSizes = DIGITS, **changes: Any) -> cost_estimate.Estimate:
    """Return the estimate of a small run with other settings."""
    parts = {"data": DataConfig, "model": ModelConfig, "objective": ObjectiveConfig, "train": TrainConfig}
    groups = {name: kind(**{k: v for k, v in changes.items() if k in kind.__dataclass_fields__}) for name, kind in parts.items()}
    return cost_estimate.estimate_cost(RunConfig(**groups), known, MACHINE)


def test_more_work_takes_longer() -> None:
    plain = takes()
    for more in ({"epochs": 200}, {"batch_size": 64}, {"hidden": (512, 512)}, {"network": "conv", "hidden": (32, 64)}, {"snapshots": 500}):
        assert takes(**more).seconds > plain.seconds, more
    assert takes(objective="iwae", samples=50).seconds > 5 * plain.seconds
    assert takes(SplitSizes((28, 28), 60_000, 0, 10_000)).seconds > 20 * plain.seconds
    assert takes(epochs=200).seconds == pytest.approx(2 * plain.seconds, rel=0.2)


def test_more_data_takes_more_memory() -> None:
    plain = takes()
    assert plain.bytes > MACHINE.base
    assert takes(SplitSizes((28, 28), 60_000, 0, 10_000)).bytes > plain.bytes + 60_000 * 784 * 8
    assert takes(hidden=(4096, 4096)).bytes > plain.bytes + 4096**2 * 16
    assert takes(objective="iwae", samples=5000, batch_size=1000).bytes > plain.bytes + 10**9


def test_more_images_than_simpler_models_are_fitted_on_take_no_more_of_their_memory() -> None:
    some, many = (takes(SplitSizes((3, 64, 64), 4 * n, 0, n)).bytes for n in (5_000, 50_000))
    assert many - some <= 5 * 45_000 * 12_288 * cost_estimate.IMAGE_BYTES
