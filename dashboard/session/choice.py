"""The test images of a run that are chosen at this moment, and the steps back to what was chosen and kept before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from vae_core.latent.regions import Mask
from vae_core.runs.run import Run
from vae_core.runs.selections import ChangedElsewhere, Selection

MOST_STEPS = 30


@dataclass(frozen=True)
class Step:
    """What an action began with: the choice, eight images to a byte, and where it changed the kept sets, these before and after."""

    choice: bytes | None
    before: tuple[Selection, ...] = ()
    after: tuple[Selection, ...] = ()


def chosen(run: Run) -> Mask | None:
    """Return which test images are chosen, (N,) in the order of the run's latents, or None where nothing was chosen."""
    packed = packed_choice(run)
    n = run.summary["test"]["n"]
    return None if packed is None else np.unpackbits(np.frombuffer(packed, np.uint8), count=n).astype(bool)


def packed_choice(run: Run) -> bytes | None:
    """Return the choice with eight images to a byte, by which it is known; None where nothing was chosen."""
    kept: bytes | None = _kept(run)["choice"]
    return kept


def choose(run: Run, mask: Mask | None) -> None:
    """Choose these test images, (N,), or nothing."""
    _step(run, Step(packed_choice(run)))
    _kept(run)["choice"] = None if mask is None else np.packbits(mask).tobytes()


def sets_changed(run: Run, before: tuple[Selection, ...], after: tuple[Selection, ...]) -> None:
    """Note that the kept sets were these before a change and are those after it."""
    _step(run, Step(packed_choice(run), before, after))


def can_undo(run: Run) -> bool:
    """Tell whether there is a step back."""
    return bool(_kept(run)["steps"])


def undo(run: Run) -> None:
    """Take the last step back.

    Raises:
        ChangedElsewhere: the sets have been changed since; that step is forgotten.
        RunError: they cannot be put back at this moment; the step stays.
    """
    kept = _kept(run)
    if not kept["steps"]:
        return
    step: Step = kept["steps"][-1]
    try:
        if step.before or step.after:
            run.selections.put_back(step.before, step.after)
    except ChangedElsewhere:
        kept["steps"].pop()
        raise
    kept["steps"].pop()
    kept["choice"] = step.choice


def _step(run: Run, step: Step) -> None:
    kept = _kept(run)
    kept["steps"] = [*kept["steps"], step][-MOST_STEPS:]


def _kept(run: Run) -> dict[str, Any]:
    """Return what this session keeps for the run; of another one, or after another training, nothing."""
    key = (run.id, run.weights_sha256)
    if st.session_state.get("choice", {}).get("run") != key:
        st.session_state["choice"] = {"run": key, "choice": None, "steps": []}
    return st.session_state["choice"]
