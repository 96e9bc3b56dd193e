"""One browser and one server for all browser tests; without a browser they fail, they do not skip."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from dashboard.views.story import export
from tests.browser import evidence, find_browser
from tests.browser.serving import APP, Server, serving, wait_until_healthy
from tests.browser.stage import Map, Panel, on_page
from tests.places import ROOT

CHECKPOINTS = ROOT / "checkpoints"
SHIPPED = ("digits-2d", "mnist-2d", "mnist-16d")
USUAL = {"negative_elbo": np.linspace(60, 260, 101).tolist(), "reconstruction": np.linspace(55, 250, 101).tolist(), "kl": [0.0] * 101}

# A busy machine is slow, and what a test waits for is that it comes, not when.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of runs that the server shows: the shipped ones, one of them with made-up usual costs."""
    folder = tmp_path_factory.mktemp("shelf") / "runs"
    for shipped in SHIPPED:
        shutil.copytree(CHECKPOINTS / shipped, folder / shipped)
    summary = folder / "mnist-2d" / "summary.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "usual": USUAL}))
    return folder


@pytest.fixture(scope="module")
def root(shelf: Path) -> Iterator[Path]:
    """That folder, to which the tests of a file may add runs: they go with them."""
    yield shelf
    for folder in shelf.iterdir():
        if folder.name not in SHIPPED:
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard on these runs, from another working directory with an empty home; it must not print a traceback."""
    data = {name: os.environ[name] for name in ("VAE_DATA_DIR", "LATENT_LENS_DATA") if name in os.environ}
    with serving(APP, tmp_path_factory.mktemp("server"), LATENT_LENS_RUNS=str(shelf), **data) as running:
        wait_until_healthy(running)
        yield running
        assert "Traceback" not in running.log.read_text(errors="replace")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser, without a window."""
    path = find_browser.find() or pytest.fail(find_browser.NONE_FOUND, pytrace=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story as one file."""
    path = tmp_path_factory.mktemp("shared") / "story.html"
    path.write_text(export.html_page(), encoding="utf-8")
    return path


@pytest.fixture
def live(browser: Browser) -> Iterator[Map]:
    """A page for the live map, at rest by itself, that in the end has nothing to complain of."""
    with on_page(browser, Map, is_calm=True) as opened:
        yield opened


@pytest.fixture
def pad(browser: Browser) -> Iterator[Panel]:
    """A page for the live map and its pad that in the end has nothing to complain of, and says so."""
    with on_page(browser, Panel, is_calm=True) as panel:
        yield panel
        assert panel.watch.notes() == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what there is of a test that has failed, while its pages and servers are still there."""
    report = yield
    if report.failed:
        evidence.keep_all()
    return report
