"""Training on pictures in colour: images per second of a core, memory, and the multiply-adds of encoder and decoder.

python -m tests.benchmarks.large_pictures [--steps 8]

Pictures are noise, 3 x side x side bytes; widths are those that suit them (`Network.suited`), likelihood discretised-logistic, 16 latent
dimensions, one thread. Each line is measured in a process of its own: the median step but the first, and the most memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from tests.benchmarks.machine import machine, parser, table

ROOT = Path(__file__).resolve().parents[2]
CASES = [(network, side, batch) for side, batch in ((64, 128), (128, 64)) for network in ("conv", "conv-upsample", "mlp")]
SMOKE = [("conv-upsample", 16, 4)]


def one(network: str, side: int, batch: int, steps: int) -> None:
    """Take some steps and print what they took as JSON."""
    from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
    from vae_core.data.dataset import Dataset, split
    from vae_core.jobs.cost_estimate import count
    from vae_core.model.architectures import NETWORKS
    from vae_core.training.trainer import Trainer

    shape = (3, side, side)
    values = np.random.default_rng(0).integers(0, 256, (batch * steps, *shape), dtype=np.uint8)
    config = RunConfig(
        data=DataConfig(test_fraction=0.0, validation_fraction=0.0),
        model=ModelConfig(network=network, hidden=NETWORKS[network].suited(shape), likelihood="discretised-logistic", latent_size=16),
        train=TrainConfig(batch_size=batch, snapshots=0, device="cpu"),
    )
    dataset = Dataset("noise", values, 255.0, "image")
    trainer, taken = Trainer(config, dataset, split(dataset, config.data)), []
    for step in trainer.steps(1):
        start = time.process_time()
        trainer.step(*step)
        taken.append(time.process_time() - start)
    work = [(part.dense + part.conv) / 1e6 for part in count(config.model, shape)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"speed": batch / median(taken[1:]), "megabytes": peak, "hidden": config.model.hidden, "work": work}))


def main(arguments: list[str] | None = None) -> None:
    """Print a table with a line per network and size."""
    asked = parser("Measure training on pictures in colour.")
    asked.add_argument("--steps", type=int, default=8)
    asked.add_argument("--one", nargs=3, metavar=("NETWORK", "SIDE", "BATCH"), help=argparse.SUPPRESS)
    options = asked.parse_args(arguments)
    if options.one:
        one(options.one[0], int(options.one[1]), int(options.one[2]), options.steps)
        return
    print(machine())
    print(table(["pictures", "network", "batch", "images/s of a core", "memory, MB", "multiply-adds: encoder, decoder (millions)"]))
    for network, side, batch in SMOKE if options.smoke else CASES:
        command = [sys.executable, "-m", "tests.benchmarks.large_pictures", "--steps", str(3 if options.smoke else options.steps)]
        result = subprocess.run([*command, "--one", network, str(side), str(batch)], cwd=ROOT, check=True, capture_output=True, text=True)
        found = json.loads(result.stdout.splitlines()[-1])
        widths, (encoder, decoder) = ", ".join(map(str, found["hidden"])), found["work"]
        row = (f"3x{side}x{side}", f"{network} ({widths})", str(batch), f"{found['speed']:.0f}", f"{found['megabytes']:.0f}")
        print(f"| {' | '.join(row)} | {encoder:.1f}, {decoder:.1f} |", flush=True)


if __name__ == "__main__":
    main()
