"""What `streamlit run dashboard/app.py` does before any page opens: it asks nothing, listens on this machine alone, and ends cleanly."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.browser.serving import APP, Server, command, free_port, fresh_machine, is_healthy, serving, stop, wait_until_healthy


def other_addresses() -> list[str]:
    """Return addresses of this machine besides 127.0.0.1 at which a server that listens everywhere can be reached."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the system tells from which address it would
            outward = [probe.getsockname()[0]]
        except OSError:
            outward = []
    return [address for address in ("127.0.0.2", *outward) if address != "127.0.0.1"]


def reached(port: int) -> list[str]:
    """Return those of the other addresses that take a connection."""
    answering = []
    for address in other_addresses():
        with socket.socket() as probe:
            probe.settimeout(2)
            if probe.connect_ex((address, port)) == 0:
                answering.append(address)
    return answering


def test_the_server_listens_on_this_machine_alone(server: Server) -> None:
    assert is_healthy(server.port)
    assert reached(server.port) == []


def test_a_server_that_listens_everywhere_would_be_noticed() -> None:
    with socket.create_server(("0.0.0.0", 0)) as everywhere:
        assert reached(everywhere.getsockname()[1])


def terminal_output(folder: Path, *options: str, until: bytes) -> bytes:
    """Run the start command in a terminal, with an empty home and no --server.headless, and return what it prints up to `until`."""
    opener = folder / "bin"  # stands in for the program that would open a browser window
    opener.mkdir()
    for name in ("xdg-open", "open"):
        (opener / name).write_text("#!/bin/sh\n")
        (opener / name).chmod(0o755)
    environment = fresh_machine(folder)
    environment["PATH"] = f"{opener}{os.pathsep}{environment['PATH']}"
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command(APP, free_port(), "--server.headless", "false", *options),
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    printed, deadline = b"", time.monotonic() + 60
    try:
        while until not in printed and time.monotonic() < deadline and process.poll() is None:
            if select.select([ours], [], [], 0.2)[0]:
                printed += os.read(ours, 65536)
    finally:
        stop(process)
        os.close(theirs)
        os.close(ours)
    return printed


def test_a_first_start_asks_nothing(tmp_path: Path) -> None:
    printed = terminal_output(tmp_path, until=b"http://")
    asked, address, _ = printed.partition(b"http://")  # what is printed with or after the address waits for no answer, such as a hint
    assert address
    assert b"mail" not in asked
    assert b"?" not in asked


def test_a_question_at_the_first_start_would_be_noticed(tmp_path: Path) -> None:
    assert b"Email" in terminal_output(tmp_path, "--server.showEmailPrompt", "true", until=b"Email")


def test_nothing_is_left_when_the_server_has_ended(tmp_path: Path) -> None:
    with serving(APP, tmp_path) as ended:
        wait_until_healthy(ended)
    assert not is_healthy(ended.port)
    with pytest.raises(ProcessLookupError):
        os.killpg(ended.process.pid, 0)
