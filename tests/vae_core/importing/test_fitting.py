"""Size, shape and colour of images, compared with Pillow and with pictures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from vae_core.data.errors import UnusableFile
from vae_core.importing.fitting import LARGEST, Target, fit, fit_all, inverted, size_for, suit, with_colour, without_colour
from vae_core.importing.source import ImportOptions

RANDOM = np.random.default_rng(0)


def target(height: int, width: int, **how: object) -> Target:
    return Target(**{"height": height, "width": width, "is_colour": False, **how})


# ---- which size


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({(28, 20): 5}, (28, 20)),
        ({(128, 96): 5}, (128, 96)),
        ({(129, 129): 5}, (64, 64)),
        ({(480, 640): 5}, (48, 64)),
        ({(30, 30): 8, (400, 400): 7}, (30, 30)),  # the size of most
        ({(300, 400): 5, (400, 300): 5}, (64, 64)),  # some lie and some stand
        ({(300, 400): 9, (400, 300): 5}, (64, 64)),
        ({(300, 400): 9, (400, 300): 2}, (48, 64)),
        ({(100, 100): 1, (100, 101): 1}, (64, 64)),
        ({(1, 10000): 3}, (1, 64)),
        ({(1, 1): 3}, (1, 1)),
    ],
)
def test_the_size_that_suits(sizes: dict[tuple[int, int], int], expected: tuple[int, int]) -> None:
    assert size_for(sizes) == expected


def test_what_is_done_is_said() -> None:
    def said(sizes, has_colour=False, has_grey=True, **options):
        return [str(one) for one in suit(sizes, ImportOptions(**options), has_colour=has_colour, has_grey=has_grey)[1]]

    assert said({(28, 20): 3}) == []
    assert said({(480, 640): 3}) == [
        "All images are 480x640 (height x width) and become 48x64, which trains faster; give a size to have another."
    ]
    (two,) = said({(10, 10): 3, (30, 20): 3}, size=(20, 20), fit="crop")
    assert (
        two
        == "The images have 2 sizes, from 10x10 to 30x20 (height x width); all become 20x20, cut around the middle where the shape differs."
    )
    assert said({(8, 8): 1}, has_colour=True) == ["Some images are grey and get three equal channels, as others have colour."]
    assert said({(8, 8): 1}, has_colour=True, has_grey=False) == []
    assert said({(8, 8): 1}, colour="rgb", is_inverted=True) == [
        "The images are grey and get three equal channels.",
        "Light and dark are exchanged.",
    ]
    assert said({(8, 8): 1}, has_colour=True, colour="grey") == ["Colours become grey levels: 0.299 red + 0.587 green + 0.114 blue."]


@pytest.mark.parametrize("size", [(0, 4), (4, LARGEST + 1), (-1, 2)])
def test_a_size_that_is_none_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(UnusableFile, match="give a height and a width from 1"):
        suit({(8, 8): 1}, ImportOptions(size=size), has_colour=False)


# ---- colour


def test_grey_is_pillows_to_the_last_bit() -> None:
    colours = RANDOM.integers(0, 256, (4, 3, 9, 7), np.uint8)
    pillow = [np.asarray(Image.fromarray(np.moveaxis(one, 0, -1).copy()).convert("L")) for one in colours]
    assert np.array_equal(without_colour(colours), np.stack(pillow))
    floats = colours.astype(np.float32) / 255
    assert without_colour(floats).dtype == np.float32
    assert np.abs(without_colour(floats) * 255 - pillow).max() < 1.01 / 2 + 1e-2


def test_three_channels_of_one() -> None:
    grey = RANDOM.integers(0, 256, (4, 9, 7), np.uint8)
    colour = with_colour(grey)
    assert colour.shape == (4, 3, 9, 7) and np.array_equal(without_colour(colour), grey) and with_colour(colour) is colour


def test_light_and_dark() -> None:
    assert inverted(np.array([0, 1, 255], np.uint8)).tolist() == [255, 254, 0]
    floats = inverted(np.array([0, 0.25, 1], np.float32))
    assert floats.dtype == np.float32 and floats.tolist() == [1, 0.75, 0]


# ---- shape


def test_arrays_of_the_right_size_stay_as_they_are() -> None:
    values = RANDOM.integers(0, 256, (3, 6, 5), np.uint8)
    assert fit_all(values, target(6, 5)) is values
    assert np.array_equal(fit_all(values, target(6, 5, is_inverted=True)), 255 - values)
    assert fit_all(values, target(6, 5, is_colour=True)).shape == (3, 3, 6, 5)


@pytest.mark.parametrize("how", ["pad", "crop", "stretch"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("is_colour", [False, True])
@pytest.mark.parametrize("size", [(3, 50), (50, 3), (1, 1), (7, 9), (200, 10)])
def test_every_image_gets_shape_and_range(size: tuple[int, int], is_colour: bool, dtype: type, how: str) -> None:
    whole = RANDOM.integers(0, 2, (2, *([3] if is_colour else []), *size))
    values = (whole * (255 if dtype == np.uint8 else 1)).astype(dtype)
    for goal in (target(8, 6, fit=how, is_colour=is_colour), target(8, 6, fit=how, is_colour=not is_colour)):
        fitted = fit_all(values, goal)
        assert fitted.shape == (2, *goal.shape) and fitted.dtype == dtype
        assert fitted.min() >= 0 and fitted.max() <= (255 if dtype == np.uint8 else 1)


def test_a_margin_continues_the_edge_that_it_lies_at() -> None:
    paper = np.full((10, 20), 250, np.uint8)
    paper[3:7, 5:15] = 10
    paper[:, 0] = 0  # an edge without a margin has no say
    fitted = fit(Image.fromarray(paper), target(20, 20))
    assert (fitted[:5] == 250).all() and (fitted[15:] == 250).all() and np.array_equal(fitted[5:15], paper)
    upright = fit(Image.fromarray(paper.T.copy()), target(20, 20))
    assert np.array_equal(upright, fitted.T)


def test_the_middle_is_kept_where_the_rest_is_cut() -> None:
    wide = np.zeros((10, 30), np.uint8)
    wide[:, 10:20] = 200
    assert (fit(Image.fromarray(wide), target(10, 10, fit="crop")) == 200).all()
    photo = Image.fromarray(RANDOM.integers(0, 256, (60, 91, 3), np.uint8))
    known = np.moveaxis(np.asarray(ImageOps.fit(photo, (20, 30), Image.Resampling.LANCZOS)), -1, 0)
    assert np.abs(fit(photo, target(30, 20, fit="crop", is_colour=True)).astype(int) - known).max() <= 2


def test_nothing_is_skipped_on_the_way_to_a_small_picture() -> None:
    """Lines one pixel wide become an even grey, not a pattern of their own."""
    lines = np.zeros((512, 512), np.uint8)
    lines[:, ::2] = 255
    assert np.abs(fit(Image.fromarray(lines), target(32, 32)).astype(int) - 127).max() <= 4
    floats = fit_all(lines[None].astype(np.float32) / 255, target(32, 32))
    assert np.abs(floats - 0.5).max() < 0.02
