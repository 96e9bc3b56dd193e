"""Every command and every page among hostile folders: no traceback, no hang, little memory, nothing run, nothing written elsewhere."""

from __future__ import annotations

import io
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.places import APP
from tests.reliability import hostile
from tests.reliability.children import Child
from tests.reliability.rows import Tries, settings, trial
from vae_core.evaluation import paired
from vae_core.inspection import process
from vae_core.storage.files import sha256
from vae_core.training.runner import train

MOST_BYTES, SECONDS = 2**30, 30
PAGES = (
    "home",
    "explore",
    "manifold",
    "latent",
    "sample",
    "data",
    "train",
    "losses",
    "runs",
    "film",
    "report",
    "compare",
    "inspect",
    "use",
)
SHOWN = 20  # bad runs whose page is opened in the short form
STEP = 3  # of the kinds of damage every third is tried in the short form
SHORT, FULL = 200, 600


class Hang(BaseException):
    """Something took too long."""


def _hang(*_: object) -> None:
    raise Hang


@contextmanager
def _watched(problems: list[str], what: str) -> Iterator[None]:
    """Note an exception, or that it takes longer than SECONDS."""
    signal.alarm(SECONDS)
    try:
        yield
    except Hang:
        problems.append(f"{what} hangs")
    except BaseException as error:
        problems.append(f"{what}: {type(error).__name__}: {str(error)[:200]}")
    finally:
        signal.alarm(0)


def _good_run(root: Path) -> None:
    """Train a run, and store with it what pages and commands read."""
    run = train(settings(epochs=2, snapshots=3), root / hostile.GOOD)
    process.run_parts(run, max_images=12, max_samples=50)
    paired.store_costs(run, paired.compute_costs(run))
    run.store_projection("umap", run.latents().mu)


def _command(problems: list[str], *arguments: str) -> None:
    """Run one command in this process."""
    from vae_core.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with _watched(problems, arguments[0]), redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
        told = [line for line in err.getvalue().replace("\r", "\n").splitlines() if line.strip() and "%|" not in line]  # no bar
        said = "\n".join([out.getvalue(), *told])
        said.encode()
        if code not in (0, 1) or "Traceback" in said or (code and arguments[0] != "verify" and len(told) != 1):
            problems.append(f"{arguments[0]} ends with {code}: {said[-300:]}")
        if any(ord(letter) < 32 and letter != "\n" for letter in said) or "\u202e" in said:
            problems.append(f"{arguments[0]} prints what the terminal obeys")


def _page(problems: list[str], page: str, run: str) -> None:
    """Open one page on one run."""
    from streamlit.testing.v1 import AppTest

    from dashboard.i18n.texts import t
    from tests.dashboard.pages import open_page

    with _watched(problems, page):
        at = open_page(page, {"run": run}, AppTest.from_file(str(APP), default_timeout=SECONDS))
        said = [warning.value for warning in at.warning]
        if at.exception or at.error or t("app.unexpected") in said:
            problems.append(f"{page}: {said} {[one.value for one in at.exception]}")
        if run == hostile.GOOD and said:
            problems.append(f"{page} of the good run: {said}")


def _marks(folder: Path) -> dict[str, Any]:
    return {str(path.relative_to(folder)): sha256(path) if path.is_file() else "" for path in sorted(folder.rglob("*"))}


def brave(mouth: Connection, folder: Path, is_full: bool) -> str:
    """Take every folder through commands and pages; say of each what went wrong, and return figures."""
    signal.signal(signal.SIGALRM, _hang)
    root, outside = folder / "runs", folder / hostile.OUTSIDE
    outside.mkdir(parents=True)
    (outside / "kept").write_text("as it was")
    os.environ["LATENT_LENS_RUNS"] = str(root)
    _good_run(root)
    before, good = _marks(outside), _marks(root / hostile.GOOD)
    made = hostile.folders(root, 1 if is_full else STEP)
    everything: list[str] = []
    _command(everything, "list")
    for page in PAGES:
        _page(everything, page, hostile.GOOD)
    mouth.send(everything)
    for number, (kind, path) in enumerate(made.items()):
        problems: list[str] = []
        name = str(path)
        _command(problems, "verify", name) if not name.rpartition("/")[2].startswith("-") else None
        if is_full or number % 4 == 0:
            _command(problems, "evaluate", name)
            _command(problems, "inspect", name, hostile.PART, "--images", "12", "--samples", "50")
        for page in (PAGES[(number + step) % len(PAGES)] for step in (0, 3, 7)) if is_full else ():
            _page(problems, page, os.fsencode(path.name).decode(errors="replace"))
        problems += _traces(folder, before, outside)
        mouth.send([f"{kind}: {problem}" for problem in problems])
    if not is_full:
        mouth.send(_some_pages(made))
    changed = [name for name, mark in _marks(root / hostile.GOOD).items() if good.get(name) != mark]
    mouth.send([f"the good run was changed: {changed}"] * bool(changed))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    mouth.send([f"took {most / 2**20:.0f} MB"] * (most > MOST_BYTES))
    return f"{len(made)} folders, at most {most / 2**20:.0f} MB"


def _traces(folder: Path, before: dict[str, Any], outside: Path) -> list[str]:
    """Say whether a trap was sprung, or something was written where links lead."""
    ran = (folder / hostile.MARKER).exists()
    return ["a trap was sprung"] * ran + ["something was written outside"] * (_marks(outside) != before)


def _some_pages(made: dict[str, Path]) -> list[str]:
    """Open a page of every few of the runs, another one each time."""
    problems: list[str] = []
    for number, path in enumerate(list(made.values())[:: max(1, len(made) // SHOWN)]):
        _page(problems, PAGES[number % len(PAGES)], path.name)
    return problems


@trial(
    "Folders that are damaged, foreign or hostile beside a good run: list, verify, evaluate, inspect and every page",
    "one sentence each, no traceback, no hang, below 1 GB, no trap sprung, nothing written elsewhere, and the good run stays as it is",
    short=SHORT,
    full=FULL,
)
def hostile_folders(folder: Path, count: int) -> Tries:
    """In a process of its own, whose memory is then its own, too."""
    child: Callable[..., Any] = Child
    braving = child(brave, folder, count >= FULL)
    while isinstance(said := braving.hear(), list):
        yield said
    if said.how != "done":
        yield [f"{said.how}: {said.value}"]
    return str(said.value)
