"""Print how long the live map takes for a move, a mosaic, a redraw and its first picture, on a real page of the dashboard.

Run it from the root of the repository: python -m tests.benchmarks.moves
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Browser, Page

from dashboard.components.run_packets import picture_packet, points_packet, trust_packet, weights_packet
from tests.benchmarks.machine import chromium, machine, parser, quantile95, table
from tests.browser.serving import APP, Server, serving, wait_until_healthy
from tests.places import SHIPPED
from vae_core.config import ModelConfig, RunConfig, TrainConfig
from vae_core.data.dataset import Dataset
from vae_core.jobs.cost_estimate import count
from vae_core.model.vae import build_vae
from vae_core.runs.listing import load_run
from vae_core.runs.writer import RunWriter
from vae_core.training.runner import train

NAMES = {
    "mnist-2d": "MLP, 2-D",
    "mnist-16d": "MLP, 16-D",
    "conv": "VAE Explainer's convolutions, ReLU",
    "colour": "64 × 64 in colour, convolutions of {work:.1f} M multiply-adds",
}
COLOUR = ModelConfig(network="conv", hidden=(16, 32, 64), latent_size=2)
COLOUR_SHAPE = (3, 64, 64)
MOVES = 400
HEAP_MOVES = 5000
SWITCHES = ["--enable-precise-memory-info", "--js-flags=--expose-gc"]

WATCH = """() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
    }).observe({ type: "longtask" });
}"""
TIMES = """() => {
    const store = globalThis[Symbol.for("latent-lens")];
    return { moved: store.moved, times: Array.from(store.moves), ready: store.ready };
}"""
MOSAIC = """(root) => {
    const liveMap = root.liveMap, start = performance.now();
    globalThis[Symbol.for("latent-lens")].cells.clear();
    liveMap.restartMosaic();
    liveMap.mosaic.work(Infinity, (...cell) => liveMap.cells.paint(...cell));
    return performance.now() - start;
}"""
# The page's own redraw of the ground, with as many points as the whole of MNIST has.
REDRAW = """(root) => {
    const e = root.liveMap, many = 70000, times = [];
    const flat = Float32Array.from({ length: 2 * many }, (_, n) => e.flat[n % e.flat.length] + 0.02 * Math.random());
    const as = (of) => of.constructor.from({ length: many }, (_, n) => of[n % of.length]);
    const colouring = { colours: as(e.colouring.colours), shown: as(e.colouring.shown) };
    for (let n = 0; n < 40; n++) {
        const start = performance.now();
        e.points.draw(e.ground, e.view, flat, colouring, e.outline);
        times.push(performance.now() - start);
    }
    return times.slice(5);
}"""
HEAP = """(root, moves) => {
    const liveMap = root.liveMap;
    const go = (often) => {
        for (let n = 0; n < often; n++) {
            liveMap.moveTo(2 * Math.sin(n / 90), 2 * Math.cos(n / 70));
            liveMap.drawMove();
        }
        gc();
        return performance.memory.usedJSHeapSize;
    };
    return -go(moves / 10) + go(moves);
}"""


def lay_out(root: Path) -> None:
    """Lay out the runs to measure; the first of convolutions borrows the points of mnist-2d: weights need no training to be as slow."""
    for name in ("mnist-2d", "mnist-16d"):
        shutil.copytree(SHIPPED / name, root / name)
    shutil.copytree(SHIPPED / "mnist-2d", root / "conv")
    torch.manual_seed(0)
    config = ModelConfig(network="conv", hidden=(32, 64), latent_size=2)
    writer = RunWriter(root / "written", RunConfig(model=config), {})
    writer.weights(build_vae(config, (28, 28), 1 / 255))
    weights = (writer.path / "model.safetensors").read_bytes().replace(b"gelu", b"relu")
    shutil.rmtree(writer.path)
    (root / "conv" / "model.safetensors").write_bytes(weights)
    settings = root / "conv" / "config.json"
    settings.write_text(settings.read_text().replace(load_run(root, "mnist-2d").name, "Convolutions"))


def lay_out_colour(root: Path) -> None:
    """Train on a few pictures of noise for one epoch: what the weights are does not change how long they take."""
    noise = np.random.default_rng(0).integers(0, 256, (60, *COLOUR_SHAPE), np.uint8)
    config = RunConfig(name="Colour", model=COLOUR, train=TrainConfig(epochs=1, snapshots=0))
    train(config, root / "colour", dataset=Dataset("noise", noise, 255.0, "image"))


def name_of(run: str) -> str:
    """Return what a run is called in the table."""
    _, decoder = count(COLOUR, COLOUR_SHAPE)
    return NAMES[run].format(work=(decoder.dense + decoder.conv) / 1e6)


def opened(browser: Browser, server: Server, name: str) -> Page:
    """Return a fresh Explore page of a run at rest, its mosaic whole."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.url}/explore?run={name}&z={','.join('0' * (16 if name == 'mnist-16d' else 2))}")
    page.wait_for_selector(f'.ll[data-ready^="{name}@"]', timeout=60_000)
    while not page.locator(".ll").evaluate("(root) => root.liveMap.mosaic.isWhole"):
        page.wait_for_timeout(100)
    page.wait_for_timeout(1000)
    return page


def measured(browser: Browser, server: Server, name: str, moves: int, heap_moves: int) -> dict[str, Any]:
    """Return the figures of one run."""
    page = opened(browser, server, name)
    box = page.locator(".ll-over").bounding_box()
    assert box
    page.evaluate(WATCH)
    before = page.evaluate(TIMES)
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    for step in range(moves):
        share = (step + 1) / moves
        page.mouse.move(box["x"] + 50 + share * (box["width"] - 100), box["y"] + 50 + (share * 7 % 1) * (box["height"] - 100))
    page.wait_for_timeout(200)
    after, longest = page.evaluate(TIMES), page.evaluate("longest")
    page.mouse.up()
    page.wait_for_timeout(1000)
    root = page.locator(".ll")
    figures = {
        "engine": root.get_attribute("data-engine"),
        "times": after["times"][before["moved"] : after["moved"]],
        "longest": longest,
        "ready": after["ready"],
        "mosaic": root.evaluate(MOSAIC),
        "redraw": root.evaluate(REDRAW),
        "heap": root.evaluate(HEAP, heap_moves),
    }
    page.close()
    return figures


def main(arguments: list[str] | None = None) -> None:
    """Measure run by run and print the table."""
    is_smoke = parser("Measure moves on the live map.").parse_args(arguments).smoke
    names, moves, heap_moves = (["mnist-2d"], 10, 50) if is_smoke else (list(NAMES), MOVES, HEAP_MOVES)
    before = machine()
    with tempfile.TemporaryDirectory() as folder, chromium(*SWITCHES) as browser:
        root = Path(folder) / "runs"
        lay_out(root)
        if "colour" in names:
            lay_out_colour(root)
        runs = [load_run(root, name) for name in names]
        bytes_of = {
            run.path.name: len(
                picture_packet(run) + points_packet(run, run.latents()) + weights_packet(run) + trust_packet(run, run.latents())
            )
            for run in runs
        }
        with serving(APP, Path(folder), LATENT_LENS_RUNS=str(root)) as server:
            wait_until_healthy(server)
            if not is_smoke:
                measured(browser, server, names[0], moves, heap_moves)  # the server warms up
            figures = {name: measured(browser, server, name, moves, heap_moves) for name in names}
        print(f"{before}, at the end {os.getloadavg()[0]:.1f}, Chromium {browser.version}")
    print("Milliseconds, median / 95th percentile; moves of a drag over the map, at most one in each animation frame\n")
    columns = ("run", "engine", "moves", "decode and draw", "longest task over 50 ms", "mosaic 30 x 30", "draw 70,000 points")
    print(table([*columns, "data to first picture", "payload, MB", f"heap growth in {heap_moves:,} moves, MB"]))
    for name, found in figures.items():
        pairs = [f"{statistics.median(times):.1f} / {quantile95(times):.1f}" for times in (found["times"], found["redraw"])]
        longest = f"{found['longest']:.0f}" if found["longest"] else "none"
        rest = f"{found['ready']:.0f} | {bytes_of[name] / 1e6:.2f} | {found['heap'] / 1e6:.2f}"
        start = f"{name_of(name)} | {found['engine']} | {len(found['times'])}"
        print(f"| {start} | {pairs[0]} | {longest} | {found['mosaic']:.0f} | {pairs[1]} | {rest} |")


if __name__ == "__main__":
    main()
