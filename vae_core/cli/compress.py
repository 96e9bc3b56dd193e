"""compress: test images of a run as a file of bits, without loss."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from vae_core.cli.arguments import Subparsers, add_run, check_range, find_run
from vae_core.config import ConfigError

SUFFIX = ".llz"


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "write test images of a run as bits, without loss, by bits-back coding"
    command = subparsers.add_parser("compress", help=text, description=run.__doc__)
    add_run(command)
    command.add_argument("--out", type=Path, required=True, metavar=f"FILE{SUFFIX}", help="the file")
    command.add_argument("--images", type=int, default=1000, metavar="N", help="the first N test images (default: 1000)")


def run(options: argparse.Namespace) -> int:
    """Write test images of a run as bits, without loss, and print how many bits that takes; `decompress` reads them back."""
    from tqdm import tqdm

    from vae_core.evaluation.bits_back import NoCode
    from vae_core.evaluation.compressed_images import code_of, write_compressed
    from vae_core.runs.errors import RunError
    from vae_core.runs.listing import open_run

    check_range("--images", options.images, 1, 10**9)
    if options.out.suffix != SUFFIX:
        raise ConfigError("--out is {file}; its name must end with .llz.", file=options.out.name)
    found = open_run(find_run(options.run))
    rows = found.latents().rows[: options.images]
    try:
        code = code_of(found, found.images(), rows)
        with tqdm(total=1.0, bar_format="{percentage:3.0f}%|{bar}| {elapsed}", dynamic_ncols=True, file=sys.stderr) as bar:
            stack = write_compressed(options.out, found, code, lambda share: bar.update(share - bar.n))
    except NoCode as error:
        raise RunError(error.message) from error
    size = os.path.getsize(options.out)
    print(f"{options.out.name}: {len(rows):,} images, {size:,} bytes, {8 * size / len(rows):.2f} bits per image")
    if code.is_thresholded:
        print("Grey pixels were made black and white at one half: the run's likelihood gives black and white a probability, and no grey.")
    print(f"{stack.net_bits / len(rows):.2f} of them are the images; the rest are bits of chance that the first one needs, and the head")
    return 0
