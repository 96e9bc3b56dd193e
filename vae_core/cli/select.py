"""select: sets of a run's test images: list, make by rules, print, write as a table, remove."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vae_core import place
from vae_core.cli.arguments import Subparsers, add_run, check_range, find_run
from vae_core.config import ConfigError
from vae_core.printable import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_core.arrays import Ints
    from vae_core.runs.run import Run

KINDS = (".csv", ".parquet", ".png", ".npz")
RULES = ("where", "rows", "near", "outside", "hole", "polygon", "within", "without")


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "choose test images of a run by rules, keep them as a named set, and write the set as a table"
    command = subparsers.add_parser("select", help=text, description=run.__doc__)
    add_run(command)
    what = command.add_mutually_exclusive_group()
    what.add_argument("--name", metavar="NAME", help="keep what the rules below choose under this name; all of them must hold")
    what.add_argument("--set", metavar="NAME", help="print one set, or write it with --out")
    what.add_argument("--remove", metavar="NAME", help="remove one set")
    command.add_argument("--sheet", action="store_true", help="with --out .png: draw its images side by side, 10,000 at most")
    train = "its images, to be imported and trained on"
    command.add_argument("--all-but", action="store_true", help="with --out .npz: all images of the dataset that are not in the set")
    table, picture = "its images with all that is known of them", "its mean picture, and what the model draws at its mean place"
    command.add_argument("--out", type=Path, metavar="FILE", help=f"as .csv or .parquet {table}; as .png {picture}; as .npz {train}")
    command.add_argument(
        "--against", metavar="NAME", help="hold the set against this one, not against all other images; tell the way to it"
    )
    command.add_argument("--walk", type=int, metavar="ROW", help="with --against and --out .png: draw the way to it from this image on")
    command.add_argument("--nats", action="store_true", help="compute what each test image costs first, and store it with the run")
    command.add_argument("--colour", type=int, metavar="N", help="number of its colour, 0 to 7 (default: the first that is free)")
    rules = command.add_argument_group("rules")
    rules.add_argument(
        "--where",
        action="append",
        metavar="RULE",
        help="class=7,9 or 'kl>3' or kl=1..3 or 'taken>=2026-01-31' or file~tiger; may be repeated",
    )
    rules.add_argument("--rows", metavar="ROWS", help="row numbers of the dataset, such as 1-5,9")
    rules.add_argument("--near", type=float, nargs="+", metavar="Z", help="the images nearest to this place, so many as --k says")
    rules.add_argument("--k", type=int, default=20, metavar="N", help="how many images --near chooses (default: 20)")
    rules.add_argument("--outside", type=float, metavar="R", help="images outside so many standard deviations of the prior")
    rules.add_argument("--hole", type=int, metavar="N", help="images round the N-th hole that `inspect RUN prior-holes` lists")
    rules.add_argument("--polygon", metavar="CORNERS", help="images in a polygon on a plane, such as '-1,0 1,0 0,2'")
    rules.add_argument("--dims", type=int, nargs=2, default=(1, 2), metavar="N", help="plane of --polygon, as z1 is counted (default: 1 2)")
    rules.add_argument("--within", action="append", metavar="NAME", help="only images of this set; may be repeated")
    rules.add_argument("--without", action="append", metavar="NAME", help="no images of this set; may be repeated")
    rules.add_argument("--invert", action="store_true", help="all images that the rules do not choose")
    rules.add_argument("--plus", action="append", metavar="NAME", help="and the images of this set besides; may be repeated")


def run(options: argparse.Namespace) -> int:
    """List the sets of a run's test images, make one by rules, print it, write it as a table, or remove it."""
    from vae_core.runs.listing import open_run

    found = open_run(find_run(options.run))
    if options.name is None and any(getattr(options, name) not in (None, False) for name in (*RULES, "plus", "invert", "colour")):
        raise ConfigError("A rule chooses images for a set; give the set a name with --name.")
    if options.name is None and options.set is None and options.out is not None:
        raise ConfigError("--out writes one set; name it with --set.")
    if options.name is None and options.set is None and (options.against is not None or options.walk is not None):
        raise ConfigError("--against and --walk are of one set; name it with --set.")
    if options.remove is not None:
        found.selections.remove(options.remove)
        print(f"Removed {shown(options.remove)}.")
    elif options.name is not None:
        made = found.select(options.name, found.latents().rows[_chosen(found, options)], options.colour)
        _show(found, made.name, options)
    elif options.set is not None:
        _show(found, options.set, options)
    else:
        for one in found.selections.all():
            print(f"{shown(one.name):24s} {len(found.selection(one.name)):9,d} images  colour {one.colour}")
        if not found.selections.all():
            print("The run has no sets; make one with --name NAME and a rule, such as --where class=7.")
    return 0


def _chosen(found: Run, options: argparse.Namespace) -> NDArray[np.bool_]:
    """Return which test images the rules choose, (N,)."""
    import numpy as np

    from vae_core.cli.set_lines import mask
    from vae_core.inspection import rules

    check_range("--k", options.k, 1, 10**9)
    kept = {name: mask(found, name) for name in (*(options.within or ()), *(options.without or ()), *(options.plus or ()))}
    masks = [rules.where(found, rule) for rule in options.where or ()]
    masks += [kept[name] for name in options.within or ()] + [~kept[name] for name in options.without or ()]
    if options.rows is not None:
        masks.append(rules.of_rows(found, options.rows))
    if options.near is not None:
        masks.append(rules.near(found, options.near, options.k))
    if options.outside is not None:
        masks.append(rules.outside(found, options.outside))
    if options.hole is not None:
        masks.append(rules.hole_rim(found, options.hole))
    if options.polygon is not None:
        across, up = options.dims
        masks.append(rules.in_polygon(found, [_corner(one) for one in options.polygon.split()], (across - 1, up - 1)))
    if not masks and not kept:
        raise ConfigError("Give a rule that chooses the images of the set, such as --where class=7.")
    chosen = np.logical_and.reduce(masks) if masks else np.zeros(len(found.latents().rows), bool)
    return np.logical_or.reduce([~chosen if options.invert else chosen, *(kept[name] for name in options.plus or ())])


def _corner(text: str) -> tuple[float, float]:
    try:
        x, y = map(float, text.split(","))
    except ValueError as error:
        raise ConfigError(f"{text!r} is no corner of a polygon; write it as two numbers with a comma between them.") from error
    return x, y


def _show(found: Run, name: str, options: argparse.Namespace) -> None:
    """Print what a set answers, or write it as a table or as pictures."""
    from vae_core.cli import set_lines
    from vae_core.evaluation import paired, selected_table
    from vae_core.storage.files import write_beside

    rows, out = found.selection(name), options.out
    if out is not None and out.suffix.lower() not in KINDS:
        raise ConfigError(f"--out takes a file that ends with one of {', '.join(KINDS)}.")
    if options.all_but and (out is None or out.suffix.lower() != ".npz"):
        raise ConfigError("--all-but takes an --out that ends with .npz.")
    if options.sheet and (out is None or out.suffix.lower() != ".png"):
        raise ConfigError("--sheet takes an --out that ends with .png.")
    if options.nats and paired.stored_costs(found) is None:
        paired.store_costs(found, paired.compute_costs(found))
    if out is None:
        print("\n".join(set_lines.answers(found, name, options.against)))
        return
    if out.suffix.lower() == ".npz":
        _write_images(found, rows, out, options.all_but)
        return
    if out.suffix.lower() == ".png":
        content = set_lines.pictures(found, name, options.against, options.walk, is_sheet=options.sheet)
    else:
        written = selected_table.to_csv if out.suffix.lower() == ".csv" else selected_table.to_parquet
        content = written(selected_table.table_of(found, rows))
    write_beside(out, content)
    print(f"{shown(out)}: {len(rows):,} images")


def _write_images(found: Run, rows: Ints, out: Path, is_all_but: bool) -> None:
    """Write the images of these rows, or all others of the run's dataset, as a file to be imported and trained on."""
    import shlex

    import numpy as np

    from vae_core.evaluation.selected_images import write_images

    dataset = found.images()
    chosen = np.setdiff1d(np.arange(len(dataset.values)), rows) if is_all_but else rows
    if dataset.kind != "image":
        raise ConfigError(f"The data of run {found.id!r} are no pictures.")
    if not len(chosen):
        raise ConfigError("There are no images to write.")
    write_images(dataset, chosen, out)
    print(f"{shown(out)}: {len(chosen):,} images. To train on them:")
    print(f"  {place.COMMAND} import {shown(shlex.quote(str(out)))}")
    print(f"  {place.COMMAND} train --dataset {shown(shlex.quote(out.stem))}")
