"""Images brought to one size and one kind of colour: pure functions on pictures (H, W) and (3, H, W), uint8 or float32 in [0, 1]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.errors import UnusableFile
from vae_core.importing.source import Fit, ImportOptions
from vae_core.messages import Message, say

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_BY_ITSELF = 64  # pixels of the longer side, unless a size is given: a small network learns 64 within minutes
LARGEST_KEPT = 128  # pixels of the longer side of images that all agree: what can be trained on a processor
LARGEST = 1024  # pixels of a side that may be asked for
SOME = 0.2  # the share of images that stand, and of those that lie, from which on they are made square
GAP = 3.0  # how much larger than its goal a picture is when it is resampled; a mean over whole pixels brings it there, which is faster
LUMA = (19595, 38470, 7471)  # of red, green and blue in 65,536ths: ITU-R BT.601, in the whole numbers that Pillow uses
WHITE = 255

_HOW: dict[Fit, Message] = {
    "pad": say("whole, with a margin in the colour of their own edge where the shape differs"),
    "crop": say("cut around the middle where the shape differs"),
    "stretch": say("stretched where the shape differs"),
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """What all images become.

    Attributes:
        height, width: in pixels.
        is_colour: three channels, red, green and blue, instead of one.
        fit: how an image of another shape gets there.
        is_inverted: light becomes dark.
    """

    height: int
    width: int
    is_colour: bool
    fit: Fit = "pad"
    is_inverted: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of an image, (H, W) or (3, H, W)."""
        return (3, self.height, self.width) if self.is_colour else (self.height, self.width)


def suit(
    sizes: Mapping[tuple[int, int], int], options: ImportOptions, *, has_colour: bool, has_grey: bool = False
) -> tuple[Target, list[Message]]:
    """Return what images become, and a sentence for each thing that is done to them.

    Args:
        sizes: (height, width) -> how many images have it; at least one.
        options: what the user wants.
        has_colour: whether any image has colour.
        has_grey: whether any image has none.

    Raises:
        UnusableFile: the size that is asked for is none, or too large.
    """
    height, width = options.size or size_for(sizes)
    if not (1 <= height <= LARGEST and 1 <= width <= LARGEST):
        raise UnusableFile(
            "Images of {height}x{width} cannot be made; give a height and a width from 1 to {most} pixels.",
            height=height,
            width=width,
            most=LARGEST,
        )
    is_colour = options.colour == "rgb" or (options.colour == "keep" and has_colour)
    target = Target(height=height, width=width, is_colour=is_colour, fit=options.fit, is_inverted=options.is_inverted)
    return target, [*_said_of_size(sizes, target, is_given=options.size is not None), *_said_of_colour(target, has_colour, has_grey)]


def size_for(sizes: Mapping[tuple[int, int], int]) -> tuple[int, int]:
    """Return the height and the width that suit images of these sizes.

    Images that agree keep theirs up to LARGEST_KEPT. Of others it is the median height and the median width, which is the size of most
    where most agree, and a square where some stand and some lie; what is longer than LARGEST_BY_ITSELF is made smaller, and the shape kept.
    """
    height, width = (_median(_counted(sizes, side)) for side in (0, 1))
    standing = sum(count for (high, wide), count in sizes.items() if high > wide)
    lying = sum(count for (high, wide), count in sizes.items() if high < wide)
    if min(standing, lying) >= SOME * sum(sizes.values()):
        height = width = max(height, width)
    longest = LARGEST_KEPT if len(sizes) == 1 else LARGEST_BY_ITSELF
    if max(height, width) <= longest:
        return height, width
    scale = LARGEST_BY_ITSELF / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _counted(sizes: Mapping[tuple[int, int], int], side: int) -> dict[int, int]:
    counts: dict[int, int] = {}
    for size, count in sizes.items():
        counts[size[side]] = counts.get(size[side], 0) + count
    return counts


def _median(counts: Mapping[int, int]) -> int:
    """Return the lower median of values that occur so often."""
    half, seen = (sum(counts.values()) + 1) // 2, 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return value
    raise ValueError("no sizes")


def _said_of_size(sizes: Mapping[tuple[int, int], int], target: Target, *, is_given: bool) -> Iterator[Message]:
    if len(sizes) > 1:
        smallest, largest = min(sizes, key=_area), max(sizes, key=_area)
        yield say(
            "The images have {count} sizes, from {smallest} to {largest} (height x width); all become {height}x{width}, {how}.",
            count=len(sizes),
            smallest=_written(smallest),
            largest=_written(largest),
            height=target.height,
            width=target.width,
            how=_HOW[target.fit],
        )
        return
    (size,) = sizes
    if size == (target.height, target.width):
        return
    if is_given:
        said = "All images are {size} (height x width) and become {height}x{width}, {how}."
        yield say(said, size=_written(size), height=target.height, width=target.width, how=_HOW[target.fit])
    else:
        yield say(
            "All images are {size} (height x width) and become {height}x{width}, which trains faster; give a size to have another.",
            size=_written(size),
            height=target.height,
            width=target.width,
        )


def _said_of_colour(target: Target, has_colour: bool, has_grey: bool) -> Iterator[Message]:
    if has_colour and not target.is_colour:
        yield say("Colours become grey levels: 0.299 red + 0.587 green + 0.114 blue.")
    elif target.is_colour and not has_colour:
        yield say("The images are grey and get three equal channels.")
    elif target.is_colour and has_grey:
        yield say("Some images are grey and get three equal channels, as others have colour.")
    if target.is_inverted:
        yield say("Light and dark are exchanged.")


def _area(size: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    return size[0] * size[1], size


def _written(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


# --------------------------------------------------------------------------- arrays


def fit_all(values: NDArray[Any], target: Target) -> NDArray[Any]:
    """Return images (N, H, W) or (N, 3, H, W), uint8 or float32 in [0, 1], as (N, *target.shape) of the same type."""
    values = values if target.is_colour else without_colour(values)
    if values.shape[-2:] != (target.height, target.width):
        fitted = np.empty((*values.shape[:-2], target.height, target.width), values.dtype)
        for row, value in enumerate(values):
            fitted[row] = _fit_channels(value, target)
        values = fitted
    values = with_colour(values) if target.is_colour else values
    return inverted(values) if target.is_inverted else values


def without_colour(values: NDArray[Any]) -> NDArray[Any]:
    """Return the grey levels (N, H, W) of images (N, H, W) or (N, 3, H, W): the luminance of ITU-R BT.601, of bytes as Pillow rounds it."""
    if values.ndim == 3:
        return values
    red, green, blue = (values[:, channel] for channel in range(3))
    if values.dtype == np.uint8:
        mixed = red.astype(np.uint32) * LUMA[0] + green.astype(np.uint32) * LUMA[1] + blue.astype(np.uint32) * LUMA[2]
        return np.right_shift(mixed + 0x8000, 16).astype(np.uint8)
    return np.clip(red * np.float32(0.299) + green * np.float32(0.587) + blue * np.float32(0.114), 0, 1).astype(values.dtype)


def with_colour(values: NDArray[Any]) -> NDArray[Any]:
    """Return images (N, H, W) or (N, 3, H, W) as (N, 3, H, W)."""
    return values if values.ndim == 4 else np.repeat(values[:, None], 3, axis=1)


def inverted(values: NDArray[Any]) -> NDArray[Any]:
    """Return images with light and dark exchanged."""
    return (WHITE if values.dtype == np.uint8 else np.float32(1)) - values


def _fit_channels(value: NDArray[Any], target: Target) -> NDArray[Any]:
    """Return one picture (H, W) or (3, H, W) at the target's size; Pillow resamples float32 one channel at a time."""
    from PIL import Image

    if value.dtype == np.uint8:
        return fit(Image.fromarray(value if value.ndim == 2 else np.ascontiguousarray(np.moveaxis(value, 0, -1))), target)
    planes = [fit(Image.fromarray(np.ascontiguousarray(plane)), target) for plane in value.reshape(-1, *value.shape[-2:])]
    return np.clip(np.stack(planes), 0, 1).reshape(*value.shape[:-2], target.height, target.width)


# --------------------------------------------------------------------------- one picture of Pillow's


def fit(image: Image, target: Target) -> NDArray[Any]:
    """Return a picture of Pillow's, of mode L, F or RGB, at the target's size, as (H, W) or (3, H, W); its colours stay.

    It is resampled with Lanczos' kernel, widened where the picture gets smaller, so that nothing is skipped (Parmar et al. 2022, On aliased
    resizing, arXiv 2104.11222). A margin has the median colour of the edges that it lies at: the paper of a drawing, the ground of a face.
    """
    scaled = np.asarray(_scaled(image, target))
    height, width = scaled.shape[:2]
    if (height, width) != (target.height, target.width):
        scaled = _with_margin(scaled, target.height, target.width)
    return np.ascontiguousarray(np.moveaxis(scaled, -1, 0)) if scaled.ndim == 3 else scaled


def _scaled(image: Image, target: Target) -> Image:
    """Return the picture at the target's size; with fit "pad", at the largest that fits into it."""
    from PIL.Image import Resampling

    goal, (width, height) = (target.width, target.height), image.size
    if image.size == goal:
        return image
    across, down = target.width / width, target.height / height
    box = (0.0, 0.0, float(width), float(height))
    if target.fit == "pad":
        scale = min(across, down)
        goal = tuple(min(most, max(1, round(side * scale))) for side, most in zip(image.size, goal, strict=True))  # type: ignore[assignment]
    elif target.fit == "crop":
        scale = max(across, down)
        left, top = max(0.0, (width - goal[0] / scale) / 2), max(0.0, (height - goal[1] / scale) / 2)
        box = (left, top, width - left, height - top)
    return image.resize(goal, Resampling.LANCZOS, box, reducing_gap=GAP)


def _with_margin(picture: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Lay a picture (h, w[, 3]) into the middle of a larger one."""
    edges = (picture[[0, -1]] if picture.shape[0] < height else picture[:, [0, -1]]).reshape(-1, *picture.shape[2:])
    whole = np.empty((height, width, *picture.shape[2:]), picture.dtype)
    whole[:] = np.sort(edges, axis=0)[(len(edges) - 1) // 2]
    top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    whole[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return whole
