"""The Train page in a browser: the map unfolds while a run trains, and nothing that happens to the page happens to the run."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.i18n.texts import in_language, t
from tests.browser.serving import APP, Server, serving, stop, wait_until_healthy
from tests.browser.tabs import HEIGHT
from tests.browser.test_language import fits
from tests.browser.watching import pixels, watched
from tests.conftest import tiny_config
from vae_core.jobs import folder, queue
from vae_core.runs.listing import list_runs, load_run
from vae_core.runs.run import Run

WIDTHS = (1440, 390)
KILLS = 1  # the benchmark takes twenty
LONG = tiny_config("Long", epochs=100_000, snapshots=40)
PROGRESS = re.compile(r"Epoch \d+ of 9999 · about .* left · [\d,]+ images per second")
# What a canvas shows, as one number.
SHOWN = """(canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value) => (31 * sum + value) | 0, 0);
}"""


@contextmanager
def served(root: Path, folder: Path) -> Iterator[Server]:
    """Serve the dashboard on a folder of runs."""
    with serving(APP, folder, LATENT_LENS_RUNS=str(root)) as server:
        wait_until_healthy(server)
        yield server


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder of runs whose worker is ended with the tests: it outlives the server on purpose."""
    folder = tmp_path_factory.mktemp("train") / "runs"
    folder.mkdir()
    yield folder
    end_worker(folder)


@pytest.fixture(autouse=True)
def nothing_at_work(root: Path) -> Iterator[None]:
    """End what a test has left at work, as one that failed does: the runs of the next tests would wait for it."""
    yield
    if left := [run for run in list_runs(root)[0] if run.state in queue.ACTIVE]:
        end_worker(root)
        for run in left:
            shutil.rmtree(run.path)


@pytest.fixture(scope="module")
def own(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that shows those runs."""
    with served(root, tmp_path_factory.mktemp("own")) as server:
        yield server


def worker(root: Path) -> int:
    """Return the worker's process."""
    return int(folder.worker_state(root)["pid"])


def end_worker(root: Path) -> None:
    """Kill the worker, if one lives, and wait until its locks are free."""
    if folder.has_worker(root):
        with suppress(ProcessLookupError):
            os.kill(worker(root), signal.SIGKILL)
        until(lambda: not folder.has_worker(root))


def until(condition: Callable[[], object], seconds: float = 60.0) -> float:
    """Wait for a condition and return how long it took; fail when it does not come true."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - start


def button(page: Page, name: str) -> Locator:
    """Return the button of that name."""
    return page.get_by_role("button", name=t(f"train.{name}"), exact=True)


def steps(run: Run) -> list[float]:
    """Return the steps that history.csv tells of, without its repetitions for validation."""
    return sorted(set(run.history()["step"].tolist()))


def at_work(root: Path, run_id: str) -> bool:
    """Tell whether a run trains and has told how far it is."""
    run = load_run(root, run_id)
    return run.state == "running" and bool(run.progress()) and len(steps(run)) > 2


def test_the_map_unfolds_and_opens_when_it_is_done(browser: Browser, own: Server, root: Path) -> None:
    with watched(browser) as watch:
        page = watch.page
        page.goto(f"{own.url}/train")
        page.get_by_text(t("train.all_settings"), exact=True).click()
        page.get_by_role("tab", name=t("train.group_optimiser")).click()
        epochs = page.get_by_role("spinbutton", name=t("setting.epochs"), exact=True)
        epochs.fill("9999")  # it trains until it is told to finish, however fast or busy the machine is
        epochs.press("Enter")
        watch.settle()
        button(page, "start").click()
        grid, scatter = page.locator("canvas.lf-grid"), page.locator("canvas.lf-map")
        expect(grid).to_be_visible()
        grid.evaluate("canvas => { canvas.mark = true }")
        seen: tuple[set[int], set[int]] = set(), set()
        words: set[str] = set()
        while len(seen[0]) < 4 or len(seen[1]) < 4 or not any(map(PROGRESS.fullmatch, words)):
            for canvas, states in zip((grid, scatter), seen, strict=True):
                states.add(canvas.evaluate(SHOWN))
            words |= {found.inner_text() for found in page.get_by_test_id("stProgress").all()}
            page.wait_for_timeout(150)
        button(page, "finish").click()
        expect(button(page, "open")).to_be_visible()
        assert grid.evaluate("canvas => canvas.mark === true"), "the film was torn down while it played"
        (run,) = (path.name for path in root.iterdir() if (path / "summary.json").exists())
        button(page, "open").click()
        expect(page.get_by_role("heading", name=t("explore.title"))).to_be_visible()
        watch.settle()
        assert f"run={run}" in page.url and pixels(page.locator("canvas.ll-ground, canvas.ll-over").first).std() > 10
        assert watch.complaints == []


def test_a_run_outlives_tabs_and_servers(browser: Browser, root: Path, tmp_path: Path) -> None:
    run_id = queue.enqueue(LONG, root).id
    steps_before, number, process = 0.0, 0, 0
    for number in range(KILLS + 1):
        with served(root, tmp_path / str(number)) as server:
            for _ in range(2):  # a tab that is closed, and a second one
                with watched(browser) as watch:
                    watch.page.goto(f"{server.url}/train")
                    expect(watch.page.get_by_text("Long · training")).to_be_visible()
                    expect(watch.page.locator("canvas.lf-grid")).to_be_visible()
                    assert watch.complaints == []
            until(lambda: at_work(root, run_id))
            process = process or worker(root)
            assert worker(root) == process and folder.has_worker(root)
            history = steps(load_run(root, run_id))
            # Eleven steps an epoch, no line lost and none twice: the history is whole.
            assert history == [11.0 * k for k in range(1, len(history) + 1)] and history[-1] > steps_before
            steps_before = history[-1]
            os.killpg(server.process.pid, signal.SIGKILL)
            stop(server.process)
    assert folder.has_worker(root) and number == KILLS
    queue.request(load_run(root, run_id), "pause")
    until(lambda: load_run(root, run_id).state == "paused")
    queue.delete(load_run(root, run_id))


def test_a_killed_trainer_is_told_and_goes_on(browser: Browser, own: Server, root: Path) -> None:
    run_id = queue.enqueue(LONG, root).id
    with watched(browser) as watch:
        page = watch.page
        page.goto(f"{own.url}/train?watch={run_id}")
        until(lambda: at_work(root, run_id))
        expect(button(page, "pause")).to_be_visible()
        process = worker(root)
        os.kill(process, signal.SIGKILL)
        expect(button(page, "go_on")).to_be_visible()
        expect(page.get_by_text(t("train.is_interrupted"))).to_be_visible()
        button(page, "go_on").click()
        until(lambda: at_work(root, run_id))
        assert worker(root) != process and not Path(f"/proc/{process}").exists()
        expect(button(page, "pause")).to_be_visible()
        button(page, "pause").click()
        expect(page.get_by_text(t("train.is_paused"))).to_be_visible()
        # The page is drawn anew in the moment in which a run comes to rest, and hears a press even then.
        button(page, "delete").click()
        expect(page.get_by_text(t("train.deleted", names="Long"))).to_be_visible()
        watch.settle()
        assert watch.complaints == []


def test_every_control_has_a_name_and_nothing_scrolls_sideways(browser: Browser, own: Server) -> None:
    with watched(browser) as watch:
        page = watch.page
        page.goto(f"{own.url}/train")
        expect(button(page, "start")).to_be_visible()
        watch.settle()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            watch.settle()
            assert button(page, "start").bounding_box()["y"] < HEIGHT, "Start is not in sight"
        for fold in page.get_by_test_id("stExpander").all():
            fold.locator("summary").click()
        watch.settle()
        for width, scheme in itertools.product(WIDTHS, ("light", "dark")):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(color_scheme=scheme)
            watch.settle()
            assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
            assert nameless(page) == []
        page.keyboard.press("Tab")
        assert watch.complaints == []


def test_the_page_is_chinese_and_fits_on_a_phone(browser: Browser, own: Server) -> None:
    with watched(browser, 390, locale="zh-CN") as watch, in_language("zh"):
        watch.page.goto(f"{own.url}/train")
        watch.settle()
        expect(watch.page.get_by_role("heading", name=t("train.title"))).to_be_visible()
        watch.page.get_by_text(t("train.all_settings"), exact=True).click()
        watch.page.get_by_role("tab", name=t("train.group_objective")).click()
        expect(watch.page.get_by_text(t("setting.kl_warmup_epochs"))).to_be_visible()
        fits(watch.page)
        assert watch.complaints == []


def nameless(page: Page) -> list[str]:
    """Return the controls of the page's main part that a screen reader could not name."""
    tree = page.get_by_test_id("stMain").aria_snapshot()
    controls = re.findall(r"- (button|textbox|combobox|spinbutton|radio|checkbox|slider|link)\b( \"[^\"]+\")?", tree)
    assert len(controls) > 30, tree
    return [kind for kind, name in controls if not name]
