"""Print how soon there is something to see after a click on Start, and what training and an open page cost each other.

Run it from the root of the repository, on a machine that has nothing else to do: python -m tests.benchmarks.watching
"""

from __future__ import annotations

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
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.i18n.texts import t
from tests.benchmarks.machine import chromium, machine, parser, spread, table
from tests.benchmarks.startup import wait_for_picture
from tests.browser.serving import APP, Server, serving, stop, wait_until_healthy
from tests.conftest import tiny_config
from tests.places import ROOT
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.data.dataset import split
from vae_core.evaluation import neighbours
from vae_core.jobs import folder, queue, worker
from vae_core.latent import inference
from vae_core.model import vae
from vae_core.presets import PRESETS
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

SHIPPED = ROOT / "checkpoints" / "digits-2d"
PRESET = PRESETS["digits-quick"]  # what the page Train offers first
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
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "runs"
        shutil.copytree(SHIPPED, root / SHIPPED.name)
        try:
            yield root
        finally:
            if folder.has_worker(root):
                with suppress(ProcessLookupError):
                    os.kill(int(folder.worker_state(root)["pid"]), signal.SIGKILL)
            while folder.has_worker(root):
                time.sleep(0.1)


@contextmanager
def served(root: Path) -> Iterator[Server]:
    """Serve the dashboard on a folder of runs."""
    with tempfile.TemporaryDirectory() as place, serving(APP, Path(place), LATENT_LENS_RUNS=str(root)) as server:
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
    dataset = sources.load("digits")
    parts = split(dataset, run.config.data)
    x = [image_subset(dataset, rows, run.config, fixed=True).all() for rows in (parts.train, parts.test)]
    model = vae.build_vae(run.config.model, dataset.event_shape, 1 / dataset.divisor).eval()
    for frame, weights in zip(run.snapshots(), run.encoders(), strict=True):
        model.encoder.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()})
        mu = [inference.encode(model, part).mu.numpy() for part in x]
        if neighbours.knn_accuracy(mu[0], dataset.labels[parts.train], mu[1], dataset.labels[parts.test], 20) >= GOOD:
            return int(frame["step"])
    return None


def first_seconds(browser: Browser, server: Server, root: Path, is_warm: bool, epochs: int) -> dict[str, float]:
    """Return the seconds from the click on Start to the first picture, its first change, and good neighbours."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(f"({WATCH})()")
    opened = time.monotonic()
    page.goto(f"{server.url}/train")
    start = page.get_by_role("button", name=t("train.start"), exact=True)
    start.wait_for(timeout=60_000)
    if is_warm:
        until(lambda: folder.worker_state(root).get("state") == "ready" and "machine" in folder.worker_state(root))
        page.wait_for_timeout(1500)
    if epochs != PRESET.train.epochs:
        choose(page, start, epochs)
    start.click()
    clicked = time.monotonic() - opened
    page.get_by_role("button", name=t("train.open"), exact=True).wait_for(timeout=180_000)
    page.wait_for_timeout(1500)
    seen = [((at - page.evaluate("clicked")) / 1000, step) for at, step in page.evaluate("seen")]
    page.close()
    (path,) = (path for path in root.glob("digits-2d-*") if (path / "summary.json").exists())
    run = load_run(root, path.name)
    good = good_step(run)
    return {
        "click after opening": clicked,
        "first picture": next((at for at, _ in seen), math.nan),
        "first change": next((at for at, _ in seen[1:]), math.nan),  # a short training may be over with the first picture
        "kNN 90 %": next((at for at, step in seen if good is not None and step >= good), math.nan),
        "kNN 90 % at step": good or math.nan,
        "training": run.summary["seconds"],
    }


def choose(page: Page, start: Locator, epochs: int) -> None:
    """Ask for fewer epochs than the preset has; until the warm-up is shorter too the page refuses them, and so shows that it read them."""
    page.get_by_text(t("train.all_settings"), exact=True).click()
    for name, group, value in (("epochs", "optimiser", epochs), ("kl_warmup_epochs", "objective", 1)):
        page.get_by_role("tab", name=t(f"train.group_{group}")).click()
        field = page.get_by_label(t(f"setting.{name}"), exact=True)
        field.fill(f"{value}")
        field.press("Enter")
        if name == "epochs":
            expect(start).to_be_disabled(timeout=60_000)
    expect(start).to_be_enabled(timeout=60_000)


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


def answers(browser: Browser, server: Server, run: Path, repeats: int) -> tuple[list[float], list[float]]:
    """Return the seconds of a page without and with a training beside it, in turn."""
    idle, busy = [], []
    if repeats > 1:
        page_seconds(browser, server)  # the server warms up
    for _ in range(repeats):
        with training(run):
            busy.append(page_seconds(browser, server))
        idle.append(page_seconds(browser, server))
    return idle, busy


@contextmanager
def training(run: Path) -> Iterator[None]:
    """Let a run be trained for as long as the body takes."""
    root = run.parent
    if load_run(root, run.name).state == "paused":
        queue.resume(load_run(root, run.name))
    worker.start_worker(root)
    until(lambda: load_run(root, run.name).progress())
    yield
    queue.request(load_run(root, run.name), "pause")
    until(lambda: load_run(root, run.name).state == "paused")


def speeds(browser: Browser, server: Server, run: Path, repeats: int, seconds: float) -> tuple[list[float], list[float]]:
    """Return images per second without and with a page that watches, in turn."""
    alone, watched = [], []
    with training(run):
        for _ in range(repeats):
            alone.append(speed(run, seconds))
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{server.url}/train")
            page.locator("canvas.lf-grid").wait_for(timeout=60_000)
            page.wait_for_timeout(1000 * seconds)
            watched.append(speed(run, seconds, page))
            page.close()
    return alone, watched


def speed(run: Path, seconds: float, page: Page | None = None) -> float:
    """Return the images per second of a while."""
    before, start = load_run(run.parent, run.name).progress(), time.monotonic()
    while time.monotonic() - start < seconds or load_run(run.parent, run.name).progress() == before:
        page.wait_for_timeout(200) if page else time.sleep(0.2)
    after = load_run(run.parent, run.name).progress()
    return (after["step"] - before["step"]) * LONG.train.batch_size / (after["seconds"] - before["seconds"])


def kills(run: Path, count: int) -> int:
    """Kill the server so many times while a run trains; return how often the run's history was whole and its trainer the same."""
    whole, root = 0, run.parent
    with training(run), tempfile.TemporaryDirectory() as place:
        trainer = folder.worker_state(root)["pid"]
        for number in range(count):
            with serving(APP, Path(place) / str(number), LATENT_LENS_RUNS=str(root)) as server:
                wait_until_healthy(server)
                time.sleep(0.3 * np.random.default_rng(number).random())
                os.killpg(server.process.pid, signal.SIGKILL)
                stop(server.process)
            steps = sorted(set(load_run(root, run.name).history()["step"].tolist()))
            whole += steps == [11.0 * k for k in range(1, len(steps) + 1)] and folder.worker_state(root)["pid"] == trainer
    return whole


# --------------------------------------------------------------------------- tables


def print_first(found: dict[str, list[dict[str, float]]], epochs: int) -> None:
    """Print how soon there is something to see."""
    print(f"Preset digits-quick, {epochs} epochs; seconds from the click on Start, a server just started\n")
    print(table(["", *found]))
    for name in next(iter(found.values()))[0]:
        print(f"| {name} | {' | '.join(spread([one[name] for one in times]) for times in found.values())} |", flush=True)


def print_costs(browser: Browser, server: Server, root: Path, repeats: int, seconds: float, deaths: int) -> None:
    """Print what page and training cost each other, and what a killed server costs a run."""
    run = root / queue.enqueue(LONG, root).id
    idle, busy = answers(browser, server, run, repeats)
    print(f"\nFirst page, seconds: {spread(idle)} without a training beside it, {spread(busy)} with one, ratio ", end="")
    print(f"{statistics.median(busy) / statistics.median(idle):.2f}", flush=True)
    alone, watched = speeds(browser, server, run, repeats, seconds)
    print(f"Images per second: {spread(alone)} unwatched, {spread(watched)} watched, ratio ", end="")
    print(f"{statistics.median(watched) / statistics.median(alone):.2f}", flush=True)
    print(f"Server killed {deaths} times: {kills(run, deaths)} times the run went on and its history was whole")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print; what they cost each other is measured in the last of the servers."""
    asked = parser("Measure how soon there is something to see, and what training and page cost each other.")
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=8.0, help="that training is measured for at a time")
    asked.add_argument("--kills", type=int, default=20)
    options = asked.parse_args(arguments)
    repeats, seconds, deaths = (1, 0.5, 1) if options.smoke else (options.repeats, options.seconds, options.kills)
    kinds, epochs = ({"trainer warm": True}, 12) if options.smoke else ({"Start at once": False, "trainer warm": True}, PRESET.train.epochs)
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    turns = [(kind, number) for kind in kinds for number in range(repeats)]
    print(f"{machine()}; median (lowest to highest) of {repeats}\n")
    with chromium() as browser:
        for turn in turns:
            with runs_folder() as root, served(root) as server:
                found[turn[0]].append(first_seconds(browser, server, root, kinds[turn[0]], epochs))
                if turn == turns[-1]:
                    print_first(found, epochs)
                    print_costs(browser, server, root, repeats, seconds, deaths)
    print(f"load in the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
