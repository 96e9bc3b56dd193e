"""The story before a talk: open its steps in every language, or write it as one file. No server is needed.

python -m dashboard.story --check
python -m dashboard.story --export story.html
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboard.components.story import packet
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from dashboard.views.story.check import open_step, verdicts
from dashboard.views.story.export import html_page
from vae_core.runs.errors import RunError
from vae_core.storage.files import write_beside
from vae_core.story.build import LONG


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or export; every expected failure is one sentence on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.story", description="Open the story's steps, or write it as one file.")
    parser.add_argument("--check", action="store_true", help="open every step in both languages and say whether all is ready")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write the whole story as one HTML file that works offline")
    options = parser.parse_args(arguments)
    try:
        if options.export:
            _export(options.export)
        return _say_check() if options.check or not options.export else 0
    except RunError as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _export(path: Path) -> None:
    text = html_page()
    try:
        write_beside(path, text.encode())
    except OSError as error:
        raise RunError(t("story.unwritable", path=path, reason=error.strerror)) from error
    print(t("story.exported", path=path, size=fixed(len(text.encode()) / 1e6, 1)))


def _say_check() -> int:
    found = []
    for step in LONG:
        found.append(open_step(step, packet.FOLDER))
        print(found[-1].line, flush=True)
    print("\n".join(verdicts(found)))
    return int(any(opened.problem for opened in found))


if __name__ == "__main__":
    sys.exit(main())
