"""What is cheap is computed by itself, the rest when it is asked for, and each card says how far its part is."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n.format import duration
from dashboard.i18n.texts import t
from dashboard.views.inspect import computing
from tests.dashboard.pages import is_calm
from tests.dashboard.views.inspect.conftest import PARTS, Stored, Visit, gap_values, kl_values
from vae_core.inspection import process
from vae_core.inspection.duration import CHEAP_SECONDS, cheap_parts, expected_seconds
from vae_core.inspection.parts.registry import APPLICATIONS
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


def progress(state: str, whole: float = 0.25, seconds: float = 10.0) -> Any:
    """Return how far a computation of test images is, as vae_core.inspection.process tells it."""
    return SimpleNamespace(
        state=state, part="bounds", parts=("bounds",), share=0.5, whole=whole, seconds=seconds, sentence="Out of memory.",
        concerns=lambda part, split: (part, split) == ("bounds", "test"),
    )  # fmt: skip


def cards(at: AppTest) -> dict[str, dict[str, Any]]:
    """Return what the cards were told, by the part's key."""
    (found,) = [element.proto for element in at.get("bidi_component") if element.proto.component_name == "latent_lens_parts"]
    return {card["key"]: card for card in json.loads(found.json)["parts"]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[set[str], str]]:
    """Return what processes were asked to compute, parts and images; they begin nothing."""
    found: list[tuple[set[str], str]] = []
    monkeypatch.setattr(process, "start", lambda run, parts=(), split="test": found.append((set(parts), split)))
    return found


def dear(monkeypatch: pytest.MonkeyPatch, *parts: str) -> None:
    """Let these parts take a minute and a half."""
    monkeypatch.setattr(computing, "cheap_parts", lambda run, split: tuple(part for part in PARTS if part not in parts))
    monkeypatch.setattr(computing, "expected_seconds", lambda run, part, split: 100.0 if part in parts else 1.0)


def test_what_is_cheap_is_computed_at_the_first_look_and_only_then(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[set[str], str]]
) -> None:
    dear(monkeypatch, "bounds", "inference-gap")
    at = visit("kl-decomposition", outliers=Stored({}, unavailable=[]))
    assert is_calm(at) and asked == [({"kl-decomposition", "rate-distortion", "prior-holes"}, "test")]
    at.run()
    at.radio(key="inspect_split").set_value("train").run()
    at.radio(key="inspect_split").set_value("test").run()
    assert [split for _, split in asked] == ["test", "train"]


def test_what_is_dear_waits_for_a_press_and_says_how_long_it_takes(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[set[str], str]]
) -> None:
    dear(monkeypatch, "bounds", "inference-gap")
    at = visit("inference-gap")
    assert at.button(key="compute_inference-gap").label == t("inspect.work.one", time=duration(100))
    at.button(key="compute_inference-gap").click().run()
    at.button(key="compute_all").click().run()
    assert is_calm(at) and asked[1:] == [({"inference-gap"}, "test"), (set(PARTS), "test")]


def test_what_is_asked_for_during_other_work_waits_its_turn(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[set[str], str]]
) -> None:
    dear(monkeypatch, "bounds", "inference-gap")
    at = visit("inference-gap")
    monkeypatch.setattr(process, "progress", lambda run: progress("running"))
    at.button(key="compute_inference-gap").click().run()
    assert cards(at)["inference-gap"]["state"] == "waiting" and len(asked) == 1
    assert t("inspect.work.coming") in "".join(one.value for one in at.markdown)
    monkeypatch.setattr(process, "progress", lambda run: None)
    at.run()
    assert asked[1:] == [({"inference-gap"}, "test")]


def test_a_folder_that_cannot_be_written_is_a_sentence(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Run, parts: tuple[str, ...] = (), split: str = "test") -> None:
        raise RunError("The folder is locked")

    monkeypatch.setattr(process, "start", refuse)
    at = visit("inference-gap")
    assert is_calm(at) and [warning.value for warning in at.warning] == ["The folder is locked"]


def test_work_at_hand_shows_its_name_its_share_and_the_time_left(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "progress", lambda run: progress("running"))
    at = visit("inference-gap")
    (bar,) = at.get("progress")
    left = t("inspect.work.left_seconds", n="30")
    assert is_calm(at) and bar.proto.value == 25
    assert bar.proto.text == t("inspect.work.busy", name=t("inspect.bounds.name"), left=left)
    assert t("inspect.work.stop") in [button.label for button in at.button]
    assert cards(at)["bounds"] | {"question": ""} == {
        "key": "bounds", "name": t("inspect.bounds.name"), "question": "", "state": "busy",
        "words": t("inspect.card.busy", share="50"), "share": 0.5, "shapes": [],
    }  # fmt: skip


@pytest.mark.parametrize("state", ["running", "failed"])
def test_of_training_images_nothing_is_under_way_or_failed_while_test_images_are(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    dear(monkeypatch, *PARTS)
    monkeypatch.setattr(process, "progress", lambda run: progress(state))
    at = visit("bounds")
    at.radio(key="inspect_split").set_value("train").run()
    assert is_calm(at) and cards(at)["bounds"]["state"] == "todo" and at.button(key="compute_bounds")
    said = [one.value for one in at.markdown]
    assert t("inspect.work.coming") not in said and t("inspect.work.failed", sentence="Out of memory\\.") not in said


@pytest.mark.parametrize("state", ["failed", "interrupted", "stopped"])
def test_work_that_ended_badly_is_said_and_can_be_asked_for_again(visit: Visit, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(process, "progress", lambda run: progress(state))
    monkeypatch.setattr(computing, "cheap_parts", lambda run, split: ())
    at = visit("bounds")
    said = t(f"inspect.work.{state}", sentence="Out of memory\\.")
    assert is_calm(at) and said in [one.value for one in at.markdown] and at.button(key="compute_bounds")
    assert (cards(at)["bounds"]["state"] == "failed") == (state == "failed")


def test_a_card_says_what_is_computed_and_what_is_not_defined(visit: Visit) -> None:
    nothing = Stored({}, unavailable=[{"what": "bounds", "reason": "autoencoder", "sentence": ""}])
    at = visit("bounds", bounds=nothing, kl_decomposition=Stored(kl_values()), inference_gap=Stored(gap_values()))
    found = {key: card["state"] for key, card in cards(at).items()}
    assert found["bounds"] == "none" and found["kl-decomposition"] == found["inference-gap"] == "done"
    assert {card["question"] for card in cards(at).values()} == {t(f"inspect.{part}.question") for part in PARTS}


def test_time_left_is_told_once_it_is_known() -> None:
    assert computing._time_left(0.01, 5) == t("inspect.work.left_unknown")
    assert computing._time_left(0.5, 30) == t("inspect.work.left_seconds", n="30")
    assert computing._time_left(0.1, 60) == t("inspect.work.left_minutes", n="9")


def test_small_data_make_every_part_cheap_and_many_images_none_that_compares_all_of_them(run: Run) -> None:
    assert set(cheap_parts(run)) == {*PARTS, "redrawing", *APPLICATIONS}
    run.summary["test"]["n"] *= 1000
    found = {part: expected_seconds(run, part) for part in PARTS}
    assert set(cheap_parts(run)) - {*APPLICATIONS} == {part for part in PARTS if found[part] <= CHEAP_SECONDS}
    assert min(found["outliers"], found["kl-decomposition"], found["prior-holes"]) > CHEAP_SECONDS


def test_what_is_not_defined_for_a_run_takes_no_time(run: Run) -> None:
    five = load_run(run.path.parent, "tiny-5d")
    assert expected_seconds(five, "inference-gap") == expected_seconds(five, "prior-holes") == 0 < expected_seconds(five, "bounds")


def test_the_cards_are_one_fragment_so_that_none_is_gone_when_it_is_pressed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit drops what was pressed in a fragment that the page has meanwhile left out."""
    shown: list[tuple[Any, float | None]] = []
    drawn: list[str] = []

    class Again(Exception):
        """The whole page is drawn anew."""

    def again() -> None:
        raise Again

    def fragment(show: Any, run_every: float | None) -> Any:
        shown.append((show, run_every))
        return lambda *given: pieces.append(lambda: show(*given)) or show(*given)

    pieces: list[Any] = []
    monkeypatch.setattr(computing, "st", SimpleNamespace(fragment=fragment, rerun=again, session_state={"part": "bounds"}))
    monkeypatch.setattr(computing, "_board", lambda run, parts, chosen, split: drawn.append(chosen))
    monkeypatch.setattr(computing, "_begin_wanted", lambda *given: None)
    for state in ("running", "done"):
        monkeypatch.setattr(process, "progress", lambda run, state=state: progress(state))
        computing.show_parts(run, PARTS, "bounds", "test")
    (at_work, every), (at_rest, never) = shown
    assert at_work is at_rest and every == computing.POLL_SECONDS and never is None and drawn == ["bounds"] * 2
    for piece in pieces:  # alone: the work of the one has ended, and the other has been pressed
        with pytest.raises(Again):
            piece()
    assert drawn == ["bounds"] * 2
