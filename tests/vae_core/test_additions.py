"""What is registered for one test alone is whole: new layers, a learned prior and pictures in colour go all the way that others go."""

from __future__ import annotations

import colorsys
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load
from torch import Tensor, nn

from dashboard.components.album import album_packet
from dashboard.components.run_packets import film_packet, is_drawable, provenance, run_facts, weights_packet
from dashboard.components.training_film.packets import reel
from dashboard.i18n.names import dataset_title
from tests.conftest import tiny_config
from tests.dashboard.packets import taken_apart
from tests.js.node import Engine, encoded, running
from tests.js.test_decoder import MODULES, check
from tests.places import SHIPPED
from vae_core.cli.scores import results_table
from vae_core.config import ConfigError, DataConfig, RunConfig
from vae_core.data import pictures, sources
from vae_core.data.dataset import Dataset
from vae_core.data.pictures import ImageShape
from vae_core.evaluation.scoring import rescore
from vae_core.jobs.cost_estimate import count
from vae_core.latent.grids import even_axis, manifold_grid, quantile_axis
from vae_core.latent.inference import AtlasDecoder, decode_mean
from vae_core.model.architectures import NETWORKS, Activation, ConvNet, Dense, Layer, Residual
from vae_core.model.posterior import Posterior
from vae_core.model.priors import PRIORS, Prior
from vae_core.model.vae import build_vae
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run
from vae_core.runs.run import ATLAS, Run
from vae_core.runs.verification import verify
from vae_core.storage.files import write_npz
from vae_core.training.preflight import check_settings
from vae_core.training.runner import train


class Mixed(ConvNet):
    """Convolutions to z, and back through a residual block of dense layers."""

    def decoder(self) -> list[Layer]:
        width = self.hidden[-1]
        block = Residual((Activation(), Dense(width, width)))
        return self._to_image(Dense(self.latent_size, width), block, Activation("relu"), Dense(width, self.params * self.values))


class Mixture(Prior):
    """Two normals whose means are learned: a prior without a closed form of the KL."""

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
    with running(*MODULES, "js/host/store.js") as node:
        yield node


def trained(path: Path, config: RunConfig) -> Run:
    return train(config, path)


def with_model(**changes: object) -> RunConfig:
    config = tiny_config(epochs=2, snapshots=2)
    return replace(config, model=replace(config.model, **changes))  # type: ignore[arg-type]


def test_a_network_is_a_list_of_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: Engine) -> None:
    config = with_model(network="mixed", hidden=(3, 4))
    digits = sources.load("digits")
    with pytest.raises(ConfigError, match="network is 'mixed'; choose one of mlp, residual, conv, conv-upsample, linear"):
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
    assert is_drawable(run) and Image.open(io.BytesIO(taken_apart(film_packet(run))[1]["film"])).mode == "RGB"
    header, blobs = taken_apart(album_packet(run, run.latents()))
    (own,), rows = header["sources"], np.frombuffer(blobs["rows/own"], "<i4")
    values = np.frombuffer(blobs["values/own"], np.uint8).reshape(-1, own["channels"], own["height"], own["width"])
    assert own["own"] and np.array_equal(values, np.asarray(run.images().values)[rows]) and header["palette"][0] == "#000000"
    assert run_facts(run, run.latents())["shape"] == {"channels": 3, "height": 28, "width": 28} and "colour pixels" in provenance(run)
    title, named = dataset_title(run), replace(run, config=replace(run.config, name=dataset_title(run)))
    assert provenance(run)[0] == title and title not in provenance(named)  # which stands beside the name
    assert {Image.open(io.BytesIO(frame.picture)).mode for frame in reel(run).frames} == {"RGB"}


def test_colours_are_those_of_the_letters() -> None:
    grey, colour = sources.load("glyphs"), sources.load("colour-glyphs")
    assert np.array_equal(colour.values.max(1), grey.values) and colour.event_shape == (3, 28, 28)
    hue = np.array([colorsys.rgb_to_hsv(*picture[:, 14, 14])[0] if picture[:, 14, 14].max() > 200 else np.nan for picture in colour.values])
    off = abs(hue - colour.factors[:, 2])
    assert np.isfinite(hue).sum() > 1000 and np.nanmax(np.minimum(off, 1 - off)) < 0.01


OPEN_PACKET = """([packet, points]) => {
    js.store.keep(oddly(packet));
    const decoder = js.decoder.openDecoder([...js.store.shared().parts.values()].at(-1));
    return [decoder.latentSize, decoder.picture, decoder.error, points.map((z) => Array.from(decoder.decode(z)))];
}"""


@pytest.mark.parametrize("name", ["digits-2d", "mnist-2d"])
def test_an_atlas_beside_a_network(tmp_path: Path, engine: Engine, name: str) -> None:
    run = load_run(Path(shutil.copytree(SHIPPED / name, tmp_path / name)).parent, name)
    network = run.decoder()
    coarse, atlas = (AtlasDecoder.drawn_by(network, even_axis(side, 4)) for side in (12, 40))
    (run.path / "model.safetensors").unlink()
    (run.path / ATLAS).parent.mkdir()
    write_npz(run.path / ATLAS, axis=atlas.axis, levels=atlas.levels, error=np.array(atlas.error))
    stored = run.decoder()
    assert network.error is None and stored.error and coarse.error and stored.error == atlas.error < coarse.error / 2
    assert (stored.latent_size, stored.shape) == (network.latent_size, network.shape)
    points = np.random.default_rng(0).uniform(-3.9, 3.9, (400, 2))
    means = stored.decode_mean(points)
    assert 0 < np.sqrt(np.mean((means - network.decode_mean(points)) ** 2)) <= stored.error
    # On the places of its pictures it is off by what a byte takes, and beyond them it stays what it is on the edge.
    corners = np.array([[atlas.axis[3], atlas.axis[-2]], [atlas.axis[0], atlas.axis[-1]]])
    np.testing.assert_allclose(stored.decode_mean(corners), network.decode_mean(corners), atol=0.51 / 255)
    asked = np.concatenate([points, corners, [[-9.0, 9.0], [0.3, -700.0]]])
    np.testing.assert_array_equal(*stored.decode_mean(asked[-3:-1]))
    latent_size, picture, error, found = engine.call(OPEN_PACKET, [encoded(weights_packet(run)), asked.tolist()])
    assert (latent_size, ImageShape(**picture), error) == (2, run.image_shape, stored.error)
    np.testing.assert_allclose(np.array(found), stored.decode_mean(asked).reshape(len(asked), -1), atol=1e-4, rtol=0)
    with pytest.raises(RunError, match=r"model\.safetensors is missing"):
        run_facts(run, run.latents())  # no page offers it yet


SOUND = {"axis": np.linspace(-1, 1, 3), "levels": np.zeros((3, 3, 8, 8), np.uint8), "error": np.array(0.1)}


@pytest.mark.parametrize(
    "change",
    [
        {"axis": np.zeros(3)},
        {"axis": np.array([-1, np.nan, 1])},
        {"axis": np.linspace(-1, 1, 4)},
        {"axis": np.zeros(1), "levels": SOUND["levels"][:1, :1]},
        {"levels": np.zeros((3, 3, 8, 9), np.uint8)},
        {"levels": np.zeros((3, 3, 8, 8), np.uint16)},
        {"error": np.array(np.nan)},
    ],
    ids=["falling", "nan", "longer", "single", "picture", "words", "error"],
)
def test_a_damaged_atlas_is_one_sentence(tmp_path: Path, tiny_root: Path, change: dict[str, np.ndarray]) -> None:
    run = load_run(Path(shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")).parent, "tiny-2d")
    (run.path / "model.safetensors").unlink()
    (run.path / ATLAS).parent.mkdir()
    write_npz(run.path / ATLAS, **SOUND)
    assert run.decoder().error == 0.1
    write_npz(run.path / ATLAS, **SOUND | change)
    with pytest.raises(RunError, match=r"^atlas/0-1\.npz of run 'tiny-2d' cannot be used \([^)]*\); [^.]*\.$"):
        run.decoder()
