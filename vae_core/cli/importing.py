"""import: a user's own images into the data folder."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vae_core.cli.arguments import Subparsers
from vae_core.cli.terminal import readers_may_leave
from vae_core.importing.source import COLOURS, FITS, ImportOptions, Survey
from vae_core.printable import shown

if TYPE_CHECKING:
    from vae_core.data.imported import Imported
    from vae_core.importing.preview import Preview
    from vae_core.importing.source import ImageSource

MOST_CLASSES, MOST_SIZES = 20, 5  # that are named in a line


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = (
        "Import images into the data folder (LATENT_LENS_DATA): a folder or zip of pictures, whose sub-folders are classes, or .npy, .npz, "
        "idx, Parquet or CSV. What is found and what becomes of it is printed first."
    )
    command = subparsers.add_parser("import", help="import images of your own", description=text)
    command.add_argument("path", type=Path, metavar="PATH", help="the folder or the file")
    command.add_argument("--name", default="", help="what the data set is called (default: as the file or folder)")
    command.add_argument("--size", type=_size, metavar="HxW", help="size of all images, such as 64x64 (default: keep, where all agree)")
    command.add_argument("--fit", choices=FITS, default="pad", help="how images of another shape get there (default: pad)")
    command.add_argument(
        "--colour", choices=COLOURS, default="keep", help="keep colours where any image has them (the default), or all alike"
    )
    command.add_argument("--labels", default="", metavar="FILE|COLUMN", help="where the classes are (default: what the source brings)")
    command.add_argument("--table", type=Path, metavar="FILE", help="a CSV or Parquet file with a row for each image")
    command.add_argument("--inverted", action="store_true", help="turn light into dark, so that what is drawn is light on dark")


def _size(text: str) -> tuple[int, int] | None:
    """Return height and width, None for "keep"."""
    if text == "keep":
        return None
    found = re.fullmatch(r"(\d{1,5})(?:[x×](\d{1,5}))?", text.lower())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write height x width, such as 64x64, or keep")
    return int(found[1]), int(found[2] or found[1])


def run(options: argparse.Namespace) -> int:
    """Print what there is, import it, and print the command that trains on it."""
    from vae_core.importing.preview import preview
    from vae_core.importing.registry import open_source
    from vae_core.importing.suggestion import suggest
    from vae_core.presets import as_command

    how = ImportOptions(
        size=options.size, fit=options.fit, colour=options.colour, labels=options.labels, table=options.table, is_inverted=options.inverted
    )
    with closing(open_source(options.path, how)) as source:
        seen = preview(source)
        print("\n".join([f"{shown(options.name or source.name)}: {seen.survey.count:,} images", *map(shown, _lines(seen))]), flush=True)
        found = _import(source, options.name)
    if found.n_left_out > seen.survey.n_left_out:
        print("\n".join(map(shown, _left_out(source.survey()))))
    if found.was_there:
        print(f"\nThese images were there already, as {shown(found.id)}.")
    else:
        print(f"\nImported as {shown(found.id)} into {found.path}.")
    config = suggest(seen, found.name).config
    print(f"To train on them:\n  {as_command(replace(config, data=replace(config.data, dataset=found.id)))}")
    return 0


def _import(source: ImageSource, name: str) -> Imported:
    """Import with a bar on standard error."""
    from tqdm import tqdm

    from vae_core.importing.writer import import_images

    count = source.survey().count
    with tqdm(total=count, unit="image", dynamic_ncols=True, mininterval=0.2, file=sys.stderr) as bar:

        def move(share: float) -> None:
            with readers_may_leave():
                bar.update(round(share * count) - bar.n)

        return import_images(source, name, on_progress=move)


def _lines(seen: Preview) -> Iterator[str]:
    """Yield what an import will bring, a line each."""
    survey = seen.survey
    height, width = survey.shape[-2:]
    yield f"  from              {survey.kind}"
    yield f"  each              {height} x {width} pixels, {'colour' if seen.is_colour else 'grey'}, {survey.dtype}"
    yield f"  sizes found       {_sizes(survey)}"
    if survey.range:
        yield f"  values found      {survey.range[0]:.4g} to {survey.range[1]:.4g}"
    if seen.counts:
        yield f"  classes           {_classes(survey.class_names, seen.counts)}"
    if survey.n_validation or survey.n_test:
        yield f"  official parts    {seen.n_train:,} for training, {seen.n_validation:,} for validation, {seen.n_test:,} for the test"
    if seen.is_dark is not None:
        yield f"  looks like        {'dark on light; --inverted turns it' if seen.is_dark else 'light on dark'}"
    if seen.duplicates:
        yield f"  duplicates        {seen.duplicates:,} of {seen.looked:,} looked at"
    for sentence in survey.said:
        yield f"  {sentence}"
    yield from _left_out(survey)


def _left_out(survey: Survey) -> Iterator[str]:
    for name, why in survey.left_out:
        yield f"  left out          {name}: {why}"
    if survey.n_left_out > len(survey.left_out):
        yield f"  left out          {survey.n_left_out - len(survey.left_out):,} more"


def _sizes(survey: Survey) -> str:
    found = sorted(survey.sizes.items(), key=lambda size: -size[1])
    named = [f"{height} x {width} ({count:,})" for (height, width), count in found[:MOST_SIZES]]
    return ", ".join([*named, *([_others(len(found) - MOST_SIZES)] if len(found) > MOST_SIZES else [])])


def _classes(names: tuple[str, ...], counts: tuple[int, ...]) -> str:
    named = [f"{name} ({count:,})" for name, count in zip(names[:MOST_CLASSES], counts[:MOST_CLASSES], strict=True)]
    return ", ".join([*named, *([_others(len(names) - MOST_CLASSES)] if len(names) > MOST_CLASSES else [])])


def _others(count: int) -> str:
    return f"{count:,} others" if count > 1 else "1 other"
