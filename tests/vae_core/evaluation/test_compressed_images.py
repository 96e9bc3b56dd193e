"""Images as a file of bits: it comes back byte for byte, or one sentence says why not."""

import json
import shutil
import zlib
from dataclasses import replace

import numpy as np
import pytest

import vae_core
from tests.places import SHIPPED
from vae_core.cli.main import main
from vae_core.evaluation import compressed_images
from vae_core.evaluation.bits_back import NoCode
from vae_core.evaluation.compressed_images import MAGIC, code_of, read_compressed, restore, write_compressed
from vae_core.runs.errors import RunError


@pytest.fixture(scope="module")
def run():
    return vae_core.open_run(SHIPPED / "digits-2d")


@pytest.fixture(scope="module")
def written(run, tmp_path_factory):
    """A file of twenty images, and these."""
    path = tmp_path_factory.mktemp("llz") / "digits.llz"
    code = code_of(run, run.images(), run.latents().rows[:20])
    write_compressed(path, run, code)
    return path, code


def test_it_comes_back(run, written):
    path, code = written
    assert np.array_equal(restore(run, read_compressed(path)), code.pixels)
    assert code.is_thresholded and set(np.unique(code.pixels)) == {0, 1}


@pytest.mark.parametrize("place", [0, 5, 30, -40, -3, -1])
def test_a_flipped_bit_is_noticed(place, written, tmp_path):
    content = bytearray(written[0].read_bytes())
    content[place] ^= 4
    (changed := tmp_path / "changed.llz").write_bytes(content)
    with pytest.raises(RunError, match=r"changed\.llz cannot be used"):
        read_compressed(changed)


@pytest.mark.parametrize("length", [0, 3, 4, 11, 60, -1])
def test_a_file_that_was_cut_is_noticed(length, written, tmp_path):
    (cut := tmp_path / "cut.llz").write_bytes(written[0].read_bytes()[:length])
    with pytest.raises(RunError, match=r"cut\.llz cannot be used"):
        read_compressed(cut)


@pytest.mark.parametrize(
    "change",
    [
        {"count": 0},
        {"count": 2**30},
        {"event_shape": [8]},
        {"event_shape": [2**15] * 4},
        {"levels": 1},
        {"places": 60},
        {"weights": "../x"},
        {"first": 0},
    ],
)
def test_a_head_that_makes_no_sense_is_refused_or_read_in_vain(change, run, written, tmp_path):
    content = written[0].read_bytes()
    length = int.from_bytes(content[4:8], "little")
    text = json.dumps({**json.loads(content[8 : 8 + length]), **change}).encode()
    forged = MAGIC + len(text).to_bytes(4, "little") + text + content[8 + length : -4]
    (path := tmp_path / "forged.llz").write_bytes(forged + zlib.crc32(forged).to_bytes(4, "little"))
    with pytest.raises(RunError):
        restore(run, read_compressed(path))


def test_more_than_can_be_read_back_is_not_written(run, written, tmp_path, monkeypatch):
    monkeypatch.setattr(compressed_images, "MOST_BYTES", written[0].stat().st_size)
    write_compressed(tmp_path / "just.llz", run, written[1])
    assert np.array_equal(restore(run, read_compressed(tmp_path / "just.llz")), written[1].pixels)
    monkeypatch.setattr(compressed_images, "MOST_BYTES", 200)
    with pytest.raises(RunError, match="choose fewer with --images"):
        write_compressed(tmp_path / "more.llz", run, written[1])
    assert [path.name for path in tmp_path.iterdir()] == ["just.llz"]


def test_another_run_is_named(written):
    with pytest.raises(RunError, match="'digits-2d', whose weights are not those of run 'mnist-2d'"):
        restore(vae_core.open_run(SHIPPED / "mnist-2d"), read_compressed(written[0]))


def test_what_has_no_code_is_refused(run):
    density = replace(run, config=replace(run.config, model=replace(run.config.model, likelihood="gaussian")))
    points = replace(run, config=replace(run.config, objective=replace(run.config.objective, objective="ae")))
    for one, why in ((density, "density"), (points, "autoencoder")):
        with pytest.raises(NoCode, match=why):
            code_of(one, run.images(), run.latents().rows[:2])


def test_from_the_terminal_and_back(run, tmp_path, monkeypatch, capsys):
    shutil.copytree(SHIPPED / "digits-2d", tmp_path / "runs" / "renamed")
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "runs"))
    file, images = str(tmp_path / "a.llz"), str(tmp_path / "a.npy")
    assert main(["compress", "renamed", "--out", file, "--images", "3"]) == 0
    assert main(["decompress", file, "--out", images]) == 0
    assert np.load(images).shape == (3, 8, 8)
    said = capsys.readouterr().out
    assert "made black and white at one half" in said and "3 images, whole numbers from 0 to 1" in said
    shutil.rmtree(tmp_path / "runs" / "renamed")
    assert main(["decompress", file, "--out", images]) == 1
    assert "which is not here" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["compress", "digits-2d", "--out", "a.zip"], ["decompress", "a.llz", "--out", "a.txt"], ["decompress", "a.llz", "--out", "a.npy"]],
)
def test_what_cannot_be_is_one_sentence(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert capsys.readouterr().err.count("\n") == 1
