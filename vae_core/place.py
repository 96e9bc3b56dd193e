"""Where the project lies, in a checkout or installed: where its runs are, and how its commands are called there.

In a checkout `checkpoints` stands beside this package, and new runs go there too. Installed, it stands in this package, which a user may
not be able to write, so that each has a folder of runs in which the shipped ones lie from the beginning.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
IS_INSTALLED = (PACKAGE / "checkpoints").is_dir()
SHIPPED = (PACKAGE if IS_INSTALLED else PACKAGE.parent) / "checkpoints"
COMMAND = "latent-lens" if IS_INSTALLED else "python -m vae_core"
DASHBOARD = "latent-lens" if IS_INSTALLED else "streamlit run dashboard/app.py"


def runs() -> Path:
    """Return the folder of runs: `checkpoints` of the checkout, or a folder of this user's where the project is installed."""
    return own_runs() if IS_INSTALLED else SHIPPED


@cache
def own_runs() -> Path:
    """Return this user's folder of runs, made with the shipped ones in it; where it cannot be made, the shipped folder, to look at."""
    from platformdirs import user_data_path

    folder = user_data_path("latent-lens", appauthor=False) / "runs"
    if folder.is_dir():  # whatever was deleted from it stays deleted
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".runs-", dir=folder.parent) as beside:
            filled = Path(beside, "runs")
            shutil.copytree(SHIPPED, filled, ignore=shutil.ignore_patterns("_*", "README.md"), copy_function=shutil.copyfile)
            for copied in (filled, *filled.rglob("*/")):
                copied.chmod(0o755)  # the shipped ones may be anybody's to read and nobody's to write
            filled.rename(folder)
    except OSError:  # no room, or not ours to write; or another process was quicker
        pass
    return folder if folder.is_dir() else SHIPPED
