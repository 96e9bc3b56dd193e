"""The choice on maps of points beside the live map: what is enclosed on the film or on Compare's maps is chosen for every view."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components import set_packets
from dashboard.i18n.format import fixed
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from dashboard.session import cache, choice, workspace
from dashboard.session.navigation import link_to
from dashboard.widgets import map_sets, set_signs
from vae_core.arrays import Ints
from vae_core.latent.regions import Mask
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


@dataclass(frozen=True)
class PointSets:
    """What a map of a run's images knows of sets and of the choice, and what it asks for; `key` names the map."""

    run: Run
    key: str

    def told(self, rows: Ints) -> dict[str, Any]:
        """Return what the map is told, JSON-ready; `rows` are those of its points, (n,). Without results nothing is chosen."""
        sets, run = set_signs.on_points(self.run, rows), self.run
        if not run.summary or not len(rows):
            return sets
        points, mask = cache.latents(run), choice.chosen(run)
        bits = b"" if mask is None else np.packbits(np.isin(rows, points.rows[mask])).tobytes()
        now = {
            "bits": base64.b64encode(bits).decode(),
            "n": 0 if mask is None else int(mask.sum()),
            "of": len(points.mu),
            "can_undo": choice.can_undo(run),
            "serial": st.session_state.get(f"{self.key}/serial", 0),
            "said": translated(st.session_state.get(f"{self.key}/said", "")),
        }
        return sets | {"choice": now}

    def heard(self, rows: Ints, asked: object) -> None:
        """Do what the map asks for; where it cannot be done, the map says why."""
        if not isinstance(asked, dict) or not self.run.summary:
            return
        st.session_state[f"{self.key}/serial"] = asked["serial"] if isinstance(asked.get("serial"), int) else 0
        st.session_state[f"{self.key}/said"] = ""
        try:
            if asked.get("do") == "lasso":
                map_sets.combine(self.run, asked, self._mask(rows, asked.get("bits")))
            elif asked.get("do") in ("nothing", "invert", "undo"):
                map_sets.ACTS[asked["do"]](self.run, asked)
        except RunError as error:
            st.session_state[f"{self.key}/said"] = error.message

    def _mask(self, rows: Ints, text: object) -> Mask | None:
        """Return which test images, (N,), a text from the browser holds; None where it is none of these points."""
        bits = set_packets.unpacked(text, len(rows))
        return None if bits is None else np.isin(cache.latents(self.run).rows, np.asarray(rows)[bits])


def lead_on(run: Run) -> None:
    """Lead to what is said of the chosen images; where none is chosen, to the form that chooses some without a pointer."""
    if not run.summary:
        return
    mask = choice.chosen(run)
    if mask is not None and mask.any():
        link_to("explore", t("chosen.lead", n=fixed(int(mask.sum()), 0)))
    else:
        link_to("explore", t("chosen.by_rule"), workspace.address_of("explore", run.id, {"tab": "sets"}))
