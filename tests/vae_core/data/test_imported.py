"""The data folder: sets are found by id, name and hash, and a damaged or hostile one takes no other down."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.importing.sources import labelled, made, pictures
from vae_core.config import DataConfig, RunConfig
from vae_core.data import imported, sources
from vae_core.data.dataset import split, split_sizes
from vae_core.data.errors import DataError, UnusableFile
from vae_core.importing.writer import import_images


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_set_is_loaded_by_id_and_by_a_name_that_is_its_own(root: Path) -> None:
    assert imported.listed() == [] and sources.fingerprint("faces@00000000") == ""
    first = import_images(labelled())
    assert sources.load("faces").sha256 == sources.load(first.id).sha256 == first.sha256
    assert sources.is_available("faces") and sources.is_available(first.id) and not sources.is_available("faces@00000000")
    assert sources.full_name("faces") == first.id == sources.full_name(first.id) and sources.full_name("digits") == "digits"
    assert sources.placeholder("faces").values.shape == (12, 4, 3)
    second = import_images(labelled(values=pictures(seed=1)))
    assert second.name == first.name and [one.id for one in imported.listed()] == sorted([first.id, second.id])
    with pytest.raises(DataError, match=r"^There are several imported data sets called faces; choose one of faces@\w+, faces@\w+\.$"):
        sources.load("faces")
    with pytest.raises(DataError, match=r"^There is no imported data set faces@00000000; import its images again"):
        sources.load("faces@00000000")
    imported.remove(first)
    assert sources.full_name("faces") == second.id and set(os.listdir(root)) - {".lock"} == {second.id}


def test_a_built_in_data_set_keeps_its_name(root: Path) -> None:
    mine = import_images(labelled(), "digits")
    assert sources.load("digits").values.shape == (1797, 8, 8) and sources.full_name("digits") == "digits"
    assert sources.load(mine.id).values.shape == (12, 4, 3)


def test_a_run_knows_its_images_by_hash_whatever_they_are_called_now(root: Path) -> None:
    first = import_images(labelled())
    mark = sources.fingerprint(first.id)
    assert mark and sources.load_with_hash(first.id, first.sha256).sha256 == first.sha256
    imported.remove(first)
    assert sources.fingerprint(first.id) == "" and not sources.is_available(first.id)
    with pytest.raises(DataError, match="There is no imported data set faces@"):
        sources.load_with_hash(first.id, first.sha256)
    other = import_images(labelled(), "portraits")
    assert other.id != first.id and sources.is_available(first.id) and sources.fingerprint(first.id) not in ("", mark)
    assert sources.load_with_hash(first.id, first.sha256).name == "portraits"
    assert sources.load_with_hash(first.id, "0" * 64) is None


def test_official_parts_are_kept(root: Path) -> None:
    dataset = imported.load(import_images(made(n_validation=2, n_test=3)))
    for config in (DataConfig(), DataConfig(most=4, validation_fraction=0.0, test_fraction=0.0)):
        parts, sizes = split(dataset, config), split_sizes(dataset, config)
        assert parts.validation.tolist() == [7, 8] and parts.test.tolist() == [9, 10, 11]
        assert sizes.n_train == len(parts.train) == min(7, config.most or 7) and parts.train.max() < 7
        assert (sizes.n_validation, sizes.n_test) == (2, 3)


def test_only_an_official_validation_set_leaves_the_test_to_chance(root: Path) -> None:
    dataset = imported.load(import_images(made(n_validation=2)))
    parts, sizes = split(dataset, DataConfig(test_fraction=0.2)), split_sizes(dataset, DataConfig(test_fraction=0.2))
    assert parts.validation.tolist() == [10, 11] and len(parts.test) == 2 and parts.test.max() < 10
    assert sorted([*parts.train, *parts.validation, *parts.test]) == list(range(12))
    assert (sizes.n_train, sizes.n_validation, sizes.n_test) == (8, 2, 2)


def change(**values: Any) -> Any:
    def damage(path: Path) -> None:
        record = json.loads((path / "dataset.json").read_text())
        (path / "dataset.json").write_text(json.dumps({**record, **values}))

    return damage


def cut(path: Path) -> None:
    os.truncate(path / "images.npy", 100)


def link(path: Path) -> None:
    shutil.move(path / "images.npy", path.parent.parent / "elsewhere.npy")
    os.symlink(path.parent.parent / "elsewhere.npy", path / "images.npy")


def pipe(path: Path) -> None:
    (path / "dataset.json").unlink()
    os.mkfifo(path / "dataset.json")


def objects(path: Path) -> None:
    np.save(path / "images.npy", np.array([{}, None]), allow_pickle=True)


BAD = {
    "no record": lambda path: (path / "dataset.json").unlink(),
    "no images": lambda path: (path / "images.npy").unlink(),
    "no table": lambda path: (path / "table.parquet").unlink(),
    "not JSON": lambda path: (path / "dataset.json").write_text("[" * 100_000),
    "a pipe": pipe,
    "a link": link,
    "cut off": cut,
    "objects": objects,
    "no format": change(format=0),
    "other name": change(name="../other"),
    "other hash": change(sha256="0" * 64),
    "other shape": change(shape=[12, 3, 4]),
    "huge": change(shape=[2**30, 4, 3]),
    "no picture": change(shape=[12, 4, 3, 5]),
    "other type": change(type="float32"),
    "text for numbers": change(divisor="x"),
    "white outside": change(limits=[0, 300]),
    "twins": change(class_names=["a", "a"]),
    "all for the test": change(n_test=12),
    "another place": change(files={"../../table.parquet": "0" * 64}),
    "half a letter": change(source="\ud800"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_set_takes_no_other_down(what: str, root: Path) -> None:
    good, bad = import_images(labelled(), "good"), import_images(labelled(values=pictures(seed=1)), "bad")
    BAD[what](bad.path)
    found, damaged = imported.survey()
    assert [one.id for one in found] == [good.id] and [one.id for one in damaged] == [bad.id]
    assert damaged[0].sentence.startswith(f"The imported data set {bad.id} cannot be used (") and str(root) not in damaged[0].sentence
    assert sources.load("good").sha256 == good.sha256
    with pytest.raises(UnusableFile, match=r"; remove it with `python -m vae_core data remove bad@"):
        sources.load("bad")
    imported.remove(bad.id)
    assert imported.survey()[1] == []


def test_what_is_wrong_inside_is_found_when_it_is_read(root: Path) -> None:
    found = import_images(labelled())
    change(class_names=["cat", "dog", "cow"])(found.path)
    with pytest.raises(UnusableFile, match="class is missing or makes no sense"):
        sources.load("faces")
    change(class_names=["cat", "dog", "a"])(found.path)
    (found.path / "table.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    with pytest.raises(UnusableFile, match=r"table\.parquet is missing or makes no sense"):
        sources.load("faces")
    assert imported.table_of(found.sha256) is None
    change(files={"table.parquet": hashlib.sha256((found.path / "table.parquet").read_bytes()).hexdigest()})(found.path)
    with pytest.raises(UnusableFile, match="it is damaged"):
        sources.load("faces")


def test_a_set_that_is_written_to_while_a_run_reads_it_is_named(root: Path) -> None:
    found = import_images(labelled())
    dataset = sources.load("faces")
    os.utime(found.path / "images.npy", ns=(1, 1))
    with pytest.raises(DataError, match=r"^faces was changed while it was being read; put it back as it was"):
        _ = dataset.values[:2]


def test_pixels_that_were_written_over_have_another_hash(root: Path) -> None:
    found = import_images(labelled())
    with open(found.path / "images.npy", "rb+") as file:
        file.seek(200)
        file.write(b"\0\1\2\3")
    os.utime(found.path / "images.npy", ns=(1, 1))
    assert sources.load_with_hash(found.id, found.sha256) is None and sources.load("faces").sha256 != found.sha256


def test_folders_that_are_links_and_hidden_ones_are_no_sets(root: Path, tmp_path: Path) -> None:
    found = import_images(labelled())
    shutil.move(found.path, tmp_path / found.id)
    os.symlink(tmp_path / found.id, root / found.id)
    (root / ".import-dead").mkdir()
    (root / "file@12345678").write_text("")
    assert imported.survey() == ([], [])


def test_a_run_keeps_the_id_and_shows_the_name(root: Path, tmp_path: Path) -> None:
    from vae_core.jobs import queue

    found = import_images(labelled(), "My faces.v2")
    config = RunConfig(data=DataConfig(dataset="My faces.v2"))
    path = tmp_path / "runs" / queue.enqueue(config, tmp_path / "runs").id
    assert path.name == "my-faces-v2-2d-1"
    assert json.loads((path / "order.json").read_text())["config"]["data"]["dataset"] == found.id
    assert imported.display_name(found.id) == "My faces.v2" and imported.display_name("digits") == "digits"
