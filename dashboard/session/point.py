"""The chosen latent point z."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.session.address import keep_address


def chosen_point(d: int) -> NDArray[np.float64]:
    """Return the chosen latent point (d,); zeros where none is chosen or the text in the address is not one."""
    try:
        z = np.array([float(part) for part in st.session_state.get("z", "").split(",")])
    except ValueError:
        return np.zeros(d)
    return np.clip(z, -99, 99) if len(z) == d and np.isfinite(z).all() else np.zeros(d)


def set_point(z: NDArray[Any]) -> None:
    """Choose a latent point; it is kept to two decimals, in the session and in the address."""
    st.session_state["z"] = as_text(z)
    keep_address()


def as_text(z: NDArray[Any]) -> str:
    """Return a latent point as the address has it, to two decimals."""
    return ",".join(f"{value + 0.0:.2f}".rstrip("0").rstrip(".") for value in np.round(z, 2))
