"""What the live map asks for of sets of images: chosen, joined, kept, changed, undone; and what is no such message changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st

from dashboard.components import live_map
from dashboard.session import choice
from dashboard.widgets import map_sets
from tests.dashboard.pages import Open, address, is_calm, told
from vae_core.inspection import rules, store
from vae_core.runs import selections
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.runs.selections import FILE, Selections

Ask = Callable[..., np.ndarray | None]


@pytest.fixture
def run(runs: Path) -> Run:
    """A run of its own."""
    return load_run(runs, "tiny-5d")


@pytest.fixture
def ask(run: Run, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a function that asks as the map does, and returns what is chosen then."""
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)

    def asked(do: str, **values: Any) -> np.ndarray | None:
        monkeypatch.setattr(live_map, "asked_of_sets", lambda: {"do": do, "serial": 7, **values})
        map_sets.heard(run)
        return choice.chosen(run)

    return asked


def bits(mask: np.ndarray) -> str:
    return base64.b64encode(np.packbits(mask).tobytes()).decode()


def said(run: Run) -> str:
    return str(map_sets.told(run)["said"])


def test_rules_and_lassos_are_joined_and_undone(run: Run, ask: Ask) -> None:
    latents = run.latents()
    n, labels = len(latents.mu), latents.labels
    assert labels is not None
    lasso = np.arange(n) % 3 == 0
    for how in ("without", "within"):
        assert ask("lasso", how=how, bits=bits(lasso)) is None and not map_sets.told(run)["can_undo"], "there is nothing to take away from"
    assert np.array_equal(ask("lasso", how="add", bits=bits(lasso)), lasso)
    assert np.array_equal(ask("lasso", how="new", bits=bits(lasso)), lasso)
    assert np.array_equal(ask("rule", how="add", by="class", number=1), lasso | (labels == 1))
    assert np.array_equal(ask("rule", how="without", by="rows", words=f"{latents.rows[0]}"), (lasso | (labels == 1)) & (np.arange(n) > 0))
    ask("rule", how="within", by="near", number=5, z=[0, 0, 0, 0, 0])
    kl = latents.kl_per_image
    low = float(np.quantile(kl, 0.4))
    assert np.array_equal(ask("rule", how="new", by="range", column="kl", low=f"{low}", high=""), kl >= low)
    assert np.array_equal(ask("rule", how="new", by="outside", number=0.5), (latents.mu.astype(float) ** 2).sum(1) > 0.25)
    assert (before := ask("invert")) is not None and np.array_equal(before, (latents.mu.astype(float) ** 2).sum(1) <= 0.25)
    assert ask("nothing") is None
    assert ask("invert").all(), "where no image is chosen, all of them are those that are not"
    assert ask("undo") is None and np.array_equal(ask("undo"), before)
    for _ in range(8):
        last = ask("undo")
    assert last is None and not map_sets.told(run)["can_undo"] and map_sets.told(run)["serial"] == 7


def test_the_rim_of_a_hole_is_offered_where_holes_are_known(run: Run, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert map_sets.told(run)["holes"] == 0 and ask("rule", how="new", by="rim", number=1) is None and "inspect" in said(run)
    cells = np.arange(25).reshape(5, 5) == 12  # the middle of a grid from -2 to 2
    result = SimpleNamespace(values={"holes": [{}]}, arrays={"axis": np.linspace(-2, 2, 5), "region": cells.astype(int)})
    monkeypatch.setattr(store, "read", lambda *_: result)
    flat = load_run(run.path.parent, "tiny-2d")
    assert map_sets.told(flat)["holes"] == 1
    monkeypatch.setattr(live_map, "asked_of_sets", lambda: {"do": "rule", "how": "new", "by": "rim", "number": 1})
    map_sets.heard(flat)
    mask = choice.chosen(flat)
    assert mask is not None and np.array_equal(mask, np.linalg.norm(flat.latents().mu.astype(float), axis=1) <= rules.RIM)


def test_sets_are_kept_changed_and_brought_back_in_their_place(run: Run, ask: Ask) -> None:
    rows = run.latents().rows
    ask("rule", how="new", by="rows", words=f"{rows[0]},{rows[4]}")
    ask("keep", name="first", colour=3)
    ask("rule", how="new", by="rows", words=f"{rows[1]}")
    ask("keep", name=" second ", colour=None)
    facts = map_sets.told(run)
    assert facts["list"] == [{"name": "first", "colour": 3, "n": 2}, {"name": "second", "colour": 0, "n": 1}]
    ask("rename", name="first", to="<i>1</i>", colour=5)
    assert [one.name for one in run.selections.all()] == ["<i>1</i>", "second"] and run.selections.all()[0].colour == 5
    ask("remove", name="<i>1</i>")
    assert [one["name"] for one in map_sets.told(run)["list"]] == ["second"]
    ask("undo")
    assert run.selection("<i>1</i>").tolist() == [rows[0], rows[4]] and [one.name for one in run.selections.all()] == ["<i>1</i>", "second"]
    assert np.flatnonzero(ask("pick", how="add", name="<i>1</i>")).tolist() == [0, 1, 4]
    ask("rename", name="second", to="<i>1</i>", colour=1)
    assert "already" in said(run)
    ask("remove", name="second")
    run.select("third", rows[:1])
    ask("undo")
    assert "elsewhere" in said(run) and [one.name for one in run.selections.all()] == ["<i>1</i>", "third"]


def test_undo_leaves_the_set_that_another_viewer_kept_at_the_same_moment(run: Run, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, real = run.latents().rows, Selections._writing

    def after_another(sets: Selections) -> AbstractContextManager[None]:
        monkeypatch.setattr(Selections, "_writing", real)
        run.select("theirs", rows[:1])
        return real(sets)

    ask("rule", how="new", by="rows", words=f"{rows[1]}")
    for do, asked in {"keep": {"name": "mine"}, "rename": {"name": "mine", "to": "ours", "colour": 1}, "remove": {"name": "mine"}}.items():
        before = [one.name for one in run.selections.all()]
        monkeypatch.setattr(Selections, "_writing", after_another)
        ask(do, **asked)
        assert said(run) == "" and "theirs" in [one.name for one in run.selections.all()]
        ask("undo")
        assert said(run) == "" and [one.name for one in run.selections.all()] == [*before, "theirs"], do
        run.selections.remove("theirs")
        if do == "keep":
            ask("keep", name="mine")


def test_a_step_back_that_fails_for_a_moment_can_be_tried_again(run: Run, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    ask("rule", how="new", by="rows", words=f"{run.latents().rows[1]}")
    ask("keep", name="mine")
    with monkeypatch.context() as patch:
        patch.setattr(selections, "write_beside", full)
        ask("undo")
    assert "cannot be kept" in said(run) and [one.name for one in run.selections.all()] == ["mine"]
    ask("undo")
    assert said(run) == "" and run.selections.all() == ()


HOSTILE = [
    {"do": "lasso", "bits": "A" * 10**6}, {"do": "rule", "by": "range", "column": "kl=1)", "low": "x"}, {"do": "rule", "by": "range"},
    {"do": "rule", "by": "near", "number": -1, "z": [0]}, {"do": "rule", "by": "near", "number": 3, "z": ["a", None]},
    {"do": "rule", "by": "words", "column": "=cmd|x", "words": "<script>"}, {"do": "rule", "by": "outside", "number": True},
    {"do": "rule", "by": "rows", "words": "1-9" * 200}, {"do": "keep", "name": "\u202ex", "colour": 9}, {"do": "rename", "name": []},
    {"do": "pick", "name": "no such"}, {"do": "rule", "by": "class", "number": float("nan")}, {"do": ["keep"]}, {"do": "__init__"},
]  # fmt: skip


@pytest.mark.parametrize("asked", HOSTILE, ids=range(len(HOSTILE)))
def test_what_cannot_be_done_changes_nothing(run: Run, ask: Ask, asked: dict[str, Any]) -> None:
    before = ask("rule", how="new", by="rows", words=str(run.latents().rows[3]))
    assert np.array_equal(ask(**asked), before) and not (run.path / FILE).exists()
    assert "\n" not in said(run)


def test_a_damaged_file_of_sets_is_a_sentence_on_the_map(run: Run, runs: Path, visit: Open) -> None:
    (run.path / FILE).write_text("{")
    at = visit("explore", run=run.id, sel="a%2Cb,c")
    assert is_calm(at) and FILE in told(at)["sets"]["said"] and told(at)["sets"]["list"] == [] and address(at)["sel"] == "a%2Cb,c"
