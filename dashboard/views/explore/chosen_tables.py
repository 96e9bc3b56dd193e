"""What chosen images answer, as tables: classes, costs, columns that tell them apart, the way to another set."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from dashboard.i18n.format import axis, fixed, number, percent, plain
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import t, text_or
from dashboard.views.explore.chosen_answers import Answers
from vae_core import rounding
from vae_core.evaluation.selected import RESAMPLED, Effect
from vae_core.runs.columns import UNDER, date_in_words
from vae_core.runs.run import Run

MOST = 12  # lines of a table
COSTS = ("reconstruction", "kl", "negative_elbo")


def show_classes(run: Run, answers: Answers, n: int, of: int) -> None:
    """Show the share of each class beside its share of all, the most frequent first."""
    if answers.mix is None:
        return
    inside, everywhere = answers.mix
    names = class_names(run)
    order = [k for k in np.argsort(-inside, kind="stable") if inside[k]]
    shares = [[t("chosen.percent", share=percent(share)) for share in (inside[k] / n, everywhere[k] / of)] for k in order[:MOST]]
    lines = [[plain(names[k]), fixed(inside[k], 0), *both] for k, both in zip(order, shares, strict=False)]
    _table([t("chosen.class"), t("chosen.number"), t("chosen.of_chosen"), t("chosen.of_all")], lines)
    if len(order) > MOST:
        st.markdown(t("chosen.more_classes", n=fixed(len(order) - MOST, 0)))


def show_costs(answers: Answers, beside: str) -> None:
    """Show what the images cost in the mean, beside the others, with standard errors."""
    if not answers.costs:
        st.markdown(t("chosen.none_beside"))
        return
    ours = _printed({name: contrast.chosen.value for name, contrast in answers.costs.items()})
    theirs = _printed({name: contrast.others.value for name, contrast in answers.costs.items()})
    lines = []
    for name in [one for one in COSTS if one in answers.costs]:
        contrast = answers.costs[name]
        gap = round(ours[name] - theirs[name], 2)  # of what is printed
        both = _with_error(ours[name], contrast.chosen.standard_error), _with_error(theirs[name], contrast.others.standard_error)
        lines.append([column_name(name), *both, _with_error(gap, contrast.standard_error)])
    _table([t("chosen.cost"), t("chosen.chosen"), _other(beside), t("chosen.difference")], lines)
    st.markdown(t("chosen.standard_error"))


def show_effects(run: Run, answers: Answers, beside: str) -> None:
    """Show which columns tell the images from the others, the largest effect first."""
    if not answers.effects:
        return
    st.markdown(t("chosen.effects"))
    lines = []
    for effect in answers.effects[:MOST]:
        interval = t("chosen.interval", size=fixed(effect.size, 2), low=fixed(effect.low, 2), high=fixed(effect.high, 2))
        lines.append([_label(run, effect), interval, _value(effect, effect.chosen), _value(effect, effect.others)])
    _table([t("chosen.column"), t("chosen.size"), t("chosen.chosen"), _other(beside)], lines)
    st.markdown(t("chosen.effects_how"))


def show_way(answers: Answers, beside: str) -> None:
    """Tell the direction from the images to another set, and how far chance would turn it."""
    way = answers.way
    if way is None:
        return
    st.markdown(t("chosen.way", name=plain(beside), length=number(way.length, 3)))
    if math.isfinite(way.turn):
        st.markdown(t("chosen.way_turn", turn=fixed(way.turn, 0), n=RESAMPLED))
    order = np.argsort(-abs(way.vector), kind="stable")[:MOST]
    _table(
        [t("chosen.dimension"), t("chosen.step")],
        [[axis(int(dim)), _with_error(float(way.vector[dim]), float(way.standard_error[dim]), 3)] for dim in order],
    )


def column_name(name: str) -> str:
    """Return what a column is called: ours by the texts, one that its owner keeps beside the images by its own name, letter by letter."""
    kind, _, n = name.partition("-")
    if kind == "factor" and n.isdecimal():
        return t("live_map.column_factor", n=n)
    if name.startswith(UNDER):
        return t("live_map.column_under", run=plain(name.removeprefix(UNDER)))
    return text_or(f"live_map.column_{name}", plain(name))


def _label(run: Run, effect: Effect) -> str:
    if not effect.category:
        return column_name(effect.column)
    shown = dict(zip(run.dataset.get("class_names", ()), class_names(run), strict=True)) if effect.column == "class" else {}
    return t("chosen.category", column=column_name(effect.column), category=plain(shown.get(effect.category, effect.category)))


def _value(effect: Effect, value: float) -> str:
    if effect.category:
        return t("chosen.percent", share=fixed(100 * value, 1))
    if effect.is_date:
        return date_in_words(value)
    return t("chosen.nats", value=fixed(value, 2)) if effect.unit == "nats" else f"{number(value, 3)} {plain(effect.unit)}".strip()


def _other(beside: str) -> str:
    return plain(beside) if beside else t("chosen.others")


def _printed(means: dict[str, float]) -> dict[str, float]:
    """Return means to two decimals, reconstruction and KL such that they add up to the total."""
    if "negative_elbo" not in means:
        return {name: round(value, 2) for name, value in means.items()}
    both = [means["reconstruction"], means["kl"]]
    return dict(zip(COSTS, (*rounding.parts(both, 2), rounding.total(both, 2)), strict=True))


def _with_error(value: float, error: float, places: int = 2) -> str:
    return f"{fixed(value, places)} ± {fixed(error, places)}" if math.isfinite(error) else fixed(value, places)


def _table(head: list[str], lines: list[list[str]]) -> None:
    rows = [head, ["---", *["--:"] * (len(head) - 1)], *lines]
    st.markdown("\n".join(f"| {' | '.join(cells)} |" for cells in rows))
