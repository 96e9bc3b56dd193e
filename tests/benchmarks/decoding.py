"""Print how long one move on the live map takes in the browser, beside what VAE Explainer does at each move with TensorFlow.js.

Run it from the root of the repository, with npm on PATH (TensorFlow.js is fetched into a temporary folder, about 300 MB; without npm or
with --smoke our decoders move alone): python -m tests.benchmarks.decoding
"""

from __future__ import annotations

import base64
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

import torch
from playwright.sync_api import Browser, Page

from dashboard.components.bundler import HERE
from tests.benchmarks.machine import chromium, machine, parser, quantile95, table
from vae_core.config import ModelConfig, RunConfig
from vae_core.model.vae import build_vae
from vae_core.runs.writer import RunWriter

ADDRESS = "http://localhost/"
ROUNDS = 7
MOVES = 40  # per round, one in each animation frame
Rounds = list[list[list[float]]]  # of each round: the milliseconds of decoding of all moves, those of decoding and drawing
THEIRS = "VAE Explainer's decoder in TensorFlow.js"
SHIPPED, SMALL, KERAS, OURS_CONV = (
    "MLP 2-256-256-256-784, GELU",
    "MLP 2-512-784, GELU",
    "VAE Explainer's shape, ReLU",
    "the same shape, GELU",
)
GOALS = {SHIPPED: "20", KERAS: "6"}

PREPARE = """async (files) => {
    const { openDecoder } = await import("http://localhost/js/engine/decoder.js");
    const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const canvas = document.querySelector("canvas").getContext("2d");

    // Ours: one small picture, scaled by the canvas.
    const small = new OffscreenCanvas(28, 28), pen = small.getContext("2d"), picture = pen.createImageData(28, 28);
    const pixels = new Uint32Array(picture.data.buffer);
    canvas.imageSmoothingEnabled = false;
    const draw = (means) => {
        for (let i = 0; i < means.length; i++) pixels[i] = 0xff000000 | (0x10101 * Math.round(255 * Math.min(Math.max(means[i], 0), 1)));
        pen.putImageData(picture, 0, 0);
        canvas.drawImage(small, 0, 0, 300, 300);
    };

    // Theirs: a filled rectangle for each of the 784 cells.
    const drawCells = (means) => {
        canvas.clearRect(0, 0, 300, 300);
        for (let i = 0; i < means.length; i++) {
            const grey = Math.round(255 * means[i]);
            canvas.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
            canvas.fillRect((i % 28) * 10, Math.floor(i / 28) * 10, 10, 10);
        }
    };

    // The operations of VAE Explainer's graph, without the cost of a graph's executor; untrained weights.
    const theirDecode = () => {
        const weights = (...shape) => tf.randomNormal(shape, 0, 1 / Math.sqrt(shape.at(-1) * 9));
        const bias = (n) => tf.randomNormal([n], 0, 0.1);
        const dense = [tf.randomNormal([2, 3136]), bias(3136)];
        const kernels = [[3, 3, 64, 64], [3, 3, 32, 64], [3, 3, 1, 32]].map((shape) => [weights(...shape), bias(shape[2])]);
        return (z) => tf.tidy(() => {
            let x = tf.fused.matMul({ a: tf.tensor(z, [1, 2]), b: dense[0], bias: dense[1], activation: "relu" }).reshape([1, 7, 7, 64]);
            x = tf.conv2dTranspose(x, kernels[0][0], [1, 14, 14, 64], 2, "same").add(kernels[0][1]).relu();
            x = tf.conv2dTranspose(x, kernels[1][0], [1, 28, 28, 32], 2, "same").add(kernels[1][1]).relu();
            return tf.conv2dTranspose(x, kernels[2][0], [1, 28, 28, 1], 1, "same").add(kernels[2][1]).sigmoid().dataSync();
        });
    };

    globalThis.contenders = {};
    globalThis.first = {};
    for (const [name, base64] of Object.entries(files)) {
        const bytes = bytesOf(base64), start = performance.now();
        const whole = openDecoder({ weights: bytes });
        draw(whole.decode([0, 0]));
        first[name] = performance.now() - start;
        contenders[name] = [(z) => whole.decode(z), draw];
    }
    if (globalThis.tf) {
        await tf.ready();
        contenders["%s"] = [theirDecode(), drawCells];
    }
}""".replace("%s", THEIRS)  # fmt: skip

# Every move in an animation frame of its own, as the map makes it: [milliseconds of decoding, of decoding and drawing].
MOVE = """async ([name, moves, seed]) => {
    const [decode, draw] = contenders[name], times = [];
    for (let i = 0; i < moves; i++) {
        await new Promise(requestAnimationFrame);
        const z = [2 * Math.sin(seed + i / 9), 2 * Math.cos(seed + i / 7)], start = performance.now();
        const means = decode(z), decoded = performance.now();
        draw(means);
        times.push([decoded - start, performance.now() - start]);
    }
    return times;
}"""


def weights(folder: Path) -> dict[str, bytes]:
    """Return the files of weights, untrained: the time does not depend on what was learned (but for the share of zeros after a ReLU)."""
    torch.manual_seed(0)
    models = {
        SHIPPED: ModelConfig(network="mlp", hidden=(256, 256, 256), latent_size=2),
        SMALL: ModelConfig(network="mlp", hidden=(512,), latent_size=2),
        OURS_CONV: ModelConfig(network="conv", hidden=(32, 64), latent_size=2),
    }
    files = {}
    for number, (name, config) in enumerate(models.items()):
        writer = RunWriter(folder / str(number), RunConfig(model=config), {})
        writer.weights(build_vae(config, (28, 28), 1 / 255))
        files[name] = (writer.path / "model.safetensors").read_bytes()
    return {**files, KERAS: files[OURS_CONV].replace(b"gelu", b"relu")}


def tensorflow(folder: Path) -> Path | None:
    """Install TensorFlow.js below the folder and return its script; None: there is no npm to fetch it with."""
    npm = shutil.which("npm")
    if not npm:
        return None
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run([npm, "install", *options, "--prefix", str(folder), "@tensorflow/tfjs"], check=True, stdout=subprocess.DEVNULL)
    return folder / "node_modules" / "@tensorflow" / "tfjs" / "dist" / "tf.min.js"


def opened(browser: Browser, files: dict[str, bytes], script: Path | None = None) -> Page:
    """Return a page with all contenders ready; it is isolated, because only then its clock is finer than 0.1 ms."""
    page = browser.new_page()
    headers = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
    body = "<!doctype html><canvas width=300 height=300></canvas>"
    page.route(ADDRESS, lambda route: route.fulfill(body=body, content_type="text/html", headers=headers))
    page.route(f"{ADDRESS}js/**", lambda route: route.fulfill(path=HERE / route.request.url.removeprefix(ADDRESS), headers=headers))
    page.goto(ADDRESS)
    if script:
        page.add_script_tag(path=script)
    encoded = {name: base64.b64encode(content).decode() for name, content in files.items()}
    page.evaluate(PREPARE, encoded)
    assert page.evaluate("crossOriginIsolated")
    return page


def first_decode(browser: Browser, name: str, content: bytes) -> float:
    """Return the milliseconds from the bytes to the first picture, on a fresh page."""
    page = opened(browser, {name: content})
    milliseconds = float(page.evaluate("Object.values(first)[0]"))
    page.close()
    return milliseconds


def race(page: Page, rounds: int, moves: int) -> dict[str, Rounds]:
    """Let all contenders move in turn, round by round, so that a busy moment meets all, and return the times of each."""
    names: list[str] = page.evaluate("Object.keys(contenders)")
    times: dict[str, Rounds] = {name: [] for name in names}
    for number in range(-1, rounds):
        for name in names:
            taken: list[list[float]] = page.evaluate(MOVE, [name, moves, number])
            if number >= 0:  # the first round warms up
                times[name].append([list(column) for column in zip(*taken, strict=True)])
    return times


def line(name: str, times: dict[str, Rounds], first: list[float]) -> str:
    """Return a line of the table."""
    cells = []
    for column in (0, 1):
        middle = statistics.median(statistics.median(taken[column]) for taken in times[name])
        slow = statistics.median(quantile95(taken[column]) for taken in times[name])
        cells.append(f"{middle:.2f} / {slow:.2f}")
    cells.append(f"{statistics.median(first):.0f}" if first else "")
    if THEIRS in times:
        pairs = zip(times[THEIRS], times[name], strict=True)
        ratio = statistics.median(statistics.median(theirs[1]) / statistics.median(ours[1]) for theirs, ours in pairs)
        cells.append(f"{ratio:.1f}" + (f" (goal: {GOALS[name]})" if name in GOALS else ""))
    return f"| {name} | {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> None:
    """Race and print the table."""
    is_smoke = parser("Race decoders in the browser.").parse_args(arguments).smoke
    rounds, moves, firsts = (1, 5, 1) if is_smoke else (ROUNDS, MOVES, 3)
    before = machine()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        files, script = weights(Path(folder)), None if is_smoke else tensorflow(Path(folder))
        first = {name: [first_decode(browser, name, content) for _ in range(firsts)] for name, content in files.items()}
        page = opened(browser, files, script)
        times = race(page, rounds, moves)
        backend = page.evaluate("`TensorFlow.js ${tf.version.tfjs}, its own choice of backend: ${tf.getBackend()}`") if script else ""
        print(f"{before}, Chromium {browser.version}, {backend or 'TensorFlow.js is not here, so our decoders move alone'}")
    print(f"Milliseconds, median / 95th percentile of {moves} moves; the median of {rounds} alternating rounds, ratios within a round\n")
    print(table(["decoder", "decode", "decode and draw", "parse to first picture", *["faster than VAE Explainer's move"] * bool(backend)]))
    for name in times:
        print(line(name, times, first.get(name, [])))


if __name__ == "__main__":
    main()
