"""What others make of the same pixels: real sizes of real files."""

import gzip
import io

import numpy as np
import pytest
from PIL import Image

from vae_core.evaluation.lossless_codecs import _sheet, bits_of_codecs, bits_of_independent_pixels


def test_a_sheet_holds_every_pixel_of_every_picture():
    pixels = np.random.default_rng(0).integers(0, 17, (7, 5, 3)).astype(np.uint8)
    sheet = np.asarray(_sheet(pixels, 17))
    across = sheet.shape[1] // 3
    for n, picture in enumerate(pixels):
        row, column = divmod(n, across)
        assert np.array_equal(sheet[5 * row : 5 * row + 5, 3 * column : 3 * column + 3], picture)


def test_colours_stay_in_their_channels_and_black_and_white_takes_a_bit():
    colours = np.random.default_rng(0).integers(0, 256, (1, 3, 4, 6)).astype(np.uint8)
    assert np.array_equal(np.asarray(_sheet(colours, 256)), colours[0].transpose(1, 2, 0))
    assert _sheet(np.eye(4, dtype=np.uint8)[None], 2).mode == "1"
    assert _sheet(np.zeros((1, 2, 4, 4), np.uint8), 256) is None and "PNG" not in bits_of_codecs(np.zeros((1, 2, 4, 4), np.uint8), 256)


def test_noise_takes_a_bit_a_pixel_and_a_head():
    pixels = np.random.default_rng(0).integers(0, 2, (200, 16, 16)).astype(np.uint8)
    bits = bits_of_codecs(pixels, 2)
    assert set(bits) == {"gzip", "bzip2", "xz", "PNG", "WebP"} and all(256 <= value < 256 * 1.3 for value in bits.values())
    assert bits["gzip"] == 8 * len(gzip.compress(np.packbits(pixels).tobytes(), 9, mtime=0)) / 200


def test_a_picture_format_gives_back_what_it_was_given():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4)).astype(np.uint8)
    content = io.BytesIO()
    _sheet(pixels, 256).convert("RGB").save(content, "WEBP", lossless=True, quality=100, method=6)
    assert np.array_equal(np.asarray(Image.open(content))[..., 0], np.asarray(_sheet(pixels, 256)))


def test_independent_pixels_cost_their_entropy():
    train = np.array([[[0, 1]], [[0, 0]], [[0, 1]]], np.uint8)  # with half a count each: 3.5 of 4, and 1.5 to 2.5 of 4
    expected = -np.log2(3.5 / 4) - np.log2(1.5 / 4)
    assert bits_of_independent_pixels(train, np.array([[[0, 0]]], np.uint8), 2) == pytest.approx(expected)
