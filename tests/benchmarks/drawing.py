"""Print how long a stroke takes on the way from the pen to the bill, on a real page of the dashboard.

Run it from the root of the repository: python -m tests.benchmarks.drawing
"""

from __future__ import annotations

import math
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.benchmarks.machine import chromium, machine, parser, quantile95, table
from tests.benchmarks.moves import NAMES, WATCH, lay_out, opened
from tests.browser.serving import APP, Server, serving, wait_until_healthy

MOVES = 400
# Times are taken around the map's own functions. A frame is everything that its script does; an update begins when the encoder is given a
# picture and ends with its bill, and where it takes several frames, what they take is added up.
WATCH_DRAWING = """(root) => {
    const liveMap = root.liveMap, { drawing } = liveMap;
    const now = () => performance.now();
    globalThis.times = { encode: [], frame: [], update: [], wait: [] };
    const around = (object, name, after) => {
        const action = object[name].bind(object);
        object[name] = (...values) => {
            const start = now(), result = action(...values);
            after(now() - start, start);
            return result;
        };
    };
    let script = 0, since = null, begun = null, isBeginning = false;
    const begin = drawing.begin.bind(drawing);
    drawing.begin = () => {
        isBeginning = true;
        begin();
        isBeginning = false;
    };
    // The badge encodes too; what counts here is the picture on the pad.
    around(drawing.encoder, "run", (took, start) => {
        if (!isBeginning) return;
        times.encode.push(took);
        begun = start;
    });
    const price = drawing.price.bind(drawing);
    drawing.price = () => {
        since = begun;
        return price();
    };
    drawing.task.steps = () => (drawing.posterior.mu ? drawing.price() : null);
    around(drawing.bill, "show", () => {
        times.wait.push(now() - since);
        globalThis.isShown = true;
    });
    around(liveMap, "frame", (took) => {
        times.frame.push(took);
        script += took;
        if (!globalThis.isShown) return;
        globalThis.isShown = false;
        times.update.push(script);
        script = 0;
    });
}"""


def measured(browser: Browser, server: Server, name: str, moves: int) -> dict[str, Any]:
    """Return the figures of one run: times in ms, and how many messages went to the server while the pen was down."""
    page = opened(browser, server, name)
    root = page.locator(".ll")
    page.locator("[data-tab=draw]").click()
    while root.evaluate("(root) => root.liveMap.drawing.encoder === null"):
        page.wait_for_timeout(100)
    pad = page.locator(".ll-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    root.evaluate(WATCH_DRAWING)
    page.evaluate(WATCH)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    for step in range(moves):
        angle = 7 * math.pi * step / moves
        reach = 0.12 + 0.2 * step / moves
        x, y = 0.5 + reach * math.sin(angle), 0.5 - reach * math.cos(angle)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_timeout(300)
    figures = {**page.evaluate("times"), "longest": page.evaluate("longest")}
    page.mouse.up()
    page.close()
    return figures


def main(arguments: list[str] | None = None) -> None:
    """Measure run by run and print the table."""
    is_smoke = parser("Measure a stroke on the pad.").parse_args(arguments).smoke
    names, moves = (["mnist-2d"], 10) if is_smoke else (list(NAMES), MOVES)
    before = machine()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        root = Path(folder) / "runs"
        lay_out(root)
        with serving(APP, Path(folder), LATENT_LENS_RUNS=str(root)) as server:
            wait_until_healthy(server)
            if not is_smoke:
                measured(browser, server, names[0], moves)  # the server warms up
            figures = {name: measured(browser, server, name, moves) for name in names}
        print(f"{before}, at the end {os.getloadavg()[0]:.1f}, Chromium {browser.version}")
    print("Milliseconds, median / 95th percentile, while the pen is down\n")
    columns = ("run", "pictures", "encode", "script of a frame", "script of an update", "from picture to bill", "longest task over 50 ms")
    print(table(columns))
    for name, found in figures.items():
        pairs = [f"{statistics.median(found[key]):.1f} / {quantile95(found[key]):.1f}" for key in ("encode", "frame", "update", "wait")]
        longest = f"{found['longest']:.0f}" if found["longest"] else "none"
        print(f"| {NAMES[name]} | {len(found['encode'])} | {' | '.join(pairs)} | {longest} |")


if __name__ == "__main__":
    main()
