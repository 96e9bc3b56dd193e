"""Print how long one move on the live map takes in the browser, in WebAssembly and in plain JavaScript, beside what VAE Explainer does at
each move with TensorFlow.js.

Run it from the root of the repository, with npm on PATH (TensorFlow.js is fetched into a temporary folder, about 300 MB; without npm or
with --smoke our decoders move alone): python -m tests.benchmarks.decoding
"""

from __future__ import annotations

import base64
import re
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
from vae_core.jobs.cost_estimate import count
from vae_core.model.vae import build_vae
from vae_core.runs.writer import RunWriter

ADDRESS = "http://localhost/"
FOLDER = re.compile(f"{ADDRESS}(js|plain)/")
ROUNDS = 7
MOVES = 40  # per round, one in each animation frame
Rounds = list[list[list[float]]]  # of each round: the milliseconds of decoding of all moves, those of decoding and drawing
THEIRS = "VAE Explainer's decoder, TensorFlow.js"
SHIPPED, SMALL, KERAS, OURS_CONV, COLOUR = (
    "MLP 2-256-256-256-784, GELU",
    "MLP 2-512-784, GELU",
    "VAE Explainer's shape, ReLU",
    "VAE Explainer's shape, GELU",
    "64 × 64 in colour, {work:.1f} M multiply-adds, GELU",
)
SIMD, PLAIN = "webassembly", "javascript"
ENCODERS = (SHIPPED, OURS_CONV)
GOALS = {f"{SHIPPED}, {SIMD}": "100", f"{OURS_CONV}, {SIMD}": "20"}

# The engine's modules are opened twice, the second time by another address while nothing can be compiled, so that both kinds of kernels run
# in one page.
PREPARE = """async ([files, encoders, both]) => {
    const opened = async (address) => [await import(`${address}/engine/decoder.js`), await import(`${address}/engine/network.js`),
        await import(`${address}/engine/safetensors.js`)];
    const engines = [await opened("http://localhost/js")];
    const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const canvas = document.querySelector("canvas").getContext("2d");
    canvas.imageSmoothingEnabled = false;

    // Ours: one small picture, scaled by the canvas.
    const drawer = ({ channels, height, width }) => {
        const small = new OffscreenCanvas(width, height), pen = small.getContext("2d"), picture = pen.createImageData(width, height);
        const pixels = new Uint32Array(picture.data.buffer), size = height * width;
        const level = (mean) => Math.round(255 * Math.min(Math.max(mean, 0), 1));
        return (means) => {
            for (let i = 0; i < size; i++) {
                const red = level(means[i]);
                const [green, blue] = channels > 1 ? [level(means[size + i]), level(means[2 * size + i])] : [red, red];
                pixels[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
            }
            pen.putImageData(picture, 0, 0);
            canvas.drawImage(small, 0, 0, 300, 300);
        };
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
    const enter = ([{ openDecoder }, { Network }, { parseSafetensors }], name, bytes) => {
        const start = performance.now(), whole = openDecoder({ weights: bytes }), draw = drawer(whole.picture);
        draw(whole.decode([0, 0]));
        const took = performance.now() - start, key = `${name}, ${whole.engine}`;
        first[key] = took;
        contenders[key] = [(z) => whole.decode(z), draw];
        if (!encoders.includes(name)) return;
        const encoder = new Network(parseSafetensors(bytes), "encoder");
        const x = Float32Array.from({ length: encoder.inputSize }, (_, n) => (n % 5 ? 0 : 1));
        contenders[`encoder of ${name}, ${encoder.engine}`] = [() => encoder.run(x), () => {}];
    };
    for (const [name, base64] of Object.entries(files)) enter(engines[0], name, bytesOf(base64));
    if (both) {
        const { Module } = WebAssembly;
        WebAssembly.Module = class { constructor() { throw new Error("this contender runs without"); } };
        engines.push(await opened("http://localhost/plain"));
        for (const [name, base64] of Object.entries(files)) enter(engines[1], name, bytesOf(base64));
        WebAssembly.Module = Module;
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
        COLOUR: ModelConfig(network="conv", hidden=(16, 32, 64), latent_size=2),
    }
    shapes = {COLOUR: (3, 64, 64)}
    files = {}
    for number, (name, config) in enumerate(models.items()):
        shape = shapes.get(name, (28, 28))
        writer = RunWriter(folder / str(number), RunConfig(model=config), {})
        writer.weights(build_vae(config, shape, 1 / 255))
        _, decoder = count(config, shape)
        work = (decoder.dense + decoder.conv) / 1e6
        files[name.format(work=work)] = (writer.path / "model.safetensors").read_bytes()
    return {**files, KERAS: files[OURS_CONV].replace(b"gelu", b"relu")}


def tensorflow(folder: Path) -> Path | None:
    """Install TensorFlow.js below the folder and return its script; None: there is no npm to fetch it with."""
    npm = shutil.which("npm")
    if not npm:
        return None
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run([npm, "install", *options, "--prefix", str(folder), "@tensorflow/tfjs"], check=True, stdout=subprocess.DEVNULL)
    return folder / "node_modules" / "@tensorflow" / "tfjs" / "dist" / "tf.min.js"


def opened(browser: Browser, files: dict[str, bytes], script: Path | None = None, *, both: bool = False) -> Page:
    """Return a page with all contenders ready, in `both` kinds of kernels.

    It is isolated, because only then its clock is finer than 0.1 ms.
    """
    page = browser.new_page()
    headers = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
    body = "<!doctype html><canvas width=300 height=300></canvas>"
    page.route(ADDRESS, lambda route: route.fulfill(body=body, content_type="text/html", headers=headers))
    for folder in ("js", "plain"):
        page.route(
            f"{ADDRESS}{folder}/**", lambda route: route.fulfill(path=HERE / "js" / FOLDER.sub("", route.request.url), headers=headers)
        )
    page.goto(ADDRESS)
    if script:
        page.add_script_tag(path=script)
    encoded = {name: base64.b64encode(content).decode() for name, content in files.items()}
    page.evaluate(PREPARE, [encoded, list(ENCODERS), both])
    assert page.evaluate("crossOriginIsolated")
    return page


def first_decode(browser: Browser, name: str, content: bytes) -> dict[str, float]:
    """Return the milliseconds from the bytes to the first picture, on a fresh page, by what runs it."""
    page = opened(browser, {name: content})
    taken: dict[str, float] = page.evaluate("first")
    page.close()
    return taken


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


def ratio(slow: Rounds, quick: Rounds, column: int) -> float:
    """Return how many times one is faster than another in decoding (0), or in decoding and drawing (1): the median of the rounds."""
    pairs = zip(slow, quick, strict=True)
    return statistics.median(statistics.median(one[column]) / statistics.median(other[column]) for one, other in pairs)


def line(name: str, times: dict[str, Rounds], first: list[float]) -> str:
    """Return a line of the table."""
    cells = []
    for column in (0, 1):
        middle = statistics.median(statistics.median(taken[column]) for taken in times[name])
        slow = statistics.median(quantile95(taken[column]) for taken in times[name])
        cells.append(f"{middle:.2f} / {slow:.2f}")
    cells.append(f"{statistics.median(first):.0f}" if first else "")
    plain = name.replace(SIMD, PLAIN)
    cells.append(f"{ratio(times[plain], times[name], 0):.1f}" if plain in times and plain != name else "")
    if THEIRS in times:
        is_rival = not name.startswith("encoder")
        goal = f" (goal: {GOALS[name]})" if name in GOALS else ""
        cells.append(f"{ratio(times[THEIRS], times[name], 1):.1f}{goal}" if is_rival else "")
    return f"| {name} | {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> None:
    """Race and print the table."""
    is_smoke = parser("Race decoders in the browser.").parse_args(arguments).smoke
    rounds, moves, firsts = (1, 5, 1) if is_smoke else (ROUNDS, MOVES, 3)
    before = machine()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        files, script = weights(Path(folder)), None if is_smoke else tensorflow(Path(folder))
        if is_smoke:
            files = {name: files[name] for name in (SHIPPED, OURS_CONV)}
        first: dict[str, list[float]] = {}
        for name, content in list(files.items()) * firsts:
            for key, taken in first_decode(browser, name, content).items():
                first.setdefault(key, []).append(taken)
        page = opened(browser, files, script, both=True)
        times = race(page, rounds, moves)
        backend = page.evaluate("`TensorFlow.js ${tf.version.tfjs}, its own choice of backend: ${tf.getBackend()}`") if script else ""
        print(f"{before}, Chromium {browser.version}, {backend or 'TensorFlow.js is not here, so our decoders move alone'}")
    print(f"Milliseconds, median / 95th percentile of {moves} moves; the median of {rounds} alternating rounds, ratios within a round\n")
    columns = ["network, what runs it", "decode", "decode and draw", "parse to first picture", "decodes faster than in JavaScript"]
    print(table([*columns, *["faster than VAE Explainer's move"] * bool(backend)]))
    for name in times:
        print(line(name, times, first.get(name, [])))


if __name__ == "__main__":
    main()
