"""Pictures and points that are made and not collected, so that what varies in them is known exactly. Nothing is read or fetched."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from vae_core.data.dataset import Dataset, DatasetSource

SIDE, FINER = 28, 4  # pixels along a picture; each is the mean of FINER x FINER dots
# Ten letters of which none, turned by at most TURN degrees, is another.
LETTERS = "ABEFGKPRST"
COUNT = 4000
BOLD = 7  # dots by which the 200 dot typeface is thickened: its small letters would be hairlines
TURN = 60.0  # degrees to either side
SMALLEST, LARGEST = 11.0, 20.0  # pixels from top to bottom of an upright letter
PLASTIC = 1.32471795724474602596  # the real root of x^3 = x + 1


def glyphs() -> Dataset:
    """Return letters in Pillow's built-in typeface, turned and scaled by known amounts: no network, no file.

    `factors` (N, 2) are the turn in degrees, counter-clockwise, and the height in pixels before it. They run along the sequence of
    Roberts (2018) that fills the plane evenly; nothing is random. Each letter's box stands in the middle of its picture.
    """
    steps = np.arange(COUNT) // len(LETTERS) + 1
    turn, scale = ((0.5 + steps[:, None] / PLASTIC ** np.array([1, 2])) % 1).T
    factors = np.stack([TURN * (2 * turn - 1), SMALLEST + (LARGEST - SMALLEST) * scale], 1)
    labels = np.arange(COUNT) % len(LETTERS)
    drawn = [_letter(letter) for letter in LETTERS]
    return Dataset(
        name="glyphs",
        values=np.stack([_placed(drawn[label], *row) for label, row in zip(labels.tolist(), factors.tolist(), strict=True)]),
        divisor=255.0,
        kind="image",
        labels=labels.astype(np.int64),
        class_names=tuple(LETTERS),
        factors=factors,
        source="Drawn here, with the typeface that Pillow brings along (Aileron)",
        licence="CC0",
    )


def colour_glyphs() -> Dataset:
    """Return the letters of `glyphs`, each in a colour of its own on black: (N, 3, H, W), with the hue in turns as third factor."""
    grey = glyphs()
    hue = (np.arange(COUNT) * PLASTIC) % 1
    colours = np.array([colorsys.hsv_to_rgb(one, 0.8, 1.0) for one in hue])
    values = (np.asarray(grey.values)[:, None] * colours[:, :, None, None]).round().astype(np.uint8)
    return replace(grey, name="colour-glyphs", values=values, factors=np.concatenate([np.asarray(grey.factors), hue[:, None]], 1))


GLYPHS = DatasetSource(glyphs, count=COUNT, event_shape=(SIDE, SIDE), divisor=255.0)


def _letter(letter: str) -> Any:
    """Return one letter, upright and large, cut to its box."""
    from PIL import Image, ImageDraw, ImageFont

    sheet = Image.new("L", (320, 320))
    ImageDraw.Draw(sheet).text((160, 160), letter, fill=255, font=ImageFont.load_default(200), anchor="mm", stroke_width=BOLD)
    return sheet.crop(sheet.getbbox())


def _placed(letter: Any, turn: float, height: float) -> np.ndarray:
    """Return the letter turned by so many degrees, so many pixels high before that, in the middle of SIDE x SIDE uint8."""
    from PIL import Image, ImageChops

    dots = SIDE * FINER
    scale, angle = letter.height / (height * FINER), math.radians(turn)
    # Pillow asks where each dot of the result comes from: back to the middle, turned back, enlarged.
    across, along = scale * math.cos(angle), scale * math.sin(angle)
    right = letter.width / 2 - dots / 2 * (across - along)
    down = letter.height / 2 - dots / 2 * (along + across)
    turned = letter.transform((dots, dots), Image.Transform.AFFINE, (across, -along, right, along, across, down), Image.Resampling.BILINEAR)
    left, top, end, bottom = turned.getbbox()
    middled = ImageChops.offset(turned, (dots - left - end) // 2, (dots - top - bottom) // 2)
    return np.asarray(middled.reduce(FINER))


# One glyph for the plane of turn and size; it differs from itself upside down by little, and that is its lesson.
GLYPH = "5"
FIVES = 4000


def fives(half_turn: float = TURN, name: str = "five") -> Dataset:
    """Return one "5", turned by up to `half_turn` degrees to either side and scaled.

    `factors` as in `glyphs`: turn in degrees, counter-clockwise, and height in pixels before it.
    """
    steps = np.arange(FIVES) + 1
    turn, scale = ((0.5 + steps[:, None] / PLASTIC ** np.array([1, 2])) % 1).T
    factors = np.stack([half_turn * (2 * turn - 1), SMALLEST + (LARGEST - SMALLEST) * scale], 1)
    return Dataset(
        name=name,
        values=turned(factors),
        divisor=255.0,
        kind="image",
        factors=factors,
        source="Drawn here, with the typeface that Pillow brings along (Aileron)",
        licence="CC0",
    )


def turned(factors: np.ndarray) -> np.ndarray:
    """Return the "5" at these turns and heights (n, 2), as pictures (n, SIDE, SIDE) uint8."""
    drawn = _letter(GLYPH)
    return np.stack([_placed(drawn, *row) for row in factors.tolist()])


def five() -> np.ndarray:
    """Return the "5" itself, upright and large, cut to its box: (H, W) uint8."""
    return np.asarray(_letter(GLYPH))


# --------------------------------------------------------------------------- points in the plane

POINTS = 400  # along a curve


def line(n: int) -> np.ndarray:
    """Return the points (1, 1), (2, 2) ... (n, n): two numbers each, and one would do; (n, 2) float64."""
    t = np.arange(1.0, n + 1)
    return np.stack([t, t], 1)


def line_facts(n: int) -> dict[str, Any]:
    """Return what is true of these n points: mean, variances along (1, 1) and across it (divided by n), and that direction.

    The mean of 1..n is (n + 1) / 2 and its variance (n^2 - 1) / 12; along the diagonal both coordinates add up, across they cancel.
    """
    middle = (n + 1) / 2
    return {"n": n, "mean": [middle, middle], "along": (n * n - 1) / 6, "across": 0.0, "direction": [math.sqrt(0.5)] * 2}


def _straight(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return t, t


def _parabola(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wider than tall: along a taller one a machine first learns the height, and some never get the two legs apart again."""
    return t, 1.5 * t**2 - 0.75


def _u(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two upright legs and the lower half of a ring between them, at even speed."""
    leg, bow = 0.6, 0.7  # length of a leg, radius of the ring
    way = t * (leg + math.pi * bow / 2)  # from the lowest point
    angle = np.clip(way / bow, -math.pi / 2, math.pi / 2)
    beyond = np.abs(way) - np.abs(angle) * bow
    return bow * np.sin(angle), -bow * np.cos(angle) + beyond


def _sine(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return t, 0.6 * np.sin(math.pi * t)


def _eight(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lemniscate of Gerono: at t = -1/2 and t = 1/2 it passes through the origin, on two different ways."""
    return np.cos(math.pi * t), 0.7 * np.sin(2 * math.pi * t)


CURVES: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "line": _straight,
    "parabola": _parabola,
    "u": _u,
    "sine": _sine,
    "eight": _eight,
}


def curve(name: str, n: int = POINTS) -> Dataset:
    """Return n points of a curve in the plane; `factors` (n, 1) is the one number t in (-1, 1) of each."""
    t = (np.arange(n) + 0.5) * 2 / n - 1
    return Dataset(
        name=name,
        values=np.stack(CURVES[name](t), 1).astype(np.float32),
        divisor=1.0,
        kind="points",
        factors=t[:, None],
        source="Computed here from its formula",
        licence="CC0",
    )
