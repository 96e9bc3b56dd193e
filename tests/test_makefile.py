"""`make run` and `make test` without their downloads: a stand-in for Python writes down what it is asked to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.places import ROOT

STAND_IN = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
    *"{broken}"*) exit 1 ;;
    *find_browser.py*) echo /a/browser ;;
    *"-m pytest"*) echo "LATENT_LENS_BROWSER=$LATENT_LENS_BROWSER" >> "{log}" ;;
    *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in the folder, untouched by a make that we may run under."""
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS", "PYTHON")}
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the Makefile, the requirements and the stand-in `python`."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    stand_in(tmp_path)
    return tmp_path


def stand_in(folder: Path, broken: str = "nothing breaks") -> None:
    """Write the stand-in; it fails when its arguments hold `broken`."""
    (folder / "python").write_text(STAND_IN.format(log=folder / "log", broken=broken))
    (folder / "python").chmod(0o755)


def calls(folder: Path, part: str) -> list[str]:
    """Return what the stand-in was asked to do, as far as it holds `part`."""
    return [line for line in (folder / "log").read_text().splitlines() if part in line]


def test_run_installs_once_and_again_when_requirements_change(project: Path) -> None:
    for _ in range(2):
        assert make(project, "run", "PYTHON=./python").returncode == 0
    assert len(calls(project, "-m venv")) == 1
    assert len(calls(project, "-r requirements.txt")) == 1
    assert calls(project, "-m streamlit") == ["-m streamlit run dashboard/app.py"] * 2
    later = time.time() + 10
    os.utime(project / "requirements.txt", (later, later))
    assert make(project, "run", "PYTHON=./python").returncode == 0
    assert len(calls(project, "-r requirements.txt")) == 2
    assert len(calls(project, "-m venv")) == 1


def test_a_broken_installation_starts_nothing_and_is_taken_up_again(project: Path) -> None:
    stand_in(project, broken="-r requirements.txt")
    assert make(project, "run", "PYTHON=./python").returncode != 0
    assert calls(project, "-m streamlit") == []
    shutil.rmtree(project / ".venv")
    stand_in(project)
    assert make(project, "run", "PYTHON=./python").returncode == 0
    assert len(calls(project, "-m streamlit")) == 1


def test_test_checks_style_and_types_and_hands_the_browser_over(project: Path) -> None:
    done = make(project, "test", "PYTHON=./python")
    assert done.returncode == 0 and "npm could not install" in done.stdout
    asked = "\n".join(calls(project, ""))
    for part in ("-m ruff check .", "-m ruff format --check .", "-m mypy", "find_browser.py --install", "LATENT_LENS_BROWSER=/a/browser"):
        assert part in asked


def test_every_test_runs_once_and_those_that_watch_the_clock_alone(project: Path) -> None:
    assert make(project, "test", "PYTHON=./python").returncode == 0
    beside, alone = calls(project, "-m pytest")
    assert "-n auto" in beside and beside.endswith("-m not quiet")
    assert alone == "-m pytest -m quiet tests/browser"
    quiet = {
        path.parent.name for path in (ROOT / "tests").rglob("test_*.py") if "@pytest." + "mark.quiet" in path.read_text(encoding="utf-8")
    }
    assert quiet == {"browser"}, "those elsewhere would not be found"


@pytest.mark.parametrize("step", ["-m ruff check", "-m ruff format", "-m mypy", "find_browser.py", "-m pytest", "-r requirements-dev.txt"])
def test_test_fails_when_a_step_fails(project: Path, step: str) -> None:
    stand_in(project, broken=step)
    assert make(project, "test", "PYTHON=./python").returncode != 0


def test_an_old_python_is_refused_in_one_sentence(project: Path) -> None:
    stand_in(project, broken="version_info")
    answer = make(project, "run", "PYTHON=./python")
    assert answer.returncode != 0
    assert "Python 3.11 or newer" in answer.stderr.splitlines()[0]
    assert not (project / ".venv").exists()


def find_browser(path: Path) -> subprocess.CompletedProcess[str]:
    """Look for a browser with `path` as PATH and where Playwright has downloaded nothing."""
    environment = {"PATH": str(path), "HOME": str(path), "PLAYWRIGHT_BROWSERS_PATH": str(path / "none")}
    script = ROOT / "tests" / "browser" / "find_browser.py"
    return subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60)


def program(path: Path, status: int) -> Path:
    """Write a program that ends with this status."""
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_a_browser_that_starts_is_preferred_to_one_that_does_not(tmp_path: Path) -> None:
    program(tmp_path / "chromium", 1)
    chrome = program(tmp_path / "google-chrome", 0)
    assert find_browser(tmp_path).stdout == f"{chrome}\n"


def test_without_a_browser_one_plain_sentence_ends_the_tests(tmp_path: Path) -> None:
    answer = find_browser(tmp_path)
    assert answer.returncode != 0
    assert answer.stdout == ""
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "install Chromium or Google Chrome" in answer.stderr
