"""What was found for a part of Inspect, drawn as small as a stamp: shapes in a box of 96 by 64, in classes that a style sheet colours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.prior_holes import SIGMAS, THICKER, THINNER, reach_of
from vae_core.data.pictures import data_url, png
from vae_core.inspection.parts.inference_gap import stored_grids
from vae_core.inspection.result import Result

WIDTH, HEIGHT = 96, 64
LEFT, RIGHT, TOP, BOTTOM = 8, 92, 4, 58  # of the axes
CELLS = 48  # of a map along a side
Shape = dict[str, Any]  # an element of SVG: its tag, and its attributes


def miniature(result: Result) -> list[Shape]:
    """Return the shapes of what was found; none where this part has no figure that small, or nothing was found."""
    values = result.values
    if not values:
        return []
    match result.part:
        case "kl-decomposition" if "mutual_information" in values:
            names = ("mutual_information", "total_correlation")
            return bars([*(values[name]["value"] for name in names), values["dimension_kl_total"]])
        case "bounds":
            return falling([bound["value"] for bound in values["bounds"]])
        case "inference-gap":
            return _posterior(result)
        case "prior-holes" if "log_ratio" in result.arrays:
            return cloud(result.arrays["axis"], result.arrays["log_ratio"], values)
    return []


def bars(parts: Sequence[float]) -> list[Shape]:
    """Return the whole as a bar and below it its parts, which follow one another; a part below 0 has no length."""
    lengths = np.maximum(parts, 0)
    if not (whole := float(lengths.sum())) > 0:
        return []
    ends = LEFT + (RIGHT - LEFT) * np.cumsum([0.0, *lengths]) / whole
    shapes = [_bar(LEFT, RIGHT, TOP) | {"opacity": 0.45}]
    return shapes + [_bar(float(start), float(end), TOP + 15 * (n + 1)) for n, (start, end) in enumerate(pairwise(ends))]


def falling(values: Sequence[float]) -> list[Shape]:
    """Return numbers as a line with a dot each, from left to right."""
    if len(values) < 2:
        return []
    low, high = min(values), max(values)
    x = np.linspace(LEFT + 8, RIGHT - 4, len(values))
    y = [BOTTOM - 8 - (BOTTOM - TOP - 16) * (value - low) / ((high - low) or 1) for value in values]
    dots = [{"tag": "circle", "class": "dot", "cx": round(a, 1), "cy": round(b, 1), "r": 3} for a, b in zip(x.tolist(), y, strict=True)]
    return [_line("quiet", [LEFT, LEFT, RIGHT], [TOP, BOTTOM, BOTTOM]), _line("ink", x, y), *dots]


def cloud(axis: NDArray[Any], ratio: NDArray[Any], values: Mapping[str, Any]) -> list[Shape]:
    """Return log q/p over the plane in the colours of the large map, with the prior's rings; of one dimension as a line about zero."""
    reach = reach_of(ratio, values["threshold"])
    share = np.clip(ratio / reach, -1, 1)
    if ratio.ndim == 1:
        middle = (TOP + BOTTOM) / 2
        zero = _line("quiet", [LEFT, RIGHT], [middle, middle])
        return [zero, _line("ink", np.linspace(LEFT, RIGHT, len(share)), middle - share * (BOTTOM - TOP) / 2)]
    share = share[::-1][:: max(1, len(axis) // CELLS), :: max(1, len(axis) // CELLS)]  # row 0 on top
    inks = [np.array(ink.split(","), np.uint8)[:, None, None] for ink in (THINNER, THICKER)]
    picture = np.concatenate([np.where(share[None] < 0, *inks), np.round(255 * np.abs(share))[None].astype(np.uint8)])
    place = {"x": (WIDTH - HEIGHT) / 2, "y": 0, "width": HEIGHT, "height": HEIGHT, "href": data_url(png(picture, is_packed=False))}
    rings = [
        {"tag": "circle", "class": "quiet", "cx": WIDTH / 2, "cy": HEIGHT / 2, "r": round(HEIGHT / 2 * k / axis[-1], 1)} for k in SIGMAS
    ]
    return [{"tag": "image", **place}, *(ring | {"stroke-width": 1} for ring in rings if ring["r"] < HEIGHT / 2)]


def _posterior(result: Result) -> list[Shape]:
    """Return an image's exact posterior as ellipses of its mean and covariance, and the encoder's as an outline, both of two dimensions."""
    grids = stored_grids(result)
    examples = result.values["examples"]
    if not grids or len(grids[0].mu) != 2:
        return []
    grid = grids[next((i for i, one in enumerate(examples) if one["why"] == "median"), 0)]
    level = grid.levels[0]
    z = level.places.reshape(-1, 2)
    weight = level.log_ratio.ravel() - 0.5 * (z**2).sum(1)
    weight = np.exp(weight - weight.max())
    mean = weight @ z / weight.sum()
    covariance = (weight[:, None] * (z - mean)).T @ (z - mean) / weight.sum()
    return ellipses(mean, covariance, grid.mu, grid.sigma)


def ellipses(mean: NDArray[Any], covariance: NDArray[Any], mu: NDArray[Any], sigma: NDArray[Any]) -> list[Shape]:
    """Return a normal of any covariance (2, 2) as filled ellipses at 1 and 2 standard deviations, an upright one as outlines over them."""
    far = np.abs(mu - mean) + 2 * np.maximum(sigma, np.sqrt(np.diag(covariance)))
    scale = 0.94 * min(WIDTH / 2 / far[0], HEIGHT / 2 / far[1])
    lengths, ways = np.linalg.eigh(covariance)
    turn = round(-math.degrees(math.atan2(ways[1, 1], ways[0, 1])), 1)
    x, y = WIDTH / 2 + scale * (mu[0] - mean[0]), HEIGHT / 2 - scale * (mu[1] - mean[1])
    shapes = []
    for k in (2, 1):
        major, minor = (round(scale * k * math.sqrt(max(0.0, length)), 1) for length in lengths[::-1])
        place = {"cx": WIDTH / 2, "cy": HEIGHT / 2, "transform": f"rotate({turn} {WIDTH / 2} {HEIGHT / 2})"}
        shapes.append({"tag": "ellipse", "class": "accent", "opacity": 0.35, "rx": major, "ry": minor, **place})
    radii = [{"rx": round(scale * k * sigma[0], 1), "ry": round(scale * k * sigma[1], 1)} for k in (2, 1)]
    return shapes + [{"tag": "ellipse", "class": "ink", "cx": round(float(x), 1), "cy": round(float(y), 1), **one} for one in radii]


def _bar(start: float, end: float, y: float) -> Shape:
    return {"tag": "rect", "class": "kl", "x": round(start, 1), "y": y, "width": round(max(0.5, end - start), 1), "height": 10, "rx": 1.5}


def _line(name: str, x: Sequence[float] | NDArray[Any], y: Sequence[float] | NDArray[Any]) -> Shape:
    return {"tag": "polyline", "class": name, "points": " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))}
