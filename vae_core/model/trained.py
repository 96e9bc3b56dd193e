"""The trained model of a run, once its weights are known to fit its settings; imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from vae_core.config import ConfigError, ModelConfig
from vae_core.messages import say
from vae_core.model.vae import VAE, build_vae
from vae_core.storage.reading import Unreadable, read_tensors


def trained_vae(path: Path, config: ModelConfig, dataset: Mapping[str, Any]) -> VAE:
    """Return the VAE of these settings, on these data, with the weights of a file, in evaluation mode.

    Raises:
        FileNotFoundError, Unreadable: see reading.py; the weights are damaged, of another shape, or not finite.
    """
    found = {key: tuple(entry["shape"]) for key, entry in read_tensors(path).items()}
    expected = _expected(config, dataset, len(found))
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            is_now, should_be = found.get(key, say("missing")), expected.get(key, say("absent"))
            raise Unreadable(
                "it does not fit config.json: {tensor} is {found} and should be {expected}", tensor=key, found=is_now, expected=should_be
            )
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise Unreadable("it is damaged") from error
    for key, value in weights.items():
        if not bool(value.isfinite().all()):
            raise Unreadable("{tensor} holds a number that is not finite", tensor=key)
    vae = _built(config, dataset)
    vae.load_state_dict(weights)
    return vae.eval()


def _built(config: ModelConfig, dataset: Mapping[str, Any]) -> VAE:
    return build_vae(config, dataset["event_shape"], 1 / dataset["divisor"])


def _expected(config: ModelConfig, dataset: Mapping[str, Any], count: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes that the settings ask for; `count` is how many tensors there are, and nothing is allocated for more."""
    if len(config.hidden) > count:
        raise Unreadable("it does not fit config.json")
    try:
        with torch.device("meta"):
            return {key: tuple(value.shape) for key, value in _built(config, dataset).state_dict().items()}
    except (ConfigError, ValueError, RuntimeError, TypeError, OverflowError) as error:
        raise Unreadable("it does not fit config.json") from error
