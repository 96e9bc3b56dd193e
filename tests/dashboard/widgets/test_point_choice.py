"""What is enclosed on the film or on Compare's maps is chosen in the session, for every view; what is no such message changes nothing."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st

from dashboard.i18n.texts import t
from dashboard.session import choice
from dashboard.widgets.point_choice import PointSets
from tests.dashboard.pages import Open, is_calm
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


@pytest.fixture
def run(runs: Path) -> Run:
    """A run of its own."""
    return load_run(runs, "tiny-5d")


def bits(mask: np.ndarray) -> str:
    return base64.b64encode(np.packbits(mask).tobytes()).decode()


def test_points_of_a_part_of_the_images_are_joined_with_the_choice_of_all(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    rows = run.latents().rows
    part, sets = rows[40:9:-1], PointSets(run, "film")
    assert sets.told(part)["choice"] == {"bits": "", "n": 0, "of": len(rows), "can_undo": False, "serial": 0, "said": ""}
    lasso = np.arange(len(part)) % 3 == 0
    sets.heard(part, {"do": "lasso", "how": "new", "bits": bits(lasso), "serial": 4})
    mask = choice.chosen(run)
    assert mask is not None and {*rows[mask].tolist()} == {*part[lasso].tolist()}
    told = sets.told(part)["choice"]
    assert (told["bits"], told["n"], told["serial"], told["can_undo"]) == (bits(lasso), int(lasso.sum()), 4, True)
    sets.heard(part, {"do": "invert", "serial": 5})
    assert sets.told(part)["choice"]["n"] == len(rows) - lasso.sum()
    sets.heard(part, {"do": "undo", "serial": 6})
    assert np.array_equal(choice.chosen(run), mask)
    sets.heard(part, {"do": "nothing", "serial": 7})
    assert choice.chosen(run) is None


HOSTILE: list[Any] = [
    None, 3, [], {"do": "keep", "name": "x"}, {"do": "lasso", "bits": "A" * 10**6}, {"do": ["lasso"], "serial": "7"},
    {"do": "remove", "name": "x"},
]  # fmt: skip


def test_what_is_no_such_message_changes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    for asked in HOSTILE:
        PointSets(run, "film").heard(run.latents().rows, asked)
    assert choice.chosen(run) is None and not choice.can_undo(run) and not (run.path / "selections.json").exists()


def test_film_and_compare_lead_to_what_is_said_of_the_choice(run: Run, visit: Open) -> None:
    for page in ("film", "compare"):
        at = visit(page, run=run.id)
        (link,) = [one.proto for one in at.get("page_link") if one.proto.page == "explore"]
        assert is_calm(at) and (link.label, link.query_string) == (t("chosen.by_rule"), "tab=sets"), page
        mask = np.arange(len(run.latents().rows)) < 7
        at.session_state["choice"] = {"run": (run.id, run.weights_sha256), "choice": np.packbits(mask).tobytes(), "steps": []}
        at.run()
        assert is_calm(at) and [one for one in at.get("page_link") if "7 chosen" in one.proto.label], page
