"""What stored values must be before they are used: a small language for JSON values and for arrays.

int, float, str, bool   a whole number, a finite number, a text, yes or no        None           nothing
range(a, b)             a whole number from a to b - 1                            Between(a, b)  a number from a to b
{"a", "b"}              one of these texts                                        HASH           64 letters of a SHA-256
[shape], [shape, n]     a list of any length, of n entries (or a range of them)    (one, other)   either
{"key": shape}          an object; a key that ends with "?" may be missing, "*" stands for all that are not named
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = Any
LARGEST = 1e100  # of a number: its square is still one
LONGEST = 100_000  # letters of a text
HASH = re.compile("[0-9a-f]{64}")
COUNT = range(2**48)


@dataclass(frozen=True)
class Between:
    """A number within two limits."""

    low: float
    high: float


def one_of(numbers: Sequence[float]) -> Shape:
    """Return the shape of a number that is one of these."""
    return tuple(Between(number, number) for number in numbers)


def misfit(value: Any, shape: Shape, name: str = "it") -> str:
    """Return the name of what is missing or makes no sense in a JSON value, or "" where it has the shape."""
    if isinstance(shape, Mapping):
        return _misfit_of_object(value, shape, name)
    if isinstance(shape, list):
        return _misfit_of_list(value, shape, name)
    if isinstance(shape, tuple):
        found = [misfit(value, one, name) for one in shape]
        return "" if "" in found else found[0]
    return "" if _fits(value, shape) else name


def _fits(value: Any, shape: Shape) -> bool:
    """Tell whether a value that is neither list nor object has the shape."""
    match shape:
        case None:
            return value is None
        case range():
            return type(value) is int and value in shape
        case set():
            return isinstance(value, str) and value in shape
        case re.Pattern():
            return isinstance(value, str) and bool(shape.fullmatch(value))
        case Between():
            return type(value) in (int, float) and shape.low <= value <= shape.high
    if shape is float:
        return type(value) in (int, float) and abs(value) <= LARGEST
    return type(value) is shape and not (shape is int and abs(value) >= 2**63) and not (shape is str and len(value) > LONGEST)


def _misfit_of_object(value: Any, shape: Mapping[str, Shape], name: str) -> str:
    if type(value) is not dict:
        return name
    named = {key.removesuffix("?"): key for key in shape if key != "*"}
    for key, spelt in named.items():
        if (key in value or spelt == key) and (wrong := misfit(value.get(key, math.nan), shape[spelt], key)):
            return wrong
    others = [misfit(value[key], shape["*"], name) for key in value.keys() - named.keys()] if "*" in shape else []
    return max(others, default="")


def _misfit_of_list(value: Any, shape: list[Shape], name: str) -> str:
    if type(value) is not list or not (len(shape) == 1 or len(value) in (shape[1] if isinstance(shape[1], range) else [shape[1]])):
        return name
    return next((wrong for one in value if (wrong := misfit(one, shape[0], name))), "")


# --------------------------------------------------------------------------- the files of a run


STATUS = {"state": str, "sentence": str}
ORDER = {"config": {"data?": {"dataset?": str}}}
LABEL = {"name": str}
PROGRESS = {"step?": COUNT, "total?": COUNT, "seconds?": Between(0, 1e12), "images_per_second?": Between(0, 1e12)}
DATASET = {
    "name": str, "event_shape": [range(1, 2**16)], "divisor": Between(1e-6, 1e6), "sha256": HASH, "class_names?": [str],
    "n_train": COUNT, "n_validation": COUNT, "n_test": COUNT,
}  # fmt: skip
SHARE = Between(0, 1)
REACH = Between(1e-6, 1e9)
EITHER = (float, None)


def summary(latent_size: int, pixels: set[str], *, has_kl: bool, has_normal_prior: bool) -> dict[str, Shape]:
    """Return what summary.json holds of a run of so many latent dimensions; `pixels` are the names of the ways to treat them."""
    kl = float if has_kl else None
    kl_per_dim = kl if has_normal_prior or not has_kl else EITHER
    test = {
        "negative_elbo": kl, "reconstruction": float, "kl": kl, "kl_per_dim": [kl_per_dim, latent_size], "samples": COUNT,
        "active_units": range(latent_size + 1), "asleep": range(latent_size + 1), "n": range(1, 2**48), "standard_error": EITHER,
    }  # fmt: skip
    votes = {"k": COUNT, "accuracy": SHARE, "pca_accuracy": (SHARE, None), "map_accuracy?": (SHARE, None), "is_own_left_out?": bool}
    coverage = Between(0.5, 0.999) if has_normal_prior else None
    mosaic = {"side": range(1, 1000), "coverage": coverage, "dims": [range(max(2, latent_size)), 2]}
    return {
        "best_epoch": COUNT, "epochs": COUNT, "seconds": float, "validation_score": EITHER, "protocol": pixels,
        "test_split": {"test", "train"}, "test": test, "usual?": {"*": [float, 101]}, "reach?": (Between(0, 1e9), None), "mosaic": mosaic,
        "map": {"side": range(1, 1000), "reach": REACH, "film_side?": range(1, 1000), "film_reach?": REACH},
        "compared?": {"train": COUNT, "test": COUNT}, "references": [{"name": str, "nats": float}],
        "knn": (None, votes), "left_out?": [{"name": str, "sentence": str}], "files": {"*": HASH}, "sha256": HASH,
    }  # fmt: skip


# --------------------------------------------------------------------------- arrays


@dataclass(frozen=True)
class Dims:
    """What arrays must be: "name": "kinds sizes", as "mu": "f n d": NumPy's kinds of numbers (b i u f), then a length or its name each.

    A key that ends with "?" may be missing, one that ends with "*" stands for all that begin so; "..." stands for any sizes.
    """

    arrays: Mapping[str, str]

    def of(self, name: str) -> str:
        """Return what an array must be, or "" where it is none of these."""
        for key, asked in self.arrays.items():
            if name == key.removesuffix("?") or (key.endswith("*") and name.startswith(key[:-1])):
                return asked
        return ""

    def names(self, name: str) -> bool:
        """Tell whether an array is one of these."""
        return bool(self.of(name))


ANY = Dims({"*": "biuf ..."})


def misfit_of_arrays(found: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]], dims: Dims, sizes: Mapping[str, int]) -> str:
    """Return the name of the array that is missing or makes no sense, or ""; equal names of lengths must be equal lengths."""
    for key in dims.arrays:
        if not key.endswith(("?", "*")) and key not in found:
            return key
    known = dict(sizes)
    for name, (kind, shape) in found.items():
        if not (asked := dims.of(name)):
            continue
        kinds, *lengths = asked.split()
        key = name if name in dims.arrays else "an array"
        if kind.kind not in kinds or (lengths != ["..."] and len(lengths) != len(shape)):
            return key
        for length, size in zip(lengths if lengths != ["..."] else (), shape, strict=False):
            if known.setdefault(length, int(length) if length.isdigit() else size) != size:
                return key
    return ""


LATENTS = Dims({"mu": "f n d", "log_var": "f n d", "rows": "iu n", "labels?": "iu n"})
EPOCHS = Dims({"kl_per_dim?": "f ...", "mu_variance?": "f ...", "logged_*": "biuf ..."})
SPLIT = Dims({"validation": "iu v", "test": "iu t"})
FRAME = Dims({"step": "iu", "epoch": "iu", "mu": "f p d", "log_var": "f p d", "grid?": "u ..."})
FLAT = Dims({"xy": "f n 2"})
BILLS = Dims({"reconstruction": "f n", "kl": "f n"})
