"""The curves of a run, with what steers them, on a scale of one's choice, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from dashboard.figures.loss_curves import History, can_be_log, curves, describe
from dashboard.figures.theme import STILL
from dashboard.i18n.names import weighed_name
from dashboard.i18n.texts import t
from dashboard.session import cache
from vae_core.arrays import Float64s
from vae_core.config import TrainConfig
from vae_core.runs.columns import number_in_words
from vae_core.runs.run import Run
from vae_core.training.lr_schedules import RATES

COLUMNS = ("epoch", "step", "split", "negative_elbo", "reconstruction", "kl", "kl_weight")
PLACES = 240  # at which the learning rate is drawn, about


def learning_rates(config: TrainConfig, steps_per_epoch: int, steps: int) -> tuple[Float64s, Float64s]:
    """Return after which epochs (with fractions) a step was taken, and its learning rate: what training computes, which nothing stores.

    Args:
        steps_per_epoch: of this run.
        steps: that were taken; fewer than were planned where training ended early.
    """
    total = steps_per_epoch * config.epochs
    taken = np.unique(np.append(np.arange(0, steps, max(1, total // PLACES)), np.arange(steps_per_epoch, steps + 1, steps_per_epoch) - 1))
    rate = RATES[config.lr_schedule]
    return (taken + 1) / steps_per_epoch, np.array([rate(int(step), total, config) for step in taken])


def as_csv(history: History, rates: tuple[Float64s, Float64s] | None) -> str:
    """Return what the curves show: nats per image, and the learning rate of each epoch's last step."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow((*COLUMNS, "learning_rate"))
    for row in zip(*(history[name].tolist() for name in COLUMNS), strict=True):
        rate = "" if rates is None else f"{np.interp(row[0], *rates):.6g}"
        writer.writerow((*(number_in_words(one) if isinstance(one, float) else one for one in row), rate))
    return buffer.getvalue()


def show(run: Run, history: History, references: Sequence[tuple[str, float]]) -> None:
    """Show the curves, above them their scale and their data."""
    rates = None
    if run.config.train.lr_schedule in RATES:
        steps = int(np.nanmax(history["step"]))
        rates = learning_rates(run.config.train, round(steps / float(np.nanmax(history["epoch"]))), steps)
    with st.container(horizontal=True, vertical_alignment="center"):
        is_log = can_be_log(history) and st.toggle(t("losses.log"), key="losses/log", persist_state="session")
        data, name = partial(as_csv, history, rates), f"{run.id}-losses.csv"  # made when it is asked for
        st.download_button(t("losses.csv"), data, name, "text/csv", on_click="ignore", type="tertiary", icon=":material/download:")
    best, weighed = run.summary.get("best_epoch"), weighed_name(run.config)
    draw = partial(curves, history, references, best, rates, is_log=is_log, weighed=weighed)
    cache.show_figure(draw, height="content", config=STILL, alt=describe(history, references), key="curves")
