"""What is registered for one test alone is whole: new layers, a learnt prior and pictures in colour go all the way that others go."""

from __future__ import annotations

import colorsys
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load
from torch import Tensor, nn

from dashboard.components.run_packets import is_drawable, run_facts
from dashboard.components.training_film.packets import reel
from tests.conftest import tiny_config
from tests.js.node import Engine, running
from tests.js.test_decoder import MODULES, check
from vae_core.cli.scores import results_table
from vae_core.config import ConfigError, DataConfig, RunConfig
from vae_core.data import pictures, sources
from vae_core.data.dataset import Dataset
from vae_core.data.pictures import ImageShape
from vae_core.evaluation.scoring import rescore
from vae_core.jobs.cost_estimate import count
from vae_core.latent.grids import manifold_grid, quantile_axis
from vae_core.latent.inference import decode_mean
from vae_core.model.architectures import NETWORKS, Activation, ConvNet, Dense, Layer, Residual
from vae_core.model.posterior import Posterior
from vae_core.model.priors import PRIORS, Prior
from vae_core.model.vae import build_vae
from vae_core.runs.run import Run
from vae_core.runs.verification import verify
from vae_core.training.preflight import check_settings
from vae_core.training.runner import train


class Mixed(ConvNet):
    """Convolutions to z, and back through a residual block of dense layers."""

    def decoder(self) -> list[Layer]:
        width = self.hidden[-1]
        block = Residual((Activation(), Dense(width, width)))
        return self._to_image(Dense(self.latent_size, width), block, Activation("relu"), Dense(width, self.params * self.values))


class Mixture(Prior):
    """Two normals whose means are learnt: a prior without a closed form of the KL."""

    def __init__(self, latent_size: int) -> None:
        super().__init__(latent_size)
        self.means = nn.Parameter(torch.linspace(-1, 1, 2)[:, None].repeat(1, latent_size))

    def log_prob(self, z: Tensor, cond: Tensor | None = None) -> Tensor:
        parts = Posterior(self.means, torch.zeros_like(self.means)).log_prob(z[..., None, :])
        return torch.logsumexp(parts, -1) - np.log(2)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        which = torch.randint(2, (n,), generator=generator)
        return self.means[which] + torch.randn(n, self.latent_size, generator=generator)

    def kl_per_dim(self, posterior: Posterior) -> None:
        return None


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running(*MODULES) as node:
        yield node


def trained(path: Path, config: RunConfig) -> Run:
    return train(config, path)


def with_model(**changes: object) -> RunConfig:
    config = tiny_config(epochs=2, snapshots=2)
    return replace(config, model=replace(config.model, **changes))  # type: ignore[arg-type]


def test_a_network_is_a_list_of_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: Engine) -> None:
    config = with_model(network="mixed", hidden=(3, 4))
    digits = sources.load("digits")
    with pytest.raises(ConfigError, match="network is 'mixed'; choose one of mlp, residual, conv, linear"):
        check_settings(config, digits)
    monkeypatch.setitem(NETWORKS, "mixed", Mixed)
    check_settings(config, digits)
    with pytest.raises(ConfigError, match="height x width"):
        check_settings(config, Dataset("points", np.zeros((20, 3), np.float32), 1.0, "points"))
    built = build_vae(config.model, (8, 8), 1 / 16)
    assert sum(work.parameters for work in count(config.model, (8, 8))) == sum(weights.numel() for weights in built.parameters())
    first, second = (trained(tmp_path / name, config) for name in ("one", "two"))
    assert first.weights() == second.weights() and verify(first.path) == []
    check(engine, first.model(), first.weights(), (8, 8), latent_size=2)


def test_a_prior_that_is_learnt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(PRIORS, "mixture", Mixture)
    run = trained(tmp_path / "run", with_model(prior="mixture"))
    assert not np.allclose(load(run.weights())["prior.means"], Mixture(2).means.detach())
    assert run.has_kl and run.summary["test"]["kl"] > 0 and run.summary["test"]["kl_per_dim"] == [None, None]
    points = run.latents()
    facts = run_facts(run, points)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert not facts["has_prior"] and facts["has_spread"] and facts["kl"] == [None, None]
    assert np.isnan(points.kl_per_dim).all() and sorted(points.order) == [0, 1]
    assert any("negative ELBO" in line for line in results_table(run)) and verify(run.path) == []


@pytest.mark.parametrize(("network", "hidden"), [("mlp", (16,)), ("conv", (4, 8))])
def test_a_dataset_in_colour(tmp_path: Path, network: str, hidden: tuple[int, ...]) -> None:
    config = with_model(network=network, hidden=hidden)
    run = trained(tmp_path / "run", replace(config, data=DataConfig(dataset="colour-glyphs", most=120)))
    shape = run.image_shape
    assert verify(run.path) == [] and shape == ImageShape(3, 28, 28) and run.model().decode(torch.zeros(1, 2)).shape[-3:] == (3, 28, 28)
    assert rescore(run)["test"]["negative_elbo"] == pytest.approx(run.summary["test"]["negative_elbo"], abs=1e-4)
    assert run.latents().mu.shape == (24, 2)
    assert [frame["grid"].shape[1:] for frame in run.snapshots()] == [(3, 28, 28)] * 2
    axis = quantile_axis(run.summary["mosaic"]["side"])
    drawn = pictures.mosaic_of(manifold_grid(lambda z: decode_mean(run.model(), z), axis, 2).images)
    assert Image.open(io.BytesIO(run.mosaic())).mode == "RGB" and np.array_equal(pictures.pixels_of(run.mosaic()), drawn)
    assert not is_drawable(run) and [frame.picture for frame in reel(run).frames] == [b"", b""], "the browser draws grey pictures alone"


def test_colours_are_those_of_the_letters() -> None:
    grey, colour = sources.load("glyphs"), sources.load("colour-glyphs")
    assert np.array_equal(colour.values.max(1), grey.values) and colour.event_shape == (3, 28, 28)
    hue = np.array([colorsys.rgb_to_hsv(*picture[:, 14, 14])[0] if picture[:, 14, 14].max() > 200 else np.nan for picture in colour.values])
    off = abs(hue - colour.factors[:, 2])
    assert np.isfinite(hue).sum() > 1000 and np.nanmax(np.minimum(off, 1 - off)) < 0.01
