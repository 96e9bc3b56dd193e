"""Selections that come from the browser are kept for the images that they are of, and nothing else is."""

from __future__ import annotations

import pytest
import streamlit as st

from dashboard.session import selection


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A session with a map that has sent nothing yet."""
    session: dict[str, object] = {"maps": {}}
    monkeypatch.setattr(st, "session_state", session)
    return session


def test_a_selection_is_of_the_images_that_it_was_made_of(session: dict[str, object]) -> None:
    assert selection.selected_ranges("abc") == ()
    session["maps"] = {"selected": [[0, 3], [5, 6]]}
    selection.keep_selection("maps", "abc")
    assert selection.selected_ranges("abc") == [[0, 3], [5, 6]] and selection.selected_ranges("other") == ()
    session["maps"] = {"selected": []}
    selection.keep_selection("maps", "abc")
    assert selection.selected_ranges("abc") == []


BAD = [
    None, "0-3", {"first": 0}, [3], [[0]], [[0, 1, 2]], [[0, 1.5]], [[False, True]], [["0", "1"]], [[-1, 2]], [[2, 2]], [[3, 1]],
    [[0, 3], [3, 4]], [[5, 6], [0, 1]], [[0, 2**31]], [[2 * n, 2 * n + 1] for n in range(selection.MAX_RANGES + 1)],
]  # fmt: skip


@pytest.mark.parametrize("sent", BAD, ids=range(len(BAD)))
def test_what_are_no_ranges_changes_nothing(session: dict[str, object], sent: object) -> None:
    session |= {"selection": {"dataset": "abc", "ranges": [[1, 2]]}, "maps": {"selected": sent}}
    selection.keep_selection("maps", "abc")
    assert selection.selected_ranges("abc") == [[1, 2]]
