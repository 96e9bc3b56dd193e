"""The command line: python -m vae_core train | list | verify | evaluate. Torch is imported only by the commands that need it."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

from tqdm import tqdm

from vae_core import runs
from vae_core.config import ConfigError, RunConfig, sections
from vae_core.datasets import DataError
from vae_core.presets import PRESETS
from vae_core.verify import verify as verify_run

SECTION_TITLES = {"data": "data", "model": "model", "objective": "objective", "train": "training"}


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser. The settings of `train` are read off RunConfig and the registries, which costs importing torch, so only for it."""
    top = argparse.ArgumentParser(prog="python -m vae_core", description="Train variational autoencoders and look inside them.")
    commands = top.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train one VAE and write its run directory", description="Train one VAE and store the run.")
    preset_help = "settings to start from; all others below change it (default: digits-2d)"
    train.add_argument("--preset", choices=PRESETS, default="digits-2d", help=preset_help)
    train.add_argument("--out", type=Path, metavar="DIR", help="the run directory to be made (default: a new one in checkpoints/)")
    if command == "train":
        _add_settings(train)
    for name, text in (("verify", "check a run's hashes, shapes and numbers"), ("evaluate", "print what a run scores on its test images")):
        sub = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        sub.add_argument("run", metavar="RUN", help="a run's id in checkpoints/, or the path of its directory")
        if name == "evaluate":
            sub.add_argument("--umap", action="store_true", help="also compute the UMAP map of the test images and store it with the run")
    commands.add_parser("list", help="list the runs in checkpoints/")
    return top


def _add_settings(command: argparse.ArgumentParser) -> None:
    default = RunConfig()
    command.add_argument("--name", help="display name of the run")
    for section, group in sections(default).items():
        arguments = command.add_argument_group(SECTION_TITLES[section])
        hints = get_type_hints(type(group))
        for f in fields(group):
            is_list = hints[f.name] == tuple[int, ...]
            kind = int if is_list else hints[f.name]
            text = f"{f.metadata['help']}{_choices(f.metadata['choices'])} (preset or {_shown(f.default)})".replace("%", "%%")
            flag = f"--{f.name.replace('_', '-')}"
            metavar = {int: "N", float: "X", str: "NAME"}[kind]
            arguments.add_argument(flag, type=kind, help=text, metavar=metavar, nargs="*" if is_list else None)


def _choices(registry: str) -> str:
    """Return the entries of a registry named as `module.NAME`."""
    if not registry:
        return ""
    module, name = registry.split(".")
    entries = getattr(import_module(f"vae_core.{module}"), name)
    return ": " + ", ".join(entries)


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def configure(options: argparse.Namespace) -> RunConfig:
    """Return the preset with every setting that was given on the command line."""
    preset = PRESETS[options.preset]
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in vars(options).items() if value is not None}
    changed = {}
    for section, group in sections(preset).items():
        changed[section] = replace(group, **{f.name: given[f.name] for f in fields(group) if f.name in given})
    # A preset's display name describes its data and model; with others it would be a lie.
    is_same = all(changed[key] == getattr(preset, key) for key in ("data", "model", "objective"))
    name = options.name if options.name is not None else preset.name if is_same else ""
    return replace(preset, name=name, **changed)


# --------------------------------------------------------------------------- train


class Console:
    """Progress on a terminal: a bar with the time left, and a line per epoch whose total is the sum of its parts."""

    def start(self, total_steps: int, n_train: int) -> None:
        """Open the bar."""
        print("nats per image            training                          validation")
        print("   epoch   reconstruction +   KL  =  total      reconstruction +   KL  =  total")
        self.bar = tqdm(total=total_steps, unit="step", dynamic_ncols=True, mininterval=0.2, file=sys.stderr)

    def step(self, step: int) -> None:
        """Move the bar."""
        self.bar.update(1)

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None:
        """Print one line above the bar."""
        parts = [(round(row["reconstruction"], 2), round(row["kl"], 2)) for row in rows]
        cells = [f"{r:14.2f} + {k:6.2f} = {r + k:7.2f}" for r, k in parts]
        tqdm.write(f"{epoch:8d} {'    '.join(cells)}", file=sys.stdout)


def train(options: argparse.Namespace) -> int:
    """Train and print the command that shows the result."""
    from vae_core.train import train as fit

    config = configure(options)
    run_id = f"{config.data.dataset}-{config.model.latent_size}d-{time.strftime('%Y%m%d-%H%M%S')}"
    path = options.out or runs.default_root() / run_id
    console = Console()
    try:
        run = fit(config, path.resolve(), reporter=console)
    finally:
        if hasattr(console, "bar"):
            console.bar.close()
    print_table(run.summary)
    root = "" if run.path.parent == runs.default_root() else f"LATENT_LENS_RUNS={shlex.quote(str(run.path.parent))} "
    print(f"\nThe run is in {run.path}. To see it:\n  {root}streamlit run dashboard/app.py")
    return 0


# --------------------------------------------------------------------------- list, verify, evaluate


def find(name: str) -> Path:
    """Return the directory of a run given by id or path.

    Raises:
        RunError: there is neither.
    """
    path = Path(name)
    return path.resolve() if (path / "config.json").is_file() else runs.load(runs.default_root(), name).path


def list_all(options: argparse.Namespace) -> int:
    """Print a line per run."""
    found, broken = runs.list_runs(runs.default_root())
    if not found and not broken:
        print(f"There are no runs in {runs.default_root()}; make one with: python -m vae_core train")
    for run in found:
        test = run.summary.get("test")
        result = f"{test['negative_elbo']:8.2f} nats per image ({run.summary['protocol']})" if test else run.sentence
        print(f"{run.id:32s} {run.dataset['name']:14s} {run.config.model.latent_size:3d}-D  {run.state:12s} {result}")
    for folder in broken:
        print(f"{folder.id:32s} cannot be read: {folder.sentence}")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Print what is wrong with a run; the exit code is 1 if anything is."""
    path = Path(options.run) if Path(options.run).is_dir() else runs.default_root() / options.run
    if not path.is_dir():
        find(options.run)
    problems = verify_run(path.resolve())
    for problem in problems:
        print(problem)
    if not problems:
        print(f"Run {path.resolve().name!r} is sound: hashes, shapes and numbers are as written by training.")
    return int(bool(problems))


def evaluate(options: argparse.Namespace) -> int:
    """Score a run on its test images once more, from its weights, and print the table."""
    from vae_core.finish import rescore

    run = runs.open_run(find(options.run))
    if not run.summary:
        raise runs.RunError(f"Run {run.id!r} is not finished ({run.state}), so there is nothing to evaluate.")
    print_table({**run.summary, **rescore(run)})
    if options.umap:
        from vae_core.latents import umap

        print("Computing the UMAP map of the test images; the first time this takes about a minute.")
        run.store_projection("umap", umap(run.latents().mu))
    return 0


def print_table(summary: dict[str, Any]) -> None:
    """Print test scores and their references, in nats per image with the protocol."""
    test = summary["test"]
    reconstruction, kl = round(test["reconstruction"], 2), round(test["kl"], 2)
    kept = f"kept epoch {summary['best_epoch']} of {summary['epochs']}, {summary['seconds']:.1f} s"
    error = f" (standard error {test['standard_error']:.2f})" if test["standard_error"] else ""
    protocol = f"{test['n']} {summary['test_split']} images, {summary['protocol']} pixels, {test['samples']} samples each"
    print(f"\nNats per image: {protocol}; {kept}")
    print(f"  negative ELBO      {reconstruction + kl:10.2f} = reconstruction {reconstruction:.2f} + KL {kl:.2f}{error}")
    for reference in summary["references"]:
        print(f"  {REFERENCES[reference['name']]:18s} {reference['nats']:10.2f}")
    if "ppca" not in {reference["name"] for reference in summary["references"]}:
        print("  pPCA               not comparable: it is a density over grey levels, and these are costs of black-or-white pixels")
        if summary["protocol"] == "grey":
            print("  These are cross-entropies: grey pixels under a Bernoulli likelihood have no log-likelihood, and no published table.")
    per_dim = ", ".join(f"{value:.2f}" for value in sorted(test["kl_per_dim"], reverse=True))
    print(f"  KL per dimension   {per_dim}")
    print(f"  active units       {test['active_units']} of {len(test['kl_per_dim'])}; asleep (KL below 0.01): {test['asleep']}")
    if summary["knn"]:
        knn = summary["knn"]
        shares = f"{knn['accuracy']:.1%} on the means, {knn['pca_accuracy']:.1%} on PCA of the same size"
        print(f"  classes by {knn['k']} nearest neighbours: {shares}")


REFERENCES = {"independent-pixels": "independent pixels", "ppca": "pPCA, same size", "entropy-floor": "entropy floor"}
COMMANDS = {"train": train, "list": list_all, "verify": verify, "evaluate": evaluate}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every expected failure is one sentence on standard error and exit code 1."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    options = parser(arguments[0] if arguments else None).parse_args(arguments)
    try:
        return COMMANDS[options.command](options)
    except (ConfigError, DataError, runs.RunError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


if __name__ == "__main__":
    sys.exit(main())
