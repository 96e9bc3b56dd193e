"""Print how long `streamlit run` takes to the first picture, beside a bare Streamlit page with one Plotly chart.

Run it from the root of the repository: python -m tests.benchmarks.startup
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.benchmarks.machine import chromium, machine, parser, spread, table
from tests.browser.serving import APP, serving, wait_until_healthy

REPEATS = 5
SECOND = "explore"  # the address of the page that is clicked
GOAL = 1.2
BARE = """
import plotly.graph_objects as go
import streamlit as st

def first():
    st.title("First")
    st.plotly_chart(go.Figure(go.Scatter(x=[1, 2, 3], y=[1, 4, 9])))

def explore():
    st.title("Second")
    st.plotly_chart(go.Figure(go.Scatter(x=[1, 2, 3], y=[9, 4, 1])))

st.navigation([st.Page(first, default=True), st.Page(explore)]).run()
"""
# Whether a page under another title than `before` shows a chart that Plotly has drawn, an image whose bytes have arrived, or a canvas
# (in a component's shadow root) of which a part of more than a few lines of writing is painted.
PICTURE = """(before) => {
    const roots = [document, ...[...document.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean)];
    const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
    const fresh = (one) => one.getBoundingClientRect().width > 0 && !(one.getRootNode().host ?? one).closest('[data-stale=true]');
    const painted = (canvas) => {
        const context = canvas.getContext('2d');
        if (!context || !canvas.width) return false;
        const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        const values = Uint32Array.from({ length: pixels.length / 61 }, (_, n) => pixels[61 * n]); // looking must not hold it up
        return values.filter((value) => value !== values[0]).length > values.length / 20;
    };
    const title = all('h1').find(fresh);
    if (!title || title.innerText === before) return false;
    return all('.stPlotlyChart .main-svg').some(fresh)
        || all('[data-testid=stImage] img').some((one) => fresh(one) && one.naturalWidth > 0)
        || all('canvas:not(.gl-canvas)').some((one) => fresh(one) && painted(one));
}"""


def wait_for_picture(page: Page, before: str = "") -> None:
    """Return as soon as a picture shows on a page with another title than `before`."""
    page.wait_for_function(PICTURE, arg=before, timeout=60_000)


def measure(app: Path, browser: Browser) -> tuple[float, float]:
    """Return the seconds from the start command to the first picture of the first page and, after a click, of the second."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        with serving(app, Path(folder)) as server:
            wait_until_healthy(server)
            # Where calm is asked for there is no opening: its first dots are not the picture that is meant.
            page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
            page.goto(server.url)
            wait_for_picture(page)
            first = time.monotonic() - start
            title = page.locator("h1").inner_text()
            page.get_by_test_id("stSidebarNavLink").and_(page.locator(f"[href$='/{SECOND}']")).click()
            wait_for_picture(page, before=title)
            second = time.monotonic() - start
            page.close()
    return first, second


def main(arguments: list[str] | None = None) -> None:
    """Measure both apps in turn, so that a busy moment meets both, and print the table."""
    repeats = 1 if parser("Measure the way to the first picture.").parse_args(arguments).smoke else REPEATS
    before = machine()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE)
        times: dict[Path, list[tuple[float, float]]] = {bare: [], APP: []}
        for _ in range(repeats):
            for app, taken in times.items():
                taken.append(measure(app, browser))
    print(f"{before}; median (lowest to highest) of {repeats}, seconds from the command\n")
    print(table(["picture on the", "bare page", "Latent Lens", f"ratio (goal: at most {GOAL})"]))
    for number, name in enumerate(("first page", f"second page, {SECOND}")):
        columns = [[pair[number] for pair in times[app]] for app in (bare, APP)]
        ratio = statistics.median(columns[1]) / statistics.median(columns[0])
        print(f"| {name} | {' | '.join(map(spread, columns))} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
