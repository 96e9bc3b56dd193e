"""What the same test images cost several runs: the means at once, then image by image, computed once and stored with each run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.i18n.format import cost_parts, fixed, percent, plain
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.views.compare.choice import LETTERS
from dashboard.views.compare.settings import line_of
from vae_core.evaluation import paired
from vae_core.evaluation.paired import Difference, ImageCosts, paired_difference
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

PLACES = 2  # decimals where no error says how many there should be


def costs_of(run: Run) -> ImageCosts:
    """Return what each test image costs; what had to be computed is stored where the run's folder can be written."""
    found = cache.costs(run)
    if paired.stored_costs(run) is None:
        with suppress(RunError):
            paired.store_costs(run, found)
    return found


def show_costs(runs: list[Run], names: Mapping[str, str]) -> dict[str, ImageCosts]:
    """Show what an image costs A and each other run, and the difference; its error needs each image's cost, which a button computes.

    Args:
        runs: A first.
        names: what each run is called, by its id.

    Returns:
        the costs that are known, by the run's id.
    """
    st.subheader(t("compare.bills"), anchor=False)
    places = [st.empty() for _ in runs[1:]]
    stored = {run.id: paired.stored_costs(run) for run in runs}
    found = {run_id: one for run_id, one in stored.items() if one is not None}
    for place, letter, other in zip(places, LETTERS[1:], runs[1:], strict=False):
        _table(place, runs[0], other, letter, found)
    if _n(runs[0]) < 2:  # one image: nothing that is computed of it would tell more
        return found
    if len(found) < len(runs):
        asked = st.empty()
        with asked.container():
            st.write(t("compare.ask", n=fixed(_n(runs[0]), 0)))
            if not st.button(t("compare.work"), type="primary"):
                return found
        with asked:
            found = _costs_of_all(runs, names)
        asked.empty()
        for place, letter, other in zip(places, LETTERS[1:], runs[1:], strict=False):
            _table(place, runs[0], other, letter, found)
    with st.expander(t("compare.how")):
        st.write(t("compare.how_text", n=fixed(len(found[runs[0].id].total), 0), samples=runs[0].summary["test"]["samples"]))
    return found


def _costs_of_all(runs: list[Run], names: Mapping[str, str]) -> dict[str, ImageCosts]:
    """Return every run's costs; say which run is being computed, and after the first how long the rest will take."""
    found: dict[str, ImageCosts] = {}
    start = time.monotonic()
    for i, run in enumerate(runs, 1):
        words = t("compare.busy", n=fixed(_n(run), 0), name=plain(names[run.id]), i=i, of=len(runs))
        spent = time.monotonic() - start
        if i > 1 and spent > 2:
            words += t("compare.left", seconds=fixed(spent / (i - 1) * (len(runs) - i + 1), 0))
        with st.spinner(words):
            found[run.id] = costs_of(run)
    return found


def _table(place: DeltaGenerator, first: Run, other: Run, letter: str, found: Mapping[str, ImageCosts]) -> None:
    """Say which of the two is cheaper, and show what an image costs each and the difference, part by part."""
    is_one = _n(first) < 2
    gaps = _differences(found[first.id], found[other.id]) if {first.id, other.id} <= found.keys() and not is_one else {}
    places = _places(gaps["total"].standard_error) if gaps else PLACES
    printed = [_printed(run, places) for run in (first, other)]
    lines = [line_of([t("compare.unit"), LETTERS[0], letter, t("compare.difference", letter=letter)]), line_of(["---", *["---:"] * 3])]
    for part in printed[0]:
        gap = _signed(_test(first)[part] - _test(other)[part], places)
        if gaps:
            gap = t("compare.metric", value=gap, error=fixed(gaps[part].standard_error, places))
        lines.append(line_of([t(f"compare.part_{part}"), *(column[part] for column in printed), gap]))
    with place.container():
        if gaps:
            share = t("compare.share", share=percent(gaps["total"].share), n=fixed(gaps["total"].n, 0))
            st.markdown(f"**{_sentence(gaps['total'], places, letter)}**  \n{share}")
        st.markdown("\n".join(lines))
        key = "sign" if gaps else "sign_one" if is_one else "sign_without_error"
        st.markdown(t(f"compare.{key}", letter=letter))


def _n(run: Run) -> int:
    """Return how many test images were scored; a mean of one has no standard error."""
    return int(run.summary["test"]["n"])


def _test(run: Run) -> dict[str, float]:
    """Return the stored test scores, nats per image; an autoencoder has the reconstruction alone."""
    test = run.summary["test"]
    if not run.has_kl:
        return {"reconstruction": test["reconstruction"]}
    return {"total": test["reconstruction"] + test["kl"], "reconstruction": test["reconstruction"], "kl": test["kl"]}


def _printed(run: Run, places: int) -> dict[str, str]:
    """Return the scores in print; the parts add up to the total."""
    scores = _test(run)
    *parts, total = cost_parts(*(value for part, value in scores.items() if part != "total"), places=places)
    return dict(zip(scores, [total, *parts] if len(parts) > 1 else parts, strict=True))


def _differences(one: ImageCosts, two: ImageCosts) -> dict[str, Difference]:
    """Return A minus the other run, paired image by image, part by part."""
    pairs = {"total": (two.total, one.total), "reconstruction": (two.reconstruction, one.reconstruction)}  # without a KL the same
    if not np.isnan(one.kl).any():
        pairs["kl"] = (two.kl, one.kl)
    return {part: paired_difference(*pair) for part, pair in pairs.items()}


def _sentence(gap: Difference, places: int, letter: str) -> str:
    """Say which run is cheaper and by how much."""
    key = "same" if not gap.is_clear else "cheaper_a" if gap.mean < 0 else "cheaper_other"
    return t(f"compare.{key}", letter=letter, value=fixed(abs(gap.mean), places), error=fixed(gap.standard_error, places))


def _signed(value: float, places: int) -> str:
    return ("+" if round(value, places) > 0 else "") + fixed(value, places)


def _places(error: float) -> int:
    """Return as many decimals as an error deserves, two digits of it."""
    return int(np.clip(1 - np.floor(np.log10(error)), 0, 6)) if error > 0 else PLACES
