"""From files on the disk to a data set that is loaded by name: pixels, classes and columns arrive as they were."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.vae_core.importing.sources import pictures
from vae_core.data import imported, sources
from vae_core.importing.registry import open_source
from vae_core.importing.source import ImportOptions
from vae_core.importing.writer import import_images

GREY, COLOUR = pictures(12, (6, 5)), pictures(12, (6, 5, 3))


def folder(root: Path, values: np.ndarray) -> Path:
    for number, value in enumerate(values):
        place = root / "faces" / ("cat", "dog")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(value).save(place / f"{number:02d}.png")
    return root / "faces"


def in_a_folder(root: Path) -> Path:
    return folder(root, GREY)


def in_a_zip(root: Path) -> Path:
    place = folder(root, GREY)
    with zipfile.ZipFile(root / "faces.zip", "w") as archive:
        for file in sorted(place.rglob("*.png")):
            archive.write(file, file.relative_to(place))
    return root / "faces.zip"


def in_npz(root: Path) -> Path:
    np.savez(root / "faces.npz", images=GREY, labels=np.array(["cat", "dog"] * 6))
    return root / "faces.npz"


def in_csv(root: Path) -> Path:
    head = "label," + ",".join(f"pixel{number}" for number in range(30))
    lines = [f"{('cat', 'dog')[number % 2]},{','.join(map(str, value.reshape(-1)))}" for number, value in enumerate(GREY)]
    (root / "faces.csv").write_text("\n".join([head, *lines]))
    return root / "faces.csv"


@pytest.mark.parametrize("made", [in_a_folder, in_a_zip, in_npz, in_csv])
def test_images_of_every_kind_arrive_as_they_were(made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    source = open_source(made(tmp_path), ImportOptions(size=(6, 5) if made is in_csv else None))
    assert import_images(source).name == "faces"
    source.close()
    dataset = sources.load("faces")
    names = np.array(dataset.class_names)[dataset.labels].tolist()
    found = sorted(zip(names, map(bytes, dataset.values[:]), strict=True))
    assert found == sorted((("cat", "dog")[number % 2], bytes(value)) for number, value in enumerate(GREY))


def test_a_folder_in_colour_brings_its_table(tmp_path: Path) -> None:
    place = folder(tmp_path, COLOUR)
    (tmp_path / "t.csv").write_text("file,mood\n" + "\n".join(f"{number:02d},m{number}" for number in range(12)))
    source = open_source(place, ImportOptions(table=tmp_path / "t.csv"))
    found = import_images(source, folder=tmp_path / "data")
    source.close()
    table, values = imported.read_table(found), imported.load(found).values[:]
    assert found.event_shape == (3, 6, 5)
    for row, (file, mood, called) in enumerate(zip(*(table[name].to_pylist() for name in ("file", "mood", "class")), strict=True)):
        number = int(Path(file).stem)
        assert mood == f"m{number}" and called == ("cat", "dog")[number % 2]
        assert np.array_equal(np.moveaxis(values[row], 0, -1), COLOUR[number])
