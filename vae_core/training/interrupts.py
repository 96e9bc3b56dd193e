"""How training ends before its time: by a signal, by a page's wish, by a number that is not finite."""

from __future__ import annotations

import os
import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vae_core.runs.run import RunError

# What may be wished for between two steps, the stronger the larger. A page wishes by a file in the run's folder control/.
GO_ON, SAVE, FINISH, PAUSE, INTERRUPT = range(5)
FILES = {"finish": FINISH, "pause": PAUSE}


class Diverged(RunError):
    """Training met a number that is not finite."""


class Stopped(RunError):
    """Training ended before its time and can go on; `state` is that of the run."""

    def __init__(self, state: str, sentence: str) -> None:
        super().__init__(sentence)
        self.state = state


def resume_command(run: str) -> str:
    """Return the command by which an unfinished run goes on, given its name in the folder of runs or its path."""
    return f"python -m vae_core train --resume {shlex.quote(run)}"


class Wishes:
    """Notices Ctrl-C, SIGTERM and the files in control/, so that a step is never cut in half; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self.signalled = GO_ON

    def code(self, run: Path) -> int:
        """Return the strongest wish; a file is removed when it is read."""
        code = self.signalled
        for name, wish in FILES.items():
            if os.path.exists(file := run / "control" / name):
                file.unlink(missing_ok=True)
                code = max(code, wish)
        return code

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen while the body runs; only a program's main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._take) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take(self, number: int, frame: Any) -> None:
        if self.signalled == INTERRUPT and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signalled = INTERRUPT
