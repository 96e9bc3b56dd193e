"""Time and memory of every part of Inspect on MNIST: 10,000 and 60,000 images, 2 and 16 latent dimensions, each in a process of its own.

python -m tests.benchmarks.inspection [--threads 1] [PART ...]

Needs MNIST (VAE_DATA_DIR); with --smoke it looks at two parts of the shipped digits instead. The networks are those of the shipped runs
(784-256-256-256); "rate-distortion" trains a linear gaussian run for an epoch. Bounds and gap look at 1,000 images, as the page does,
whatever their number.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.machine import machine, parser, table
from vae_core.inspection.parts.registry import PARTS
from vae_core.inspection.subject import InspectedRun, Unavailable
from vae_core.runs.listing import open_run

ROOT = Path(__file__).resolve().parents[2]
COUNTS, SIZES = (10_000, 60_000), (2, 16)
SMOKE = ("kl-decomposition", "rate-distortion")  # one part of a shipped run, and the one that trains a run first


def one(part: str, run: Path, n: int, threads: int) -> None:
    """Compute one part and print its seconds and its memory as JSON."""
    import torch

    torch.set_num_threads(threads)
    inspected = InspectedRun(open_run(run), "test" if n < COUNTS[1] else "train")
    if n == COUNTS[1]:  # the validation images too, so that there are 60,000
        inspected.__dict__["rows"] = np.arange(n)
    start, cpu = time.perf_counter(), time.process_time()
    try:
        PARTS[part].compute(inspected, lambda share: None)
    except Unavailable as error:
        print(json.dumps({"refused": error.reason}))
        return
    seconds = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    print(json.dumps({**seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def linear(folder: Path, dataset: str, latent_size: int) -> Path:
    """Train a linear gaussian run for an epoch, in a process of its own: a child's memory is counted from its parent's."""
    out = folder / f"linear-{latent_size}d"
    settings = ["--dataset", dataset, "--network", "linear", "--likelihood", "gaussian-learnt", "--latent-size", str(latent_size)]
    command = [sys.executable, "-m", "vae_core", "train", *settings, "--epochs", "1", "--snapshots", "0", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return out


def measure(part: str, run: Path, n: int, threads: int) -> str:
    """Return a cell of the table."""
    command = [sys.executable, "-m", "tests.benchmarks.inspection", "--one", part, str(run), str(n), "--threads", str(threads)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    result = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    found = json.loads(result.stdout.splitlines()[-1])
    if "refused" in found:
        return f"refused ({found['refused']})"
    return f"{found['seconds']:.1f} s ({found['cpu']:.1f} s CPU), {found['megabytes']:.0f} MB"


def main(arguments: list[str] | None = None) -> None:
    """Print a table with a line per part."""
    asked = parser("Measure every part of Inspect on MNIST.")
    asked.add_argument("parts", nargs="*", help="default: all")
    asked.add_argument("--threads", type=int, default=1)
    asked.add_argument("--one", nargs=3, metavar=("PART", "RUN", "N"), help=argparse.SUPPRESS)
    options = asked.parse_args(arguments)
    if options.one:
        one(options.one[0], Path(options.one[1]), int(options.one[2]), options.threads)
        return
    dataset, counts, sizes, parts = ("digits", (359,), (2,), SMOKE) if options.smoke else ("mnist", COUNTS, SIZES, PARTS)
    with tempfile.TemporaryDirectory() as folder:
        names = {d: f"{dataset}-{d}d" for d in sizes}
        shipped = {d: Path(shutil.copytree(ROOT / "checkpoints" / name, Path(folder) / name)) for d, name in names.items()}
        cases = [(d, n) for d in sizes for n in counts]
        print(f"{machine()} at the start, {options.threads} thread(s)")
        print(table(["part", *(f"d = {d}, N = {n:,}" for d, n in cases)]), flush=True)
        for part in options.parts or parts:
            chosen = {d: linear(Path(folder), dataset, d) for d in sizes} if part == "rate-distortion" else shipped
            cells = [measure(part, chosen[d], n, options.threads) for d, n in cases]
            print(f"| {part} | {' | '.join(cells)} |", flush=True)
        print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
