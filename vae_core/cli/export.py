"""export: a run's map as one file to share."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from vae_core import children
from vae_core.cli.arguments import Subparsers, add_run, find_run
from vae_core.runs.errors import RunError


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "write a run's map as one HTML file that works offline"
    command = subparsers.add_parser("export", help=text, description=run.__doc__)
    add_run(command)
    command.add_argument("--html", type=Path, metavar="FILE", required=True, help="the file to write")
    command.add_argument("--language", metavar="CODE", help="of the map, such as zh; by default en")


def run(options: argparse.Namespace) -> int:
    """Write a run's map as one HTML file to share: it decodes in the browser, without a server and without a network."""
    wanted = [str(find_run(options.run).resolve()), "--html", str(options.html.resolve())]
    wanted += ["--language", options.language] if options.language else []
    if not Path(children.HOME, "dashboard", "export.py").is_file():
        raise RunError(f"The map is drawn by the dashboard, which is not in {children.HOME}; get the whole project.")
    return subprocess.run(children.command("dashboard.export", *wanted), env=children.environment(), check=False).returncode
