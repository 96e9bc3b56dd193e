"""Parts are computed on demand, and the page says how far the work is."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.i18n.texts import t
from dashboard.views.inspect import computing
from tests.dashboard.views.inspect.conftest import (
    PARTS,
    Visit,
    is_calm,
)
from vae_core.inspection import process
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


def progress(state: str, whole: float = 0.25, seconds: float = 10.0) -> Any:
    """Return how far a computation is, as vae_core.inspection.process tells it."""
    from types import SimpleNamespace

    return SimpleNamespace(state=state, part="bounds", parts=PARTS, share=0.5, whole=whole, seconds=seconds, sentence="Out of memory.")


def test_a_press_starts_the_part_or_all_of_them(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(process, "start", lambda run, parts=(), split="test": asked.append(parts))
    at = visit("inference-gap")
    at.button(key="compute_one").click().run()
    at.button(key="compute_all").click().run()
    assert is_calm(at) and asked == [("inference-gap",), ()]


def test_a_folder_that_cannot_be_written_is_a_sentence(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Run, parts: tuple[str, ...] = (), split: str = "test") -> None:
        raise RunError("The folder is locked")

    monkeypatch.setattr(process, "start", refuse)
    at = visit("inference-gap")
    at.button(key="compute_one").click().run()
    assert is_calm(at) and [warning.value for warning in at.warning] == ["The folder is locked"]


def test_work_at_hand_shows_its_name_its_share_and_the_time_left(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "progress", lambda run: progress("running"))
    at = visit("inference-gap")
    (bar,) = at.get("progress")
    left = t("inspect.work.left_seconds", n="30")
    assert is_calm(at) and bar.proto.value == 25
    assert bar.proto.text == t("inspect.work.busy", name=t("inspect.bounds.name"), left=left)
    assert [button.label for button in at.button] == [t("inspect.work.stop")]


@pytest.mark.parametrize("state", ["failed", "interrupted", "stopped"])
def test_work_that_ended_badly_is_said_and_can_be_asked_for_again(visit: Visit, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(process, "progress", lambda run: progress(state))
    at = visit("inference-gap")
    assert is_calm(at) and len(at.warning) == 1 and len(at.button) == 2
    assert ("Out of memory" in at.warning[0].value) == (state == "failed")


def test_time_left_is_told_once_it_is_known() -> None:
    assert computing._time_left(0.01, 5) == t("inspect.work.left_unknown")
    assert computing._time_left(0.5, 30) == t("inspect.work.left_seconds", n="30")
    assert computing._time_left(0.1, 60) == t("inspect.work.left_minutes", n="9")
