"""The page Runs: every run with what is stored of it, and what can be done with those that were chosen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.i18n.format import plain
from dashboard.i18n.texts import said_of, t
from dashboard.session.run_choice import MOST
from dashboard.views.runs import table
from tests.dashboard.pages import Open, address, is_calm, unfinish, words
from vae_core.jobs import worker
from vae_core.runs.listing import load_run


@pytest.fixture(autouse=True)
def nobody_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "start_worker", lambda root: None)


def choose(monkeypatch: pytest.MonkeyPatch, *rows: int) -> None:
    """Choose rows of the table, which the tests' browser cannot."""
    shown = st.dataframe

    def chosen(*given: Any, **how: Any) -> dict[str, dict[str, list[int]]]:
        shown(*given, **how)
        return {"selection": {"rows": list(rows)}}

    monkeypatch.setattr(st, "dataframe", chosen)


def press(at: AppTest, key: str) -> AppTest:
    """Press the one button of that name."""
    (found,) = (one for one in at.button if one.label == t(key))
    return found.click().run()


def is_grey(at: AppTest, key: str) -> bool:
    """Tell whether the one button of that name cannot be pressed."""
    (found,) = (one for one in at.button if one.label == t(key))
    return found.disabled


def test_every_run_stands_in_the_table_with_what_is_stored_of_it(runs: Path, visit: Open) -> None:
    shutil.copytree(runs / "tiny-2d", runs / "rest")
    unfinish(runs / "rest")
    (runs / "=odd").mkdir()
    (runs / "=odd" / "config.json").write_text("{")
    at = visit("runs", run="tiny-2d")
    (shown,) = at.dataframe
    frame = shown.value
    assert is_calm(at) and list(frame.columns) == list(table.COLUMNS) and len(frame) == 4
    by_state = {row["state"]: row for row in frame.to_dict("records") if row["name"] != "'=odd"}
    test = load_run(runs, "tiny-2d").summary["test"]
    assert frame["nats"].tolist()[1:3] == pytest.approx([test["negative_elbo"], load_run(runs, "tiny-5d").summary["test"]["negative_elbo"]])
    assert by_state["failed"]["nats"] != by_state["failed"]["nats"]
    (odd,) = (row for row in frame.to_dict("records") if row["name"] == "'=odd")
    assert odd["state"] == t("runs.broken") and odd["data"] != odd["data"]


def test_why_a_run_was_cut_short_or_cannot_be_opened_stands_below_the_table(runs: Path, visit: Open) -> None:
    assert "- **" not in words(visit("runs", run="tiny-2d"))
    shutil.copytree(runs / "tiny-2d", runs / "rest")
    unfinish(runs / "rest")
    (runs / "*odd*").mkdir()
    (runs / "*odd*" / "config.json").write_text("{")
    at = visit("runs", run="tiny-2d")
    (rest,) = (row["name"] for row in at.dataframe[0].value.to_dict("records") if row["state"] == t("state.failed"))
    odd = "config.json of run '*odd*' cannot be used (it is damaged); restore it or train the run again."
    for name, why in ((rest, "Training failed: no space left."), ("*odd*", odd)):
        assert f"- {said_of(f'**{plain(name)}**', plain(why))}" in words(at)


def test_what_differs_from_the_run_on_screen_is_marked_and_named(runs: Path, visit: Open) -> None:
    config = json.loads((runs / "tiny-5d" / "config.json").read_text())
    config["objective"]["beta"] = 4.0
    (runs / "tiny-5d" / "config.json").write_text(json.dumps(config))
    (shown,) = visit("runs", run="tiny-2d").dataframe
    own, other = shown.value.to_dict("records")
    assert own["settings"] == "" and f"{t('setting.beta')}: 4" in other["settings"] and (own["size"], other["size"]) == (2, 5)
    assert shown.proto.arrow_data.styler.styles.count(table.MARK) == 1  # one rule, for the cells (1, size) and (1, settings)
    places = {(1, table.COLUMNS.index(name)) for name in ("size", "settings")}
    assert (
        all(f"row{row}_col{column}" in shown.proto.arrow_data.styler.styles for row, column in places)
        and "row0" not in shown.proto.arrow_data.styler.styles
    )


def test_a_chosen_run_is_opened_and_is_the_one_on_screen(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, 1)
    at = press(visit("runs", run="tiny-2d", z="1,1"), "runs.open")
    assert address(at) == {"run": "tiny-5d"} and at.title[0].value == t("explore.title") and at.sidebar.selectbox[0].value == "tiny-5d"


def test_two_chosen_runs_are_compared(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_grey(visit("runs", run="tiny-2d"), "runs.compare")
    choose(monkeypatch, 0, 1)
    at = press(visit("runs", run="tiny-5d"), "runs.compare")
    assert address(at) == {"run": "tiny-2d", "with": "tiny-5d"} and at.title[0].value == t("compare.title")


def test_what_cannot_be_opened_can_only_be_read(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    (runs / "zzz").mkdir()
    choose(monkeypatch, 2)
    at = visit("runs", run="tiny-2d")
    assert "zzz" in words(at) and [is_grey(at, key) for key in ("runs.open", "runs.compare", "train.delete")] == [True] * 3


def test_an_empty_folder_says_so_and_leads_to_train(runs: Path, visit: Open) -> None:
    for folder in runs.iterdir():
        shutil.rmtree(folder)
    at = visit("runs")
    assert is_calm(at) and t("runs.none") in words(at) and [link.proto.page for link in at.get("page_link")] == ["train"]


def test_of_many_runs_the_picker_lists_some_and_the_way_to_all(runs: Path, visit: Open) -> None:
    for number in range(MOST):
        shutil.copytree(runs / "tiny-2d", runs / f"copy-{number:02d}")
    at = visit("losses", run="tiny-5d")
    picker = at.selectbox(key="run_picker")
    assert picker.value == "tiny-5d" and len(picker.options) == MOST
    assert [link.proto.label for link in at.get("page_link")] == [t("app.all_runs", n=MOST + 2)]


def test_all_that_was_deleted_at_once_can_be_brought_back(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, 0, 1)
    at = press(visit("runs", run="tiny-2d"), "train.delete")
    assert not (runs / "tiny-2d").exists() and not (runs / "tiny-5d").exists()
    press(at, "train.undo")
    assert load_run(runs, "tiny-2d").summary and load_run(runs, "tiny-5d").summary and is_calm(at)
