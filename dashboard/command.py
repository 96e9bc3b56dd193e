"""The command `latent-lens` of an installed project: it opens the dashboard, or is the command line of the core."""

from __future__ import annotations

import sys
from pathlib import Path

from vae_core.cli import terminal

APP = Path(__file__).with_name("app.py")


def main() -> int:
    """Open the dashboard, with options of Streamlit if there are any, or run the command that was given; return the exit code."""
    terminal.leave_on_ctrl_c()  # before the imports that take time
    arguments = sys.argv[1:]
    if not arguments or is_streamlits(arguments[0]):
        from streamlit.web import cli

        cli.main_run.main([str(APP), *arguments], prog_name="latent-lens")

    from vae_core.cli.main import main as run

    return run(arguments)


def is_streamlits(argument: str) -> bool:
    """Tell an option of Streamlit by its point, as in --server.port=8600; no command or option of the core begins like that."""
    return argument.startswith("--") and "." in argument.partition("=")[0]
