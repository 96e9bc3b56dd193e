"""Start a Streamlit page as its user would, wait until it answers, and stop it without leaving a process behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
SERVERS: list[Server] = []  # those that run, and the one whose test has just failed
PATIENCE = 60.0  # seconds until a server that does not answer counts as broken


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process and the file with what it printed."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_machine(folder: Path) -> dict[str, str]:
    """Return the environment of somebody who has never run Streamlit: an empty home below `folder`, none of our own variables."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LATENT_LENS_", "STREAMLIT_", "XDG_", "VAE_"))}
    kept.pop("PYTHONPATH", None)
    return {**kept, "HOME": str(home)}


def command(app: Path, port: int, *options: str) -> list[str]:
    """Return the command that serves the page on a port."""
    return [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port), *options]


def is_healthy(port: int) -> bool:
    """Tell whether the server says that it can serve."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def wait_until_healthy(server: Server) -> None:
    """Return when the server answers; fail with what it printed if it ends or stays silent."""
    deadline = time.monotonic() + PATIENCE
    while not is_healthy(server.port):
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The server did not start; it printed:\n{server.log.read_text(errors='replace')}")
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it has started (it leads its own session), gently first, and collect it."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(10)
        except (ProcessLookupError, PermissionError):  # nobody is left; macOS says it the second way
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


@contextmanager
def serving(app: Path, folder: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Serve `app` from a working directory and a home below `folder`; yield at once, before the server answers."""
    elsewhere, log, port = folder / "elsewhere", folder / "server.log", free_port()
    elsewhere.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as printed:
        process = subprocess.Popen(
            command(app, port, "--server.headless", "true", *options),
            cwd=elsewhere,
            env=fresh_machine(folder) | environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        server = Server(f"http://127.0.0.1:{port}", port, process, log)
        SERVERS.append(server)
        try:
            yield server
            with suppress(ValueError):  # of one that ended by itself in a test that failed the log is kept already
                SERVERS.remove(server)
        finally:
            stop(process)
