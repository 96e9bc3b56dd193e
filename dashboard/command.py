"""The command `latent-lens` of an installed project: alone it opens the dashboard, with arguments it is the command line of the core."""

from __future__ import annotations

import sys
from pathlib import Path

from vae_core.cli import terminal

APP = Path(__file__).with_name("app.py")


def main() -> int:
    """Open the dashboard, or run the command that was given, and return the exit code."""
    if not sys.argv[1:]:
        from streamlit.web import cli

        cli.main(["run", str(APP)], prog_name="latent-lens")
        return 0
    terminal.leave_on_ctrl_c()  # before the imports that take time

    from vae_core.cli.main import main as run

    return run()
