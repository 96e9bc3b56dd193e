"""What is known of a run before it starts, without torch and without reading images: how many there are, and whether the settings fit."""

from __future__ import annotations

from vae_core.config import RunConfig
from vae_core.data.dataset import Dataset, split
from vae_core.model.architectures import network_of
from vae_core.model.kl_schedules import check_warmup
from vae_core.training.preflight import check_data


def check(config: RunConfig, dataset: Dataset) -> None:
    """Raise ConfigError where the settings have no meaning together, or none on this dataset; the trainer refuses the same."""
    check_data(config, dataset, split(dataset, config.data))
    check_warmup(config.objective, config.train)
    network_of(config.model, dataset.event_shape)
