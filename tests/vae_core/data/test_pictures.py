"""Arrays as PNG files, to the pixel."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from vae_core.data import pictures


def test_the_mosaic_puts_every_picture_in_its_place() -> None:
    images = np.arange(6).reshape(2, 3, 1, 1) / 5 * np.ones((1, 1, 4, 2))
    picture = pictures.tile(images)
    assert picture.shape == (8, 12), "cells are square, whatever the pictures are"
    assert picture[5, 4:8].tolist() == [0, round(4 / 5 * 255), round(4 / 5 * 255), 0]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pictures.png(picture)))), picture)
    assert pictures.tile(np.array([[[[-3.0, 9.0]]]])).tolist() == [[0, 255], [0, 0]]
