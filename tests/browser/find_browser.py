"""Print the path of a browser that the tests can drive; with --install, fetch one where there is none.

The order: a browser on PATH, Playwright's own, with --install Playwright's download and, for root on Debian, its package. Never sudo.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "microsoft-edge")
NONE_FOUND = (
    "The browser tests found no Chromium, Chrome or Edge that starts, and could not install one; "
    "install Chromium or Google Chrome so that it is on PATH, then run make test again."
)


def starts(path: str | None) -> bool:
    """Say whether the program is there and tells its version; a package's stub or a browser without its libraries does not."""
    if not path:
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def on_path() -> str | None:
    """Return the first browser on PATH that starts."""
    return next((path for path in map(shutil.which, NAMES) if starts(path)), None)


def playwrights_own() -> str | None:
    """Return the browser that Playwright has downloaded before, if it starts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else None


def find() -> str | None:
    """Return a browser that is already there: LATENT_LENS_BROWSER, on PATH, or Playwright's own."""
    named = os.environ.get("LATENT_LENS_BROWSER")
    return named if starts(named) else on_path() or playwrights_own()


def install() -> None:
    """Fetch Playwright's browser; where that does not give one that starts and we are root on Debian, install its package."""
    run([sys.executable, "-m", "playwright", "install", "chromium"])
    if not find() and shutil.which("apt-get") and os.geteuid() == 0:
        run(["apt-get", "update"])
        run(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])


def run(command: list[str]) -> None:
    """Run an installer with its output on stderr, so that stdout carries the path alone; failure shows in find()."""
    subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def main() -> None:
    """Print the path, or exit with one plain sentence."""
    path = find()
    if not path and "--install" in sys.argv[1:]:
        install()
        path = find()
    if not path:
        raise SystemExit(NONE_FOUND)
    print(path)


if __name__ == "__main__":
    main()
