"""The idx files of MNIST: what was written is read, and damage is refused in one sentence."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from vae_core.data.errors import UnusableFile
from vae_core.data.mnist import gunzip, parse_idx


def written(array: np.ndarray) -> bytes:
    """Write an idx file with struct alone, so that the reader is not checked against itself."""
    return bytes((0, 0, 8, array.ndim)) + b"".join(struct.pack(">I", n) for n in array.shape) + array.astype(np.uint8).tobytes()


shapes = {1: array_shapes(min_dims=1, max_dims=1, max_side=30), 3: array_shapes(min_dims=3, max_dims=3, max_side=6)}
idx_arrays = st.sampled_from([1, 3]).flatmap(lambda d: arrays(np.uint8, shapes[d]))


@given(array=idx_arrays)
@settings(max_examples=60, deadline=None)
def test_idx_round_trip(array):
    raw = written(array)
    got = parse_idx(gunzip(gzip.compress(raw), "x.gz", len(raw)), "x.gz", array.ndim)
    assert got.dtype == np.uint8 and np.array_equal(got, array)


@given(array=idx_arrays, data=st.data())
@settings(max_examples=200, deadline=None)
def test_any_truncation_addition_or_flipped_header_byte_is_refused(array, data):
    raw = written(array)
    place = data.draw(st.integers(0, 3 + 4 * array.ndim))
    flipped = bytearray(raw)
    flipped[place] ^= data.draw(st.integers(1, 255))
    for damaged in (raw[: data.draw(st.integers(0, len(raw) - 1))], raw + b"\0", bytes(flipped), written(array[:0])):
        with pytest.raises(UnusableFile, match=r"^x\.gz .*; replace it by .*\.$"):
            parse_idx(damaged, "x.gz", array.ndim)


@given(array=idx_arrays, data=st.data())
@settings(max_examples=100, deadline=None)
def test_damaged_gzip_is_refused_or_the_same_bytes(array, data):
    raw = written(array)
    packed = bytearray(gzip.compress(raw, mtime=0))
    with pytest.raises(UnusableFile, match=r"not a whole gzip file|not an idx file"):
        cut = data.draw(st.integers(0, len(packed) - 1))
        parse_idx(gunzip(bytes(packed[:cut]), "x.gz", 1000), "x.gz", array.ndim)
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert gunzip(bytes(packed), "x.gz", 1000) == raw  # a flip in the time stamp or the like does no harm
    except UnusableFile as error:
        assert "x.gz" in str(error)


def test_a_gzip_bomb_is_refused_before_it_fills_the_memory():
    import tracemalloc

    bomb = gzip.compress(bytes(200_000_000), 9)
    tracemalloc.start()
    with pytest.raises(UnusableFile, match="unpacks to more than the 1000 bytes"):
        gunzip(bomb, "bomb.gz", 1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
