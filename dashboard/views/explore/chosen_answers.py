"""What chosen test images answer, computed once for each run, choice and what it is held against."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.session import cache
from vae_core.arrays import Ints
from vae_core.evaluation import paired, selected
from vae_core.evaluation.known_columns import known_columns, mark
from vae_core.evaluation.paired import ImageCosts
from vae_core.evaluation.selected import Contrast, Direction, Effect
from vae_core.latent.regions import Mask
from vae_core.runs.run import Run


@dataclass(frozen=True)
class Answers:
    """What is known of chosen images beside others.

    Attributes:
        mix: how many of the chosen images, and of all, are of each class; None without classes.
        costs: by name of the column; empty where there are no others.
        effects: the largest first.
        way: to the other set, where one is named.
    """

    mix: tuple[Ints, Ints] | None
    costs: dict[str, Contrast]
    effects: list[Effect]
    way: Direction | None


def of(run: Run, chosen: Mask, others: Mask, *, against: bool) -> Answers:
    """Return what chosen images answer beside others, masks (N,) that share no image; the way to them where they are a set."""
    return _answers(run, np.packbits(chosen).tobytes(), np.packbits(others & ~chosen).tobytes(), len(chosen), against, mark(run))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=cache.KEY)
def _answers(run: Run, chosen_bits: bytes, other_bits: bytes, n: int, against: bool, costs_mark: str) -> Answers:
    """Do so; `costs_mark` changes when the costs of each image have been computed, which the run's version does not know."""
    chosen, others = (np.unpackbits(np.frombuffer(bits, np.uint8), count=n).astype(bool) for bits in (chosen_bits, other_bits))
    points, columns = cache.latents(run), known_columns(run)
    mix = None if points.labels is None else selected.class_mix(points.labels, len(run.dataset.get("class_names", ())), chosen)
    if not chosen.any() or not others.any():
        return Answers(mix, {}, [], None)
    way = selected.direction(points.mu, chosen, others) if against else None
    return Answers(mix, selected.contrasts(columns, chosen, others), selected.effects(columns, chosen, others), way)


def are_priced(run: Run) -> bool:
    """Tell whether the costs of each image are stored."""
    return os.path.isfile(run.path / run.evaluation_file("bills"))


def price(run: Run, costs: ImageCosts) -> None:
    """Store what each image costs.

    Raises:
        RunError: the folder cannot be written.
    """
    paired.store_costs(run, costs)
