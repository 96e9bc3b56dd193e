"""How pixels are treated: grey, by a threshold, by chance; and chance that a row keeps for ever."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.config import PIXELS
from vae_core.data import sources
from vae_core.data.binarisation import binarise, is_ink_dark, static_uniforms


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
def test_prepare_treats_pixels_as_named(make, kind):
    values = make(np.array([[0, 4, 7, 8, 16]], kind))
    uniforms = make(np.array([[0.0, 0.25, 0.4374, 0.9, 0.99999994]], np.float32))
    expected = {
        "grey": [[0, 0.25, 0.4375, 0.5, 1]],
        "thresholded": [[0, 0, 0, 1, 1]],
        "static": [[0, 0, 1, 0, 1]],
        "dynamic": [[0, 0, 1, 0, 1]],
    }
    assert set(expected) == set(PIXELS)
    for pixels, answer in expected.items():
        got = binarise(values, 16.0, pixels, uniforms)
        assert type(got) is type(values) and str(got.dtype).endswith("float32")
        assert got.tolist() == answer
    assert binarise(values, 16.0, "grey").tolist() == expected["grey"]  # no uniforms needed
    assert values.tolist() == [[0, 4, 7, 8, 16]]  # the input is left alone


def test_prepare_refuses_what_it_cannot_do():
    values = np.zeros((2, 3), np.uint8)
    with pytest.raises(ValueError, match="'sepia'; choose one of grey, thresholded, static, dynamic"):
        binarise(values, 255.0, "sepia")
    for uniforms in (None, np.zeros(3), np.zeros((2, 1))):
        with pytest.raises(ValueError, match=r"needs uniforms of the shape of the values, \(2, 3\)"):
            binarise(values, 255.0, "static", uniforms)


def test_frequency_of_ones_is_the_grey_value():
    rows = np.arange(20_000)
    values = np.broadcast_to(np.arange(17, dtype=np.uint8), (20_000, 17))
    share = binarise(values, 16.0, "static", static_uniforms(rows, (17,), 0)).mean(0)
    grey = np.arange(17) / 16
    assert np.all(np.abs(share - grey) <= 4.5 * np.sqrt(grey * (1 - grey) / 20_000))  # exact at 0 and 1


@given(
    rows=st.lists(st.integers(0, 2999), max_size=40),
    shape=st.sampled_from([(1,), (8, 8), (3, 3), (28, 28), ()]),
    seed=st.integers(0, 2**70),
)
@settings(max_examples=60)
def test_a_row_has_the_same_uniforms_in_any_subset(rows, shape, seed):
    got = static_uniforms(np.array(rows, np.int64), shape, seed)
    assert got.shape == (len(rows), *shape) and got.dtype == np.float32
    for i, row in enumerate(rows):
        assert np.array_equal(got[i], static_uniforms(np.array([row]), shape, seed)[0])


def test_uniforms_across_blocks_are_those_of_one_row_alone():
    everything = static_uniforms(np.arange(3000), (5, 5), 3)
    shuffled = np.random.default_rng(0).permutation(3000)
    assert np.array_equal(static_uniforms(shuffled, (5, 5), 3), everything[shuffled])


def test_uniforms_are_uniform_and_independent_of_row_and_seed():
    draws = [static_uniforms(np.arange(1500), (28, 28), seed) for seed in (0, 1)]
    for draw in draws:
        assert draw.min() >= 0 and draw.max() < 1
        counts = np.histogram(draw, 64, (0, 1))[0]
        expected = draw.size / 64
        assert ((counts - expected) ** 2 / expected).sum() < 63 + 6 * math.sqrt(2 * 63)  # chi-square, 63 degrees of freedom
    limit = 5 / math.sqrt(draws[0].size)
    flat = draws[0].ravel()
    for other in (draws[1].ravel(), np.roll(flat, 1), np.roll(flat, 784)):
        assert abs(np.corrcoef(flat, other)[0, 1]) < limit


def test_uniforms_never_change():
    """Stored runs name a seed: these numbers, straight from the generator's 64-bit words, must stay."""
    words = np.random.Philox(7).random_raw(8)
    halves = np.stack((words & 0xFFFFFFFF, words >> 32), 1).ravel()
    assert static_uniforms(np.array([1]), (6,), 7)[0].tolist() == ((halves[8:14] >> 8) / 2**24).tolist()
    digest = hashlib.sha256(static_uniforms(np.arange(3), (8, 8), 0).astype("<f4").tobytes()).hexdigest()
    assert digest == "2be5d5783497a961a467aef0bac7e8fc13e973777f0cf1a46128f841c330fee3"


@pytest.mark.parametrize("name", ["digits", "glyphs", "mnist", "fashion-mnist"])
def test_the_edge_tells_ink_from_paper(name):
    if not sources.is_available(name):
        pytest.skip(f"{name} is not on this computer")
    dataset = sources.load(name)
    for pictures in (dataset.values[:1000], dataset.values[-300:], dataset.values.mean(0)[None]):
        assert not is_ink_dark(pictures) and is_ink_dark(dataset.divisor - pictures.astype(np.float32))


def test_pictures_without_ink_or_without_an_inside_are_light_on_dark():
    for shape in ((5, 8, 8), (5, 1, 8), (5, 2, 2)):
        for value in (0, 255):
            assert not is_ink_dark(np.full(shape, value, np.uint8))
    frame = np.ones((2, 28, 3), np.uint8)
    frame[:, 1:-1, 1] = 0
    assert is_ink_dark(frame) and not is_ink_dark(1 - frame)
    assert not is_ink_dark(frame[:, None].repeat(3, 1)), "colours are no ink"
