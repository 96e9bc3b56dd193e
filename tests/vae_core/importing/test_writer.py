"""An import is whole or absent: what is written, what is recognised, and what is left after it went wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.importing.sources import Made, labelled, made, pictures
from vae_core.data import imported
from vae_core.data.dataset import Dataset
from vae_core.data.errors import ChangedFile, DataError, UnusableFile
from vae_core.importing import writer
from vae_core.importing.source import ImportOptions, LeftOut
from vae_core.importing.writer import clean_name, import_images


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name != ".lock")


@pytest.mark.parametrize("shape", [(4, 3), (3, 5, 6)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_what_was_imported_is_the_dataset_that_it_was(root: Path, shape: tuple[int, ...], kind: type) -> None:
    values = pictures(12, shape) if kind == np.uint8 else (pictures(12, shape) / np.float32(255)).astype(kind)
    labels, seen = np.arange(12, dtype=np.int64) % 3, []
    source = made(values=values, labels=labels, class_names=("cat", "dog", "a"), n_validation=2, n_test=3)
    found = import_images(source, on_progress=seen.append)
    dataset = imported.load(found)
    same = Dataset("faces", values, dataset.divisor, "image", labels, ("cat", "dog", "a"), official_test=3, official_validation=2)
    assert np.array_equal(dataset.values[:], values) and np.array_equal(dataset.labels, labels)
    assert (dataset.sha256, dataset.is_as_it_was()) == (same.sha256, True) and found.sha256 == replace(dataset, name="x").sha256
    assert (dataset.name, dataset.class_names, dataset.official_test, dataset.official_validation) == ("faces", same.class_names, 3, 2)
    assert dataset.extremes == same.extremes and dataset.divisor == (255.0 if kind == np.uint8 else 1.0)
    assert found.id == f"faces@{same.sha256[:8]}" == found.path.name and names(root) == [found.id]
    assert seen[-1] == 1 and seen == sorted(seen) and not found.was_there
    stand_in = found.placeholder()
    assert stand_in.values.shape == values.shape and stand_in.extremes == dataset.extremes and stand_in.official_validation == 2


def test_the_table_has_a_row_for_each_image_with_class_and_part(root: Path) -> None:
    columns = {"file": [f"{i}.png" for i in range(12)], "age": np.arange(12) / 2, "class": ["theirs"] * 12, "list": [[1]] * 12}
    found = import_images(labelled(n_validation=2, n_test=3, columns=columns))
    table = imported.table_of(found.sha256)
    assert table.column_names == ["file", "age", "class (2)", "class", "split"]
    assert table["class"].to_pylist() == ["cat", "dog", "a"] * 4 and table["age"].to_pylist()[3] == 1.5
    assert table["split"].to_pylist() == ["train"] * 7 + ["validation"] * 2 + ["test"] * 3
    assert imported.table_of("0" * 64) is None
    bare = imported.read_table(import_images(made("bare", values=pictures(seed=1))))
    assert bare.column_names == ["class", "split"] and bare["class"].null_count == 12


def test_no_folder_of_the_users_is_kept(root: Path) -> None:
    options = ImportOptions(labels="/somewhere/private/labels.csv", table=Path("/somewhere/private/table.csv"), size=(4, 3))
    found = import_images(labelled(options=options))
    assert b"private" not in (found.path / "dataset.json").read_bytes()
    assert (found.source, found.options["labels"], found.options["size"]) == ("faces.made", "labels.csv", [4, 3])


def test_the_same_images_again_are_found_and_not_copied(root: Path) -> None:
    first = import_images(labelled(), "one")
    stamp = os.stat(first.path / "images.npy")
    again = import_images(labelled(), "another")
    assert again.was_there and (again.id, again.table) == (first.id, "table.parquet") and names(root) == [first.id]
    richer = import_images(labelled(columns={"age": range(12)}), "one")
    assert richer.was_there and richer.id == first.id and imported.read_table(richer)["age"].to_pylist() == list(range(12))
    assert imported.find("one").table == richer.table and sorted(os.listdir(first.path)) == ["dataset.json", "images.npy", richer.table]
    assert os.stat(first.path / "images.npy").st_ino == stamp.st_ino
    other = import_images(labelled(values=pictures(seed=1)), "one")
    assert not other.was_there and other.id != first.id and names(root) == sorted([first.id, other.id])


def test_the_same_images_again_mend_a_damaged_set(root: Path) -> None:
    first = import_images(labelled())
    with open(first.path / "images.npy", "rb+") as file:
        file.seek(200)
        file.write(b"\0\1\2\3")
    os.utime(first.path / "images.npy", ns=(1, 1))
    again = import_images(labelled())
    assert not again.was_there and imported.load(again).is_as_it_was() and names(root) == [first.id]
    (first.path / "dataset.json").write_text("{}")
    assert not import_images(labelled()).was_there and names(root) == [first.id] and len(imported.listed()) == 1


def test_the_same_images_again_do_not_replace_a_set_of_a_newer_version(root: Path) -> None:
    first = import_images(labelled())
    newer = json.dumps({"format": 2, "what": "only a newer version knows"})
    (first.path / "dataset.json").write_text(newer)
    sentence = rf"^The imported data set {first.id} cannot be used \(it has format 2 and this version reads 1\); update Latent Lens\.$"
    for ask in (lambda: import_images(labelled()), lambda: imported.find(first.id)):
        with pytest.raises(UnusableFile, match=sentence):
            ask()
    assert [one.id for one in imported.survey()[1]] == [first.id] == names(root)
    assert (first.path / "dataset.json").read_text() == newer and (first.path / "images.npy").exists()


def test_a_set_that_was_copied_is_as_good(root: Path, tmp_path: Path) -> None:
    first = import_images(labelled())
    shutil.copytree(root, tmp_path / "copy")
    shutil.rmtree(root)
    (tmp_path / "copy").rename(root)
    os.utime(first.path / "images.npy", ns=(1, 1))
    assert imported.load(imported.find("faces")).sha256 == first.sha256 and import_images(labelled()).was_there


class Failing(Made):
    """A source that goes wrong in its second block."""

    def blocks(self) -> Iterator[Any]:
        yield self.values[:5]
        how = self.columns["how"]
        if isinstance(how, BaseException):
            raise how
        yield how


WRONG = {
    "interrupted": (KeyboardInterrupt(), KeyboardInterrupt, None),
    "changed": (ChangedFile("x.zip"), ChangedFile, r"^x\.zip was changed"),
    "full disk": (
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        UnusableFile,
        r"^The images of faces cannot be written to .* \(No space left on device\); make room",
    ),
    "too few": (pictures(3), ChangedFile, r"^faces\.made was changed"),
    "too many": (pictures(20), ChangedFile, r"^faces\.made was changed"),
    "other shape": (pictures(7, (3, 4)), ChangedFile, r"^faces\.made was changed"),
    "other type": (pictures(7).astype(np.float32), ChangedFile, r"^faces\.made was changed"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_goes_wrong_leaves_nothing(what: str, root: Path) -> None:
    how, error, sentence = WRONG[what]
    with pytest.raises(error, match=sentence):
        import_images(Failing(Path("faces.made"), "faces", columns={"how": how}))
    assert names(root) == []
    assert import_images(made()).count == 12


def test_what_turns_out_to_be_damaged_is_left_out(root: Path) -> None:
    class Shrinking(Made):
        """A source that finds a damaged image in its second block, and leaves it out from then on."""

        def blocks(self) -> Iterator[Any]:
            yield self.values[:5]
            if len(self.values) > 10:
                self.values = self.values[:-1]
                raise LeftOut("one less")
            yield self.values[5:]

    found = import_images(Shrinking(Path("faces.made"), "faces"))
    assert found.count == 10 and np.array_equal(imported.load(found).values[:], pictures()[:10]) and names(root) == [found.id]


def test_numbers_that_make_no_sense_are_refused(root: Path) -> None:
    values = pictures().astype(np.float32) / 255
    values[7, 1, 1] = np.nan
    for wrong in (values, values * 0 - 1, values * 0 + 2):
        with pytest.raises(UnusableFile, match=r"^faces cannot be imported \(it holds a number that makes no sense\)"):
            import_images(made(values=wrong.astype(np.float32)))
    with pytest.raises(UnusableFile, match="keeps all of its 12 images for validation and test"):
        import_images(made(n_validation=6, n_test=6))
    assert not root.exists() or names(root) == []


def test_too_little_room_is_said_before_anything_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 95, 5 * 2**20))
    with pytest.raises(UnusableFile, match=r"^These images need 17 MB and .* has 5 MB free; make room"):
        import_images(made())
    assert names(root) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableFile, match=r"^The images of faces cannot be written to .* make room or make it writable"):
        import_images(made(), folder=tmp_path / "file" / "data")


def test_leftovers_of_killed_imports_go_with_the_next_and_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "picture.png").write_text("mine")
    (root / ".import-dead").mkdir(parents=True)
    (root / ".import-dead" / "images.npy").write_bytes(bytes(100))
    (root / ".import-dead.lock").touch()
    (root / ".removed-half").mkdir()
    os.symlink(precious, root / ".import-link")
    (root / ".other").mkdir()
    with writer._new_folder(root) as alive:
        found = import_images(made())
        assert names(root) == sorted([alive.name, f"{alive.name}.lock", ".other", found.id])
    assert names(root) == [".other", found.id] and (precious / "picture.png").exists()


def test_names_are_such_as_every_system_takes() -> None:
    wanted = {
        "faces": "faces", "../../etc/passwd": "etc passwd", "a\0b\n\u202ec": "a b c", "x" * 300: "x" * 60, "猫" * 300: "猫" * 60,
        "": "images", "..": "images", "a@12345678": "a 12345678", "My faces, 2024 (old)": "My faces, 2024 (old)", "faces.npy": "faces",
        "e\u0301": "é", "<img src=x>": "img src=x", "a\udc80": "a udc80", ".hidden": "hidden",
    }  # fmt: skip
    assert {name: clean_name(name) for name in wanted} == wanted
    with pytest.raises(DataError, match="There is no imported data set nothing; import its images again"):
        imported.find("nothing")
