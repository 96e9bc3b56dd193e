"""The exact posterior of one image under a q that the viewer moves: one Streamlit component that computes every number in the browser."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components import carrier, registry
from dashboard.components.packet import pack
from dashboard.i18n.format import number
from dashboard.i18n.texts import language, section
from vae_core.data.pictures import ImageShape
from vae_core.evaluation.posterior_grid import PosteriorGrid
from vae_core.evaluation.quadrature import hermite

HERE = Path(__file__).parent
SHOWN = 1e-3  # nats: a smaller error of log p(x) is shown as this


def posterior_packet(field: PosteriorGrid, key: str, picture: NDArray[np.uint8] | None) -> bytes:
    """Return what the browser needs of one image: log p(x|z) / p(x) on nested grids, both q, and the image ([3,] H, W), if at hand."""
    nodes, weights = hermite()
    facts = {
        "levels": [{"low": _numbers(one.low), "high": _numbers(one.high), "shape": list(np.shape(one.log_ratio))} for one in field.levels],
        "nodes": nodes.tolist(),
        "weights": weights.tolist(),
        "log_p": float(field.log_p),
        "error_shown": number(max(field.error, SHOWN), 1),
        "picture": None if picture is None else asdict(ImageShape(*(1, *picture.shape)[-3:])),
        **{name: _numbers(getattr(field, name)) for name in ("mu", "sigma", "best_mu", "best_sigma", "low", "high")},
    }
    values = np.concatenate([np.asarray(one.log_ratio, "<f4").ravel() for one in field.levels])
    pixels = b"" if picture is None else np.ascontiguousarray(picture, np.uint8).tobytes()
    return pack(key, {"field": values.tobytes(), "image": pixels}, **facts)


def _numbers(values: Any) -> list[float]:
    return np.asarray(values, float).reshape(-1).tolist()


def show(field: PosteriorGrid, key: str, weights_key: str, picture: NDArray[np.uint8] | None, words: str) -> None:
    """Show the instrument for one image.

    Args:
        field: its exact posterior.
        key: changes with the image, so that q starts anew.
        weights_key: under which the live map's carrier keeps the decoder's weights in the browser.
        picture: the image ([3,] H, W), or None where the dataset is not at hand.
        words: what the image is, for those who cannot see it.
    """
    with st.container(key="carrier"):
        carrier.carry("posterior", posterior_packet(field, key, picture))
    texts = section("inspect.inference-gap") | registry.shared_words() | {"x_label": words}
    data = {"key": key, "weights_key": weights_key, "texts": texts, "language": language()}
    registry.component("posterior", HERE / "posterior.js")(key="posterior", data=data)
