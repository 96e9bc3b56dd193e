"""verify: check a run's hashes, shapes and numbers."""

from __future__ import annotations

import argparse
from pathlib import Path

from vae_core.cli.arguments import Subparsers, add_run, find_run
from vae_core.printable import shown
from vae_core.runs import verification
from vae_core.runs.layout import default_root


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "check a run's hashes, shapes and numbers"
    add_run(subparsers.add_parser("verify", help=text, description=f"{text.capitalize()}."))


def run(options: argparse.Namespace) -> int:
    """Print what is wrong with a run; the exit code is 1 if anything is."""
    path = Path(options.run) if Path(options.run).is_dir() else default_root() / options.run
    if not path.is_dir():
        find_run(options.run)
    problems = verification.verify(path.resolve())
    for problem in problems:
        print(shown(problem))
    if not problems:
        print(f"Run {path.resolve().name!r} is sound: hashes, shapes and numbers are as written by training.")
    return int(bool(problems))
