"""What is suggested suits the images, can be trained, and says why of every setting that it chooses."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from tests.vae_core.importing.sources import made
from vae_core.config import RunConfig, sections
from vae_core.importing.preview import Preview, preview
from vae_core.importing.suggestion import FEWEST_EPOCHS, FEWEST_STEPS, placeholder, sizes_of, suggest
from vae_core.training.preflight import check_settings

UNEXPLAINED = {"name"}


def seen(*shape: int, count: int = 2000, colour: str = "grey") -> Preview:
    """Return the preview of so many images that take no memory but that of one."""
    levels = {"grey": (0, 120, 255), "binary": (0, 255), "black": (0,)}[colour]
    image = np.resize(np.array(levels, np.uint8), math.prod(shape)).reshape(shape)
    return preview(made(values=np.broadcast_to(image, (count, *shape))))


@pytest.mark.parametrize(
    ("shape", "colour", "network", "likelihood", "pixels"),
    [
        ((28, 28), "binary", "mlp", "bernoulli", "thresholded"),
        ((28, 20), "grey", "mlp", "bernoulli", "grey"),
        ((64, 64), "grey", "mlp", "bernoulli", "grey"),
        ((8, 8), "black", "mlp", "bernoulli", "grey"),
        ((3, 64, 64), "grey", "mlp", "bernoulli", "grey"),
        ((3, 65, 64), "grey", "conv-upsample", "bernoulli", "grey"),
    ],
)
def test_the_choices_suit_the_images(shape: tuple[int, ...], colour: str, network: str, likelihood: str, pixels: str) -> None:
    look = seen(*shape, colour=colour)
    model, data = suggest(look).config.model, suggest(look).config.data
    assert (model.network, model.likelihood, data.pixels, model.latent_size) == (network, likelihood, pixels, 2)
    check_settings(suggest(look).config, placeholder(look.survey))


@pytest.mark.parametrize("count", [1, 3, 60, 400, 2000, 60_000, 300_000])
@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (64, 64), (3, 128, 128)])
def test_a_first_map_takes_steps_enough_and_passes_not_too_many(count: int, shape: tuple[int, ...]) -> None:
    look = seen(*shape, count=count)
    suggestion = suggest(look, "Mine")
    config, sizes = suggestion.config, sizes_of(look.survey, suggestion.config)
    check_settings(config, placeholder(look.survey))
    steps = config.train.epochs * math.ceil(sizes.n_train / config.train.batch_size)
    assert config.train.epochs >= FEWEST_EPOCHS and (steps >= FEWEST_STEPS / 2 or count < 400)
    assert config.train.epochs * sizes.n_train <= 700_000
    assert sizes.n_train + sizes.n_validation + sizes.n_test <= count
    assert (config.data.most > 0) == any("most" in reason.settings for reason in suggestion.reasons)
    assert config.name == "Mine"


def test_every_choice_has_its_reason() -> None:
    suggestion = suggest(seen(64, 64, count=100_000), "Mine")
    said = [name for reason in suggestion.reasons for name in reason.settings]
    for title, group in sections(suggestion.config).items():
        plain = getattr(RunConfig(), title)
        changed = {f.name for f in fields(group) if getattr(group, f.name) != getattr(plain, f.name)}
        assert changed - UNEXPLAINED <= set(said)
    assert len(said) == len(set(said)) and all(reason.why.endswith((".", ";")) for reason in suggestion.reasons)
