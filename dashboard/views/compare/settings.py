"""The settings in which runs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.names import setting_value
from dashboard.i18n.texts import t
from dashboard.views.compare.choice import LETTERS
from vae_core.config import RunConfig, sections
from vae_core.registries import matters
from vae_core.runs.run import Run

NOTHING = "–"  # where a setting means nothing beside the others of its run


def differing(configs: Sequence[RunConfig]) -> tuple[dict[str, list[Any]], int]:
    """Return the settings that are not the same in all runs, in the order of the form, None where one means nothing; and how many are."""
    groups = [[group for group in sections(config).values()] for config in configs]
    flat = [{f.name: getattr(group, f.name) for group in own for f in fields(group)} for own in groups]
    rows: dict[str, list[Any]] = {}
    same = 0
    for f in (f for group in groups[0] for f in fields(group)):
        values = [own[f.name] if matters(f, own) else None for own in flat]
        if any(value != values[0] for value in values):
            rows[f.name] = values
        elif values[0] is not None:
            same += 1
    return rows, same


def show_settings(runs: list[Run], names: Mapping[str, str]) -> None:
    """Show what differs as a table with a column per run."""
    st.subheader(t("compare.settings"), anchor=False)
    rows, same = differing([run.config for run in runs])
    if not rows:
        st.write(t("compare.settings_same"))
        return
    heads = [t("compare.head", letter=letter, name=plain(names[run.id])) for letter, run in zip(LETTERS, runs, strict=False)]
    lines = [line_of([t("compare.setting"), *heads]), line_of(["---"] * (len(runs) + 1))]
    for name, values in rows.items():
        lines.append(line_of([t(f"setting.{name}"), *(NOTHING if one is None else plain(setting_value(name, one)) for one in values)]))
    st.markdown("\n".join(lines))
    st.markdown(t("compare.settings_rest", n=same))


def line_of(cells: Sequence[str]) -> str:
    """Return a line of a table in Markdown."""
    return f"| {' | '.join(cells)} |"
