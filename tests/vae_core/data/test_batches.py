"""Batches: the same pictures from memory and from a file, draws by key, and memory that stays flat."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import tiny_config
from tests.places import ROOT
from vae_core.config import PIXELS as TREATMENTS
from vae_core.config import DataConfig, ModelConfig, RunConfig
from vae_core.data.batches import ImageSubset, image_subset
from vae_core.data.binarisation import binarise, static_uniforms
from vae_core.data.dataset import Dataset
from vae_core.data.rows import Rows
from vae_core.evaluation import scoring
from vae_core.latent import inference
from vae_core.model.vae import build_vae
from vae_core.seeding import PIXELS, keyed

ROWS = np.sort(np.random.default_rng(1).permutation(300)[:120])


def in_memory(kind: str = "uint8") -> Dataset:
    values = np.random.default_rng(0).integers(0, 256, (300, 5, 4), dtype=np.uint8)
    return Dataset("faces", values, 255.0, "image") if kind == "uint8" else Dataset("faces", (values / 255).astype(kind), 1.0, "image")


def in_file(dataset: Dataset, folder: Path) -> Dataset:
    np.save(folder / "faces.npy", dataset.values)
    start = (folder / "faces.npy").stat().st_size - dataset.values.nbytes
    return replace(dataset, values=Rows(folder / "faces.npy", start, dataset.values.shape, dataset.values.dtype))


def treated(dataset: Dataset, pixels: str, fixed: bool = True) -> ImageSubset:
    return image_subset(dataset, ROWS, RunConfig(data=DataConfig(pixels=pixels, split_seed=3)), fixed=fixed)


@pytest.mark.parametrize("kind", ["uint8", "float32"])
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("pixels", TREATMENTS)
def test_pictures_are_those_of_the_dataset_wherever_it_is(tmp_path: Path, kind: str, fixed: bool, pixels: str) -> None:
    dataset, index = in_memory(kind), torch.tensor([5, 0, 119, 5])
    uniforms = None
    if pixels == "dynamic" and not fixed:
        uniforms = torch.rand(4, 5, 4, generator=keyed(0, PIXELS, 7)).numpy()
    elif pixels in ("static", "dynamic"):
        uniforms, pixels_done = static_uniforms(ROWS[index], (5, 4), 3), "static"
    pixels_done = "static" if pixels == "dynamic" and fixed else pixels
    expected = binarise(dataset.values[ROWS[index]], dataset.divisor, pixels_done, uniforms)
    for source in (dataset, in_file(dataset, tmp_path)):
        with warnings.catch_warnings(action="error"):  # torch warns of memory that it must not write to
            batch = treated(source, pixels, fixed).batch(index, keyed(0, PIXELS, 7))
        assert batch.x.dtype == torch.float32 and np.array_equal(batch.x.numpy(), expected)


@pytest.mark.parametrize("pixels", TREATMENTS)
def test_shares_of_a_batch_are_the_batch(pixels: str) -> None:
    data, index = treated(in_memory(), pixels, fixed=False), torch.randperm(120)[:50]
    whole = data.batch(index, keyed(0, PIXELS, 1))
    shares = [data.batch(index, keyed(0, PIXELS, 1), part) for part in (slice(0, 17), slice(17, 17), slice(17, 50))]
    assert torch.equal(torch.cat([share.x for share in shares]), whole.x)


@pytest.mark.parametrize("pixels", TREATMENTS)
def test_slices_and_the_mean_are_those_of_all_pictures(tmp_path: Path, pixels: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.data.batches.PIXELS_AT_ONCE", 20 * 7)  # seven pictures
    dataset = in_memory()
    kept = treated(dataset, pixels)
    everything = kept.all()
    assert len(kept) == 120 and everything.shape == (120, 5, 4)
    for source in (kept, treated(in_file(dataset, tmp_path), pixels)):
        assert torch.equal(torch.cat([source[start : start + 50] for start in range(0, 150, 50)]), everything)
        assert torch.equal(source[110:], everything[110:]) and len(source[0:0]) == 0
        assert torch.allclose(source.mean(), everything.double().mean(0).float(), atol=1e-7)
        assert torch.equal(source.mean(), kept.mean())


def test_the_mean_of_moving_pixels_is_their_expectation() -> None:
    dataset = in_memory()
    expected = (dataset.values[ROWS].sum(0, dtype=np.int64) / len(ROWS) / 255).astype(np.float32)
    for fixed, pixels in ((False, "dynamic"), (False, "grey"), (True, "grey")):
        assert np.array_equal(treated(dataset, pixels, fixed).mean().numpy(), expected)


def test_neither_memory_nor_file_is_copied(tmp_path: Path) -> None:
    for dataset in (in_memory(), in_file(in_memory(), tmp_path)):
        assert treated(dataset, "grey").values is dataset.values
    assert treated(in_memory(), "static").values.dtype == np.uint8  # treated once, and still a byte a pixel


def test_some_are_drawn_by_their_seed_and_keep_their_order() -> None:
    data = treated(in_memory(), "static")
    first, again, other = (data.at_most(30, seed) for seed in (1, 1, 2))
    assert first.rows.tolist() == again.rows.tolist() != other.rows.tolist()
    assert len(first) == 30 and first.rows.tolist() == sorted(set(first.rows.tolist()) & set(ROWS.tolist()))
    places = np.searchsorted(ROWS, first.rows.numpy())
    assert torch.equal(first.all(), data.all()[places])
    assert data.at_most(120, 1) is data


def test_what_works_by_chunks_takes_pictures_or_a_tensor(tmp_path: Path) -> None:
    vae = build_vae(ModelConfig(latent_size=2, hidden=(8,)), (5, 4), 1 / 255)
    data = treated(in_file(in_memory(), tmp_path), "static")
    eps = torch.randn(2, len(data), 2, generator=keyed(0, PIXELS))
    found, expected = (scoring.score_images(vae, x, eps) for x in (data, data.all()))
    assert found.negative_elbo == expected.negative_elbo and np.array_equal(found.kl_per_dim, expected.kl_per_dim)
    assert torch.equal(inference.encode(vae, data).mu, inference.encode(vae, data.all()).mu)


def test_training_on_a_file_is_training_on_the_same_images(tmp_path: Path) -> None:
    from vae_core.training.runner import train

    dataset, config = in_memory(), tiny_config(epochs=2)
    runs = [train(config, tmp_path / name, dataset=data) for name, data in (("a", dataset), ("b", in_file(dataset, tmp_path)))]
    assert runs[0].weights_sha256 == runs[1].weights_sha256
    assert runs[0].summary["test"] == runs[1].summary["test"]


# --- memory ------------------------------------------------------------------------------------------------------------------

STEPS = """
import sys
import numpy as np, torch
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.data.dataset import split
from vae_core.config import DataConfig, RunConfig

def anonymous():  # what is not backed by a file: what is read and let go does not count
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("RssAnon"))) // 1024

torch.set_num_threads(1)
dataset = sources.load(sys.argv[1])
train = split(dataset, DataConfig(test_fraction=0.0)).train
data = image_subset(dataset, train, RunConfig(), fixed=False)
def look(steps):
    order = torch.randperm(len(data))
    for step in range(steps):
        data.batch(order[step * 128 : step * 128 + 128])
look(50)
before = anonymous()
look(1000)
data.mean()
kept = dataset.values[train] if sys.argv[2] == "copied" else None
print(anonymous() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc, which Linux alone has")
def test_memory_stays_flat_however_long_the_file(tmp_path: Path) -> None:
    file = np.lib.format.open_memmap(tmp_path / "many.npy", "w+", np.uint8, (200_000, 20, 20))  # 80 MB, of which none is written
    file.flush()

    def growth(how: str) -> int:
        command = [sys.executable, "-c", STEPS, str(tmp_path / "many.npy"), how]
        environment = {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path), "PATH": ""}
        return int(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)

    assert growth("filed") < 30  # megabytes
    assert growth("copied") > 60  # the measure sees a copy of the training images
