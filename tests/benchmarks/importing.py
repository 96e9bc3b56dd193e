"""Print how fast pictures are imported, beside Pillow's own decoding, how much memory that takes, and what bombs cost.

Run it from the root of the repository: python -m tests.benchmarks.importing [--smoke] [--count N] [--folder FOLDER]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.benchmarks.machine import machine, parser, table
from tests.vae_core.importing.hostile_pictures import CASES
from vae_core.data.errors import UnusableFile
from vae_core.importing import crew
from vae_core.importing.picture_folder import PictureFolder
from vae_core.importing.picture_zip import PictureZip
from vae_core.importing.registry import open_source
from vae_core.importing.writer import import_images

SIDE, DISTINCT, MORE, COUNT = 64, 2000, 20_000, 200_000  # pixels a side; files of their own, and those that are links to them besides
REPEATS = 3
BOMBS = ("bomb", "million", "PNG of text", "longer than")
MB = 2**20


def made(place: Path, count: int, distinct: int) -> Path:
    """Return a folder of colour pictures, as smooth as photographs are; hard links make it as large as is asked for."""
    place.mkdir()
    random = np.random.default_rng(0)
    for number in range(min(count, distinct)):
        coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8))
        grain = random.normal(0, 2, (SIDE, SIDE, 3))
        smooth = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
        Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(place / f"{number:06d}.png")
    for number in range(distinct, count):
        os.link(place / f"{number % distinct:06d}.png", place / f"{number:06d}.png")
    return place


def pillow(folder: Path) -> int:
    """Decode all pictures of a folder as everybody does it; return how many."""
    done = 0
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            done += len(np.asarray(image)) > 0
    return done


def pillow_on_all_cores(folder: Path) -> int:
    """Decode them in as many processes as there are cores."""
    code = (
        "import sys, numpy; from pathlib import Path; from PIL import Image\n"
        "for path in sorted(Path(sys.argv[1]).iterdir())[int(sys.argv[2])::int(sys.argv[3])]:\n"
        "    with Image.open(path) as image: numpy.asarray(image)"
    )
    number = crew.cores()
    children = [subprocess.Popen([sys.executable, "-c", code, str(folder), str(core), str(number)]) for core in range(number)]
    assert not any(child.wait() for child in children)
    return len(list(folder.iterdir()))


def blocks(folder: Path, cores: int) -> Callable[[], int]:
    """Return what decodes all pictures as the importer does, its survey apart."""
    source = PictureFolder(folder, "set")
    source.survey()
    source.close()

    def decode() -> int:
        known = crew.cores, crew.WORTH_IT
        crew.cores, crew.WORTH_IT = (lambda: cores), 0.0
        try:
            return sum(map(len, source.blocks()))
        finally:
            crew.cores, crew.WORTH_IT = known
            source.close()

    return decode


def processor_time() -> float:
    """Return the seconds that processors have worked for this process and for its children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def rates(task: Callable[[], int]) -> tuple[float, float]:
    """Return images per second, and images per second of processor time."""
    wall, before = time.perf_counter(), processor_time()
    done = task()
    return done / (time.perf_counter() - wall), done / (processor_time() - before)


def print_speed(few: Path, more: Path, repeats: int) -> None:
    """Print both ways of decoding beside each other, the best of some tries; processes are started anew in each."""
    both = ("Pillow alone", "blocks()")
    print(table(["decoding", *[f"{one} (images/s)" for one in both], *[f"{one} (per s of CPU)" for one in both], "share"]))
    number = crew.cores()
    ways = (("one core", few, pillow, 1), (f"{number} cores", more, pillow_on_all_cores, number))
    for name, folder, theirs, used in ways if repeats > 1 else ways[:1]:
        tries = [(rates(partial(theirs, folder)), rates(blocks(folder, used))) for _ in range(repeats)]
        alone, ours = (tuple(max(one[side][kind] for one in tries) for kind in (0, 1)) for side in (0, 1))
        count = f"{len(list(folder.iterdir())):,} files, {name}"
        print(f"| {count} | {alone[0]:,.0f} | {ours[0]:,.0f} | {alone[1]:,.0f} | {ours[1]:,.0f} | {ours[1] / alone[1]:.2f} |", flush=True)


# --------------------------------------------------------------------------- memory, in a process that does nothing else


def status(field: str) -> int:
    """Return a line of what the system knows of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(field))) * 1024


def steps(path: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what is done one after another with a folder or an archive."""
    source = (PictureFolder if path.is_dir() else PictureZip)(path, "set")
    yield "survey", source.survey
    with tempfile.TemporaryDirectory() as data:
        yield "whole import", lambda: import_images(source, folder=Path(data))
    peaks = [int(Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]) for process in source.crew.processes]
    yield "processes", lambda: sum(peaks) * 1024
    source.close()


def measure(path: Path) -> None:
    """Print as JSON what each step takes: seconds, and the most memory over that at the start."""
    start, told = status("VmRSS"), []
    for name, task in steps(path):
        begun = time.perf_counter()
        found = task()
        told.append((name, time.perf_counter() - begun, status("VmHWM") - start if name != "processes" else found))
    print(json.dumps(told))


def print_memory(path: Path, count: int) -> None:
    """Print seconds and memory of a large import, measured in a process of its own."""
    told = subprocess.run([sys.executable, "-m", "tests.benchmarks.importing", "--measure", str(path)], capture_output=True, check=True)
    *parts, (_, _, processes) = json.loads(told.stdout)
    print(table(("images", "step", "seconds", "images/s", "most memory over start so far (MB)", "in processes that decode (MB)")))
    for name, seconds, peak in parts:
        print(f"| {count:,} | {name} | {seconds:.1f} | {count / seconds:,.0f} | {peak / MB:.0f} | {processes / MB:.0f} |")


def print_bombs(place: Path, is_smoke: bool) -> None:
    """Print what each bomb costs until it is refused or left out, in a process of its own."""
    cases = [case for case in CASES if any(bomb in case.name for bomb in BOMBS)][: 1 if is_smoke else None]
    print(table(("bomb", "seconds", "most memory over start (MB)", "outcome")))
    for case in cases:
        place.joinpath(case.name).mkdir()
        path = case.make(place / case.name)
        told = subprocess.run([sys.executable, "-m", "tests.benchmarks.importing", "--bomb", str(path)], capture_output=True, check=True)
        seconds, peak, outcome = json.loads(told.stdout)
        print(f"| {case.name} | {seconds:.2f} | {peak / MB:.0f} | {outcome.replace('|', ' ')} |", flush=True)


def defuse(path: Path) -> None:
    """Print as JSON what it takes to look at something bad, Pillow having been loaded, and what is said of it."""
    Image.init()
    start, begun = status("VmRSS"), time.perf_counter()
    try:
        survey = open_source(path).survey()
        outcome = " ".join(f"{name}: {why}" for name, why in survey.left_out)
    except UnusableFile as error:
        outcome = str(error)
    print(json.dumps((time.perf_counter() - begun, status("VmHWM") - start, outcome)))


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the tables."""
    options = parser("Measure the import of pictures.")
    options.add_argument("--count", type=int, default=COUNT, help="pictures of the large folder")
    options.add_argument("--folder", type=Path, help="where the folders are made (default: a temporary one)")
    options.add_argument("--measure", type=Path, help="measure this folder or archive alone, and print JSON")
    options.add_argument("--bomb", type=Path, help="look at this alone, and print JSON")
    chosen = options.parse_args(arguments)
    if chosen.measure or chosen.bomb:
        (measure if chosen.measure else defuse)(chosen.measure or chosen.bomb)
        return
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        place = Path(name)
        distinct = 20 if chosen.smoke else DISTINCT
        print(f"{machine()}; {distinct:,} PNG files of {SIDE}x{SIDE}x3\n")
        few, more = made(place / "few", distinct, distinct), made(place / "more", 2 * distinct if chosen.smoke else MORE, distinct)
        print_speed(few, more, 1 if chosen.smoke else REPEATS)
        count = 40 if chosen.smoke else chosen.count
        print(f"\nA folder of {count:,} files, {distinct:,} of them distinct, the others hard links to these\n")
        print_memory(made(place / "many", count, distinct), count)
        print()
        print_bombs(place, chosen.smoke)


if __name__ == "__main__":
    main()
