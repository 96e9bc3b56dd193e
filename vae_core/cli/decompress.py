"""decompress: the images of a file that `compress` wrote."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING

from vae_core.cli.arguments import Subparsers, find_run
from vae_core.config import ConfigError
from vae_core.runs.errors import RunError

if TYPE_CHECKING:
    from vae_core.runs.run import Run


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "read back the images of a file that `compress` wrote"
    command = subparsers.add_parser("decompress", help=text, description=run.__doc__)
    command.add_argument("file", type=Path, metavar="FILE.llz", help="the file")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.npy", help="where the images go, as an array of whole numbers")
    command.add_argument("--run", metavar="RUN", help="the run that wrote it, by id or path (default: the one with its weights)")


def run(options: argparse.Namespace) -> int:
    """Read back the images of a file that `compress` wrote, byte for byte, with the run that wrote it."""
    import numpy as np

    from vae_core.evaluation.compressed_images import read_compressed, restore
    from vae_core.runs.listing import open_run
    from vae_core.storage.files import write_beside

    if options.out.suffix != ".npy":
        raise ConfigError("--out is {file}; its name must end with .npy.", file=options.out.name)
    packed = read_compressed(options.file)
    images = restore(open_run(find_run(options.run)) if options.run else _writer(packed.head["weights"], packed.head["run"]), packed)
    content = io.BytesIO()
    np.save(content, images, allow_pickle=False)
    write_beside(options.out, content.getvalue())
    print(f"{options.out.name}: {len(images):,} images, whole numbers from 0 to {packed.head['levels'] - 1}")
    return 0


def _writer(weights: str, name: str) -> Run:
    """Return the run with these weights.

    Raises:
        RunError: there is none.
    """
    from vae_core.runs.listing import list_runs

    for found in list_runs()[0]:
        if found.summary and found.weights_sha256 == weights:
            return found
    raise RunError("The file was written with run {run!r}, which is not here; bring that run, and name it with --run.", run=name)
