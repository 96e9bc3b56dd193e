"""What numbers in images are taken for, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from vae_core.data.errors import UnusableFile
from vae_core.data.image_files import load
from vae_core.importing.values import Extent, Treatment, treatment_of

LEVELS = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)


def treatment(images: np.ndarray) -> Treatment:
    extent = Extent(images.dtype)
    for start in range(0, len(images), 2):
        extent.add(images[start : start + 2])
    return treatment_of(extent, "faces.npy")


LOSSLESS = {
    "bytes": LEVELS,
    "whole numbers": LEVELS.astype(np.int64),
    "whole numbers as fractions": LEVELS.astype(np.float64),
    "big-endian": LEVELS.astype(">i4"),
    "255ths": (LEVELS / 255).astype(np.float32),
    "255ths in double precision": LEVELS / 255,
    "255ths from -1 to 1": LEVELS / 127.5 - 1,
    "255ths of float32 from -1 to 1": ((LEVELS / np.float32(255)) - np.float32(0.5)) / np.float32(0.5),
    "signed bytes": (LEVELS.astype(np.int16) - 128).astype(np.int8),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_what_is_bytes_in_another_form_becomes_these_bytes(kind: str) -> None:
    made = treatment(LOSSLESS[kind])
    assert made.apply(LOSSLESS[kind]).tobytes() == LEVELS.tobytes() and made.divisor == 255


def spread(low: float, high: float, dtype: type = np.float64) -> np.ndarray:
    return np.linspace(low, high, 128).reshape(2, 8, 8).astype(dtype)


# values -> what becomes black and white, the stored type
MEANINGS = [
    (np.eye(8, dtype=bool)[None], (0, 1), np.uint8),
    (np.eye(8, dtype=np.uint8)[None], (0, 1), np.uint8),
    (np.eye(8)[None], (0, 1), np.uint8),
    (spread(0, 16, np.uint8), (0, 16), np.uint8),
    (spread(0, 16, np.uint8).astype(float), (0, 16), np.uint8),
    (spread(0, 17, np.uint8), (0, 255), np.uint8),
    (spread(0, 0.9), (0, 1), np.float32),
    (spread(0, 1, np.float16), (0, 1), np.float32),
    (spread(-1, 1), (-1, 1), np.float32),
    (spread(-0.9, 0.7), (-1, 1), np.float32),
    (spread(0, 250.3), (0, 255), np.float32),
    (spread(0, 1000, np.uint16), (0, 1023), np.float32),
    (spread(0, 4095, np.uint16), (0, 4095), np.float32),
    (spread(0, 60000, np.uint16), (0, 65535), np.float32),
    (spread(0, 300, np.int64), (0, 300), np.float32),
    (spread(0, 90000, np.int64), (0, 90000), np.float32),
    (spread(-2.1, 2.6), (-2.1, 2.6), np.float32),
    (spread(-1000, 400, np.int32), (-1000, 400), np.float32),
    (spread(3.5, 7.5), (3.5, 7.5), np.float32),
]


@pytest.mark.parametrize(("images", "meaning", "dtype"), MEANINGS)
def test_black_and_white_are_recognised_and_said(images: np.ndarray, meaning: tuple[float, float], dtype: type) -> None:
    made = treatment(images)
    black, white = meaning
    assert (made.black, made.white, made.dtype) == (black, white, dtype)
    assert (
        images.dtype.name in made.said
        and f"{images.max():.6g}" in made.said
        and f"{white:.6g} white" in made.said.replace("is white", "white")
    )
    stored = made.apply(images)
    exact = (images.astype(np.float64) - black) / (white - black)
    assert stored.dtype == dtype and 0 <= stored.min() <= stored.max() <= made.divisor
    expected = np.rint(exact * 255).astype(np.uint8) if dtype == np.uint8 else exact.astype(np.float32)
    assert np.array_equal(stored, expected)


def test_white_of_bytes_is_that_of_a_file_used_as_it_is(tmp_path) -> None:
    """An array means the same whether it is imported or trained on from its file."""
    for most in (0, 1, 2, 16, 17, 100, 255):
        images = (LEVELS % np.int64(most + 1)).astype(np.uint8)
        np.save(tmp_path / f"up-to-{most}.npy", images)
        assert treatment(images).white in (load(str(tmp_path / f"up-to-{most}.npy"), is_noted=False).divisor, 1)


def test_dark_pictures_are_spoken_of() -> None:
    assert treatment(LEVELS // 4).said.endswith("255 is white. No pixel is brighter than 25 % of white.")
    assert treatment(np.full((2, 4, 4), 7.25)).said == "Every value is 7.25, so every image is one even area."
    assert not treatment(np.full((2, 4, 4), 7.25)).apply(np.full((1, 4, 4), 7.25)).any()


def test_images_that_hold_no_numbers_are_told_apart_and_do_not_count() -> None:
    images = np.stack([spread(0, 1)[0], np.full((8, 8), np.nan), spread(0, 0.5)[0]])
    images[2, 0, 0] = np.inf
    extent = Extent(images.dtype)
    assert extent.add(images).tolist() == [True, False, False] and (extent.low, extent.high) == (0, spread(0, 1)[0].max())
    with pytest.raises(UnusableFile, match=r"^faces\.npy holds NaN or infinity in every image; save finite numbers\.$"):
        treatment(images[1:])
    with pytest.raises(
        UnusableFile, match=r"^faces\.npy holds numbers from 0 to 1e\+300, which are no grey levels; save numbers from 0 to 255"
    ):
        treatment(spread(0, 1e300))
