"""What all benchmarks share: their options, the machine they run on, its browser, and how times are summed up."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import find_browser


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser that knows --smoke, with which the test suite runs every benchmark."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--smoke", action="store_true", help="tiny sizes, once, without rivals: shows that it works, not how fast")
    return options


@contextmanager
def chromium(*switches: str) -> Iterator[Browser]:
    """Open a browser without a window."""
    path = find_browser.find()
    if not path:
        raise SystemExit(find_browser.NONE_FOUND)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False, args=list(switches))
        yield browser
        browser.close()


def machine() -> str:
    """Return the processor as far as the system tells it, its cores, and how busy it is at this moment."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.split(": ", 1)[1] for line in lines if line.startswith("model name"))
    return f"{next(names, platform.processor() or platform.machine())}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def quantile95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def spread(values: list[float]) -> str:
    """Return median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def table(columns: tuple[str, ...] | list[str]) -> str:
    """Return the head of a Markdown table."""
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"
