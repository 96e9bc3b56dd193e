"""evaluate: score a run on its test images once more, from its weights."""

from __future__ import annotations

import argparse
from dataclasses import replace

from vae_core.cli.arguments import Subparsers, add_run, find_run
from vae_core.runs.errors import RunError


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "print what a run scores on its test images"
    command = subparsers.add_parser("evaluate", help=text, description=f"{text.capitalize()}.")
    add_run(command)
    command.add_argument("--umap", action="store_true", help="also compute the UMAP map of the test images and store it with the run")


def run(options: argparse.Namespace) -> int:
    """Score a run on its test images once more, from its weights, and print the table."""
    from vae_core.cli.scores import results_table
    from vae_core.evaluation.scoring import rescore
    from vae_core.latent.projections import umap, umap_obstacle
    from vae_core.runs.listing import open_run

    found = open_run(find_run(options.run))
    if not found.summary:
        raise RunError(f"Run {found.id!r} is not finished ({found.state}), so there is nothing to evaluate.")
    if options.umap and (sentence := umap_obstacle(found.latents())):
        raise RunError(sentence)
    print("\n".join(["", *results_table(replace(found, summary={**found.summary, **rescore(found)}))]))
    if options.umap:
        print("Computing the UMAP map of the test images; the first time this takes about a minute.")
        found.store_projection("umap", umap(found.latents().mu))
    return 0
