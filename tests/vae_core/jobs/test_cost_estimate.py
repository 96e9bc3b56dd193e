"""What is told of a run before it starts: counts against the real modules, refusals against the real trainer."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.places import ROOT
from vae_core.config import ConfigError, DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.dataset import Dataset, SplitSizes, split, split_sizes
from vae_core.data.errors import DataError
from vae_core.data.sources import DATASETS
from vae_core.jobs import cost_estimate, warmup
from vae_core.jobs.cost_estimate import Machine
from vae_core.model import objectives, vae
from vae_core.model.architectures import NETWORKS
from vae_core.presets import PRESETS
from vae_core.training import preflight
from vae_core.training.preflight import check_data

MACHINE = Machine(fixed=1e-3, dense=1e-10, conv=1e-10, base=400_000_000)
DIGITS = SplitSizes((8, 8), 1294, 144, 359)


# ---- counts


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("hidden", "shape", "d"), [*product([(5,), (7, 3), (8, 6, 4)], [(8, 8), (9, 14), (3, 5, 6)], [1, 3])])
def test_counts_are_those_of_the_modules(network: str, hidden: tuple[int, ...], shape: tuple[int, ...], d: int) -> None:
    model = ModelConfig(network=network, hidden=hidden, latent_size=d)
    real, counted = vae.build(model, shape, 1 / 255), cost_estimate.count(model, shape)
    kinds, sizes = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.ConvTranspose2d), []
    for module, work, x in ((real.encoder, counted[0], torch.zeros(1, *shape)), (real.decoder, counted[1], torch.zeros(1, d))):
        layers = [layer for layer in module.modules() if isinstance(layer, kinds)]
        for layer in layers:
            layer.register_forward_hook(lambda layer, given, out: sizes.append(out.numel()))
        with FlopCounterMode(display=False) as flops:
            module(x)
        assert work.dense + work.conv == flops.get_total_flops() / 2
        assert work.parameters == sum(parameter.numel() for parameter in module.parameters())
        assert (work.layers, work.values + work.maps) == (len(layers), sum(sizes))
        sizes.clear()


# ---- seconds and bytes


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


def test_the_machine_is_found_from_the_seconds_of_its_steps() -> None:
    seconds = {}
    for name, (network, hidden, batch, side) in warmup.REFERENCES.items():
        pair = cost_estimate.count(ModelConfig(network=network, hidden=hidden), (side, side))
        seconds[name] = cost_estimate.step_seconds(pair, side * side, batch, 1, MACHINE)
    found = warmup.solve(seconds)
    assert (found.fixed, found.dense, found.conv) == pytest.approx((MACHINE.fixed, MACHINE.dense, MACHINE.conv))
    assert found.base > 10**8


def test_a_disturbed_measurement_gives_no_negative_speed() -> None:
    found = warmup.solve({"fixed": 0.5, "dense": 0.01, "conv": 0.01})
    assert min(found.fixed, found.dense, found.conv) > 0


def test_the_machine_is_measured_and_read_back() -> None:
    measured = warmup.measure_machine(lambda: False)
    machine = cost_estimate.machine_of(json.loads(json.dumps(measured)))
    assert machine is not None and asdict(machine) == measured
    assert warmup.measure_machine(lambda: True) == {}
    for wrong in ({}, {"fixed": 1}, {**measured, "dense": 0}, {**measured, "more": 1}):
        assert cost_estimate.machine_of(wrong) is None


# ---- data that are not read


@pytest.mark.parametrize("name", DATASETS)
def test_what_stands_in_for_a_dataset_is_like_it(name: str) -> None:
    if not sources.is_available(name):
        pytest.skip(f"{name} is not on this computer")
    real, stand_in = sources.load(name), sources.placeholder(name)
    assert (stand_in.values.shape, stand_in.divisor, stand_in.official_test) == (real.values.shape, real.divisor, real.official_test)
    assert stand_in.extremes == real.extremes and stand_in.values.base.nbytes < 1000
    for config in (DataConfig(), DataConfig(most=500), DataConfig(most=1, validation_fraction=0.5)):
        parts = split(real, config)
        assert split_sizes(stand_in, config) == SplitSizes(real.event_shape, len(parts.train), len(parts.validation), len(parts.test))


def test_digits_are_scikit_learns_and_need_no_import_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = sources.load("digits")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    slow = sources.load("digits")
    assert quick.sha256 == slow.sha256 and len(quick.values) == 1797
    script = "import sys; from vae_core.data import sources; sources.load('digits'); sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_at_most_so_many_images_are_drawn_by_the_seed() -> None:
    dataset = sources.placeholder("mnist")
    small, again, other = (split(dataset, DataConfig(dataset="mnist", most=1000, split_seed=seed)) for seed in (0, 0, 1))
    assert len(small.train) == 900 and len(small.validation) == 100 and np.array_equal(small.test, np.arange(60_000, 70_000))
    assert np.array_equal(small.train, again.train) and not np.array_equal(small.train, other.train)
    assert len(set(small.train) & set(small.validation)) == 0 and small.train.max() > 50_000


# ---- refusals


def groups(**changes: Any) -> RunConfig:
    """Return settings with some changed, whichever group they are in."""
    parts = {"data": DataConfig, "model": ModelConfig, "objective": ObjectiveConfig, "train": TrainConfig}
    return RunConfig(**{name: kind(**{k: v for k, v in changes.items() if k in kind.__dataclass_fields__}) for name, kind in parts.items()})


def trainer_refuses(config: RunConfig, dataset: Dataset) -> str | None:
    """Return what the trainer's own checks say, with torch."""
    try:
        check_data(config, dataset, split(dataset, config.data))
        model = vae.build(config.model, dataset.event_shape, 1 / dataset.divisor)
        objectives.build(config.objective, config.train, 10, model.prior)
    except ConfigError as error:
        return str(error)
    return None


def page_refuses(config: RunConfig, dataset: Dataset) -> str | None:
    """Return what the page says before the start, without torch."""
    try:
        preflight.check_settings(config, dataset)
    except ConfigError as error:
        return str(error)
    return None


POINTS = Dataset("points", np.zeros((20, 3), np.float32), 1.0, "points")
WIDE = Dataset("wide", np.linspace(-3, 3, 20 * 16, dtype=np.float32).reshape(20, 4, 4), 1.0, "points")
BROKEN = Dataset("broken", np.full((20, 4, 4), np.nan, np.float32), 1.0, "points")
BAD: list[tuple[dict[str, Any], Dataset]] = [
    ({"hidden": ()}, POINTS),
    ({"network": "conv"}, POINTS),
    ({}, WIDE),
    ({"likelihood": "gaussian", "pixels": "static"}, WIDE),
    ({}, BROKEN),
    ({"likelihood": "continuous-bernoulli", "pixels": "dynamic"}, POINTS),
    ({"kl_warmup_epochs": 100.0}, POINTS),
    ({"kl_warmup_epochs": 1.0, "kl_schedule": "constant"}, POINTS),
    ({"kl_warmup_epochs": 25.0, "kl_schedule": "cyclical"}, POINTS),
]
GOOD: list[tuple[dict[str, Any], Dataset]] = [
    ({}, POINTS),
    ({"network": "linear", "hidden": ()}, POINTS),
    ({"likelihood": "gaussian-learnt"}, WIDE),
    ({"kl_warmup_epochs": 24.0, "kl_schedule": "cyclical"}, POINTS),
    *(({"objective": name}, POINTS) for name in objectives.OBJECTIVES),
]


@pytest.mark.parametrize(("changes", "dataset"), BAD)
def test_the_page_refuses_what_the_trainer_refuses_in_the_same_words(changes: dict[str, Any], dataset: Dataset) -> None:
    config = groups(**changes)
    assert page_refuses(config, dataset) == trainer_refuses(config, dataset) is not None


@pytest.mark.parametrize(("changes", "dataset"), GOOD)
def test_the_page_lets_pass_what_the_trainer_lets_pass(changes: dict[str, Any], dataset: Dataset) -> None:
    config = groups(**changes)
    assert page_refuses(config, dataset) is None and trainer_refuses(config, dataset) is None


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_presets_can_be_trained(preset: RunConfig) -> None:
    assert page_refuses(preset, sources.placeholder(preset.data.dataset)) is None


def test_a_dataset_that_does_not_exist_is_named() -> None:
    with pytest.raises(DataError, match="There is no dataset 'cats'"):
        sources.placeholder("cats")


# ---- choices


def test_the_names_in_registries_are_read_without_importing_them() -> None:
    script = (
        "import json, sys; from dataclasses import fields; from vae_core.config import RunConfig, sections; "
        "from vae_core.registries import choices; from vae_core.training import preflight; "
        "from vae_core.jobs import cost_estimate; "
        "from vae_core import presets; from vae_core.model import effective_beta as translate; from vae_core.jobs import queue, worker; "
        "names = {f.metadata['choices'] for group in sections(RunConfig()).values() for f in fields(group)} - {''}; "
        "heavy = {'torch', 'sklearn', 'scipy', 'lightning_fabric'} & set(sys.modules); "
        "print(json.dumps([{name: choices(name) for name in names}, sorted(heavy)]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    found, heavy = json.loads(done.stdout)
    assert heavy == [] and len(found) >= 8
    for registry, names in found.items():
        module, _, name = registry.rpartition(".")
        assert names == list(getattr(__import__(f"vae_core.{module}", fromlist=[name]), name)), registry
