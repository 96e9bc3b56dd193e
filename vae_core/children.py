"""Processes of our own that work beside whoever starts them and outlive it: the worker, and Inspect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

HOME = str(Path(__file__).resolve().parent.parent)


def command(module: str, *arguments: str) -> list[str]:
    """Return what runs a module of the project from any folder, whose own files are never taken for modules."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(**more: str) -> dict[str, str]:
    """Return the variables with which `command` finds the project."""
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([HOME, known] if known else [HOME]), **more}


def start(log: IO[bytes], *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """Start `python -m vae_core` with these arguments and variables, in a session of its own; what it prints goes to the log.

    It stays in the folder of whoever starts it, so that a relative path means to both the same, in VAE_DATA_DIR too.
    """
    return subprocess.Popen(
        command("vae_core", *arguments),
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
