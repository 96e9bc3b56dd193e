"""Shared fixtures: small runs that are really trained, once per session; and no test reaches for the network."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest, app_test, local_script_runner
from streamlit.testing.v1.element_tree import Element

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig

FAILURES = Path(__file__).parents[1] / "test-failures"
# Hypothesis's own profile for a gate: the same examples in every run, so that it is red for what has changed alone, and no deadline,
# since a machine with other work to do is no finding. `--hypothesis-profile=search` draws new ones.
settings.register_profile("search", deadline=None)
settings.load_profile("ci")
# A server does once what an AppTest does in each session and each run: read the metadata of every installed package, compile the scripts.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
app_test.ScriptCache = local_script_runner.ScriptCache = cache(app_test.ScriptCache)


def tiny_config(name: str = "tiny", latent_size: int = 2, **train: object) -> RunConfig:
    """Return settings that train on digits within a second."""
    settings = {"epochs": 3, "batch_size": 128, "snapshots": 4, **train}
    return RunConfig(name=name, data=DataConfig(), model=ModelConfig(latent_size=latent_size, hidden=(32,)), train=TrainConfig(**settings))


def pytest_configure(config: pytest.Config) -> None:
    """Shut the network off, and throw away what failed browser tests of the last run have left."""
    sys.addaudithook(stay_at_home)
    if not is_helper(config):
        shutil.rmtree(FAILURES, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last of all what failed browser tests have left: trace, picture and the servers' logs."""
    if not is_helper(config) and FAILURES.exists():
        config.get_terminal_writer().line(f"What the failed browser tests have left: {FAILURES}")


def stay_at_home(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail, past every handler of errors, where this process looks up or connects to another machine."""
    if event == "socket.connect" and arguments[0].family in (socket.AF_INET, socket.AF_INET6) and arguments[0].type != socket.SOCK_DGRAM:
        host, is_here = arguments[1][0], is_own(arguments[1][0], arguments[0].family)
    elif event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        is_here = not host or host == "localhost" or host.replace(".", "").isdigit() or ":" in host
    else:
        return
    if not is_here:
        pytest.fail(f"A test reaches for the network: {event} of {host}")


def is_own(host: str, family: int) -> bool:
    """Tell whether an address is one of this machine: only to such a one a socket can be bound."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def is_helper(config: pytest.Config) -> bool:
    """Tell whether this is one of several processes that share the tests."""
    return hasattr(config, "workerinput")


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Give `__main__` back after each test: Streamlit's AppTest puts the app there, and a process started later would run it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(autouse=True)
def draws() -> None:
    """Let torch's own generator begin anew where it is loaded: which tests a process had before differs from run to run."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the tests, and the processes that they start, an empty folder of imported images: none of this user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("imported")
        patch.setenv("LATENT_LENS_DATA", str(folder))
        yield folder


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two finished runs, tiny-2d and tiny-5d; copy it before changing anything in it."""
    from vae_core.training.runner import train

    root = tmp_path_factory.mktemp("runs")
    for latent_size in (2, 5):
        train(tiny_config(f"Tiny {latent_size}-D", latent_size), root / f"tiny-{latent_size}d")
    return root


class Pages(PagesManager):
    """The pages of an app, known from one run of its script to the next, as a session knows them and AppTest does not."""

    known: Any = None

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._pages = self.known

    def set_pages_and_resolve(self, pages: Any, fallback_page_hash: str = "") -> Any:
        """Take the pages that the script names."""
        type(self).known = pages
        return super().set_pages_and_resolve(pages, fallback_page_hash)


@pytest.fixture
def as_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AppTest run what a browser would run anew: of a widget in a fragment that fragment alone, and not the whole page.

    AppTest by itself runs the whole page, which hides a press that changes what stands outside its fragment.
    """
    whole = Element.run

    def run(element: Element, **how: float) -> AppTest:
        session = element.root._runner._session_state._state
        widget = session._new_widget_state.widget_metadata.get(getattr(element, "id", ""))
        with monkeypatch.context() as patch:
            if widget and widget.fragment_id:
                patch.setattr(local_script_runner, "RerunData", partial(RerunData, fragment_id=widget.fragment_id))
            return whole(element, **how)

    monkeypatch.setattr(Element, "run", run)
    monkeypatch.setattr(app_test, "PagesManager", Pages)


@pytest.fixture
def shown_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    """Return a function that copies a folder of runs and makes the copy the one that pages and commands look in."""

    def copied(root: Path) -> Path:
        folder = tmp_path / "runs"
        shutil.copytree(root, folder)
        monkeypatch.setenv("LATENT_LENS_RUNS", str(folder))
        return folder

    return copied


@pytest.fixture
def runs(tiny_root: Path, shown_copy: Callable[[Path], Path]) -> Path:
    """Return a folder of its own with the two tiny runs."""
    return shown_copy(tiny_root)
