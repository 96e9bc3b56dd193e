"""The training film in a real browser: what moves together, the wire, keys, calm, a run that trains."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, expect

from dashboard.components.training_film import packets
from dashboard.i18n.texts import t
from tests.browser.serving import APP, Server, serving, wait_until_healthy
from tests.browser.stage import Stage, on_page, points_in_their_colour
from tests.conftest import tiny_config
from tests.places import SHIPPED
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.storage.files import write_beside
from vae_core.training.runner import train

LIVE_APP = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(APP.parents[1])!r})
import streamlit as st
from dashboard.components import training_film
from vae_core.runs import listing

@st.fragment(run_every=0.3)
def show():
    training_film.show(listing.open_run(Path(st.query_params["at"])), mode="live", key="train_film")

show()
"""


class Film(Stage):
    """The film on a page."""

    root = ".lf"
    holder = "stage"

    def open(self, server: Server, path: str, frames: int) -> None:
        """Go to an address and wait until all frames have arrived and the server is at rest."""
        self.page.goto(f"{server.url}/{path}")
        self.page.wait_for_selector(f'.lf[data-frames="{frames}"]')
        self.watch.settle()

    def t(self) -> float:
        return float(self.page.locator(".lf").get_attribute("data-moment") or "nan")

    def press(self, *keys: str) -> None:
        """Press keys on the map, and wait until the film has slid there."""
        self.page.locator(".lf-map").focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.slid()

    def slid(self) -> None:
        """Wait until the film stands still, or plays."""
        self.watch.drawn()
        self.watch.until(lambda: self.ask("(film) => !film.goal"))
        self.watch.drawn()


@pytest.fixture
def shown(browser: Browser) -> Iterator[Film]:
    """A page that in the end has nothing to complain of."""
    with on_page(browser, Film) as opened:
        yield opened


@pytest.fixture(scope="module")
def own(root: Path) -> Path:
    """A run more, which kept its encoders."""
    train(tiny_config("Two", 2, epochs=12, snapshots=12), root / "two")
    return root


def frame_is_drawn(shown: Film, run: Run, n: int) -> None:
    """Compare the map's points and the pictures with the stored frame."""
    frame = run.snapshots()[n]
    labels = run.latents().labels
    assert labels is not None
    hits = points_in_their_colour(shown.pixels("map"), shown.ask("(film) => film.map.view.scale"), frame["mu"], labels)
    assert len(hits) > 200 and np.mean(hits) > 0.5, f"{np.mean(hits):.2f} of {len(hits)}"  # the rest lie under others and under names
    ink = shown.pixels("grid")[..., 3]
    expected = packets.joined(frame["grid"])
    count = math.isqrt(len(frame["grid"]))
    side = len(expected) // count
    if side < 16:  # pictures that small have no margin, and stand apart
        cells = np.pad(expected.reshape(count, side, count, side), ((0, 0), (0, 2), (0, 0), (0, 2)))
        expected = cells.reshape(count * (side + 2), -1)[:-2, :-2]
    assert ink.shape == expected.shape and abs(ink - expected).max() <= 1


# ------------------------------------------------------------------ one moment that everything shows


def test_scrubbing_and_playing_move_everything_and_tell_nobody(shown: Film, server: Server) -> None:
    run = load_run(SHIPPED, "digits-2d")
    frames = run.snapshots()
    shown.open(server, f"film?run={run.id}", len(frames))
    page, quiet = shown.page, shown.watch.count()
    assert shown.t() == len(frames) - 1, "it opens on what was learned"
    frame_is_drawn(shown, run, len(frames) - 1)
    expect(page.locator(".lf-moment")).to_have_text(t("film.moment", step="2,520", epoch=120))
    shown.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert shown.t() == len(frames) - 4
    frame_is_drawn(shown, run, len(frames) - 4)

    # The curves' cursor, the scrubber's thumb and the pointer agree on where time stands.
    box = page.locator(".lf-curves").bounding_box()
    assert box
    before, cursor = shown.t(), shown.pixels("curves")
    for share in np.linspace(0.9, 0.5, 8):
        page.mouse.move(box["x"] + 54 + share * (box["width"] - 68), box["y"] + 60)
        page.mouse.down()
    page.mouse.up()
    shown.slid()
    steps = [int(frame["step"]) for frame in frames]
    now = shown.t()
    place = np.interp(now, np.arange(len(steps)), np.log1p(steps)) / np.log1p(2520)
    assert now != before and place == pytest.approx(0.5, abs=0.01)
    assert float(page.locator(".lf-scrub").input_value()) == pytest.approx(1000 * place, abs=5)
    assert abs(shown.pixels("curves") - cursor).max() > 100

    shown.press("Home")
    expect(page.locator(".lf-moment")).to_have_text(t("film.untrained"))
    shown.press("End")
    press = "film.find('map').dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true }))"
    seen = [shown.ask(f"(film) => ({press}, film.t)")]  # before any time can pass
    assert seen == [0], "it plays from the start"
    shown.watch.until(lambda: seen.append(shown.ask("(film) => film.t")) or seen[-1] > 4)  # what is drawn comes a frame later
    assert seen == sorted(seen) and any(value % 1 for value in seen), "points slide between frames"
    page.keyboard.press(" ")
    assert shown.watch.count() == quiet, "a message while it plays or is scrubbed"
    shown.watch.drawn()
    stopped = shown.t()
    page.wait_for_timeout(300)
    assert shown.t() == stopped
    # The control: a word typed into the run picker does reach the server.
    shown.watch.choose_run(load_run(SHIPPED, "mnist-16d").name)
    page.wait_for_selector(".lf[data-frames='15']")
    assert shown.watch.count(quiet + 1) > quiet


def test_a_note_takes_time_to_its_moment_and_is_spoken(shown: Film, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-16d")
    shown.open(server, f"film?run={run.id}", len(run.snapshots()))
    notes = packets.film_facts(run, packets.reel(run))["notes"]
    buttons = shown.page.locator(".lf-notes button")
    assert buttons.all_inner_texts() == [note["words"] for note in notes] and len(notes) > 2
    buttons.nth(1).click()
    shown.slid()
    steps = [int(frame["step"]) for frame in run.snapshots()]
    nearest = int(np.argmin(abs(np.log1p(steps) - np.log1p(notes[1]["step"]))))
    assert shown.t() == nearest
    assert buttons.nth(1).get_attribute("aria-current") == "step"
    spoken = shown.page.locator(".lf-scrub").get_attribute("aria-valuetext") or ""
    assert notes[1]["words"] in spoken and f"{steps[nearest]:,}" in spoken
    assert t("film.map_3", share="X", d=16, step="4,220").split("X")[0] in shown.page.locator(".lf-map_words").inner_text()
    expect(shown.page.locator(".lf-cannot")).to_have_text(t("film.cannot_follow"))


def test_keys_stop_at_the_film_and_point_shows_a_way(shown: Film, server: Server) -> None:
    shown.open(server, "film?run=digits-2d", 22)
    page, quiet = shown.page, shown.watch.count()
    shown.press("End", "r", "c")
    assert shown.watch.count() == quiet and page.get_by_role("dialog").count() == 0
    page.keyboard.press("Tab")
    assert shown.ask("(film) => film.map.canvas !== film.root.getRootNode().activeElement"), "Tab does not leave the map"
    run = load_run(SHIPPED, "digits-2d")
    row = 7
    x, y = shown.ask("(film, row) => [film.map.view.px(film.flat[2 * row]), film.map.view.py(film.flat[2 * row + 1])]", row)
    ratio, box = shown.ask("(film) => film.map.view.ratio"), page.locator(".lf-map").bounding_box()
    assert box
    before = shown.pixels("map")
    page.mouse.move(box["x"] + x / ratio, box["y"] + y / ratio)
    shown.watch.drawn()
    found = shown.ask("(film) => film.hovered")
    points = run.latents()
    assert points.labels is not None
    expect(page.locator(".lf-pointed")).to_have_text(t("film.pointed", row=points.rows[found], name=points.labels[found]))
    assert abs(shown.pixels("map") - before).max() > 100
    way = shown.ask("(film) => film.reel.wayOf(film.hovered)")
    np.testing.assert_allclose(way, [frame["mu"][found] for frame in run.snapshots()], atol=1e-3)

    page.get_by_role("button", name=t("live_map.tool_box")).click()
    page.mouse.move(box["x"] + x / ratio - 40, box["y"] + y / ratio - 30)
    page.mouse.down()
    page.mouse.move(box["x"] + x / ratio + 40, box["y"] + y / ratio + 30, steps=3)
    page.mouse.up()
    script = "({ map, flat }, [x, y, r]) => Array.from({ length: flat.length / 2 }, (_, n) => "
    script += "Math.abs(map.view.px(flat[2 * n]) - x) < 40 * r && Math.abs(map.view.py(flat[2 * n + 1]) - y) < 30 * r)"
    inside = shown.ask(script, [x, y, ratio])
    assert 0 < sum(inside) < len(inside) and shown.ask("(film) => [...film.colouring.selected]") == [int(one) for one in inside]
    expect(page.get_by_text(t("chosen.lead", n=sum(inside)))).to_be_visible()


def test_calm_changes_frames_without_a_slide(browser: Browser, server: Server) -> None:
    with on_page(browser, Film) as shown:
        shown.page.emulate_media(reduced_motion="reduce")
        shown.open(server, "film?run=digits-2d", 22)
        shown.press("Home", "ArrowRight")
        assert shown.t() == 1
        shown.press(" ")
        seen: set[float] = set()
        shown.watch.until(lambda: seen.add(shown.t()) or len(seen) > 3)
        assert all(value % 1 == 0 for value in seen)


# ------------------------------------------------------------------ a picture of one's own


def test_a_drawing_is_followed_with_one_message(shown: Film, server: Server, own: Path) -> None:
    run = load_run(own, "two")
    frames = len(run.snapshots())
    shown.open(server, "film?run=two", frames)
    page = shown.page
    page.locator(".lf-follow").click()
    page.wait_for_selector(".lf-album:not([hidden])")
    shown.press("End")
    quiet = shown.watch.count()
    box = page.locator(".lf-pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=12)
    assert shown.watch.count() == quiet, "a message while drawing"
    page.mouse.up()
    expect(page.locator(".lf-followed")).to_have_text(t("film.followed", n=frames))
    assert shown.watch.count(quiet + 1) == quiet + 1
    way = np.array(shown.ask("(film) => film.follow.way"))
    assert way.shape == (frames, 2) and np.isfinite(way).all() and np.ptp(way, axis=0).max() > 0.05
    # One of the run's own test images goes the way that the frames have stored.
    page.locator(".lf-clear").click()
    expect(page.locator(".lf-followed")).to_have_text(t("film.pad_empty"))
    page.locator(".lf-next").click()
    expect(page.locator(".lf-followed")).to_have_text(t("film.followed", n=frames))
    picked = shown.ask("(film) => film.follow.pad.picked.row")
    row = int(np.flatnonzero(run.latents().rows == picked)[0])
    np.testing.assert_allclose(shown.ask("(film) => film.follow.way"), [frame["mu"][row] for frame in run.snapshots()], atol=0.02)


# ------------------------------------------------------------------ a run that trains


def look_on(shown: Film, often: int) -> None:
    """Wait until the page has looked at the run some times more."""
    runs = shown.watch.runs
    shown.watch.until(lambda: shown.watch.runs > runs + often)


def beyond(shown: Film, quiet: int) -> list[int]:
    """How many bytes more than a look without news the looks brought; with the curves that grows, and a slow browser looks often."""
    came = list(shown.watch.received)
    shown.watch.received.clear()
    look_on(shown, 3)
    quiet = max(quiet, *shown.watch.received)
    return [size - quiet for size in came if size > quiet]


def test_a_live_run_brings_its_new_frames_alone(browser: Browser, own: Path, tmp_path: Path) -> None:
    run = tmp_path / "live"
    shutil.copytree(own / "two", run)
    whole = sorted((run / "snapshots").glob("[0-9]*.npz"))
    held = {file.name: file.read_bytes() for file in whole[4:]}
    for file in [*whole[4:], run / "summary.json", *(run / "snapshots").glob("encoder-*")]:
        file.unlink()
    rows = list(csv.reader((run / "history.csv").read_text().splitlines()))
    (run / "history.csv").write_text(",".join(rows[0]) + "\n")
    (run / "status.json").write_text(json.dumps({"state": "running", "sentence": ""}))
    app = tmp_path / "live.py"
    app.write_text(LIVE_APP)
    with (
        FileLock(run / "lock"),
        serving(app, tmp_path / "server", "--browser.gatherUsageStats", "false") as server,
        on_page(browser, Film) as shown,
    ):
        wait_until_healthy(server)
        shown.open(server, f"?at={run}", 4)
        page = shown.page
        page.locator(".lf").evaluate("(root) => { root.mark = 1; }")
        assert shown.t() == 3, "the newest frame"
        look_on(shown, 4)  # these answers still carry the script, until the browser has said what it keeps
        shown.watch.received.clear()
        look_on(shown, 3)
        idle, quiet = sum(shown.watch.received), max(shown.watch.received)
        for n, (name, content) in enumerate([*held.items()][:3]):
            look_on(shown, 3)  # the browser has said that it keeps the frame before, which else travels once more beside this one
            shown.watch.received.clear()
            write_beside(run / "snapshots" / name, content)  # as a trainer does: no look meets half of a frame
            with (run / "history.csv").open("a") as file:
                file.write(",".join(rows[2 * n + 1]) + "\n" + ",".join(rows[2 * n + 2]) + "\n")
            page.wait_for_selector(f'.lf[data-frames="{5 + n}"]')
        shown.slid()
        news = beyond(shown, quiet)
        assert news and max(news) < 15_000, "more than one frame of digits travels"
        assert idle < 40_000, f"{idle} bytes in three looks without news"
        assert page.locator(".lf").evaluate("(root) => root.mark") == 1, "the film was built anew"
        assert shown.t() == 6, "it follows the newest frame"
        shown.press("Home")
        write_beside(run / "snapshots" / whole[7].name, held[whole[7].name])
        page.wait_for_selector('.lf[data-frames="8"]')
        shown.slid()
        assert shown.t() == 0, "the hand has stayed where it is"
        # Frames that got lost are asked for.
        page.evaluate("globalThis[Symbol.for('latent-lens')].reels.clear()")
        shown.ask("(film) => { film.reel = new film.reel.constructor(); film.settle(); }")
        page.wait_for_selector('.lf[data-frames="8"]')
        assert "Traceback" not in server.log.read_text(errors="replace")


def test_a_page_switch_brings_no_frame_twice(shown: Film, server: Server) -> None:
    run = load_run(SHIPPED, "mnist-2d")
    shown.open(server, f"film?run={run.id}", len(run.snapshots()))
    assert sum(shown.watch.received) > 400_000
    shown.page.get_by_role("link", name=t("losses.nav")).click()
    shown.watch.settle()
    shown.watch.received.clear()
    shown.page.get_by_role("link", name=t("film.nav")).click()
    shown.page.wait_for_selector(f'.lf[data-frames="{len(run.snapshots())}"]')
    shown.watch.settle()
    # The film's script may come again, where Losses has looked several times meanwhile: Streamlit keeps a message for two looks.
    assert sum(shown.watch.received) < 100_000


# ------------------------------------------------------------------ small screens


def test_nothing_scrolls_sideways_on_a_narrow_screen(browser: Browser, server: Server) -> None:
    with on_page(browser, Film, 390) as shown:
        shown.open(server, "film?run=mnist-16d", 15)
        for scheme in ("light", "dark"):
            shown.page.emulate_media(color_scheme=scheme)
            shown.watch.settle()
            assert shown.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
            assert shown.smallest_text() >= 12
            order = [shown.page.locator(f".lf-{name}").bounding_box() for name in ("map", "choice", "curves", "grid", "notes")]
            tops = [box["y"] for box in order if box]
            assert tops == sorted(tops) and len(tops) == 5
