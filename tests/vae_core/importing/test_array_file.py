"""Images in .npy and .npz files: every layout comes out as it was put in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.importing.opening import classes, everything, opened
from vae_core.data.errors import ChangedFile, UnusableFile
from vae_core.importing import stacks

GREY = np.random.default_rng(1).integers(0, 256, (12, 6, 5), np.uint8)
COLOUR = np.random.default_rng(2).integers(0, 256, (12, 3, 6, 5), np.uint8)
GREY[0, 0, 0] = COLOUR[0, 0, 0, 0] = 255
SQUARE = np.random.default_rng(3).integers(0, 256, (12, 6, 6), np.uint8)

# how it is stored -> what is imported
LAYOUTS = [
    (GREY, GREY),
    (GREY[..., None], GREY),
    (GREY[:, None], GREY),
    (COLOUR, COLOUR),
    (np.moveaxis(COLOUR, 1, -1), COLOUR),
    (np.asfortranarray(GREY), GREY),
    (np.asfortranarray(np.moveaxis(COLOUR, 1, -1)), COLOUR),
    (GREY.astype(">u2"), GREY),
    ((GREY / 255).astype(">f4"), GREY),
    (SQUARE.reshape(12, 36), SQUARE),
]


@pytest.mark.parametrize("packing", ["npy", "npz", "compressed"])
@pytest.mark.parametrize(("stored", "images"), LAYOUTS)
def test_every_layout_comes_out_as_the_images_are(stored: np.ndarray, images: np.ndarray, packing: str, tmp_path: Path) -> None:
    path = tmp_path / ("faces.npy" if packing == "npy" else "faces.npz")
    if packing == "npy":
        np.save(path, stored)
    else:
        (np.savez if packing == "npz" else np.savez_compressed)(path, images=stored)
    survey, found = everything(opened(path))
    assert np.array_equal(found, images) and survey.divisor == 255
    assert survey.kind == path.suffix[1:] and survey.sizes == {images.shape[-2:]: 12} and survey.range == (stored.min(), stored.max())


def test_large_arrays_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "BLOCK", 100)
    monkeypatch.setattr(stacks, "HELD", 100)
    for number, array in enumerate((GREY, np.asfortranarray(GREY))):
        np.save(tmp_path / f"{number}.npy", array)
        assert np.array_equal(everything(opened(tmp_path / f"{number}.npy"))[1], GREY)
    np.savez_compressed(tmp_path / "2.npz", GREY)
    assert np.array_equal(everything(opened(tmp_path / "2.npz"))[1], GREY)


def test_rows_of_pixels_have_the_size_that_is_asked_for_or_are_square(tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", GREY.reshape(12, 30))
    survey, found = everything(opened(tmp_path / "rows.npy", size=(6, 5)))
    assert np.array_equal(found, GREY) and "Each row of 30 numbers is an image of 6x5." in survey.said
    np.save(tmp_path / "planes.npy", COLOUR.reshape(12, 90))
    assert np.array_equal(everything(opened(tmp_path / "planes.npy", size=(6, 5)))[1], COLOUR)
    np.save(tmp_path / "square.npy", SQUARE.reshape(12, 36))
    survey, found = everything(opened(tmp_path / "square.npy", size=(12, 12)))
    assert survey.shape == (12, 12) and survey.sizes == {(6, 6): 12}
    with pytest.raises(
        UnusableFile, match=r"^rows\.npy has the shape \(12, 30\): one picture, or rows of 30 pixels, which make no square;"
    ):
        opened(tmp_path / "rows.npy").survey()


def test_size_fit_colour_and_inversion_are_those_of_all_sources(tmp_path: Path) -> None:
    np.save(tmp_path / "faces.npy", COLOUR)
    survey, found = everything(opened(tmp_path / "faces.npy", colour="grey", is_inverted=True))
    weights = np.array([0.299, 0.587, 0.114])[:, None, None]
    assert survey.shape == (6, 5) and np.abs((255 - found.astype(float)) - (COLOUR * weights).sum(1)).max() < 1
    np.save(tmp_path / "grey.npy", GREY)
    assert everything(opened(tmp_path / "grey.npy", colour="rgb", size=(8, 8), fit="stretch"))[0].shape == (3, 8, 8)


@pytest.mark.parametrize(("colours", "ground"), [(COLOUR, 255), (COLOUR // 8 + 220, 0)])
def test_what_is_transparent_becomes_white_or_black_behind_bright_things(colours: np.ndarray, ground: int, tmp_path: Path) -> None:
    pictures = np.concatenate((colours, np.zeros((12, 1, 6, 5), np.uint8)), 1)
    pictures[:, 3, :3] = 255
    for name, stored in (("icons.npy", pictures), ("fractions.npy", pictures / 255)):
        np.save(tmp_path / name, np.moveaxis(stored, 1, -1))
        survey, found = everything(opened(tmp_path / name))
        assert np.array_equal(found[:, :, :3], colours[:, :, :3]) and (found[:, :, 3:] == ground).all()
        assert any(said.startswith("The fourth channel is opacity; what is transparent becomes") for said in survey.said)


def test_grey_images_that_are_stored_in_colour_are_grey(tmp_path: Path) -> None:
    for number, stored in enumerate((np.repeat(GREY[..., None], 3, -1), np.repeat(GREY[:, None] / 255, 3, 1))):
        np.save(tmp_path / f"{number}.npy", stored)
        survey, found = everything(opened(tmp_path / f"{number}.npy"))
        assert np.array_equal(found, GREY) and "All images are grey, though they are stored in colour." in survey.said
    assert opened(tmp_path / "0.npy", colour="rgb").survey().shape == (3, 6, 5)


def test_images_with_nan_are_left_out_with_their_labels(tmp_path: Path) -> None:
    images = (GREY / 255).astype(np.float32)
    images[3, 0, 0], images[7] = np.nan, np.inf
    np.savez(tmp_path / "faces.npz", x=images, y=np.arange(12) % 3, age=np.arange(12) * 1.5)
    source = opened(tmp_path / "faces.npz")
    survey, found = everything(source)
    good = [row for row in range(12) if row not in (3, 7)]
    assert np.array_equal(found, GREY[good]) and survey.labels is not None
    assert survey.labels.tolist() == [row % 3 for row in good] and source.table()["age"].to_pylist() == [1.5 * row for row in good]
    assert source.table()["row"].to_pylist() == good
    assert survey.n_left_out == 2 and survey.left_out[0] == ("faces.npz (x) [3]", "it holds NaN or infinity")


def test_an_official_split_is_kept_as_medmnist_and_keras_write_it(tmp_path: Path) -> None:
    parts = {"train_images": GREY[:6], "val_images": GREY[6:9], "test_images": GREY[9:]}
    labels = {f"{name.partition('_')[0]}_labels": np.arange(len(images))[:, None] % 2 for name, images in parts.items()}
    np.savez_compressed(tmp_path / "medmnist.npz", **parts, **labels)
    survey, found = everything(opened(tmp_path / "medmnist.npz"))
    assert np.array_equal(found, GREY) and (survey.n_validation, survey.n_test) == (3, 3)
    assert classes(survey) == ["0", "1", "0", "1", "0", "1", "0", "1", "0", "0", "1", "0"]
    assert "The source splits its images itself: 6 train, 3 validate, 3 test." in survey.said
    np.savez(tmp_path / "mnist.npz", x_test=GREY[8:], x_train=GREY[:8], y_train=np.arange(8) % 2)
    survey, found = everything(opened(tmp_path / "mnist.npz"))
    assert np.array_equal(found, GREY) and survey.n_test == 4 and classes(survey) == ["0", "1"] * 4 + ["?"] * 4


@pytest.mark.parametrize(
    ("arrays", "images", "labels"),
    [
        ({"arr_0": GREY, "arr_1": np.arange(12) % 2}, GREY, "arr_1"),
        ({"arr_0": np.arange(12) % 2, "arr_1": GREY}, GREY, "arr_0"),
        ({"data": SQUARE.reshape(12, 36), "images": SQUARE, "target": np.arange(12) % 2}, SQUARE, "target"),
        ({"voxels": GREY, "labels": np.eye(2)[np.arange(12) % 2]}, GREY, "labels"),
        ({"test_images": GREY, "test_labels": np.arange(12) % 2}, GREY, "test_labels"),
    ],
)
def test_arrays_are_told_apart_by_names_and_shapes(arrays: dict, images: np.ndarray, labels: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", **arrays)
    survey, found = everything(opened(tmp_path / "set.npz"))
    assert np.array_equal(found, images) and classes(survey) == ["0", "1"] * 6 and survey.n_test == 0
    assert any(f"labels from {labels}." in said for said in survey.said)


def test_other_arrays_of_an_archive_are_columns_and_objects_are_left_alone(tmp_path: Path) -> None:
    """As dSprites has it: factors of each image, and something pickled that is never touched."""
    factors = np.arange(36.0).reshape(12, 3)
    np.savez(
        tmp_path / "sprites.npz",
        allow_pickle=True,
        imgs=GREY,
        latents_values=factors,
        metadata=np.array({"a": 1}),
        name=np.array(["é"] * 12),
    )
    table = opened(tmp_path / "sprites.npz").table()
    assert table.column_names == ["row", "latents_values_0", "latents_values_1", "latents_values_2", "name"]
    assert table["latents_values_1"].to_pylist() == factors[:, 1].tolist() and table["name"].to_pylist() == ["é"] * 12
    source = opened(tmp_path / "sprites.npz", labels="name")
    assert source.survey().class_names == ("é",) and "name" not in source.table().column_names


def test_what_is_too_large_for_the_side_table_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.importing.array_file.MAX_TABLE", 200)
    np.savez(tmp_path / "sprites.npz", images=GREY, large=np.zeros((12, 16)), small=np.arange(12))
    source = opened(tmp_path / "sprites.npz")
    assert "Arrays too large for the side table are left out: large." in source.survey().said
    assert source.table().column_names == ["row", "small"]


def test_labels_lie_beside_or_where_they_are_said_to_be(tmp_path: Path) -> None:
    np.save(tmp_path / "faces.npy", GREY)
    assert opened(tmp_path / "faces.npy").survey().labels is None
    np.save(tmp_path / "faces-labels.npy", np.array(["a", "b", ""] * 4))
    assert classes(opened(tmp_path / "faces.npy").survey()) == ["a", "b", "?"] * 4
    (tmp_path / "other.csv").write_text("file;class\n" + "".join(f"{row}.png;Größe {row % 2}\n" for row in range(12)))
    for place in ("other.csv", str(tmp_path / "other.csv")):
        assert classes(opened(tmp_path / "faces.npy", labels=place).survey()) == ["Größe 0", "Größe 1"] * 6
    (tmp_path / "plain.txt").write_text("".join(f"{row % 2}\n" for row in range(12)))
    assert classes(opened(tmp_path / "faces.npy", labels="plain.txt").survey()) == ["0", "1"] * 6
    (tmp_path / "plain.txt").write_text("kind\n" + "".join(f"{row % 2}\n" for row in range(12)))
    assert classes(opened(tmp_path / "faces.npy", labels="plain.txt").survey()) == ["0", "1"] * 6


SAVE = {"faces.npy": np.save, "faces.npz": np.savez_compressed, "faces.csv": lambda path, rows: np.savetxt(path, rows, "%d", ",")}


@pytest.mark.parametrize("name", SAVE)
@pytest.mark.parametrize("is_removed", [False, True])
def test_a_file_that_changes_is_noticed(name: str, is_removed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "HELD", 100)
    SAVE[name](tmp_path / name, SQUARE.reshape(12, 36))  # type: ignore[operator]
    source = opened(tmp_path / name)
    source.survey()
    if is_removed:
        (tmp_path / name).unlink()
        if name == "faces.npy":  # which stays open
            assert np.array_equal(source.read(np.arange(12)), SQUARE)
            return
    else:
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-40])
    for look in (lambda: source.read(np.arange(3)), lambda: list(source.blocks())):
        with pytest.raises(ChangedFile, match=rf"^{name} was changed while it was being read"):
            look()


def test_a_stored_member_begins_where_its_own_head_ends(tmp_path: Path) -> None:
    """Archives that were made by hand have other local heads than NumPy's."""
    np.save(tmp_path / "x.npy", GREY)
    with zipfile.ZipFile(tmp_path / "made.npz", "w") as archive:
        archive.writestr("readme.txt", "not an array")
        archive.write(tmp_path / "x.npy", "images.npy")
    assert np.array_equal(everything(opened(tmp_path / "made.npz"))[1], GREY)
