"""data: the sets of images that were imported: list them, show one, remove one."""

from __future__ import annotations

import argparse

from vae_core import place
from vae_core.cli.arguments import Subparsers
from vae_core.data import imported
from vae_core.data.errors import UnusableFile
from vae_core.data.imported import Imported
from vae_core.printable import shown

MB = 2**20


def add(subparsers: Subparsers) -> None:
    """Add the command with its three."""
    command = subparsers.add_parser("data", help="list, show or remove imported images")
    chosen = command.add_subparsers(dest="what", required=True, metavar="list|show|remove")
    chosen.add_parser("list", help="list the imported data sets")
    for what, text in (("show", "show what a data set holds, and check that it is as it was"), ("remove", "remove a data set for good")):
        one = chosen.add_parser(what, help=text)
        one.add_argument("name", metavar="NAME", help="its id, or its name where only one has it")


def run(options: argparse.Namespace) -> int:
    """Do one of the three."""
    if options.what == "list":
        return _list()
    return _show(imported.find(options.name)) if options.what == "show" else _remove(options.name)


def _list() -> int:
    found, damaged = imported.survey()
    if not found and not damaged:
        print(f"There are no imported data sets in {imported.data_folder()}; import one with: {place.COMMAND} import PATH")
    for one in found:
        classes = f"{len(one.class_names):4d} classes" if one.class_names else "  no classes"
        print(f"{shown(one.id):32s} {one.count:9,d} images  {_size(one):14s} {classes}  {_room(one.stamp[0])}")
    for folder in damaged:
        print(f"{shown(folder.id):32s} cannot be used: {shown(folder.sentence)}")
    return 0


def _show(one: Imported) -> int:
    dataset, table = imported.load(one), imported.table_of(one.sha256)
    is_whole = dataset.sha256 == one.sha256 and dataset.is_as_it_was()
    lines = [
        f"{one.id}: {one.count:,} images of {_size(one)} in {one.path}",
        f"  made from         {one.source} ({one.kind}), left out {one.n_left_out:,}",
        f"  values            {one.dtype} from {one.limits[0]:.4g} to {one.limits[1]:.4g}; {one.divisor:.4g} is white",
        f"  official parts    {one.n_validation:,} for validation, {one.n_test:,} for the test",
        f"  classes           {', '.join(one.class_names) or 'none'}",
        f"  columns           {', '.join(table.column_names) if table is not None else 'none that can be read'}",
        f"  SHA-256           {one.sha256} ({'checked' if is_whole else 'THE IMAGES ARE OTHERS NOW'})",
        f"  runs              {', '.join(_runs(one)) or 'none in this folder of runs'}",
        *[f"  {sentence}" for sentence in one.said],
    ]
    print("\n".join(map(shown, lines)))
    return 0 if is_whole else 1


def _remove(name: str) -> int:
    try:
        one = imported.find(name)
    except UnusableFile:
        print(f"Removed {shown(imported.remove(name))}, which could not be used.")
        return 0
    runs = _runs(one)
    imported.remove(one)
    print(f"Removed {shown(one.id)}.")
    if runs:
        print(f"These runs learned from it and stay, but they cannot show its images any more: {shown(', '.join(runs))}.")
    return 0


def _runs(one: Imported) -> list[str]:
    """Return the runs that learned from these images."""
    from vae_core.runs.layout import default_root
    from vae_core.runs.listing import list_runs

    return [run.id for run in list_runs(default_root())[0] if run.dataset.get("sha256") == one.sha256]


def _room(size: int) -> str:
    return f"{size / MB:8.1f} MB" if size >= MB else f"{-(-size // 1024):8d} kB"


def _size(one: Imported) -> str:
    height, width = one.event_shape[-2:]
    return f"{height} x {width}{' colour' if len(one.event_shape) == 3 else ''}"
