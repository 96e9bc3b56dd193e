"""list: a line per run."""

from __future__ import annotations

import argparse
from typing import Any

from vae_core import place
from vae_core.cli.arguments import Subparsers
from vae_core.printable import shown


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    subparsers.add_parser("list", help="list the runs")


def run(options: argparse.Namespace) -> int:
    """Print a line per run."""
    from vae_core.runs.layout import default_root
    from vae_core.runs.listing import list_runs

    found, broken = list_runs(default_root())
    if not found and not broken:
        print(f"There are no runs in {default_root()}; make one with: {place.COMMAND} train")
    for one in found:
        result = _result(one.summary) if one.summary else shown(one.sentence)
        print(f"{shown(one.id):32s} {shown(one.dataset['name']):14s} {one.config.model.latent_size:3d}-D  {one.state:12s} {result}")
    for folder in broken:
        print(f"{shown(folder.id):32s} cannot be read: {shown(folder.sentence)}")
    return 0


def _result(summary: dict[str, Any]) -> str:
    test = summary["test"]
    if test["negative_elbo"] is None:
        return f"{test['reconstruction']:8.2f} nats per image of reconstruction ({summary['protocol']})"
    return f"{test['negative_elbo']:8.2f} nats per image ({summary['protocol']})"
