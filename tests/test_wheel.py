"""The installed project: it holds what git tracks, finds its runs without a checkout, and its command opens the dashboard."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

import vae_core
from tests.browser.serving import Server, free_port, fresh_machine, stop, wait_until_healthy
from tests.places import ROOT
from tests.test_readme import project_files
from vae_core import place

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNS = {"digits-2d", "mnist-2d", "mnist-16d"}
PAGE = """
import json, sys
from pathlib import Path
import dashboard
from streamlit.testing.v1 import AppTest
at = AppTest.from_file(str(Path(dashboard.__file__).with_name("app.py")), default_timeout=60).run()
said = [one.value for one in (*at.exception, *at.error, *at.warning)]
print(json.dumps([dashboard.__file__, len(at.sidebar.selectbox(key="run_picker").options), said, sys.path]))
"""


def requirements(name: str) -> list[str]:
    """Return the lines of a file of requirements, without comments and the files that it includes."""
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-r ")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the project's own files, and nothing else of this checkout, were built and installed without a network."""
    if not importlib.util.find_spec("setuptools"):
        pytest.skip("setuptools is not installed, so no wheel is built; install requirements-dev.txt.")
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "installed"))
    for name in project_files():
        if name.split("/")[0] in ("vae_core", "dashboard", "checkpoints") or "/" not in name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--no-compile", "--disable-pip-version-check", "--target", str(target)]
    done = subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], cwd=target, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def environment(installed: Path, home: Path) -> dict[str, str]:
    """Return the variables of somebody who has installed the project and never run it."""
    return {**fresh_machine(home), "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}


def run(installed: Path, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the installed project in an empty folder."""
    (home / "elsewhere").mkdir(parents=True, exist_ok=True)
    return subprocess.run(command, cwd=home / "elsewhere", env=environment(installed, home), capture_output=True, text=True, timeout=120)


def test_the_wheel_holds_every_file_of_the_packages_and_of_the_shipped_runs(installed: Path) -> None:
    tracked = {name for name in project_files() if name.split("/")[0] in ("vae_core", "dashboard", "checkpoints")}
    expected = {f"vae_core/{name}" if name.startswith("checkpoints/") else name for name in tracked}
    held = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert {name for name in held if name.split("/")[0] in ("vae_core", "dashboard")} == expected
    assert {name.split("/")[0] for name in held} == {"vae_core", "dashboard", "bin", f"latent_lens-{vae_core.__version__}.dist-info"}


def test_what_the_wheel_asks_for_is_said_once(installed: Path) -> None:
    found = PathDistribution(next(installed.glob("*.dist-info")))
    asked = [re.sub(r"\s", "", line) for line in found.requires or [] if "extra ==" not in line]
    assert sorted(map(_ordered, asked)) == sorted(map(_ordered, requirements("requirements.txt")))
    assert PROJECT["optional-dependencies"]["test"] == requirements("requirements-dev.txt")


def _ordered(requirement: str) -> list[str]:
    """Return a requirement's name and bounds, in an order of their own."""
    return sorted(re.findall(r"^[\w-]+|[<>=]=?[\w.]+", requirement))


def test_shipped_runs_are_found_listed_and_sound(installed: Path, tmp_path: Path) -> None:
    command = str(installed / "bin" / "latent-lens")
    listed = run(installed, tmp_path, command, "list")
    assert listed.returncode == 0 and {line.split()[0] for line in listed.stdout.splitlines()} == RUNS, listed.stdout + listed.stderr
    shutil.rmtree(next(tmp_path.rglob("mnist-16d")))
    again = run(installed, tmp_path, command, "verify", "mnist-16d")
    assert again.returncode == 1 and again.stderr == "There is no run 'mnist-16d' in runs; the runs there are: digits-2d, mnist-2d.\n"
    sound = run(installed, tmp_path, command, "verify", "digits-2d")
    assert sound.returncode == 0 and "is sound" in sound.stdout, sound.stdout + sound.stderr


def test_the_page_shows_the_shipped_runs_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    answer = run(installed, tmp_path, sys.executable, "-P", "-c", PAGE)
    assert answer.returncode == 0, answer.stderr
    home, runs, said, path = json.loads(answer.stdout.splitlines()[-1])
    assert Path(home).is_relative_to(installed) and str(ROOT) not in path
    assert runs == len(RUNS) and said == []


def test_the_command_alone_serves_the_dashboard_on_this_machine_only(installed: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "server.log"
    asked = {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_HEADLESS": "true"}
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [installed / "bin" / "latent-lens"],
            cwd=tmp_path,
            env={**environment(installed, tmp_path), **asked},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_healthy(Server(f"http://127.0.0.1:{port}", port, process, log))
    finally:
        stop(process)
    assert f"http://127.0.0.1:{port}" in log.read_text() and "Network URL" not in log.read_text()


def test_a_folder_that_cannot_be_made_leaves_the_shipped_runs_to_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_data_path", lambda *name, **more: tmp_path / "file" / "latent-lens")
    assert place.own_runs.__wrapped__() == place.SHIPPED


def test_copies_of_runs_that_nobody_may_write_are_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "shipped"
    (shipped / "run" / "snapshots").mkdir(parents=True)
    (shipped / "run" / "config.json").touch(0o444)
    for folder in (shipped / "run" / "snapshots", shipped / "run", shipped):
        folder.chmod(0o555)
    monkeypatch.setattr(place, "SHIPPED", shipped)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *name, **more: tmp_path / "home" / "latent-lens")
    own = place.own_runs.__wrapped__()
    assert own == tmp_path / "home" / "latent-lens" / "runs"
    assert all(path.stat().st_mode & 0o200 for path in (own, *own.rglob("*")))
