"""A component in its host: Streamlit makes calls with old and new data in any order where data change while its code is being loaded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.js.node import running

# Moves by task.
PLAY = """async (tasks) => {
    const root = { innerHTML: "<p>", alive: 0, isConnected: true };
    const parentElement = { style: {}, querySelector: () => root };
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
    let heard = null;
    const hear = (data) => js.mount.inTheNextTask(() => (heard = data));
    const call = { drawn: js.mount.mount(".x", Kind), hidden: js.mount.mountHidden(hear) };
    const leave = { drawn: {}, hidden: {} };
    for (const moves of tasks) {
        for (const [move, name] of moves.map((one) => one.split(" ")))
            for (const kind of ["drawn", "hidden"])
                if (move === "call") leave[kind][name] = call[kind]({ data: name, parentElement });
                else if (move === "remove") root.isConnected = false;
                else leave[kind][name]?.();
        await new Promise((done) => setTimeout(done, 2));
    }
    return [root.innerHTML, root.alive, root.stage?.shown ?? null, heard];
}"""


@pytest.mark.parametrize(
    ("tasks", "found"),
    [
        ([["call new"]], ["<p><b>", 1, "new", "new"]),
        ([["call old"], ["call new"]], ["<p><b>", 1, "new", "new"]),
        ([["call old", "call new", "leave old"]], ["<p><b>", 1, "new", "new"]),  # not dead
        ([["call old", "leave old", "call new"]], ["<p><b>", 1, "new", "new"]),  # not there twice
        ([["call new", "call old", "leave old"]], ["<p><b>", 1, "new", "new"]),  # not with old data
        ([["call new"], ["call old", "leave old"]], ["<p><b>", 1, "new", "new"]),
        ([["call old", "leave old"], ["call new"]], ["<p><b>", 1, "new", "new"]),
        ([["call new"], ["remove root", "leave new"]], ["<p><b>", 0, None, "new"]),
        ([["call old"], ["call new", "remove root", "leave new"]], ["<p><b>", 0, None, "old"]),
        ([["remove root", "call new", "leave new"]], ["<p>", 0, None, None]),
    ],
)
def test_a_component_lives_once_with_new_data_and_as_long_as_its_element(tasks: list[list[str]], found: list[Any]) -> None:
    with running("js/host/mount.js") as node:
        assert node.call(PLAY, tasks) == found
