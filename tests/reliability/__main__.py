"""Measure trials in their full form and write README's table: `python -m tests.reliability [NAME ...]` from the root of the repository.

Without a name all are measured, with names (see trials.py) only their rows are written anew.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from pathlib import Path

from tests.places import ROOT
from tests.reliability.rows import Row
from tests.reliability.trials import TRIALS

README = ROOT / "README.md"
MARKER = "<!-- reliability -->"
HEADER = ["| what happens | what must hold | tried | held |", "|---|---|---:|---:|"]


def line(row: Row) -> str:
    """Return a row as a line of a Markdown table."""
    return f"| {row.name} | {row.detail} | {row.tried:,} | {row.held:,} |"


def lines_of(readme: str) -> dict[str, str]:
    """Return the lines of the table between the markers, by the name in their first cell."""
    rows = [text for text in readme.split(MARKER)[1].splitlines() if text.startswith("|") and text not in HEADER]
    return {text.split("|")[1].strip(): text for text in rows}


def written(readme: str, rows: list[Row], order: list[str]) -> str:
    """Return the page with these rows put among those that stand between its two markers."""
    lines = lines_of(readme) | {row.name: line(row) for row in rows}
    place = f"Measured on {os.cpu_count()} cores, {sys.platform.capitalize()}, with scikit-learn's digits and tiny networks."
    content = "\n".join([MARKER, "", *HEADER, *(lines[name] for name in order if name in lines), "", place, "", MARKER])
    return re.sub(f"{MARKER}.*{MARKER}", lambda old: content, readme, flags=re.S)


def measured(name: str) -> Row:
    """Try one thing as often as the table says."""
    trial, start = TRIALS[name], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        row = trial(Path(folder), trial.full)
    print(f"{row.held} of {row.tried} in {time.monotonic() - start:.0f} s: {row.name}", *row.problems, sep="\n  ", flush=True)
    return row


def main() -> int:
    """Return 1 if anything did not hold."""
    rows = []
    for name in sys.argv[1:] or TRIALS:
        rows.append(measured(name))
        page = written(README.read_text(encoding="utf-8"), rows, [trial.name for trial in TRIALS.values()])
        README.write_text(page, encoding="utf-8")
    return int(any(row.held < row.tried for row in rows))


if __name__ == "__main__":
    sys.exit(main())
