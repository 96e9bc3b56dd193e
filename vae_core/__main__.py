"""`python -m vae_core`: the command line of cli/."""

import sys

from vae_core.cli import terminal

if __name__ == "__main__":
    terminal.leave_on_ctrl_c()  # before the imports that take time

    from vae_core.cli.main import main

    sys.exit(main())
