"""The page Inspect with results of every part as if they were stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.pages import open_page
from tests.places import APP
from vae_core.inspection import store
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

PARTS = ("kl-decomposition", "rate-distortion", "bounds", "inference-gap", "prior-holes", "outliers")


@dataclass
class Stored:
    """A stored result, as vae_core.inspection.store hands it over."""

    values: dict[str, Any]
    arrays: dict[str, Any] = field(default_factory=dict)
    unavailable: list[dict[str, str]] = field(default_factory=list)
    protocol: dict[str, Any] = field(
        default_factory=lambda: {
            "split": "test", "n": 123, "of": 359, "samples": 2048, "seed": 7, "estimator": "closed form", "pixels": "grey",
            "likelihood": "bernoulli", "seconds": 3.21, "weights": "abcdef0123456789", "dataset": "fedcba9876543210",
        }
    )  # fmt: skip
    split: str = "test"
    part: str = ""
    file: Path = Path("not-a-file")


def estimate(value: float, error: float = 0.02) -> dict[str, float]:
    """Return a number with its standard error, as it is stored."""
    return {"value": value, "standard_error": error}


def kl_values(d: int = 2, *, too_few: bool = False) -> dict[str, Any]:
    """Return values of the part kl-decomposition: 6.5 = 5.1 + 1.1 + 0.3."""
    return {
        "mean_kl": 6.5, "mutual_information": estimate(5.1), "at_most": estimate(5.9), "total_correlation": estimate(1.1),
        "dimension_kl": [0.3 / d] * d, "dimension_kl_total": 0.3, "dimension_kl_error": 1e-7, "remainder": estimate(0.004), "log_n": 5.88,
        "too_few": too_few, "kl_per_dim": [6.5 / d] * d, "mu_variance": [1.0] * d, "active": list(range(d)), "asleep": [],
        "rounds": 8, "n": 359,
    }  # fmt: skip


def bounds_values(**changed: Any) -> dict[str, Any]:
    """Return values of the part bounds."""
    return {
        "negative_elbo": estimate(25.4, 0.3),
        "bounds": [{"k": k, **estimate(25.4 - 0.1 * i, 0.3)} for i, k in enumerate((1, 5, 50))],
        "effective_samples": {"median": 310.0, "low": 0.03, "quantiles": list(range(101))},
        "references": [
            {"name": "independent-pixels", "nats": 39.7, "standard_error": 0.2, "kind": "model"},
            {"name": "class-mixture", "nats": 33.2, "standard_error": 0.2, "kind": "model"},
            {"name": "entropy-floor", "nats": 12.1, "standard_error": 0.1, "kind": "floor"},
        ],
        "is_log_likelihood": False, "published": [], "published_reason": "grey",
    } | changed  # fmt: skip


def gap_values() -> dict[str, Any]:
    """Return values of the part inference-gap, without examples."""
    quantiles = {"gap": np.linspace(0, 8, 101), "amortisation": np.linspace(0, 6, 101), "approximation": np.linspace(0, 2, 101)}
    means = {"gap": 1.3, "amortisation": 1.0, "approximation": 0.3}
    return {
        "log_p": {**estimate(-24.1, 0.3), "error": 0.0004}, "negative_elbo": 25.4,
        "not_converged": 0, "starts": {"encoder": 37, "posterior": 2, "mode": 1}, "examples": [],
        **{key: {"value": means[key], "quantiles": quantiles[key].tolist()} for key in means},
    }  # fmt: skip


def holes_result(rows: list[int], d: int = 2, **changed: Any) -> Stored:
    """Return the part prior-holes of a latent space of d dimensions with a hole beside each of the rows."""
    shape = (21,) * min(d, 2)
    values = {
        "threshold": -4.0, "calibration": {"n": 1000, "quantile": 0.01}, "mass": estimate(0.051, 0.0007), "expected_mass": 0.01,
        "too_few": False, "holes": [hole(row, d) for row in rows], "draws": 100000, **changed,
    }  # fmt: skip
    pictures = {"pictures": np.full((len(rows), 8, 8), 200, np.uint8), "calibration": np.linspace(-5, 3, 1000)}
    ratio = np.linspace(-9, 3, int(np.prod(shape))).reshape(shape)
    maps = {"axis": np.linspace(-3, 3, 21), "log_ratio": ratio, "region": np.where(ratio < -4, 1, 0).astype(np.int16)}
    return Stored(values, pictures | (maps if d < 3 else {}))


def hole(row: int, d: int = 2, mass: float = 0.021) -> dict[str, Any]:
    """Return one hole."""
    place = [0.5, -1.25, 0.75][:d]
    near = {"nearest_row": row, "nearest_distance": 0.31, "is_rim": False}
    return {"mass": mass, "standard_error": 0.0004, "z": place, "log_ratio": -14.3, **near}


def outliers_result(rows: np.ndarray) -> Stored:
    """Return the part outliers for rows of the dataset; the last one is worst in every respect."""
    n = len(rows)
    rising = np.linspace(10, 50, n)
    columns = {"reconstruction": rising, "negative_elbo": rising + 5, "log_density": -rising, "agreement": 1 - rising / 50}
    columns |= {"majority": np.full(n, 8), "majority_share": rising / 100}
    values = {
        "duplicates": [[int(rows[0]), int(rows[1])]],
        "identical": 0,
        "tolerance": 0.02,
        "constant": False,
        "classes": list("0123456789"),
    }
    return Stored(values, {"rows": rows, "labels": np.zeros(n, int), "group": np.full(n, -1), **columns})


@pytest.fixture
def run(runs: Path) -> Run:
    """A finished run of two dimensions in a folder of its own, beside one of five."""
    return load_run(runs, "tiny-2d")


Visit = Callable[..., AppTest]


@pytest.fixture
def visit(run: Run, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Return a function that opens a part of the page with results as if they were stored."""

    def opened(part: str, name: str = "tiny-2d", **results: Stored) -> AppTest:
        stored = {key.replace("_", "-"): result for key, result in results.items()}
        for key, result in stored.items():
            result.part = key
        monkeypatch.setattr(store, "read", lambda run, part, split="test": stored.get(part))
        monkeypatch.setattr(store, "missing", lambda run, split="test": tuple(one for one in PARTS if one not in stored))
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.session_state["part"] = part
        return open_page("inspect", {"run": name}, at)

    return opened


def words(at: AppTest) -> str:
    """Return everything that the page says."""
    elements = [*at.title, *at.markdown, *at.info, *at.warning, *at.button, *at.expander]
    said = "\n".join(str(getattr(element, name, "") or "") for element in elements for name in ("value", "label"))
    return said.replace("\u00a0", " ")  # a space that keeps a number in one line


def charts(at: AppTest) -> dict[str, tuple[dict[str, Any], str]]:
    """Return figure and words of every chart by the last part of its key."""
    return {found.proto.id.rsplit("/", 1)[-1]: (json.loads(found.proto.spec), found.proto.alt) for found in at.get("plotly_chart")}
