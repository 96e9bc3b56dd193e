"""Print what the training film weighs and how long it takes to draw, on a MNIST run of sixty frames made from those of the shipped one.

Run it from the root of the repository: python -m tests.benchmarks.film
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from dashboard.components.training_film import packets
from tests.benchmarks.machine import chromium, machine, parser, quantile95, table
from tests.browser.serving import APP, Server, serving, wait_until_healthy
from tests.places import SHIPPED
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

FRAMES = 60
# The time of each redraw while it plays from the first frame to the last.
PLAY = """async (root) => {
    const film = root.stage, times = [], frame = film.frame.bind(film);
    film.frame = () => { const start = performance.now(); frame(); times.push(performance.now() - start); };
    film.take(0, false);
    film.toggle();
    while (film.isPlaying) await new Promise((go) => setTimeout(go, 100));
    delete film.frame;
    return times;
}"""


def lay_out(root: Path, name: str, frames: int) -> None:
    """Copy a shipped run and spread its frames over so many."""
    shutil.copytree(SHIPPED / name, root / name, ignore=shutil.ignore_patterns("[0-9]*.npz"))
    files = sorted((SHIPPED / name / "snapshots").glob("[0-9]*.npz"))
    for n in range(frames):
        shutil.copy(files[n * len(files) // frames], root / name / "snapshots" / f"{n:04d}.npz")


def measured(browser: Browser, server: Server, run: Run, frames: int) -> str:
    """Return a line of the table."""
    start = time.perf_counter()
    reel = packets.reel(run)
    reading = time.perf_counter() - start
    told, rows = packets.film_facts(run, reel), np.arange(600)
    whole, one = (len(packets.film_packet(reel, begin, begin, told, rows, rows)) for begin in (0, frames - 1))
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.url}/film?run={run.path.name}")
    page.wait_for_selector(f'.lf[data-frames="{frames}"]', timeout=60_000)
    page.wait_for_timeout(1000)
    times = page.locator(".lf").evaluate(PLAY)
    page.close()
    draws = f"{statistics.median(times):.1f} / {quantile95(times):.1f} / {max(times):.1f}"
    return f"| {run.path.name} | {whole / 1e6:.2f} | {one / 1e3:.0f} | {1000 * reading:.0f} | {draws} | {len(times)} |"


def main(arguments: list[str] | None = None) -> None:
    """Measure both shipped MNIST runs and print the table."""
    is_smoke = parser("Measure the training film.").parse_args(arguments).smoke
    names, frames = (["mnist-2d"], 3) if is_smoke else (["mnist-2d", "mnist-16d"], FRAMES)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        root = Path(folder) / "runs"
        for name in names:
            lay_out(root, name, frames)
        with serving(APP, Path(folder), LATENT_LENS_RUNS=str(root)) as server:
            wait_until_healthy(server)
            lines = [measured(browser, server, load_run(root, name), frames) for name in names]
        print(f"{machine()}, Chromium {browser.version}; {frames} frames of 600 images\n")
    columns = ("run", "whole film, MB", "one new frame, kB", "read and pack, ms", "redraw, ms: median / 95th percentile / most", "redraws")
    print(table(columns), *lines, sep="\n")


if __name__ == "__main__":
    main()
