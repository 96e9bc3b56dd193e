"""story: the Story page before a talk, as one file, and the data that it stands on."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from vae_core import children
from vae_core.cli.arguments import Subparsers
from vae_core.config import ConfigError
from vae_core.runs.errors import RunError


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    text = "check the Story page, write it as one file, or make its data"
    command = subparsers.add_parser("story", help=text, description=run.__doc__)
    command.add_argument("--check", action="store_true", help="open every step in both languages and say whether all is ready")
    command.add_argument("--export", type=Path, metavar="FILE", help="write the whole story as one HTML file that works offline")
    build_help = "make runs and steps again: those named, or the runs that are missing and every step"
    command.add_argument("--build", nargs="*", metavar="STEP", help=build_help)


def run(options: argparse.Namespace) -> int:
    """Check the Story page before a talk, write the whole of it as one file to share, or make what it stands on."""
    if options.build is not None:
        from vae_core.story.build import build_story

        build_story(options.build)
    wanted = [*(["--check"] if options.check else []), *(["--export", str(options.export.resolve())] if options.export else [])]
    if not wanted:
        if options.build is None:
            raise ConfigError("Tell what to do with the story: --check, --export FILE or --build.")
        return 0
    if not Path(children.HOME, "dashboard", "story.py").is_file():
        raise RunError(f"The story is a page of the dashboard, which is not in {children.HOME}; get the whole project.")
    return subprocess.run(children.command("dashboard.story", *wanted), env=children.environment(), check=False).returncode
