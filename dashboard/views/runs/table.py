"""The runs of a folder as a table, read from what is stored of each: no weights, no arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import choice_name, dataset_title, distinct, run_name, setting_value
from dashboard.i18n.texts import listed, said_of, t
from dashboard.views.compare.settings import NOTHING, differing
from vae_core.evaluation import stored_results
from vae_core.printable import as_field
from vae_core.runs.listing import BrokenRun
from vae_core.runs.run import Run

WIDTHS = {
    "name": 165,
    "state": 135,
    "data": 125,
    "size": 135,
    "objective": 165,
    "nats": 125,
    "knn": 110,
    "begun": 95,
    "settings": 300,
}  # pixels
COLUMNS = tuple(WIDTHS)
OWN = {"data": "dataset", "size": "latent_size", "objective": "objective"}  # settings with a column of their own
CUT_SHORT = ("failed", "diverged", "interrupted")  # states that a reader wants to know the reason of
MARK = "background-color: rgba(139, 108, 246, 0.22)"
ROW, HEAD, MOST = 35, 37, 16  # pixels, pixels, rows in sight


def choose(runs: Sequence[Run], broken: Sequence[BrokenRun], on_screen: Run | None) -> list[Run | BrokenRun]:
    """Show the table, below it why runs are not finished or cannot be opened, and return the runs that were chosen in it."""
    listed: list[Run | BrokenRun] = [*runs, *broken]
    names = distinct({run.id: run_name(run.name) for run in runs})
    rows = [_broken(one) if isinstance(one, BrokenRun) else _readable(one, names[one.id], on_screen) for one in listed]
    found = st.dataframe(
        _styled(rows),
        key="/".join(["runs", *(one.id for one in listed)]),  # places in another list are those of other runs
        on_select="rerun", selection_mode="multi-row", hide_index=True, row_height=ROW, height=HEAD + ROW * min(len(rows), MOST),
        column_order=COLUMNS, column_config=_columns(), placeholder=NOTHING, alt=t("runs.title"),
    )  # fmt: skip
    cut_short = [(names[run.id], run.sentence) for run in runs if run.state in CUT_SHORT and run.sentence]
    if reasons := [*cut_short, *((one.id, one.sentence) for one in broken)]:  # a cell has no room for a sentence
        st.markdown("\n".join(f"- {said_of(f'**{plain(name)}**', plain(translated(why)))}" for name, why in reasons))
    return [listed[place] for place in found["selection"]["rows"] if place < len(listed)]


def _readable(run: Run, name: str, on_screen: Run | None) -> dict[str, Any]:
    """Return the row of a run; `differs` are the columns in which it is not as the run on screen."""
    rows = differing([on_screen.config, run.config])[0] if on_screen else {}
    votes, test = (stored_results.neighbour_votes(run), run.summary["test"]) if run.summary else (None, {})
    changed = {name: NOTHING if values[1] is None else setting_value(name, values[1]) for name, values in rows.items()}
    return {
        "name": as_field(name),
        "data": as_field(dataset_title(run)),
        "size": run.config.model.latent_size,
        "objective": choice_name("objective", run.config.objective.objective),
        "nats": test.get("negative_elbo"),
        "knn": None if votes is None else 100 * votes["accuracy"],
        "begun": _begun(run),
        "state": t(f"state.{run.state}"),
        "settings": listed(said_of(t(f"setting.{name}"), value) for name, value in changed.items() if name not in OWN.values()),
        "differs": {column for column, name in OWN.items() if name in rows} | ({"settings"} if set(rows) - set(OWN.values()) else set()),
    }


def _broken(run: BrokenRun) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS) | {"name": as_field(run.id), "state": t("runs.broken"), "differs": set()}


def _begun(run: Run) -> datetime | None:
    """Return when config.json was written, which is when training began, or when the run was copied."""
    try:
        return datetime.fromtimestamp(os.stat(run.path / "config.json").st_mtime, UTC).replace(tzinfo=None)
    except OSError:
        return None


def _styled(rows: Sequence[dict[str, Any]]) -> Any:
    """Return the rows as a table in which the cells are marked that differ from the run on screen."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=COLUMNS)
    marks = pd.DataFrame([[MARK if column in row["differs"] else "" for column in COLUMNS] for row in rows], columns=COLUMNS)
    return frame.style.apply(lambda _: marks, axis=None)


def _columns() -> dict[str, Any]:
    column = st.column_config
    numbers = {"size": "%d", "nats": "%.1f", "knn": "%.0f %%"}
    kinds: dict[str, Any] = {}
    for name, how in numbers.items():
        kinds[name] = column.NumberColumn(t(f"runs.{name}"), format=how, help=t(f"runs.{name}_help"), width=WIDTHS[name])
    kinds["begun"] = column.DatetimeColumn(t("runs.begun"), format="YYYY-MM-DD", help=t("runs.begun_help"), width=WIDTHS["begun"])
    return {
        name: kinds.get(name) or column.TextColumn(t(f"runs.{name}"), width=width, pinned=name == "name") for name, width in WIDTHS.items()
    }


def named(run: Run | BrokenRun) -> str:
    """Return what a run is called, as plain text."""
    return plain(run.id if isinstance(run, BrokenRun) else run_name(run.name))
