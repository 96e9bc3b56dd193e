"""Print how long it takes from a folder of pictures to the first map: looked at, imported and trained with the settings that are suggested.

The trainer is warm, as it is by the time that somebody has read the preview; the clicks are those of the page: "Import and train", then
"Open it on the live map".

Run it from the root of the repository: python -m tests.benchmarks.first_map [--smoke]
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.benchmarks.machine import machine, parser, table
from vae_core.data import sources
from vae_core.data.pictures import png
from vae_core.importing.preview import preview
from vae_core.importing.registry import open_source
from vae_core.importing.suggestion import suggest
from vae_core.importing.writer import import_images
from vae_core.training import runner

COUNT, SIDE = 2000, 64


def written(folder: Path, count: int) -> Path:
    """Return a folder of letters, turned by some angle each, in a margin to 64 x 64."""
    glyphs = sources.load("glyphs").values[:count]
    before = (SIDE - glyphs.shape[1]) // 2, (SIDE - glyphs.shape[2]) // 2
    folder.mkdir()
    for number, picture in enumerate(glyphs):
        canvas = np.zeros((SIDE, SIDE), np.uint8)
        canvas[before[0] : before[0] + picture.shape[0], before[1] : before[1] + picture.shape[1]] = picture
        (folder / f"{number:05}.png").write_bytes(png(canvas, is_packed=False))
    return folder


@contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    """Note how long a block takes."""
    start = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - start)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the table."""
    is_smoke = parser("Measure the way from a folder of pictures to the first map.").parse_args(arguments).smoke
    count, seconds = 40 if is_smoke else COUNT, list[float]()
    print(f"{machine()}\n")
    print(table(("images", "look (s)", "import (s)", "train (s)", "all (s)", "processor's seconds")))
    with tempfile.TemporaryDirectory() as folder:
        place = written(Path(folder) / "pictures", count)
        started = sum(os.times()[:4])
        with timed(seconds):
            source = open_source(place)
            seen = preview(source)
        with timed(seconds):
            imported = import_images(source, folder=Path(folder) / "data")
        source.close()
        config = suggest(seen, "First map").config
        if is_smoke:
            config = replace(config, train=replace(config.train, epochs=1))
        os.environ["LATENT_LENS_DATA"] = str(Path(folder) / "data")
        with timed(seconds):
            runner.train(config.with_settings(dataset=imported.id), Path(folder) / "run")
        used = sum(os.times()[:4]) - started
    print(f"| {count} | {' | '.join(f'{one:.1f}' for one in (*seconds, sum(seconds)))} | {used:.1f} |")


if __name__ == "__main__":
    main()
