"""Work in a thread of its own, which a page looks in on: a rerun, another page and another viewer neither wait for it nor end it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from vae_core.messages import Refusal

LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Cancelled(Exception):
    """Somebody wants the work no more."""


class Work(Generic[T]):
    """Something that takes a while.

    Attributes:
        result: what it came to; None as long as it is at work, and where it failed or was called off.
        error: why it failed.
        share: how much of it is done.
    """

    def __init__(self, do: Callable[[Work[T]], T]) -> None:
        self.result: T | None = None
        self.error: Exception | None = None
        self.share = 0.0
        self._is_cancelled, self._ended = threading.Event(), threading.Event()
        threading.Thread(target=self._run, args=(do,), daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Give it so long to end, and tell whether it has."""
        return self._ended.wait(seconds)

    def cancel(self) -> None:
        """Ask it to stop; it does at the next `report`."""
        self._is_cancelled.set()

    def report(self, share: float) -> None:
        """Note how far it is; called by the work itself.

        Raises:
            Cancelled: it is to stop.
        """
        self.share = share
        if self._is_cancelled.is_set():
            raise Cancelled

    def _run(self, do: Callable[[Work[T]], T]) -> None:
        try:
            self.result = do(self)
        except Cancelled:
            pass
        except Exception as error:
            self.error = error
            if not isinstance(error, Refusal | OSError | MemoryError):
                LOG.exception("work of a page failed")  # for whoever runs the server; the audience reads a sentence
        finally:
            self._ended.set()


def words_of(error: Exception | None) -> str:
    """Say in one sentence why work has failed, or that it was called off."""
    match error:
        case None:
            return t("app.cancelled")
        case Refusal():
            return plain(translated(error))
        case MemoryError():
            return t("app.no_memory")
        case OSError():  # without the name of the file, which may be a path of this computer
            return t("app.unreadable", reason=plain(translated(error.strerror or type(error).__name__)))
    return t("app.work_failed")
