"""The cloud of all images against the prior: log q(z)/p(z), and the places that the prior draws from and no image lies near."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.pictures import to_pixels
from vae_core.evaluation import kl_decomposition, prior_holes
from vae_core.inspection.parts.common import Part, Values, error_words, require_two, too_few
from vae_core.inspection.subject import SEED, Findings, InspectedRun
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, EITHER, SHARE, Shape


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Find the holes, and draw what the model makes of each."""
    inspected.require_kl()
    inspected.require_dimensions(3, "in more there is no telling an empty place from one between few images")
    mu, log_var = inspected.posteriors()
    require_two(len(mu))
    is_too_few = kl_decomposition.decompose(mu, log_var, rounds=2, draws=1024, seed=SEED).too_few
    found = prior_holes.find_holes(mu, log_var, seed=SEED, progress=progress)
    values = {
        "threshold": found.threshold,
        "calibration": {"n": len(found.held_out), "quantile": prior_holes.QUANTILE},
        "mass": {"value": found.mass, "standard_error": found.standard_error},
        "expected_mass": prior_holes.QUANTILE,
        "draws": found.draws,
        "too_few": is_too_few,
        "holes": [_record(hole, inspected) for hole in found.holes],
    }
    arrays: dict[str, NDArray[Any]] = {"calibration": found.held_out}
    if mu.shape[1] <= 2:
        arrays |= {"axis": found.axis, "log_ratio": found.log_ratio.astype(np.float32), "region": found.region}
    if found.holes:
        drawn = inspected.run.decoder().decode_mean(np.array([hole.z for hole in found.holes]))
        arrays["pictures"] = to_pixels(drawn)
    unavailable = [too_few(len(mu))] if is_too_few else []
    return Findings(values, arrays, "leave-one-out", len(mu), samples=1, unavailable=unavailable)


def _record(hole: prior_holes.Hole, inspected: InspectedRun) -> dict[str, Any]:
    return {
        "mass": hole.mass,
        "standard_error": hole.standard_error,
        "z": hole.z.tolist(),
        "log_ratio": hole.log_ratio,
        "nearest_row": int(inspected.rows[hole.nearest]),
        "nearest_distance": hole.distance,
        "is_rim": hole.is_rim,
    }


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    mass = values["mass"]
    error = error_words(mass["standard_error"], ".2%")
    yield f"{mass['value']:.2%} of the bell{error} is empty; 1 % would be if the cloud were the bell"
    for hole in values["holes"]:
        place = ", ".join(f"{value:.2f}" for value in hole["z"])
        rim = ", on the rim" if hole["is_rim"] else ""
        share = f"{hole['mass']:.2%}{error_words(hole['standard_error'], '.2%')}"
        yield f"{share} round ({place}){rim}; nearest row {hole['nearest_row']}, {hole['nearest_distance']:.2f} away"
    if values["holes"]:
        yield f"these {len(values['holes'])} together {sum(hole['mass'] for hole in values['holes']):.2%}; smaller gaps hold the rest"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    hole = {
        "mass": SHARE, "standard_error": EITHER, "z": [float, d], "log_ratio": float, "nearest_row": COUNT, "nearest_distance": float,
        "is_rim": bool,
    }  # fmt: skip
    numbers = {"threshold": float, "expected_mass": SHARE, "too_few": bool}
    return {"mass": {"value": SHARE, "standard_error": EITHER}, "calibration": {"n": COUNT}, "holes": [hole], **numbers}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays: the map of one or two dimensions, and a picture of each hole."""
    side = " a" * d
    plane = {"axis": "f a", "log_ratio": f"f{side}", "region": f"biu{side}"} if d <= 2 else {}
    return {**plane, **({"pictures": "u ..."} if values["holes"] else {})}


PART = Part(7, compute, lines, value_shapes, array_shapes, most_dimensions=3, needs_prior=True)
