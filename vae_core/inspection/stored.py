"""What the stored parts of Inspect must hold, so that no page stumbles over one that somebody else wrote; said as in shapes.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vae_core.shapes import COUNT, EITHER, HASH, SHARE, Dims, Shape

FEW = range(1, 1000)
ONE = {"value": float, "standard_error": EITHER}
POINT = {"rate": float, "error": float, "active": COUNT}
PUBLISHED = {"model": str, "nats": float, "source": str, "note": str}
PROTOCOL = {
    "split": {"test", "train"}, "n": COUNT, "of": COUNT, "samples": (COUNT, None), "seed": COUNT, "estimator": str, "pixels": str,
    "likelihood": str, "seconds": float, "weights": HASH, "dataset": str,
}  # fmt: skip
CANNOT = [{"what": str, "reason": str, "sentence": str}]
STATES = {"starting", "running", "done", "failed", "stopped", "interrupted"}


def values(part: str, d: int) -> Shape:
    """Return what a part finds of a run of d latent dimensions; nothing where it cannot be had."""
    return (PARTS[part](d), {"*": set()})


def _nats(d: int) -> Shape:
    plain = {"mu_variance": [float, d], "active": [range(d)], "n": COUNT}
    kl = {"kl_per_dim": [float, d], "mean_kl": float, "asleep": [range(d)]}
    split = {name: ONE for name in ("mutual_information", "at_most", "total_correlation", "remainder")}
    whole = {"dimension_kl": [float, d], "dimension_kl_total": float, "dimension_kl_error": float, "log_n": float, "too_few": bool}
    no_split: Shape = {"mutual_information?": set()}
    return (plain | kl | split | whole, plain | kl | no_split, plain | no_split | {"kl_per_dim?": set(), "asleep?": set()})


def _shannon(d: int) -> Shape:
    numbers = {name: float for name in ("sigma2", "beta", "theta", "slope")}
    return {"eigenvalues": [float, range(1, 10**6)], "theory": POINT, "here": POINT, "latent_size": COUNT, **numbers}


def _bounds(d: int) -> Shape:
    return {
        "negative_elbo": ONE, "bounds": [{"k": range(1, 10**9), **ONE}, FEW], "effective_samples": {"median": float, "low": SHARE},
        "references": [{"name": str, "kind": {"floor", "model"}, "nats": float, **ONE}], "published": [PUBLISHED],
        "published_reason": str, "published_sentence": str,
    }  # fmt: skip


def _gap(d: int) -> Shape:
    part = {**ONE, "quantiles": [float, 101]}
    example = {"row": COUNT, "why": {"beatable", "median", "tight"}, "label": (COUNT, None), "gap": float}
    parts = {name: part for name in ("gap", "amortisation", "approximation")}
    return {"log_p": {**ONE, "error": float}, "negative_elbo": ONE, "not_converged": COUNT, "examples": [example, range(1000)], **parts}


def _holes(d: int) -> Shape:
    hole = {
        "mass": SHARE, "standard_error": EITHER, "z": [float, d], "log_ratio": float, "nearest_row": COUNT, "nearest_distance": float,
        "is_rim": bool,
    }  # fmt: skip
    numbers = {"threshold": float, "expected_mass": SHARE, "too_few": bool}
    return {"mass": {"value": SHARE, "standard_error": EITHER}, "calibration": {"n": COUNT}, "holes": [hole], **numbers}


def _outliers(d: int) -> Shape:
    return {"duplicates": [[COUNT]], "identical": COUNT, "constant": bool, "classes": [str]}


PARTS = {"nats": _nats, "rate-distortion": _shannon, "holes": _holes, "outliers": _outliers, "bounds": _bounds, "gap": _gap}


def dims(part: str, found: Mapping[str, Any], d: int) -> Dims:
    """Return what the arrays of a part must be, beside the values that it found of a run of d latent dimensions."""
    return Dims({**(_dims(part, found, d) if found else {}), "*": "biuf ..."})


def _dims(part: str, found: Mapping[str, Any], d: int) -> dict[str, str]:
    match part:
        case "nats":
            return {"epochs_kl": f"f e {d}", "epochs_variance": f"f e {d}"}
        case "rate-distortion":
            return {"curve_rate": "f n", "curve_error": "f n", "reachable_rate": "f r", "reachable_error": "f r"}
        case "holes":
            side = " a" * d
            plane = {"axis": "f a", "log_ratio": f"f{side}", "region": f"biu{side}"} if d <= 2 else {}
            return {**plane, **({"pictures": "u ..."} if found["holes"] else {})}
        case "outliers":
            numbers = ("reconstruction", "negative_elbo", "log_density", "agreement", "majority_share")
            return {name: "iu n" for name in ("rows", "labels", "group", "majority")} | {name: "f n" for name in numbers}
        case "gap":
            each = {"log_p": "f 2", "normals": f"f 6 {d}", "box_*": f"f 2 {d}", "log_ratio_*": "f ..."}
            return {f"field_{i}_{name}": asked for i in range(len(found["examples"])) for name, asked in each.items()}
    return {}
