"""The address: a link opens the same run, page and point."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from tests.dashboard.pages import PAGES, Open, address, is_calm, open_page, told


def test_a_page_switch_is_one_step_in_the_history_of_the_browser(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    told, navigation = [], st.navigation

    def spy(pages: object, **how: object) -> object:
        told.append({key: st.query_params[key] for key in st.query_params})
        return navigation(pages, **how)

    monkeypatch.setattr(st, "navigation", spy)
    at = visit("losses", run="tiny-5d", z="1,2,3,4,5")
    at.query_params.clear()  # as a browser does
    open_page("latent", at=at)
    # A browser steps to the new page with the address that it has by then; what comes later is a step, and costs a press, of its own.
    assert told[-1] == {"run": "tiny-5d", "z": "1,2,3,4,5"} == address(at)


def test_a_link_opens_the_same_run_page_and_point(runs: Path, visit: Open) -> None:
    at = visit("sample", run="tiny-5d", z="0.5,-1,0,2,0.25")
    assert told(at)["z"] == [0.5, -1, 0, 2, 0.25] and told(at)["preset"] == "sample"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_writes_run_and_point_into_its_address(runs: Path, visit: Open, page: str) -> None:
    at = visit("sample", run="tiny-2d", z="1,-0.5")
    for key in ("run", "z"):
        at.query_params.pop(key, None)  # what the browser does at a page switch
    open_page(page, at=at)
    assert address(at) == {"run": "tiny-2d", "z": "1,-0.5"}


@pytest.mark.parametrize("z", ["", "a,b", "1", "nan,0", "inf,0", "1,2,3", "1e400,0"])
def test_a_point_that_is_none_becomes_zero(runs: Path, visit: Open, z: str) -> None:
    at = visit("sample", run="tiny-2d", z=z)
    assert is_calm(at) and told(at)["z"] == [0, 0]


def test_another_run_is_picked_and_the_point_forgotten(runs: Path, visit: Open) -> None:
    at = visit("sample", run="tiny-2d", z="1,1")
    at.selectbox(key="run_picker").set_value("tiny-5d").run()
    assert address(at) == {"run": "tiny-5d"} and told(at)["z"] == [0] * 5 and is_calm(at)
