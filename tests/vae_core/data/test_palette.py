"""The colours that pictures are made of."""

from __future__ import annotations

import numpy as np
import pytest

from vae_core.data.palette import palette
from vae_core.data.synthetic import colour_glyphs

PAPER, INKS = [20, 30, 40], [[200, 10, 10], [10, 200, 10], [240, 240, 240]]


def test_the_colours_of_flat_pictures_are_found_with_the_paper_first() -> None:
    pictures = np.empty((30, 3, 12, 16), np.uint8)
    pictures[:] = np.array(PAPER)[:, None, None]
    for n, picture in enumerate(pictures):
        picture[:, 4:8, 3:9] = np.array(INKS[n % 3])[:, None, None]
    found = palette(pictures)
    assert found.dtype == np.uint8 and found[0].tolist() == PAPER
    assert sorted(found[1:].tolist()) == sorted(INKS)
    assert np.array_equal(found, palette(pictures)) and np.array_equal(palette(pictures, 2)[0], PAPER)


@pytest.mark.parametrize("level", [0, 255])
def test_pictures_of_one_colour_have_one(level: int) -> None:
    assert palette(np.full((4, 3, 8, 8), level, np.uint8)).tolist() == [[level] * 3]


def test_letters_of_all_hues_give_hues_from_all_around() -> None:
    found = palette(np.asarray(colour_glyphs().values[:400]))
    assert found[0].tolist() == [0, 0, 0] and len(found) == 10
    bright = found[found.max(1) > 150].astype(int)
    assert len(bright) >= 6 and {int(one.argmax()) for one in bright} == {0, 1, 2}
