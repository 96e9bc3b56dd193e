"""What the numbers in images mean: which of them is black, which is white, and how they are stored; always said.

Whole numbers up to 255, and fractions that are 255ths, become bytes without loss. All others become float32 in [0, 1], since bytes would
lose levels. What is taken for white in bytes follows data/image_files.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.errors import UnusableFile
from vae_core.data.image_files import FEW, WHITE
from vae_core.messages import Message, joined, say
from vae_core.storage.shapes import LARGEST

WHITES = (1023, 4095, 16383, 65535)  # of 10, 12, 14 and 16 bits
ROUNDING = 1e-6  # as far beyond 0, 1 or -1 a value may lie that was computed to be that
STEP = 1e-3  # as far from a 255th, in 255ths, a value may lie that was divided by 255
SIGNED = np.dtype(np.int8)


class Extent:
    """What is known of the values of images after all were looked at, some at a time.

    Attributes:
        low, high: of all finite values; low is above high as long as there are none.
        is_whole: whether all are whole numbers.
        is_bytes: whether all are 255ths between 0 and 1.
        is_signed_bytes: whether all are 255ths of the way from -1 to 1.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype, self.low, self.high = dtype, np.inf, -np.inf
        self.called: Message | str = dtype.newbyteorder("=").name  # how sentences call the type
        self.is_whole = self.is_bytes = self.is_signed_bytes = True

    def add(self, images: NDArray[Any]) -> NDArray[np.bool_]:
        """Take note of images (B, *event), and return which of them (B,) hold neither NaN nor infinity."""
        flat = images.reshape(len(images), -1)
        is_finite = np.isfinite(flat).all(1) if flat.dtype.kind == "f" else np.ones(len(flat), bool)
        good = flat if is_finite.all() else flat[is_finite]
        if not good.size:
            return is_finite
        self.low, self.high = min(self.low, float(good.min())), max(self.high, float(good.max()))
        is_unit = self.low >= -1 - ROUNDING and self.high <= 1 + ROUNDING
        self.is_whole = self.is_whole and (good.dtype.kind in "biu" or bool((good == np.rint(good)).all()))
        if good.dtype.kind == "f":
            self.is_bytes = self.is_bytes and is_unit and _are_whole(np.multiply(good, WHITE, dtype=np.float64))
            self.is_signed_bytes = self.is_signed_bytes and is_unit and _are_whole((good.astype(np.float64) + 1) * (WHITE / 2))
        else:  # 0 lies between two 255ths of the way from -1 to 1
            self.is_signed_bytes = self.is_signed_bytes and bool((good != 0).all())
        return is_finite


def _are_whole(numbers: NDArray[np.float64]) -> bool:
    return bool((np.abs(numbers - np.rint(numbers)) <= STEP).all())


@dataclass(frozen=True)
class Treatment:
    """How values become stored ones.

    Attributes:
        black, white: the values that become 0 and full ink.
        dtype: uint8, where full ink is 255, or float32, where it is 1.
        said: what was found and what is done, in one sentence.
    """

    black: float
    white: float
    dtype: np.dtype[Any]
    said: Message

    @property
    def divisor(self) -> float:
        """Return what full ink is after the treatment."""
        return float(WHITE) if self.dtype == np.uint8 else 1.0

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values of any shape, as they are stored; what lies outside black and white is clipped."""
        is_kept = (self.black, self.white) == (0, self.divisor)
        if is_kept and values.dtype == self.dtype == np.uint8:
            return values
        shares = values if is_kept else (values.astype(np.float64) - self.black) * (self.divisor / (self.white - self.black))
        clipped = np.clip(shares, 0, self.divisor)
        return (np.rint(clipped) if self.dtype == np.uint8 else clipped).astype(self.dtype)


def treatment_of(extent: Extent, name: str) -> Treatment:
    """Return what is done to values of which these are the extremes.

    Args:
        extent: all values that are used.
        name: of the file, for sentences.

    Raises:
        UnusableFile: there are no finite values, or numbers with which nothing can be computed.
    """
    low, high = extent.low, extent.high
    if low > high:
        raise UnusableFile("{name} holds NaN or infinity in every image; save finite numbers.", name=name)
    if max(-low, high) > LARGEST:
        raise UnusableFile(
            "{name} holds numbers from {low:.4g} to {high:.4g}, which are no grey levels; save numbers from 0 to 255, or from 0 to 1.",
            name=name,
            low=low,
            high=high,
        )
    black, white, is_bytes = _meaning(extent)
    kind = np.dtype(np.uint8 if is_bytes else np.float32)
    return Treatment(black, white, kind, _said(extent, black, white, kind))


def _meaning(extent: Extent) -> tuple[float, float, bool]:
    """Return which value is black, which is white, and whether bytes hold all of them."""
    low, high = extent.low, extent.high
    if extent.is_whole and low >= 0 and high <= WHITE:
        return 0, 1 if high <= 1 else high if high <= FEW else WHITE, True
    if low >= -ROUNDING and high <= 1 + ROUNDING:
        return 0, 1, extent.is_bytes
    if low >= -1 - ROUNDING and high <= 1 + ROUNDING:
        return -1, 1, extent.is_signed_bytes
    if extent.dtype == SIGNED:
        return -128, 127, True
    if low >= 0 and extent.is_whole:
        return 0, next((white for white in WHITES if high <= white < 2 * high), high), False
    if low >= 0 and WHITE / 2 <= high <= WHITE:
        return 0, WHITE, False
    return low, high if low < high else low + 1, False


def _said(extent: Extent, black: float, white: float, kind: np.dtype[Any]) -> Message:
    name, low, high = extent.called, extent.low, extent.high
    if low == high:
        return say("Every value is {low:.6g}, so every image is one even area.", low=low)
    if (black, white) == (0, WHITE) and extent.dtype == np.uint8:
        said = say(
            "The values are {type} from {low:.6g} to {high:.6g} and stay as they are; {white} is white.",
            type=name,
            low=low,
            high=high,
            white=WHITE,
        )
    else:
        said = say(
            "The values are {type} from {low:.6g} to {high:.6g}; {black:.6g} becomes black and {white:.6g} white, stored as {stored}.",
            type=name,
            low=low,
            high=high,
            black=black,
            white=white,
            stored=kind.name,
        )
    if black == 0 and high < white / 2:
        return joined(said, say("No pixel is brighter than {share:.2g} % of white.", share=100 * high / white))
    return said
