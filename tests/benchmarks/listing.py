"""Print what it costs to list runs, which every page does with every click: the first time, and when nothing has changed.

Run it from the root of the repository: python -m tests.benchmarks.listing [--smoke]
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.machine import parser, table
from tests.dashboard.pages import open_page
from tests.places import SHIPPED
from vae_core.runs import listing
from vae_core.runs.listing import list_runs

APP = SHIPPED.parent / "dashboard" / "app.py"
COUNTS = (10, 100, 400)
REPEATS = 5


def made(root: Path, count: int) -> Path:
    """Return a folder with so many runs: copies of a shipped one."""
    for number in range(count):
        shutil.copytree(SHIPPED / "digits-2d", root / f"run-{number:04d}")
    return root


def spent(task: Callable[[], object]) -> float:
    """Return the milliseconds of CPU that a task takes."""
    start = time.process_time()
    task()
    return 1000 * (time.process_time() - start)


def switched(root: Path) -> float:
    """Return the milliseconds of CPU that the server spends on a switch from one page to another and back, each."""
    from streamlit.testing.v1 import AppTest

    os.environ["LATENT_LENS_RUNS"] = str(root)
    at = AppTest.from_file(str(APP), default_timeout=60)
    pages = ("losses", "latent")
    for page in pages:
        open_page(page, at=at)
    return min(spent(lambda page=page: open_page(page, at=at)) for page in pages * 2)  # type: ignore[misc]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the table."""
    counts = (3,) if parser("Measure what it costs to list runs.").parse_args(arguments).smoke else COUNTS
    listing.SETTLED = 0  # the copies are young, and taken for old ones
    print(table(("runs", "list, first time (ms)", "list, nothing changed (ms)", "page switch, all in all (ms)")))
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            root = made(Path(folder), count)
            cold = spent(lambda root=root: list_runs(root))  # type: ignore[misc]
            warm = min(spent(lambda root=root: list_runs(root)) for _ in range(REPEATS))  # type: ignore[misc]
            print(f"| {count} | {cold:.0f} | {warm:.1f} | {switched(root):.0f} |", flush=True)


if __name__ == "__main__":
    main()
