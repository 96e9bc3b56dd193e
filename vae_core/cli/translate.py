"""translate: which beta the loss of another program amounts to."""

from __future__ import annotations

import argparse

from vae_core.cli.arguments import Subparsers, add_fields, given
from vae_core.model import effective_beta


def add(subparsers: Subparsers) -> None:
    """Add the command with every property of the other loss."""
    text = "tell which beta the loss of another program amounts to"
    add_fields(subparsers.add_parser("translate", help=text, description=run.__doc__), effective_beta.ForeignLoss, "default:")


def run(options: argparse.Namespace) -> int:
    """Print the beta here that the loss of another program amounts to."""
    found = effective_beta.convert(effective_beta.ForeignLoss(**given(options, effective_beta.ForeignLoss)))
    print(f"{found.formula}\n{found.sentence}")
    return 0
