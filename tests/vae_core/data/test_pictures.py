"""Which data are pictures, and arrays as PNG files, to the pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from vae_core.data import pictures
from vae_core.data.pictures import ImageShape


def opened(png: bytes) -> np.ndarray:
    """Return what Pillow alone sees in a PNG file: (H, W) or (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize(
    ("event_shape", "channels"),
    [((8, 6), 1), ((1, 8, 6), 1), ((3, 8, 6), 3), ((2, 8, 6), None), ((8, 6, 3), None), ((5,), None), ((), None), ((3, 3, 8, 6), None)],
)
def test_grey_and_colour_are_pictures_and_nothing_else_is(event_shape: tuple[int, ...], channels: int | None) -> None:
    shape = ImageShape.of(event_shape)
    assert shape == (None if channels is None else ImageShape(channels, 8, 6))
    assert shape is None or shape.is_colour == (channels == 3)


def test_the_mosaic_puts_every_picture_in_its_place() -> None:
    images = np.arange(6).reshape(2, 3, 1, 1) / 5 * np.ones((1, 1, 4, 2))
    picture = pictures.mosaic_of(images)
    assert picture.shape == (8, 12), "cells are square, whatever the pictures are"
    assert picture[5, 4:8].tolist() == [0, round(4 / 5 * 255), round(4 / 5 * 255), 0]
    assert np.array_equal(opened(pictures.png(picture)), picture)
    assert pictures.mosaic_of(np.array([[[[-3.0, 9.0]]]])).tolist() == [[0, 255], [0, 0]]


def test_colours_keep_their_channels_through_mosaic_and_png() -> None:
    images = np.random.default_rng(0).random((2, 4, 3, 5, 4))
    mosaic = pictures.mosaic_of(images)
    assert mosaic.shape == (3, 10, 20)
    for channel in range(3):
        np.testing.assert_array_equal(mosaic[channel], pictures.mosaic_of(images[:, :, channel]))
    for changed in (mosaic, pictures.enlarge(mosaic, 50), pictures.shrink(mosaic, 2)):
        png = pictures.png(changed)
        np.testing.assert_array_equal(opened(png), np.moveaxis(changed, 0, -1))
        np.testing.assert_array_equal(pictures.pixels_of(png), changed)


def test_a_picture_is_enlarged_in_whole_steps_and_keeps_its_values() -> None:
    grey = pictures.to_pixels(np.array([[0.0, 0.5], [1.0, 2.0]]))
    large = opened(pictures.png(pictures.enlarge(grey, 7), is_packed=False))
    assert large.shape == (8, 8)
    np.testing.assert_array_equal(large[::4, ::4], [[0, 128], [255, 255]])
    np.testing.assert_array_equal(pictures.pixels_of(pictures.png(np.array([[3, 250]], np.uint8))), [[3, 250]])


def test_sixteen_greys_take_half_a_byte_a_pixel_and_are_the_same() -> None:
    grey = (17 * np.random.default_rng(0).integers(0, 16, (40, 30))).astype(np.uint8)
    small = pictures.png(grey, greys=16)
    assert Image.open(io.BytesIO(small)).mode == "P" and small[24] == 4, "bits a pixel, as the header says"
    np.testing.assert_array_equal(pictures.pixels_of(small), grey)
