"""The map of a run in a notebook, on the kernel's side: its place, its selection, and the bytes that the browser asks for."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

from dashboard.components import parts
from dashboard.components.map_widget import MapWidget
from dashboard.notebook import show
from tests.dashboard.pages import unfinish
from tests.places import ROOT
from vae_core.config import ConfigError
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run

RUN = open_run(ROOT / "checkpoints" / "digits-2d")
ROWS = RUN.latents().rows


class Browser:
    """The other end of a widget: what it was sent, and a way to send it something."""

    def __init__(self, widget: MapWidget, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget = widget
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(widget.comm, "send", lambda data, buffers=(), **_: self.sent.append((data, list(buffers or ()))))

    def says(self, **data: Any) -> None:
        self.widget._handle_msg({"content": {"data": {"buffer_paths": [], **data}}, "buffers": []})

    def asks(self, wanted: object) -> list[str]:
        """Ask for something, and return the keys of the packets that come."""
        self.sent.clear()
        self.says(method="custom", content={"wanted": wanted})
        packets = [bytes(buffer) for _, buffers in self.sent for buffer in buffers]
        return [json.loads(one[4 : 4 + int.from_bytes(one[:4], "little")])["key"].split("/", 1)[1] for one in packets]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(show(RUN), monkeypatch)


def test_place_and_selection_are_live_on_both_sides(browser: Browser) -> None:
    widget = browser.widget
    assert widget.z == [0, 0] and widget.selection == []
    heard: list[str] = []
    widget.observe(lambda change: heard.append(change.name), ["z", "selection"])
    browser.says(method="update", state={"z": [0.5, -1], "selection": [[-9, 0], [int(ROWS[3]), int(ROWS[3]) + 1], [10**7, 10**8]]})
    assert widget.z == [0.5, -1] and widget.selection == [ROWS[3]] and sorted(heard) == ["selection", "z"]
    browser.sent.clear()
    widget.z = np.array([1, 2.5])
    widget.selection = ROWS[[5, 2, 5]]
    states = [data["state"] for data, _ in browser.sent]
    assert states[0] == {"z": [1, 2.5]}
    assert np.concatenate([np.arange(*ends) for ends in states[1]["selection"]]).tolist() == sorted(ROWS[[2, 5]]) == widget.selection


@pytest.mark.parametrize("wrong", [None, "a", [1], [1, 2, 3], [1, float("nan")], [[1, 2]], ["a", "b"]])
def test_a_place_is_as_many_numbers_as_there_are_dimensions(browser: Browser, wrong: object) -> None:
    with pytest.raises(traitlets.TraitError, match="2 numbers"):
        browser.widget.z = wrong
    assert browser.widget.z == [0, 0]


@pytest.mark.parametrize("wrong", [None, 3, "all", [10**6], [10**30], [{}]])
def test_a_selection_holds_rows_of_test_images(browser: Browser, wrong: object) -> None:
    with pytest.raises(traitlets.TraitError, match="test image"):
        browser.widget.selection = wrong
    assert browser.widget.selection == []


def test_the_browser_gets_what_it_asks_for_and_nothing_else(browser: Browser) -> None:
    assert browser.asks("map") == list(parts.MAP)
    assert browser.asks("column/kl") == ["column/kl"] and browser.asks("drawing") == ["encoder", "images"]
    assert browser.asks(f"row/{ROWS[0]}") == [f"row/{ROWS[0]}"]
    for wrong in (None, "", "column/../../secret", "row/-1", f"row/{10**8}", "row/²", ["map"], {}):
        assert browser.asks(wrong) == []


def test_what_cannot_be_sent_is_one_sentence(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(RUN), "weights", lambda self: (_ for _ in ()).throw(RunError("Not today.")))
    browser.asks("map")
    assert browser.sent[-1][0]["content"] == {"failed": "Not today."}


def test_without_anywidget_it_is_one_sentence_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "dashboard.components.map_widget")
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r"pip install .*\[notebook\]"):
        show(RUN)


def test_what_has_no_map_says_why_and_names_no_page(runs: Path) -> None:
    table = replace(RUN, dataset={**RUN.dataset, "event_shape": [64]})
    with pytest.raises(RunError, match=r"not trained on pictures, so there is no map to draw\.$"):
        show(table)
    unfinish(runs / "tiny-2d")
    with pytest.raises(RunError, match="the run is not finished yet"):
        show(open_run(runs / "tiny-2d"))


def test_a_language_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match="language is 'fr'; choose one of en, zh"):
        show(RUN, "fr")
