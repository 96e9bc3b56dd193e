"""What the trainer writes, for tests in Node."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vae_core.config import RunConfig
from vae_core.model.vae import VAE
from vae_core.runs.writer import RunWriter


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[VAE], bytes]:
    """The bytes of model.safetensors as the trainer writes them."""
    writer = RunWriter(tmp_path_factory.mktemp("run"), RunConfig(), {})

    def write(vae: VAE) -> bytes:
        writer.weights(vae)
        return (writer.path / "model.safetensors").read_bytes()

    return write
