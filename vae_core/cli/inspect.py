"""inspect: compute what the page Inspect shows of a run; the page itself starts this command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vae_core.cli.arguments import Subparsers, add_run, check_range, find_run
from vae_core.printable import shown
from vae_core.registries import choices

if TYPE_CHECKING:
    from vae_core.inspection.result import Result


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "compute and print what the page Inspect shows of a run"
    command = subparsers.add_parser("inspect", help=text, description=run.__doc__)
    add_run(command)
    command.add_argument(
        "parts", metavar="PART", nargs="*", help=f"{', '.join(choices('inspection.parts.registry.INSPECTED'))} (default: all)"
    )
    add_work(command)
    command.add_argument(
        "--images", type=int, default=1000, metavar="N", help="images for bounds and inference-gap, which are slow (default: 1000)"
    )
    command.add_argument("--samples", type=int, default=5000, metavar="N", help="latent samples of the tightest bound (default: 5000)")


def add_work(command: argparse.ArgumentParser) -> None:
    """Add the options of `compute`."""
    command.add_argument("--split", choices=("test", "train"), default="test", help="which images (default: test)")
    command.add_argument("--again", action="store_true", help="compute again what is already stored")
    command.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")


def run(options: argparse.Namespace) -> int:
    """Compute what the page Inspect shows of a run, store it with the run and print it."""
    from vae_core.inspection.parts.registry import INSPECTED

    for name in ("images", "samples"):
        check_range(f"--{name}", getattr(options, name), 1, 10**9)
    limits = {"max_images": options.images, "max_samples": options.samples}
    return compute(options, options.parts or tuple(INSPECTED), **limits)


def compute(options: argparse.Namespace, parts: Sequence[str], **limits: int) -> int:
    """Compute parts of a run with a bar, store them with the run, and print them; the options are those of `add_work`."""
    import torch
    from tqdm import tqdm

    from vae_core.inspection.process import InspectionProgress, run_parts
    from vae_core.runs.listing import open_run

    if options.threads is not None:
        check_range("--threads", options.threads, 1, 1024)
        torch.set_num_threads(options.threads)
    inspected = open_run(find_run(options.run))
    with tqdm(total=1.0, bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}", dynamic_ncols=True, file=sys.stderr) as bar:

        def show(now: InspectionProgress) -> None:
            bar.set_description(now.part, refresh=False)
            bar.update(now.whole - bar.n)

        found = run_parts(inspected, parts, options.split, again=options.again, report=show, **limits)
    for result in found:
        print("\n".join(_report(result)))
    return 0


def _report(result: Result) -> list[str]:
    """Return a head with the protocol, the figures, and what could not be given."""
    from vae_core.inspection.parts.registry import APPLICATIONS, PARTS

    protocol = result.protocol
    images = f"{protocol['n']} of {protocol['of']} {protocol['split']} images"
    samples = "" if protocol["samples"] is None else f", {protocol['samples']} samples"
    head = f"{result.part}: {images}{samples}, {protocol['pixels']} pixels, seed {protocol['seed']}, {protocol['seconds']:.1f} s"
    body = [*PARTS[result.part].lines(result.values)] if result.values else []
    if body and result.part in APPLICATIONS and protocol["split"] == "train":
        body.insert(0, "The model has learned from these very images, so new ones may do worse.")
    return [shown(line) for line in (head, *(f"  {line}" for line in body), *(f"  {one['sentence']}" for one in result.unavailable))]
