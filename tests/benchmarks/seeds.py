"""Train a preset with several seeds by the command a user types, print the spread, keep the best on validation.

python -m tests.benchmarks.seeds mnist-2d --seeds 0 1 2 --keep checkpoints/mnist-2d (with --smoke: two epochs of one seed)
"""

from __future__ import annotations

import contextlib
import io
import shutil
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.machine import machine, parser, table
from vae_core.cli.main import main as run_command
from vae_core.presets import PRESETS
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run

MOST_BYTES = 5_000_000  # of a run that is kept; a larger one leaves out the encoders of its film


def train(preset: str, seed: int, out: Path, *rest: str) -> Run:
    """Run the command in this process and open what it wrote."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = run_command(["train", "--preset", preset, "--seed", str(seed), "--out", str(out), *rest])
    if code:
        raise SystemExit(said.getvalue())
    return open_run(out)


def row(run: Run) -> dict[str, float]:
    """Return the figures of one run."""
    summary = run.summary
    knn = summary["knn"] or {"accuracy": float("nan"), "pca_accuracy": float("nan")}
    return {
        "validation": summary["validation_score"],
        "test -ELBO": summary["test"]["negative_elbo"],
        "reconstruction": summary["test"]["reconstruction"],
        "KL": summary["test"]["kl"],
        "active": summary["test"]["active_units"],
        "kNN(20) %": 100 * knn["accuracy"],
        "PCA kNN %": 100 * knn["pca_accuracy"],
        "seconds": summary["seconds"],
    }


def keep(run: Run, place: Path) -> None:
    """Put the run in the place of another one."""
    shutil.rmtree(place, ignore_errors=True)
    is_small = sum(file.stat().st_size for file in run.path.rglob("*") if file.is_file()) <= MOST_BYTES
    left_out = ("lock",) if is_small else ("lock", "encoder-*")
    shutil.copytree(run.path, place, ignore=shutil.ignore_patterns(*left_out))


def main(arguments: list[str] | None = None) -> None:
    """Print a table with a line per seed and the medians."""
    asked = parser("Train a preset with several seeds and print the spread.")
    asked.add_argument("preset", choices=PRESETS)
    asked.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    asked.add_argument("--keep", type=Path, help="the run directory that the best seed on validation replaces")
    options = asked.parse_args(arguments)
    seeds, rest = (options.seeds[:1], ["--epochs", "2"]) if options.smoke else (options.seeds, [])
    with tempfile.TemporaryDirectory() as folder:
        found = {seed: train(options.preset, seed, Path(folder) / str(seed), *rest) for seed in seeds}
        rows = {seed: row(run) for seed, run in found.items()}
        print(f"{options.preset} on {machine()}; nats per image, {PRESETS[options.preset].data.pixels} pixels")
        names = list(next(iter(rows.values())))
        print(table(["seed", *names]))
        median = {name: statistics.median(row[name] for row in rows.values()) for name in names}
        for seed, values in [*rows.items(), ("median", median)]:
            print(f"| {seed} | " + " | ".join(f"{values[name]:.2f}" for name in names) + " |")
        best = min(rows, key=lambda seed: rows[seed]["validation"])
        print(f"best on validation: seed {best}")
        if options.keep:
            keep(found[best], options.keep)


if __name__ == "__main__":
    main()
