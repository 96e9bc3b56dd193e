"""The map of a run as one HTML file that works offline. No server is needed.

python -m dashboard.export RUN --html map.html
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboard.components.map_file import map_file
from dashboard.i18n.format import fixed
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import DEFAULT, LANGUAGES, in_language, t
from vae_core.printable import shown
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run
from vae_core.storage.files import write_beside


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file; every expected failure is one sentence on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.export", description="Write the map of a run as one HTML file.")
    parser.add_argument("run", type=Path, metavar="RUN", help="the directory of a finished run")
    parser.add_argument("--html", type=Path, metavar="FILE", required=True, help="the file to write")
    parser.add_argument("--language", choices=[*LANGUAGES], default=DEFAULT, help=f"of the map: {', '.join(LANGUAGES)}")
    options = parser.parse_args(arguments)
    with in_language(options.language):
        try:
            text = map_file(open_run(options.run), options.language)
            _write(options.html, text.encode())
        except RunError as error:
            print(shown(translated(error.message)), file=sys.stderr)
            return 1
    return 0


def _write(path: Path, page: bytes) -> None:
    try:
        write_beside(path, page)
    except OSError as error:
        raise RunError(t("story.unwritable", path=path, reason=error.strerror)) from error
    print(t("explore.exported", path=shown(path), size=fixed(len(page) / 1e6, 1)))


if __name__ == "__main__":
    sys.exit(main())
