"""The installed project: it holds what git tracks, finds its runs without a checkout, and its command opens the dashboard."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

import vae_core
from dashboard import command
from tests.benchmarks.visitor import Visitor, arrive
from tests.browser.serving import APP, Server, free_port, fresh_machine, stop, wait_until_healthy
from tests.loops import in_a_loop_of_its_own
from tests.places import ROOT
from tests.test_readme import project_files
from vae_core import place

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNS = {"digits-2d": "Digits 8x8, two knobs", "mnist-2d": "MNIST, two knobs", "mnist-16d": "MNIST, sixteen knobs"}


def requirements(name: str) -> list[str]:
    """Return the lines of a file of requirements, without comments and the files that it includes."""
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-r ")]


@dataclass(frozen=True)
class Installed:
    """An environment of its own into which the project was installed: its modules and its command."""

    modules: Path
    command: Path


class Reader(Visitor):
    """A visitor that remembers what it was sent."""

    seen = b""

    async def _next(self) -> bytes:
        self.seen += (data := await super()._next())
        return data


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the project's own files, and nothing else of this checkout, and install them into a fresh environment, without a network."""
    if not importlib.util.find_spec("setuptools"):
        pytest.skip("setuptools is not installed, so no wheel is built; install requirements-dev.txt.")
    source, fresh = (tmp_path_factory.mktemp(name) for name in ("source", "fresh"))
    for name in project_files():
        if name.split("/")[0] in ("vae_core", "dashboard", "checkpoints") or "/" not in name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    venv.EnvBuilder(symlinks=os.name != "nt").create(fresh)
    modules, scripts = (Path(sysconfig.get_path(name, "venv", {"base": str(fresh)})) for name in ("purelib", "scripts"))
    theirs = {sysconfig.get_path(name) for name in ("purelib", "platlib")}  # what the project asks for is not installed a second time
    (modules / "theirs.pth").write_text("\n".join(theirs), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "--disable-pip-version-check"]
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--no-compile"]
    done = subprocess.run([*pip, "install", *options, str(source)], cwd=fresh, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Installed(modules, scripts / "latent-lens")


def test_the_wheel_holds_every_file_of_the_packages_and_of_the_shipped_runs(installed: Installed) -> None:
    tracked = {name for name in project_files() if name.split("/")[0] in ("vae_core", "dashboard", "checkpoints")}
    expected = {f"vae_core/{name}" if name.startswith("checkpoints/") else name for name in tracked}
    held = {path.relative_to(installed.modules).as_posix() for path in installed.modules.rglob("*") if path.is_file()}
    assert {name for name in held if name.split("/")[0] in ("vae_core", "dashboard")} == expected
    others = {"theirs.pth", f"latent_lens-{vae_core.__version__}.dist-info"}
    assert {name.split("/")[0] for name in held} == {"vae_core", "dashboard", *others}


def test_what_the_wheel_asks_for_is_said_once(installed: Installed) -> None:
    found = PathDistribution(next(installed.modules.glob("*.dist-info")))
    asked = [re.sub(r"\s", "", line) for line in found.requires or [] if "extra ==" not in line]
    assert sorted(map(_ordered, asked)) == sorted(map(_ordered, requirements("requirements.txt")))
    assert PROJECT["optional-dependencies"]["test"] == requirements("requirements-dev.txt")


def _ordered(requirement: str) -> list[str]:
    """Return a requirement's name and bounds, in an order of their own."""
    return sorted(re.findall(r"^[\w-]+|[<>=]=?[\w.]+", requirement))


def test_the_command_serves_the_shipped_runs_to_this_machine_and_lists_them(installed: Installed, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "server.log"
    alone = {**fresh_machine(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}  # somebody who has installed the project and never run it
    options = ["--server.port", str(port), "--server.headless=true"]
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [installed.command, *options],
            cwd=tmp_path,
            env=alone,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_healthy(Server(f"http://127.0.0.1:{port}", port, process, log))
        seen = in_a_loop_of_its_own(page(port, "explore"))
    finally:
        stop(process)
    printed_text = log.read_text(encoding="utf-8")
    assert f"http://127.0.0.1:{port}" in printed_text and "Network URL" not in printed_text and "Traceback" not in printed_text
    assert [run for run in RUNS.values() if run.encode() not in seen] == []
    listed = subprocess.run([installed.command, "list"], cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=60)
    assert listed.returncode == 0 and {line.split()[0] for line in listed.stdout.splitlines()} == RUNS.keys(), listed.stdout + listed.stderr
    assert len(list(tmp_path.rglob("runs/*/model.safetensors"))) == len(RUNS), "runs are a user's own, not the installation's"


async def page(port: int, address: str) -> bytes:
    """Return all that a page sends to somebody who opens it."""
    reader = Reader((await arrive(port)).socket)
    await reader.open(address)
    await reader.socket.close()
    return reader.seen


# ---- the folder of a user's runs


def shipped(folder: Path) -> Path:
    """Return a folder of shipped runs that nobody may write."""
    (folder / "run" / "snapshots").mkdir(parents=True)
    (folder / "run" / "config.json").touch(0o444)
    for path in (folder / "run" / "snapshots", folder / "run", folder):
        path.chmod(0o555)
    return folder


def test_shipped_runs_are_copied_once_and_are_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "SHIPPED", shipped(tmp_path / "shipped"))
    own = place.filled.__wrapped__(tmp_path / "home" / "runs")
    assert {path.relative_to(own).as_posix() for path in own.rglob("*")} == {"run", "run/config.json", "run/snapshots"}
    assert all(path.stat().st_mode & 0o200 for path in (own, *own.rglob("*")))
    shutil.rmtree(own / "run")
    assert place.filled.__wrapped__(own) == own and list(own.iterdir()) == [], "what was deleted stays deleted"


def test_a_folder_that_cannot_be_made_leaves_the_shipped_runs_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert place.filled.__wrapped__(tmp_path / "file" / "runs") == place.SHIPPED


# ---- the command


@pytest.mark.parametrize(
    ("arguments", "opened", "asked"),
    [
        ([], [str(APP)], None),
        (["--server.port=8600", "--theme.base", "dark"], [str(APP), "--server.port=8600", "--theme.base", "dark"], None),
        (["train", "--out", "a.b"], None, ["train", "--out", "a.b"]),
        (["--version"], None, ["--version"]),
        (["--out=a.b"], None, ["--out=a.b"]),
        (["1.5"], None, ["1.5"]),
    ],
)
def test_options_with_a_point_are_streamlits(
    arguments: list[str], opened: list[str] | None, asked: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: dict[str, list[str]] = {}

    def open_page(taken: list[str], prog_name: str) -> None:
        called["opened"] = taken
        raise SystemExit(0)

    monkeypatch.setattr(sys, "argv", ["latent-lens", *arguments])
    monkeypatch.setattr("dashboard.command.terminal.leave_on_ctrl_c", lambda: None)
    monkeypatch.setattr("streamlit.web.cli.main_run.main", open_page)
    monkeypatch.setattr("vae_core.cli.main.main", lambda taken: called.update(asked=taken) or 0)
    with suppress(SystemExit):
        assert command.main() == 0
    assert (called.get("opened"), called.get("asked")) == (opened, asked)
