"""What the server's log leaves out: a visitor who goes away is no fault."""

from __future__ import annotations

import logging

CLOSED = "once a close message has been sent"


class _Departures(logging.Filter):
    """Drops the traceback of a visitor who leaves while the server still answers.

    The answer fails, which closes the socket; Streamlit 1.67 then takes the closed socket for one that received text, closes it once more,
    and Starlette's refusal of that is logged by uvicorn as an exception of the application.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not (isinstance(error, RuntimeError) and CLOSED in str(error))


DEPARTURES = _Departures()


def leave_out_departures() -> None:
    """Log no traceback for a visitor who leaves; as often as it is called, once a process."""
    logging.getLogger("uvicorn.error").addFilter(DEPARTURES)
