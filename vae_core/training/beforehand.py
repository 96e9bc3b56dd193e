"""What is known of a run before it starts, without torch and without reading images: how many there are, and whether the settings fit."""

from __future__ import annotations

import numpy as np

from vae_core.config import DataConfig, RunConfig
from vae_core.data import dataset as datasets
from vae_core.data import mnist as idx
from vae_core.data.dataset import Dataset
from vae_core.jobs.cost_estimate import Facts
from vae_core.model.architectures import network_of
from vae_core.model.kl_schedules import check_warmup
from vae_core.training.preflight import check_data

# Images in all, in the official test set, shape of one, value of full ink.
KNOWN = {"digits": (1797, 0, (8, 8), 16.0)} | {name: (70_000, 10_000, (28, 28), 255.0) for name in idx.SOURCES}


def stand_in(name: str) -> Dataset:
    """Return a dataset of the size and range of the one called `name`, all of whose images are one and the same; unknown ones are loaded.

    Raises:
        DataError: there is no such dataset, or its files cannot be had.
    """
    if name not in KNOWN:
        return datasets.load(name)
    count, official_test, shape, divisor = KNOWN[name]
    picture = np.zeros(shape, np.uint8)
    picture[0, 0] = divisor
    return Dataset(name, np.broadcast_to(picture, (count, *shape)), divisor, "image", official_test=official_test)


def facts(config: DataConfig, dataset: Dataset) -> Facts:
    """Return the shape of an image, and how many there are for training, validation and test."""
    return Facts(dataset.event_shape, *datasets.sizes(len(dataset.values), dataset.official_test, config))


def check(config: RunConfig, dataset: Dataset) -> None:
    """Raise ConfigError where the settings have no meaning together, or none on this dataset; the trainer refuses the same."""
    check_data(config, dataset, datasets.split(dataset, config.data))
    check_warmup(config.objective, config.train)
    network_of(config.model, dataset.event_shape)
