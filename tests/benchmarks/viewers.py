"""Print what a page costs the server when many open it at once, beside a bare Streamlit page with one Plotly chart.

Run it from the root of the repository: python -m tests.benchmarks.viewers [--smoke] [--viewers N] [--pages PAGE ...] [--alike]

Visitors are websockets on this machine that ask for pages as a browser does; nothing is drawn. Everybody opens the landing page at once,
then everybody goes to the next page at once. The bare app is served in turn with ours, so that a busy moment meets both.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboard.pages import PAGES
from tests.benchmarks.machine import machine, parser, table
from tests.benchmarks.visitor import Visitor, arrive
from tests.browser.serving import APP, Server, serving, wait_until_healthy
from tests.places import SHIPPED

VIEWERS, MOST = 50, 100  # sessions at once
REPEATS = 3
PATIENCE = 300  # seconds for a page
GOALS = {"": 1.2, "explore": 1.2}
GOAL = 1.5  # on all other pages
SECOND = "second"  # the other page of the bare app
TICKS = os.sysconf("SC_CLK_TCK")
BARE = """
import plotly.graph_objects as go
import streamlit as st

def first():
    st.title("First")
    st.plotly_chart(go.Figure(go.Scatter(x=[1, 2, 3], y=[1, 4, 9])))

def second():
    st.title("Second")
    st.plotly_chart(go.Figure(go.Scatter(x=[1, 2, 3], y=[9, 4, 1])))

st.navigation([st.Page(first, default=True), st.Page(second)]).run()
"""


@dataclass(frozen=True)
class Cost:
    """What a page has cost: seconds until the last visitor had it, and per visitor the server's milliseconds of CPU and kilobytes sent."""

    seconds: float
    cpu: float
    sent: float


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used; zero where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except OSError:
        return 0.0


def memory_of(pid: int) -> float:
    """Return the megabytes of memory that a process holds; zero where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000
    except OSError:
        return 0.0


async def opened(visitors: list[Visitor], page: str, pid: int) -> Cost:
    """Let everybody open a page at once."""
    cpu, sent, start = cpu_of(pid), sum(one.received for one in visitors), time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(one.open(page) for one in visitors))
    seconds, n = time.perf_counter() - start, len(visitors)
    return Cost(seconds, 1000 * (cpu_of(pid) - cpu) / n, (sum(one.received for one in visitors) - sent) / n / 1000)


async def visit(server: Server, pages: list[str], count: int) -> tuple[dict[str, Cost], float]:
    """Return what each page costs, in this order, and the megabytes of memory per visitor; somebody has seen them all before."""
    first, pid = await arrive(server.port), server.process.pid
    for page in pages:
        await first.open(page)
    before = memory_of(pid)
    visitors = await asyncio.gather(*(arrive(server.port) for _ in range(count)))
    costs = {page: await opened(list(visitors), page, pid) for page in pages}
    memory = (memory_of(pid) - before) / count
    await asyncio.gather(*(one.socket.close() for one in (first, *visitors)))
    return costs, memory


@contextmanager
def served(app: Path) -> Iterator[Server]:
    """Serve an app with the shipped runs and folders of its own."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"LATENT_LENS_DATA": f"{folder}/data", "LATENT_LENS_RUNS": str(SHIPPED)}
        own |= {name: os.environ[name] for name in ("VAE_DATA_DIR",) if name in os.environ}
        with serving(app, Path(folder), **own) as server:
            wait_until_healthy(server)
            yield server


def bare_app(folder: Path, is_alike: bool) -> Path:
    """Write the bare app, with Streamlit's settings or with ours."""
    app = folder / "bare.py"
    app.write_text(BARE)
    if is_alike:
        (folder / ".streamlit").mkdir()
        shutil.copy(APP.parent / ".streamlit" / "config.toml", folder / ".streamlit")
    return app


def measure(app: Path, pages: list[str], count: int) -> tuple[dict[str, Cost], float]:
    """Return what each page of an app costs, and the megabytes of memory per visitor."""
    with served(app) as server:
        return asyncio.run(visit(server, pages, count))


def row(page: str, bare: list[Cost], ours: list[Cost]) -> str:
    """Return a line of the table: medians, and the median of the ratios, which were measured side by side."""
    cells = [page or "(landing page)"]
    for name, places in (("seconds", 2), ("cpu", 0), ("sent", 0)):
        cells += [f"{statistics.median(getattr(cost, name) for cost in costs):.{places}f}" for costs in (bare, ours)]
    waits = statistics.median(two.seconds / one.seconds for one, two in zip(bare, ours, strict=True))
    work = statistics.median(two.cpu / one.cpu if one.cpu else float("nan") for one, two in zip(bare, ours, strict=True))
    return f"| {' | '.join(cells)} | {waits:.2f} | {work:.2f} | {GOALS.get(page, GOAL)} |"


def main(arguments: list[str] | None = None) -> None:
    """Measure both apps in turn and print the table."""
    options = parser("Measure what a page costs the server.")
    options.add_argument("--viewers", type=int, default=VIEWERS, choices=range(1, MOST + 1), metavar="N", help="sessions at once")
    options.add_argument("--pages", nargs="*", default=[page.address for page in PAGES if page.address], help="addresses, by default all")
    options.add_argument("--alike", action="store_true", help="serve the bare page with our settings, not with those of Streamlit")
    options.add_argument("--repeats", type=int, default=REPEATS, choices=range(1, 10), metavar="N", help="times that each app is served")
    chosen = options.parse_args(arguments)
    count, repeats, asked = (2, 1, ["explore"]) if chosen.smoke else (chosen.viewers, chosen.repeats, chosen.pages)
    before, pages = machine(), ["", *asked]
    bare, ours, memory = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        app = bare_app(Path(folder), chosen.alike)
        for _ in range(repeats):
            taken, bare_memory = measure(app, ["", SECOND], count)
            bare.append(taken)
            taken, our_memory = measure(APP, pages, count)
            ours.append(taken)
            memory.append((bare_memory, our_memory))
    settings = "our settings" if chosen.alike else "Streamlit's settings"
    print(f"{before}; {count} sessions at once, median of {repeats}; bare page with {settings}\n")
    kinds = ("last one served (s)", "CPU per session (ms)", "sent per session (kB)")
    heads = [f"{kind}, {whose}" for kind in kinds for whose in ("bare", "ours")]
    print(table(["page", *heads, "ratio of times", "of CPU", "goal: at most"]))
    for page in pages:
        print(row(page, [costs[SECOND if page else ""] for costs in bare], [costs[page] for costs in ours]))
    mine, others = (statistics.median(sizes) for sizes in zip(*memory, strict=True))
    print(f"\nmemory per session after all pages: {mine:.1f} MB bare, {others:.1f} MB ours")


if __name__ == "__main__":
    main()
