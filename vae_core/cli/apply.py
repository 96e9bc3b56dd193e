"""apply: what a trained model is good for, measured beside simpler ways; the page Use starts `inspect` for the same."""

from __future__ import annotations

import argparse

from vae_core.cli import inspect
from vae_core.cli.arguments import Subparsers, add_run
from vae_core.registries import choices


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "measure what a run is good for, beside simpler ways"
    command = subparsers.add_parser("apply", help=text, description=run.__doc__)
    add_run(command)
    tasks = ", ".join(choices("inspection.parts.registry.APPLICATIONS"))
    command.add_argument("tasks", metavar="TASK", nargs="*", help=f"{tasks} (default: all)")
    inspect.add_work(command)


def run(options: argparse.Namespace) -> int:
    """Measure what a run is good for beside simpler ways, store it with the run and print it."""
    from vae_core.inspection.parts.registry import APPLICATIONS
    from vae_core.runs.errors import RunError

    if options.split == "train":
        raise RunError("The model has learned from its training images, so they tell nothing of new ones; leave out --split train.")
    for task in options.tasks:
        if task not in APPLICATIONS:
            raise RunError("There is no application {name!r}; choose among {names}.", name=task, names=", ".join(APPLICATIONS))
    return inspect.compute(options, options.tasks or tuple(APPLICATIONS))
