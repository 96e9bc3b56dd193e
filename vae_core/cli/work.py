"""work: the worker, which trains what the dashboard asks for; the dashboard itself starts this command."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path

from vae_core.cli.arguments import Subparsers, check_range
from vae_core.jobs import worker
from vae_core.runs.errors import RunError
from vae_core.runs.layout import default_root

NICENESS = 10  # of the worker, once it is warm: until then somebody may be waiting for it


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    command = subparsers.add_parser("work", help="train what the dashboard asks for, one run after another")
    command.add_argument("--idle", type=float, default=worker.IDLE_SECONDS, metavar="SECONDS", help="stop after this long without work")


def run(options: argparse.Namespace) -> int:
    """Train what the dashboard asks for."""
    check_range("--idle", options.idle, 0, 10**9)
    if not worker.work(default_root().resolve(), options.idle, _give_way):
        raise RunError("Another worker is training for this folder already.")
    return 0


def _give_way() -> None:
    """Let other processes go before this one, so that a page which is opened while it trains is not held up."""
    if not hasattr(os, "getsid") or os.getsid(0) != os.getpid():  # on Windows; or it shares its session with whoever started it by hand
        return
    os.setpriority(os.PRIO_PGRP, 0, NICENESS)
    with suppress(OSError):  # Linux weighs sessions before it weighs processes (sched(7), autogroup)
        Path("/proc/self/autogroup").write_text(str(NICENESS))
