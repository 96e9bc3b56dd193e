"""Print how soon there is something to see after a click on Start, and what training and an open page cost each other.

Run it from the root of the repository, on a machine that has nothing else to do: python -m tests.benchmarks.watching
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.text import t
from tests.benchmarks.startup import cpu, wait_for_picture
from tests.browser import find_browser
from tests.browser.serving import APP, Server, serving, stop, wait_until_healthy
from tests.conftest import tiny_config
from vae_core import datasets, evaluate, jobs, latents, vae
from vae_core.batches import images
from vae_core.presets import PRESETS
from vae_core.runs import Run, load

SHIPPED = Path(__file__).parents[2] / "checkpoints" / "digits-2d"
GOOD = 0.9  # share of the classes that neighbours tell
LONG = tiny_config("Long", epochs=1_000_000, snapshots=40)
# From a click on: when the grid of pictures changed, and which step the film said.
WATCH = """() => {
    const roots = () => [document, ...[...document.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean)];
    const find = (selector) => roots().map((root) => root.querySelector(selector)).find(Boolean);
    window.seen = [];
    let before = '';
    const look = () => {
        const canvas = find('canvas.lf-grid');
        if (!canvas || !canvas.width) return;
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let sum = 0;
        for (let i = 0; i < data.length; i += 7) sum = (31 * sum + data[i]) | 0;
        const said = find('.lf-moment')?.textContent ?? '';
        if (data.some((value) => value) && `${sum}` !== before) {
            before = `${sum}`;
            window.seen.push([performance.now(), Number(said.replace(/,/g, '').match(/\\d+/)?.[0] ?? 0)]);
        }
    };
    setInterval(look, 50);
    document.addEventListener('click', () => { window.clicked ??= performance.now(); }, true);
}"""


@contextmanager
def runs_folder() -> Iterator[Path]:
    """Yield a folder with one shipped run; the worker that was started for it ends with it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "runs"
        shutil.copytree(SHIPPED, root / SHIPPED.name)
        try:
            yield root
        finally:
            if jobs.has_worker(root):
                with suppress(ProcessLookupError):
                    os.kill(int(jobs.news(root)["pid"]), signal.SIGKILL)
            while jobs.has_worker(root):
                time.sleep(0.1)


@contextmanager
def served(root: Path) -> Iterator[Server]:
    """Serve the dashboard on a folder of runs."""
    with tempfile.TemporaryDirectory() as folder, serving(APP, Path(folder), LATENT_LENS_RUNS=str(root)) as server:
        wait_until_healthy(server)
        yield server


def until(condition: Callable[[], object], seconds: float = 180) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# --------------------------------------------------------------------------- from the click to the picture


def good_step(run: Run) -> int | None:
    """Return the step of the first frame at which neighbours tell enough classes of the test images."""
    dataset = datasets.load("digits")
    split = datasets.split(dataset, run.config.data)
    x = [images(dataset, rows, run.config, fixed=True).all() for rows in (split.train, split.test)]
    model = vae.build(run.config.model, dataset.event_shape, 1 / dataset.divisor).eval()
    for frame, weights in zip(run.snapshots(), run.encoders(), strict=True):
        model.encoder.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()})
        mu = [latents.encode(model, part).mu.numpy() for part in x]
        if evaluate.knn_accuracy(mu[0], dataset.labels[split.train], mu[1], dataset.labels[split.test], 20) >= GOOD:
            return int(frame["step"])
    return None


def first_seconds(browser: Browser, is_warm: bool) -> dict[str, float]:
    """Return the seconds from the click on Start to the first picture, its first change, and good neighbours, in a server just started."""
    with runs_folder() as root:
        with served(root) as server:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(f"({WATCH})()")
            opened = time.monotonic()
            page.goto(f"{server.url}/train")
            start = page.get_by_role("button", name=t("train.start"), exact=True)
            start.wait_for(timeout=60_000)
            if is_warm:
                until(lambda: jobs.news(root).get("state") == "ready" and "machine" in jobs.news(root))
                page.wait_for_timeout(1500)
            start.click()
            clicked = time.monotonic() - opened
            page.get_by_role("button", name=t("train.open"), exact=True).wait_for(timeout=180_000)
            page.wait_for_timeout(1500)
            seen = [((at - page.evaluate("clicked")) / 1000, step) for at, step in page.evaluate("seen")]
            page.close()
        (path,) = (path for path in root.glob("digits-2d-*") if (path / "summary.json").exists())
        run = load(root, path.name)
        good = good_step(run)
        return {
            "click after opening": clicked,
            "first picture": seen[0][0],
            "first change": seen[1][0],
            "kNN 90 %": next((at for at, step in seen if good is not None and step >= good), math.nan),
            "kNN 90 % at step": good or math.nan,
            "training": run.summary["seconds"],
        }


# --------------------------------------------------------------------------- what they cost each other


def page_seconds(browser: Browser, server: Server) -> float:
    """Return how long the first page takes to show its picture."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    start = time.monotonic()
    page.goto(server.url)
    wait_for_picture(page)
    taken = time.monotonic() - start
    page.close()
    return taken


def answers(browser: Browser, repeats: int) -> tuple[list[float], list[float]]:
    """Return the seconds of a page without and with a training beside it, in turn."""
    idle, busy = [], []
    with runs_folder() as root, served(root) as server:
        page_seconds(browser, server)
        run = root / jobs.start(LONG, root).id
        for _ in range(repeats):
            with training(root, run):
                busy.append(page_seconds(browser, server))
            idle.append(page_seconds(browser, server))
    return idle, busy


@contextmanager
def training(root: Path, run: Path) -> Iterator[None]:
    """Let a run be trained for as long as the body takes."""
    if load(root, run.name).state != "queued":
        jobs.go_on(load(root, run.name))
    jobs.start_worker(root)
    until(lambda: load(root, run.name).progress())
    yield
    jobs.wish(load(root, run.name), "pause")
    until(lambda: load(root, run.name).state == "paused")


def speeds(browser: Browser, repeats: int, seconds: float) -> tuple[list[float], list[float]]:
    """Return images per second without and with a page that watches, in turn."""
    alone, watched = [], []
    with runs_folder() as root, served(root) as server:
        run = root / jobs.start(LONG, root).id
        with training(root, run):
            for _ in range(repeats):
                alone.append(speed(root, run, seconds))
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(f"{server.url}/train")
                page.locator("canvas.lf-grid").wait_for(timeout=60_000)
                page.wait_for_timeout(3000)
                watched.append(speed(root, run, seconds, page))
                page.close()
    return alone, watched


def speed(root: Path, run: Path, seconds: float, page: Page | None = None) -> float:
    """Return the images per second of a while."""
    before, start = load(root, run.name).progress(), time.monotonic()
    while time.monotonic() - start < seconds:
        page.wait_for_timeout(200) if page else time.sleep(0.2)
    after = load(root, run.name).progress()
    return (after["step"] - before["step"]) * LONG.train.batch_size / (after["seconds"] - before["seconds"])


def kills(count: int) -> int:
    """Kill the server so many times while a run trains; return how often the run's history was whole and its trainer the same."""
    whole = 0
    with runs_folder() as root, tempfile.TemporaryDirectory() as folder:
        run = root / jobs.start(LONG, root).id
        with training(root, run):
            trainer = jobs.news(root)["pid"]
            for number in range(count):
                with serving(APP, Path(folder) / str(number), LATENT_LENS_RUNS=str(root)) as server:
                    wait_until_healthy(server)
                    time.sleep(0.3 * np.random.default_rng(number).random())
                    os.killpg(server.process.pid, signal.SIGKILL)
                    stop(server.process)
                steps = sorted(set(load(root, run.name).history()["step"].tolist()))
                whole += steps == [11.0 * k for k in range(1, len(steps) + 1)] and jobs.news(root)["pid"] == trainer
    return whole


# --------------------------------------------------------------------------- tables


def spread(values: list[float]) -> str:
    """Return median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how soon there is something to see, and what training and page cost each other.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="that training is measured for at a time")
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    path, load_before = find_browser.find(), os.getloadavg()[0]
    if not path:
        raise SystemExit(find_browser.NONE_FOUND)
    print(f"{cpu()}, {os.cpu_count()} cores, load {load_before:.1f}; median (lowest to highest) of {options.repeats}\n")
    print(f"Preset digits-quick, {PRESETS['digits-quick'].train.epochs} epochs; seconds from the click on Start, a server just started\n")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        found = {is_warm: [first_seconds(browser, is_warm) for _ in range(options.repeats)] for is_warm in (False, True)}
        print("| | Start at once | trainer warm |\n|---|---|---|")
        for name in found[True][0]:
            print(f"| {name} | {spread([one[name] for one in found[False]])} | {spread([one[name] for one in found[True]])} |")
        idle, busy = answers(browser, options.repeats)
        print(f"\nFirst page, seconds: {spread(idle)} without a training beside it, {spread(busy)} with one, ratio ", end="")
        print(f"{statistics.median(busy) / statistics.median(idle):.2f}")
        alone, watched = speeds(browser, options.repeats, options.seconds)
        print(f"Images per second: {spread(alone)} unwatched, {spread(watched)} watched, ratio ", end="")
        print(f"{statistics.median(watched) / statistics.median(alone):.2f}")
        browser.close()
    print(f"Server killed {options.kills} times: {kills(options.kills)} times the run went on and its history was whole")
    print(f"load in the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
