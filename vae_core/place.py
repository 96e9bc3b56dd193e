"""Where the project lies, in a checkout or installed: where its runs are, and how its commands are called there.

In a checkout `checkpoints` stands beside this package, and new runs go there too. Installed, it stands in this package, which a user may
not be able to write, so that each has a folder of runs in which the shipped ones lie from the beginning.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
IS_INSTALLED = (PACKAGE / "checkpoints").is_dir()
SHIPPED = (PACKAGE if IS_INSTALLED else PACKAGE.parent) / "checkpoints"
COMMAND = "latent-lens" if IS_INSTALLED else "python -m vae_core"
DASHBOARD = "latent-lens" if IS_INSTALLED else "streamlit run dashboard/app.py"


def folder() -> Path:
    """Return where runs belong: `checkpoints` of the checkout, or a folder of this user's, which need not be there yet."""
    from platformdirs import user_data_path

    return user_data_path("latent-lens", appauthor=False) / "runs" if IS_INSTALLED else SHIPPED


def runs() -> Path:
    """Return the folder of runs; installed, it is made with the shipped ones in it."""
    return filled(folder()) if IS_INSTALLED else SHIPPED


@cache
def filled(folder: Path) -> Path:
    """Return this folder of a user's, made with the shipped runs in it; where it cannot be made, the shipped folder, to look at."""
    if folder.is_dir():  # whatever was deleted from it stays deleted
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".runs-", dir=folder.parent) as beside:
            copies = Path(beside, "runs")
            shutil.copytree(SHIPPED, copies, ignore=shutil.ignore_patterns("_*", "README.md"), copy_function=shutil.copyfile)
            for copied in (copies, *copies.rglob("*/")):
                copied.chmod(0o755)  # the shipped ones may be anybody's to read and nobody's to write
            copies.rename(folder)
    except OSError:  # no room, or not ours to write; or another process was quicker
        pass
    return folder if folder.is_dir() else SHIPPED


def command(*words: str) -> str:
    """Return a command as it is typed here.

    >>> command("verify", "two words").removeprefix(COMMAND)
    " verify 'two words'"
    """
    return f"{COMMAND} {shlex.join(words)}"
