"""What a terminal does to a command: Ctrl-C while modules are loading, readers that go away, letters that it lacks. Quick to import."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def leave_on_ctrl_c() -> None:
    """From now on end the process at once on Ctrl-C: while modules are imported there is nothing to save."""
    signal.signal(signal.SIGINT, _leave)


def interrupt_on_ctrl_c() -> None:
    """From now on raise a KeyboardInterrupt again, where `leave_on_ctrl_c` was called before."""
    if signal.getsignal(signal.SIGINT) is _leave:
        from vae_core.training.interrupts import interrupt

        signal.signal(signal.SIGINT, interrupt)


def _leave(number: int, frame: Any) -> None:
    """End the process without the traceback that Python would print."""
    os.write(2, b"Stopped.\n")
    os._exit(1)


def escape_unknown_letters() -> None:
    """Print letters that the terminal's encoding lacks as escapes: no name is worth losing a result over."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_broken_streams() -> None:
    """Discard what is printed from now on to streams that nobody reads any more, as behind `| head`."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """Print, and carry on in silence where the reader has gone, as `head` does: that is no reason to end a training."""
    try:
        yield
    except BrokenPipeError:
        drop_broken_streams()
