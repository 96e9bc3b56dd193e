"""Do the settings fit each other and the data? Told before training starts, without torch; the trainer refuses the same."""

from __future__ import annotations

import math

from vae_core.config import ConfigError, RunConfig
from vae_core.data.dataset import Dataset, Split, split
from vae_core.model.architectures import network_of
from vae_core.model.kl_schedules import check_warmup
from vae_core.registries import traits

LARGEST_SIDE = 2048  # pixels: a map of two by two larger pictures is more than a page draws


def check_settings(config: RunConfig, dataset: Dataset) -> None:
    """Raise ConfigError where the settings have no meaning together, or none on this dataset."""
    check_data(config, dataset, split(dataset, config.data))
    check_warmup(config.objective, config.train)
    network_of(config.model, dataset.event_shape)


def check_data(config: RunConfig, dataset: Dataset, parts: Split) -> None:
    """Raise ConfigError where the settings have no meaning on this dataset."""
    if not len(parts.train):
        raise ConfigError("no image is left for training; make test_fraction or validation_fraction smaller.")
    if dataset.kind == "image" and max(dataset.event_shape[-2:]) > LARGEST_SIDE:
        raise ConfigError(
            "{name} has pictures of {height}x{width} pixels, and a map is drawn of pictures up to {most} pixels a side; "
            "import them with a smaller size.",
            name=dataset.name,
            height=dataset.event_shape[-2],
            width=dataset.event_shape[-1],
            most=LARGEST_SIDE,
        )
    low, high = dataset.extremes
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ConfigError("{name} holds a value that is not finite; remove it from the data.", name=dataset.name)
    support = traits("likelihood", config.model.likelihood).get("support", "real")
    bounded = support != "real" or config.data.pixels != "grey"
    if bounded and (low < 0 or high > 1):
        raise ConfigError(
            "{name} has values from {low:.3g} to {high:.3g} and this choice of likelihood and pixels needs them "
            "between 0 and 1; choose likelihood gaussian-learnt with grey pixels.",
            name=dataset.name,
            low=low,
            high=high,
        )
    if config.data.pixels == "thresholded" and (high < 0.5 or low >= 0.5):
        raise ConfigError(
            "thresholded pixels of {name} are all alike, since its values lie between {low:.3g} and {high:.3g} of white; "
            "choose pixels grey.",
            name=dataset.name,
            low=low,
            high=high,
        )
    if support in ("unit", "levels") and config.data.pixels != "grey":
        raise ConfigError(
            "{likelihood} is made for grey levels; choose pixels grey, or likelihood bernoulli.", likelihood=config.model.likelihood
        )
    if support == "levels" and dataset.values.dtype.kind == "f":
        raise ConfigError(
            "{likelihood} gives each of a pixel's levels a probability, and {name} holds real numbers; choose likelihood gaussian-learnt.",
            likelihood=config.model.likelihood,
            name=dataset.name,
        )
