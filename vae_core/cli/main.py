"""The commands, and what is the same for all of them: expected failures are one sentence on standard error and exit code 1."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from vae_core import __version__, place
from vae_core.cli import (
    apply,
    compress,
    data,
    decompress,
    evaluate,
    export,
    importing,
    inspect,
    listing,
    select,
    story,
    terminal,
    train,
    translate,
    verify,
    work,
)
from vae_core.config import ConfigError
from vae_core.data.errors import DataError
from vae_core.printable import shown
from vae_core.runs.errors import RunError

COMMANDS = {
    "train": train,
    "import": importing,
    "data": data,
    "verify": verify,
    "evaluate": evaluate,
    "inspect": inspect,
    "apply": apply,
    "list": listing,
    "select": select,
    "compress": compress,
    "decompress": decompress,
    "translate": translate,
    "story": story,
    "export": export,
    "work": work,
}
ALONE = "Without arguments the command opens the dashboard; options with a point in them, as --server.port 8600, are those of Streamlit."
NEED_TORCH = ("train", "evaluate", "inspect", "apply", "compress", "decompress", "work")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands, in the order of COMMANDS; imports no torch."""
    text = "Train variational autoencoders and look inside them."
    top = argparse.ArgumentParser(prog=place.COMMAND, description=text, epilog=ALONE if place.IS_INSTALLED else None)
    top.add_argument("--version", action="version", version=f"Latent Lens {__version__}")
    subparsers = top.add_subparsers(dest="command", required=True)
    for command in COMMANDS.values():
        command.add(subparsers)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the process, and return its exit code."""
    terminal.escape_unknown_letters()
    options = parser().parse_args(arguments)
    try:
        if options.command in NEED_TORCH:
            import torch  # noqa: F401  # seconds, in which Ctrl-C may still end the process at once
        terminal.interrupt_on_ctrl_c()
        code = COMMANDS[options.command].run(options)
        sys.stdout.flush()  # here, where a reader that has gone is expected
        return code
    except (ConfigError, DataError, RunError) as error:
        print(shown(error), file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    except BrokenPipeError:
        terminal.drop_broken_streams()
    except OSError as error:  # what no command expects, such as a name that is too long or a folder that may not be read
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror}.", file=sys.stderr)
    return 1
