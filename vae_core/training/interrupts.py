"""What interrupts training: signals, and requests that a page makes by a file in the run's folder control/."""

from __future__ import annotations

import os
import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vae_core import place
from vae_core.runs.errors import RunError
from vae_core.runs.layout import check_links

# What may be requested between two steps; the stronger request has the larger number.
GO_ON, SAVE, FINISH, PAUSE, INTERRUPT = range(5)
REQUESTS = {"finish": FINISH, "pause": PAUSE}


class Stopped(RunError):
    """Training ended before its time and can go on; `state` is that of the run."""

    def __init__(self, state: str, sentence: str, /, **values: object) -> None:
        super().__init__(sentence, **values)
        self.state = state


def resume_command(run: str) -> str:
    """Return the command that resumes an unfinished run, given its name in the folder of runs or its path."""
    return f"{place.COMMAND} train --resume {shlex.quote(run)}"


def forget_requests(run: Path) -> None:
    """Remove the requests that came too late for the last trainer of a run: they are not for the next one."""
    check_links(run)
    for name in REQUESTS:
        (run / "control" / name).unlink(missing_ok=True)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C. Where KeyboardInterrupt itself passes through `exec`, as when a dataclass is imported, Python ends the process by SIGINT even
    though it was caught (run_eval_code_obj in pythonrun.c marks it as unhandled)."""


def interrupt(number: int, frame: Any) -> None:
    """Raise Interrupted, as the handler of a signal."""
    raise Interrupted


class Interrupts:
    """Notices Ctrl-C, SIGTERM and the files in control/, so that a step is never cut in half; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self.signalled = GO_ON

    def strongest_request(self, run: Path) -> int:
        """Return the strongest request; its file is removed when it is read."""
        code = self.signalled
        for name, request in REQUESTS.items():
            if os.path.exists(file := run / "control" / name):
                file.unlink(missing_ok=True)
                code = max(code, request)
        return code

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Catch signals while the body runs; only a program's main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: Any) -> None:
        if self.signalled == INTERRUPT and number == signal.SIGINT:
            interrupt(number, frame)
        self.signalled = INTERRUPT
