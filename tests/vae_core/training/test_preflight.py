"""What is refused before training starts, without torch: the same as the trainer refuses, in the same words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vae_core.config import ConfigError, DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.dataset import Dataset, split
from vae_core.model import objectives, vae
from vae_core.presets import PRESETS
from vae_core.training import preflight
from vae_core.training.preflight import check_data

POINTS = Dataset("points", np.zeros((20, 3), np.float32), 1.0, "points")
LEVELS = Dataset("levels", np.arange(20 * 16, dtype=np.uint8).reshape(20, 4, 4) % 17, 16.0, "image")
HUGE = Dataset("huge", np.broadcast_to(np.eye(1, 2049, dtype=np.uint8), (20, 3, 4, 2049)), 1.0, "image")
WIDE = Dataset("wide", np.linspace(-3, 3, 20 * 16, dtype=np.float32).reshape(20, 4, 4), 1.0, "points")
BROKEN = Dataset("broken", np.full((20, 4, 4), np.nan, np.float32), 1.0, "points")
BAD: list[tuple[dict[str, Any], Dataset]] = [
    ({"hidden": ()}, POINTS),
    ({"network": "conv"}, POINTS),
    ({}, WIDE),
    ({"likelihood": "gaussian", "pixels": "static"}, WIDE),
    ({}, BROKEN),
    ({"likelihood": "continuous-bernoulli", "pixels": "dynamic"}, POINTS),
    ({"likelihood": "discretised-logistic", "pixels": "static"}, LEVELS),
    ({"likelihood": "discretised-logistic"}, POINTS),
    ({}, HUGE),
    ({"kl_warmup_epochs": 100.0}, POINTS),
    ({"kl_warmup_epochs": 1.0, "kl_schedule": "constant"}, POINTS),
    ({"kl_warmup_epochs": 25.0, "kl_schedule": "cyclical"}, POINTS),
]
GOOD: list[tuple[dict[str, Any], Dataset]] = [
    ({}, POINTS),
    ({"network": "linear", "hidden": ()}, POINTS),
    ({"likelihood": "gaussian-learnt"}, WIDE),
    ({"likelihood": "discretised-logistic"}, LEVELS),
    ({"kl_warmup_epochs": 24.0, "kl_schedule": "cyclical"}, POINTS),
    *(({"objective": name}, POINTS) for name in objectives.OBJECTIVES),
]


def groups(**changes: Any) -> RunConfig:
    """Return settings with some changed, whichever group they are in."""
    parts = {"data": DataConfig, "model": ModelConfig, "objective": ObjectiveConfig, "train": TrainConfig}
    return RunConfig(**{name: kind(**{k: v for k, v in changes.items() if k in kind.__dataclass_fields__}) for name, kind in parts.items()})


def trainer_refuses(config: RunConfig, dataset: Dataset) -> str | None:
    """Return what the trainer's own checks say, with torch."""
    try:
        check_data(config, dataset, split(dataset, config.data))
        model = vae.build_vae(config.model, dataset.event_shape, 1 / dataset.divisor)
        objectives.build_objective(config.objective, config.train, 10, model.prior)
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


def test_thresholded_pixels_that_are_all_alike_are_refused():
    dark = Dataset("dark", np.full((20, 2, 2), 20, np.uint8), 255.0, "image")
    config = RunConfig(data=DataConfig(pixels="thresholded"))
    with pytest.raises(ConfigError, match=r"^thresholded pixels of dark are all alike, since its values lie between 0\.0784 and 0\.0784"):
        check_data(config, dark, split(dark, config.data))
