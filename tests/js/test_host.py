"""A component in its host: Streamlit calls it and leaves it in either order where data changes while its code is being loaded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.js.node import running

PLAY = """(moves) => {
    const root = { innerHTML: "<p>", alive: 0 };
    const Kind = class {
        constructor() {
            this.leaving = new AbortController();
            root.alive += 1;
            this.leaving.signal.addEventListener("abort", () => (root.alive -= 1));
            this.guard = (action) => action;
            root.innerHTML += "<b>"; // as cards and buttons that a component makes
        }
        update(host) {
            this.shown = host.data;
        }
    };
    const call = js.mount.mount(".x", Kind);
    const leave = {};
    for (const [move, name] of moves)
        if (move === "call") leave[name] = call({ data: name, parentElement: { querySelector: () => root } });
        else leave[name]();
    return [root.innerHTML, root.alive, root.stage?.shown ?? null];
}"""


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        (["call a"], ["<p><b>", 1, "a"]),
        (["call a", "call b"], ["<p><b>", 1, "b"]),
        (["call a", "call b", "leave a"], ["<p><b>", 1, "b"]),  # not dead
        (["call a", "leave a", "call b"], ["<p><b>", 1, "b"]),  # and not there twice
        (["call a", "call b", "leave b"], ["<p><b>", 0, None]),
        (["call a", "leave a"], ["<p><b>", 0, None]),
        (["call a", "leave a", "call b", "leave a"], ["<p><b>", 1, "b"]),
    ],
)
def test_a_component_lives_once_and_as_long_as_its_last_call(moves: list[str], found: list[Any]) -> None:
    with running("js/host/mount.js") as node:
        assert node.call(PLAY, [move.split() for move in moves]) == found
