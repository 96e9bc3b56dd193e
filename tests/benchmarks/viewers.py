"""Print what a page costs the server when many open it at once, beside a bare Streamlit page with one Plotly chart.

Run it from the root of the repository: python -m tests.benchmarks.viewers [--smoke] [--viewers N ...] [--pages PAGE ...] [--repeats N]

Visitors are websockets on this machine that ask for pages as a browser does; nothing is drawn. Everybody opens the landing page at once,
then everybody goes to the next page at once. Somebody has seen all pages before, and what they compute at the first look is there. The bare
app is served in turn with ours, so that a busy moment meets both: as Streamlit comes, and with our settings, with which it costs less.
"""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import vae_core
from dashboard.pages import PAGES
from dashboard.session.run_choice import FIRST
from tests.benchmarks.machine import machine, parser, table
from tests.benchmarks.visitor import Visitor, arrive
from tests.browser.serving import APP, Server, serving, wait_until_healthy
from tests.places import SHIPPED
from vae_core.inspection.duration import cheap_parts
from vae_core.jobs import folder as jobs

VIEWERS, MOST = 50, 100  # sessions at once
REPEATS = 3
PATIENCE = 300  # seconds for a page
GOALS = {"": 1.2, "explore": 1.2}  # times the bare page's time
GOAL = 1.5  # on all other pages
INSPECTED = {"report", "inspect"}  # pages that compute what they lack
SECOND = "second"  # the other page of the bare app
APPS = ("bare", "bare, our settings", "ours")
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


@dataclass(frozen=True)
class Tour:
    """What each page has cost a number of visitors, and the megabytes of memory per visitor in the end."""

    costs: dict[str, Cost]
    memory: float

    def at(self, page: str) -> Cost:
        """Return the cost of a page of ours, or of the page of the bare app that stands beside it."""
        return self.costs[page] if page in self.costs else self.costs[SECOND]


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used; not a number where the system does not tell."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # its clock, numbered as Linux does in clock_getcpuclockid(3)
    except (OSError, AttributeError):
        return math.nan


def memory_of(pid: int) -> float:
    """Return the megabytes of memory that a process holds; zero where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000
    except OSError:
        return 0.0


async def opened(visitors: Sequence[Visitor], page: str, pid: int) -> Cost:
    """Let everybody open a page at once."""
    cpu, sent, start = cpu_of(pid), sum(one.received for one in visitors), time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(one.open(page) for one in visitors))
    seconds, n = time.perf_counter() - start, len(visitors)
    return Cost(seconds, 1000 * (cpu_of(pid) - cpu) / n, (sum(one.received for one in visitors) - sent) / n / 1000)


async def visit(server: Server, pages: Sequence[str], counts: Sequence[int], root: Path) -> dict[int, Tour]:
    """Return what the pages cost, in this order, each number of visitors; somebody has seen them all, and the worker of `root` is warm."""
    first, pid, tours = await arrive(server.port), server.process.pid, {}
    for page in pages:
        await first.open(page)
    while jobs.has_worker(root) and not jobs.worker_state(root).get("machine"):
        await asyncio.sleep(0.1)
    for count in counts:
        before = memory_of(pid)
        visitors = await asyncio.gather(*(arrive(server.port) for _ in range(count)))
        costs = {page: await opened(visitors, page, pid) for page in pages}
        tours[count] = Tour(costs, (memory_of(pid) - before) / count)
        await asyncio.gather(*(one.socket.close() for one in visitors))
    await first.socket.close()
    return tours


@contextmanager
def served(app: Path, root: Path) -> Iterator[Server]:
    """Serve an app with these runs and folders of its own."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"LATENT_LENS_DATA": f"{folder}/data", "LATENT_LENS_RUNS": str(root)}
        own |= {name: os.environ[name] for name in ("VAE_DATA_DIR",) if name in os.environ}
        with serving(app, Path(folder), **own) as server:
            wait_until_healthy(server)
            yield server


def bare_app(folder: Path, *, is_alike: bool) -> Path:
    """Write the bare app, with Streamlit's settings or with ours."""
    folder.mkdir()
    (folder / "bare.py").write_text(BARE)
    if is_alike:
        (folder / ".streamlit").mkdir()
        shutil.copy(APP.parent / ".streamlit" / "config.toml", folder / ".streamlit")
    return folder / "bare.py"


def copied_runs(root: Path, pages: Sequence[str]) -> Path:
    """Copy the shipped runs, with what these pages would compute of the open one at the first look."""
    shutil.copytree(SHIPPED, root)
    if INSPECTED & set(pages):
        run = vae_core.open_run(root / FIRST)
        vae_core.inspect(run, cheap_parts(run))
    return root


def measure(app: Path, pages: Sequence[str], counts: Sequence[int], root: Path) -> dict[int, Tour]:
    """Return what the pages of an app cost each number of visitors."""
    with served(app, root) as server:
        return asyncio.run(visit(server, pages, counts, root))


def row(page: str, count: int, taken: dict[str, list[dict[int, Tour]]]) -> str:
    """Return a line of the table: medians, and the medians of the ratios, which were measured side by side."""
    bare, alike, ours = ([tours[count].at(page) for tours in taken[app]] for app in APPS)

    def typical(values: Iterator[float], places: int) -> str:
        return f"{statistics.median(values):.{places}f}"

    def ratio(others: list[Cost], name: str) -> str:
        return typical((getattr(two, name) / getattr(one, name) for one, two in zip(others, ours, strict=True)), 2)

    cells = [page or "(landing page)", str(count)]
    cells += [typical((cost.seconds for cost in costs), 2) for costs in (bare, ours)]
    cells += [ratio(bare, "seconds"), str(GOALS.get(page, GOAL))]
    cells += [typical((cost.cpu for cost in costs), 0) for costs in (bare, alike, ours)]
    cells += [ratio(bare, "cpu"), ratio(alike, "cpu"), typical((cost.sent for cost in ours), 0)]
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> None:
    """Measure the apps in turn and print the table."""
    options = parser("Measure what a page costs the server.")
    sizes = {"type": int, "choices": range(1, MOST + 1), "metavar": "N"}
    options.add_argument("--viewers", nargs="+", default=[VIEWERS], help=f"sessions at once (default: {VIEWERS})", **sizes)
    options.add_argument("--pages", nargs="*", default=[page.address for page in PAGES if page.address], help="addresses, by default all")
    options.add_argument("--repeats", default=REPEATS, help=f"times that each app is served (default: {REPEATS})", **sizes)
    chosen = options.parse_args(arguments)
    counts, repeats, asked = ([2], 1, ["explore"]) if chosen.smoke else (chosen.viewers, chosen.repeats, chosen.pages)
    before, pages = machine(), ["", *asked]
    with tempfile.TemporaryDirectory() as name:
        root = copied_runs(Path(name) / "runs", pages)
        bare, alike = (bare_app(Path(name) / kind, is_alike=kind == "alike") for kind in ("bare", "alike"))
        taken: dict[str, list[dict[int, Tour]]] = {app: [] for app in APPS}
        scripts = (APP,) if chosen.smoke else (bare, alike, APP)  # without rivals ours stands in their place
        for _ in range(repeats):
            found = [measure(script, pages if script == APP else ["", SECOND], counts, root) for script in scripts]
            for app, tours in zip(APPS, found * (len(APPS) // len(found)), strict=True):
                taken[app].append(tours)
    print(f"{before}; median of {repeats}\n")
    heads = ["last one served (s), bare", "ours", "ratio", "goal: at most", *(f"CPU per session (ms), {app}" for app in APPS)]
    print(table(["page", "sessions", *heads, "ratio", "ratio, our settings", "sent per session (kB)"]))
    for count in counts:
        for page in pages:
            print(row(page, count, taken))
    most = max(counts)  # of few sessions one sees the allocator rather than what they hold
    memory = ", ".join(f"{statistics.median(tours[most].memory for tours in taken[app]):.1f} MB {app}" for app in APPS)
    print(f"\nmemory per session after all pages, {most} at once: {memory}")


if __name__ == "__main__":
    main()
