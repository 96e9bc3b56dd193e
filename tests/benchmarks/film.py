"""Print what the training film weighs and how long it takes to draw, on a MNIST run of sixty frames made from those of the shipped one.

Run it from the root of the repository: python -m tests.benchmarks.film
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from dashboard.components.film import message
from tests.benchmarks.moves import quantile95
from tests.benchmarks.startup import cpu
from tests.browser import find_browser
from tests.browser.serving import APP, serving, wait_until_healthy
from vae_core.runs import load

SHIPPED = Path(__file__).parents[2] / "checkpoints"
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


def lay_out(root: Path, name: str) -> None:
    """Copy a shipped run and spread its frames over sixty."""
    shutil.copytree(SHIPPED / name, root / name)
    files = sorted((SHIPPED / name / "snapshots").glob("[0-9]*.npz"))
    for n in range(FRAMES):
        shutil.copy(files[n * len(files) // FRAMES], root / name / "snapshots" / f"{n:04d}.npz")


def main() -> None:
    """Measure both shipped MNIST runs and print the table."""
    path = find_browser.find()
    if not path:
        raise SystemExit(find_browser.NONE_FOUND)
    lines = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder) / "runs"
        for name in ("mnist-2d", "mnist-16d"):
            lay_out(root, name)
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        with serving(APP, Path(folder), LATENT_LENS_RUNS=str(root)) as server:
            wait_until_healthy(server)
            for name in ("mnist-2d", "mnist-16d"):
                run = load(root, name)
                start = time.perf_counter()
                reel = message.reel(run)
                reading = time.perf_counter() - start
                told, rows = message.facts(run, reel), np.arange(600)
                whole, one = (len(message.parcel(reel, begin, begin, told, rows, rows)) for begin in (0, FRAMES - 1))
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(f"{server.url}/film?run={name}")
                page.wait_for_selector(f'.lf[data-frames="{FRAMES}"]', timeout=60_000)
                page.wait_for_timeout(1000)
                times = page.locator(".lf").evaluate(PLAY)
                page.close()
                draws = f"{statistics.median(times):.1f} / {quantile95(times):.1f} / {max(times):.1f}"
                lines.append(f"| {name} | {whole / 1e6:.2f} | {one / 1e3:.0f} | {1000 * reading:.0f} | {draws} | {len(times)} |")
        version = browser.version
        browser.close()
    print(f"{cpu()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Chromium {version}; {FRAMES} frames of 600 images\n")
    columns = ("run", "whole film, MB", "one new frame, kB", "read and pack, ms", "redraw, ms: median / 95th percentile / most", "redraws")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
