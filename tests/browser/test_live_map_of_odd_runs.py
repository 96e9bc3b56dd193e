"""The live map of runs unlike the shipped ones, in a real browser: hostile names, one dimension, weights that it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.serving import Server
from tests.browser.stage import Map
from tests.conftest import tiny_config
from tests.js.test_safetensors import is_one_sentence
from vae_core.runs.listing import load_run
from vae_core.training.runner import train

HOSTILE = '<img src=x onerror="document.title=1"> ![a](http://evil.invalid/i.png) **b**'


@pytest.fixture(scope="module")
def own_runs(root: Path) -> Path:
    """Small runs that the shipped ones do not cover: hostile names, no labels, one dimension, a layer that the browser does not know."""
    train(tiny_config(HOSTILE, 2), root / "hostile")
    train(tiny_config("One", 1), root / "one")
    rename_classes(root / "hostile")
    shutil.copytree(root / "one", root / "strange")
    config = root / "strange" / "config.json"
    config.write_text(config.read_text().replace('"One"', '"strange"'))
    weights = (root / "one" / "model.safetensors").read_bytes()
    (root / "strange" / "model.safetensors").write_bytes(weights.replace(b'"gelu', b'"tanh').replace(b'\\"gelu', b'\\"tanh'))
    return root


def rename_classes(path: Path) -> None:
    """Give a run's classes names that try to be markup."""
    config = path / "config.json"
    named = ", ".join(f'"<b>{n}</b>"' for n in range(10))
    text = config.read_text()
    start = text.index("[", text.index('"class_names"'))
    config.write_text(text[:start] + f"[{named}]" + text[text.index("]", start) + 1 :])


def test_weights_that_the_browser_refuses_are_one_sentence_on_the_page(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "", "strange", ready=False)
    note = live.page.locator(".ll-note")
    expect(note).to_contain_text("does not know")
    live.watch.settle()
    live.move(0.5, 0)
    live.page.locator("[data-do=dots]").click()
    assert is_one_sentence(note.inner_text()), note.inner_text()
    assert live.page.get_by_test_id("stAlert").count() == 0


def test_names_reach_the_page_as_text(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "explore", "hostile")
    live.move(0, 0)
    expect(live.page.locator(".ll-legend button").first).to_have_text("<b>0</b>")
    expect(live.page.locator(".ll-trust")).to_contain_text("<b>")
    assert live.page.locator(".ll-legend b, .ll-trust b, .ll img").count() == 0
    assert live.page.title() != "1"


def test_one_dimension_has_a_map_of_its_own(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "", "one")
    live.drag((0, 0), (1.5, 0.8))
    live.page.mouse.up()
    assert live.z() == pytest.approx([1.5], abs=0.02)
    live.picture_is_that_of_z(load_run(own_runs, "one"))
    strip = live.ask("(e) => [e.mosaic.canvas.width, e.mosaic.canvas.height, e.data.map.side]")
    assert strip == [8 * strip[2], 8, strip[2]]
    live.page.wait_for_url("**z=1.*")
