"""Print what grows with what: the live map with its points, training and encoding with the size of images, pages with their viewers.

Run it from the root of the repository: python -m tests.benchmarks.scale [map] [sizes] [viewers]

The live map is that of a real page of the dashboard with ten thousand to a million test points. The runs are shipped ones whose test points
are drawn instead (a seeded mixture of ten bells, a class each, rows in a row): how a map moves with a million points does not depend on how
they came to lie there. A lasso is measured until the set is on its way to the server.

Images of each size are noise, a convolutional network of the widths that suit them trains on one thread; viewers are those of viewers.py.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from dashboard.components.run_packets import picture_packet, points_packet, trust_packet, weights_packet
from tests.benchmarks import viewers
from tests.benchmarks.machine import chromium, machine, parser, quantile95, table
from tests.benchmarks.moves import TIMES, WATCH
from tests.browser.serving import APP, Server, serving, wait_until_healthy
from tests.places import SHIPPED
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data.dataset import Dataset, split
from vae_core.jobs import cost_estimate
from vae_core.latent.inference import encode
from vae_core.model.architectures import NETWORKS
from vae_core.runs.listing import load_run
from vae_core.training.trainer import Trainer

SIZES = (10_000, 100_000, 400_000, 1_000_000)
DIMENSIONS = {2: "mnist-2d", 16: "mnist-16d"}
SHAPES = (((8, 8), 128), ((28, 28), 128), ((3, 32, 32), 128), ((3, 64, 64), 128), ((3, 128, 128), 64))  # of an image, and a batch
STEPS, EPOCH = 8, 100_000  # steps that are timed, and images of an epoch as it is told
VIEWERS = (1, 10, 50)
MOVES, ZOOMS, POINTED = 200, 40, 2000  # of the last so many together, as the browser's clock is coarse
BUSY = """() => new Promise((done) => setTimeout(() => {
    const start = performance.now();
    while (performance.now() - start < 90);
    done();
}))"""
# From the packets in the page to the whole picture: the run is opened anew, and frames are counted until nothing is left to do.
# What a script does at once when Playwright calls it is no task to the browser's observer: it has to wait for a timer first.
OPEN = """async (root) => {
    await new Promise((go) => setTimeout(go));
    const { liveMap } = root, start = performance.now();
    liveMap.open();
    liveMap.receive();
    await globalThis.rest(liveMap);
    return performance.now() - start;
}"""
REST = """() => {
    globalThis.rest = async (liveMap) => {
        const frame = () => new Promise(requestAnimationFrame);
        await frame();
        while (liveMap.pending || !liveMap.count) await frame();
        await new Promise((go) => setTimeout(go)); // what took long has been told of
    };
}"""
AT_REST = "(root) => globalThis.rest(root.liveMap)"
# What the map itself does in one frame, in ms, while something goes on.
FRAMES = """(root) => {
    const { liveMap } = root, frame = liveMap.frame.bind(liveMap);
    globalThis.frames = [];
    liveMap.frame = () => {
        const start = performance.now();
        frame();
        frames.push(performance.now() - start);
    };
}"""
POINT = """(root) => {
    const { liveMap } = root, start = performance.now();
    for (let n = 0; n < POINTED; n++) {
        const [x, y] = [liveMap.view.width * (0.3 + 0.4 * n / POINTED), liveMap.view.height * (0.3 + 0.4 * ((n * 7) % 200) / 200)];
        liveMap.points.at(x, y, 6);
    }
    return (performance.now() - start) / POINTED;
}""".replace("POINTED", str(POINTED))
LASSO = """async (root) => {
    await new Promise((go) => setTimeout(go));
    const { liveMap } = root, { view } = liveMap, { trigger } = liveMap.host, polygon = [];
    for (let n = 0; n < 300; n++) {
        const far = view.height * (0.22 + 0.08 * Math.sin(n / 7));
        const [x, y] = [view.width / 2 + far * Math.cos(n / 47.7), view.height / 2 + far * Math.sin(n / 47.7)];
        polygon.push([view.worldX(x), view.worldY(y)]);
    }
    const start = performance.now();
    await new Promise((take) => {
        liveMap.host.trigger = take;
        liveMap.tools.lasso.done(polygon);
    });
    const took = performance.now() - start;
    liveMap.host.trigger = trigger;
    await globalThis.rest(liveMap);
    return { took, rows: liveMap.sets.choice.reduce((sum, one) => sum + one, 0) };
}"""


def lay_out(root: Path, count: int, d: int) -> str:
    """Lay out a shipped run whose test points are drawn; return its folder's name."""
    name = f"{count}-points-{d}d"
    shutil.copytree(SHIPPED / DIMENSIONS[d], root / name, ignore=shutil.ignore_patterns("evaluations"))
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, count)
    mu = (rng.standard_normal((10, d))[labels] + 0.4 * rng.standard_normal((count, d))).astype(np.float32)
    log_var = (-4 + 0.2 * rng.standard_normal((count, d))).astype(np.float32)
    np.savez(root / name / "latents.npz", mu=mu, log_var=log_var, labels=labels, rows=np.arange(60_000, 60_000 + count))
    summary = root / name / "summary.json"
    told = json.loads(summary.read_text())
    told["test"]["n"] = count
    summary.write_text(json.dumps(told))
    return name


def longest(page: Page) -> float:
    """Return the longest task over 50 ms since the last call, 0 where there was none."""
    page.wait_for_timeout(100)
    return float(page.evaluate("() => { const found = longest; globalThis.longest = 0; return found; }"))


def measured(browser: Browser, server: Server, name: str, d: int, moves: int, zooms: int) -> dict[str, Any]:
    """Return the figures of one run: times in ms, and the longest task of each thing done."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.url}/explore?run={name}&z={','.join('0' * d)}")
    page.wait_for_selector(f'.ll[data-ready^="{name}@"]', timeout=120_000)
    root = page.locator(".ll")
    page.evaluate(REST)
    root.evaluate(AT_REST)
    page.evaluate(WATCH)
    page.evaluate(BUSY)
    if longest(page) < 90:
        raise SystemExit("The browser does not tell of long tasks, so that none could be found.")
    opened = [root.evaluate(OPEN) for _ in range(3)]
    tasks = {"open": longest(page)}
    box = page.locator(".ll-over").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.evaluate(TIMES)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(moves):
        angle, far = 0.1 * step, 0.35 * box["height"] * (step + 1) / moves
        page.mouse.move(x + far * math.cos(angle), y + far * math.sin(angle))
    tasks["move"] = longest(page)
    after = page.evaluate(TIMES)
    page.mouse.up()
    page.wait_for_timeout(500)
    longest(page)
    root.evaluate(FRAMES)
    for step in range(zooms):
        page.mouse.wheel(0, -90 if step < zooms / 2 else 90)
        page.wait_for_timeout(16)
    root.evaluate(AT_REST)
    zoomed = page.evaluate("() => frames.splice(0)")
    tasks["zoom"] = longest(page)
    for step in range(moves):
        page.mouse.move(x - 0.4 * box["width"] * (step / moves - 0.5), y + 0.3 * box["height"] * math.sin(step / 9))
    tasks["point"] = longest(page)
    pointed = root.evaluate(POINT)
    longest(page)
    lasso = root.evaluate(LASSO)
    assert lasso["rows"], "the lasso held nothing"
    tasks["lasso"] = longest(page)
    points = root.evaluate("({ liveMap }) => liveMap.count")
    page.close()
    times = after["times"][before["moved"] : after["moved"]]
    return {"open": opened, "move": times, "zoom": zoomed, "point": pointed, "lasso": lasso, "tasks": tasks, "points": points}


def slope(sizes: tuple[int, ...], values: list[float]) -> str:
    """Return by which power of the number of points a cost grows from the fewest to the most: 0 not at all, 1 in proportion."""
    return f"{math.log(max(values[-1], 1e-9) / max(values[0], 1e-9)) / math.log(sizes[-1] / sizes[0]):.2f}"


def map_lines(is_smoke: bool) -> Iterator[str]:
    """Yield the table of the live map, run by run."""
    sizes, dims, moves, zooms = ((71_000,), (2,), 8, 4) if is_smoke else (SIZES, tuple(DIMENSIONS), MOVES, ZOOMS)
    rows = []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        root = Path(folder) / "runs"
        names = {(d, count): lay_out(root, count, d) for d in dims for count in sizes}
        with serving(APP, Path(folder), LATENT_LENS_RUNS=str(root)) as server:
            wait_until_healthy(server)
            for (d, count), name in names.items():
                run = load_run(root, name)
                points = run.latents()
                packets = (points_packet(run, points), trust_packet(run, points), picture_packet(run), weights_packet(run))
                rows.append((d, count, sum(map(len, packets)), measured(browser, server, name, d, moves, zooms)))
        yield f"Chromium {browser.version}, milliseconds, median / 95th percentile where there are two; tasks are those over 50 ms\n"
    columns = ["d", "test images", "on the map", "payload, MB", "packets to picture", "a move", "a frame of a zoom"]
    columns += ["point under the pointer", "lasso to rows", "longest task: opening", "moving, zooming, pointing, lasso"]
    yield table(columns)
    for d, count, payload, found in rows:
        pairs = [f"{statistics.median(found[key]):.1f} / {quantile95(found[key]):.1f}" for key in ("move", "zoom")]
        cells = [f"{found['points']:,}", f"{payload / 1e6:.2f}", f"{statistics.median(found['open']):.0f}", *pairs]
        cells += [f"{found['point']:.3f}", f"{found['lasso']['took']:.0f}"]
        opening, *others = found["tasks"].values()
        cells += [f"{task:.0f}" if task else "none" for task in (opening, max(others))]
        yield f"| {d} | {count:,} | {' | '.join(cells)} |"
    for d in dims if len(sizes) > 1 else ():
        own = [row for row in rows if row[0] == d]
        costs = [
            [payload for _, _, payload, _ in own],
            *([statistics.median(found[key]) for *_, found in own] for key in ("open", "move", "zoom")),
        ]
        costs += [[found["point"] for *_, found in own], [found["lasso"]["took"] for *_, found in own]]
        yield f"| {d} | slope | | {' | '.join(slope(sizes, values) for values in costs)} | | |"


def trained_and_encoded(shape: tuple[int, ...], batch: int, steps: int) -> tuple[float, float, float]:
    """Return the multiply-adds of an image, forward, and how many images a second are trained and encoded; medians over the batches."""
    values = np.random.default_rng(0).integers(0, 256, (batch * (steps + 1), *shape), dtype=np.uint8)
    config = RunConfig(
        data=DataConfig(test_fraction=0.0, validation_fraction=0.0),
        model=ModelConfig(network="conv", hidden=NETWORKS["conv"].suited(shape), latent_size=16),
        train=TrainConfig(batch_size=batch, snapshots=0, device="cpu", threads=1),
    )
    dataset = Dataset("noise", values, 255.0, "image")
    trainer = Trainer(config, dataset, split(dataset, config.data))
    training, encoding = [], []
    for step, pixels, noise in trainer.steps(1):
        start = time.perf_counter()
        trainer.step(step, pixels, noise)
        between = time.perf_counter()
        encode(trainer.vae, pixels.x)
        training.append(between - start)
        encoding.append(time.perf_counter() - between)
    work = sum(part.dense + part.conv for part in cost_estimate.count(config.model, shape))
    return work, batch / statistics.median(training[1:]), batch / statistics.median(encoding[1:])


def size_lines(is_smoke: bool) -> Iterator[str]:
    """Yield the table of training and encoding by the size of images."""
    cases, steps = ((((8, 8), 16),), 2) if is_smoke else (SHAPES, STEPS)
    yield f"Convolutions of suited widths, one thread; from the median of {steps} steps\n"
    columns = ("image", "numbers", "batch", "multiply-adds of an image, millions", "trained a second", "encoded a second")
    yield table([*columns, f"an epoch of {EPOCH:,}, s", f"encoding {EPOCH:,}, s"])
    found = []
    for shape, batch in cases:
        work, trained, encoded = trained_and_encoded(shape, batch, steps)
        found.append((work, EPOCH / trained, EPOCH / encoded))
        name = "x".join(map(str, (*shape[-2:], *shape[:-2])))
        numbers = f"{math.prod(shape):,} | {batch} | {work / 1e6:.2f} | {trained:,.0f} | {encoded:,.0f}"
        yield f"| {name} | {numbers} | {EPOCH / trained:,.1f} | {EPOCH / encoded:,.1f} |"
    if len(found) > 1:
        sizes = tuple(math.prod(shape) for shape, _ in cases)
        work, training, encoding = (slope(sizes, list(values)) for values in zip(*found, strict=True))
        yield f"| slope by numbers | | | {work} | | | {training} | {encoding} |"


def viewer_lines(is_smoke: bool) -> Iterator[str]:
    """Yield the table of two pages by how many open them at once."""
    counts = (1,) if is_smoke else VIEWERS
    pages = {"": "Start", "explore": "Explore"}
    with tempfile.TemporaryDirectory() as folder:
        tours = viewers.measure(APP, list(pages), counts, viewers.copied_runs(Path(folder) / "runs", list(pages)))
    yield "All open the page at once; nothing is drawn\n"
    yield table(["page", "viewers", "last one served, s", "processor time of the server for each, ms", "sent to each, kB"])
    for page, name in pages.items():
        costs = [tours[count].at(page) for count in counts]
        for count, cost in zip(counts, costs, strict=True):
            yield f"| {name} | {count} | {cost.seconds:.2f} | {cost.cpu:.0f} | {cost.sent:.0f} |"
        if len(counts) > 1:
            slopes = (slope(counts, [getattr(cost, part) for cost in costs]) for part in ("seconds", "cpu", "sent"))
            yield f"| {name} | slope | {' | '.join(slopes)} |"


TABLES = {"map": map_lines, "sizes": size_lines, "viewers": viewer_lines}


def main(arguments: list[str] | None = None) -> None:
    """Print the tables that are asked for, by default all."""
    asked = parser("Measure what grows with points, with the size of images and with viewers.")
    asked.add_argument("tables", nargs="*", metavar="TABLE", default=list(TABLES), help=f"of {', '.join(TABLES)} (default: all)")
    options = asked.parse_args(arguments)
    if unknown := set(options.tables) - set(TABLES):
        asked.error(f"{', '.join(sorted(unknown))}: choose of {', '.join(TABLES)}")
    for name in options.tables:
        print(f"\n{machine()}")
        for line in TABLES[name](options.smoke):
            print(line, flush=True)
        print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
