"""The live map of runs unlike the shipped ones, in a real browser: one dimension, colour, weights that it refuses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.serving import Server
from tests.browser.stage import Map, Panel
from tests.conftest import tiny_config
from tests.js.test_safetensors import is_one_sentence
from vae_core.config import DataConfig
from vae_core.runs.listing import load_run
from vae_core.training.runner import train


@pytest.fixture(scope="module")
def own_runs(root: Path) -> Path:
    """Small runs that the shipped ones do not cover: one dimension in colour, a layer that the browser does not know."""
    one = tiny_config("One", 1)
    train(replace(one, data=DataConfig(dataset="colour-glyphs", most=200)), root / "one")
    shutil.copytree(root / "one", root / "strange")
    config = root / "strange" / "config.json"
    config.write_text(config.read_text().replace('"One"', '"strange"'))
    weights = (root / "one" / "model.safetensors").read_bytes()
    (root / "strange" / "model.safetensors").write_bytes(weights.replace(b'"gelu', b'"tanh').replace(b'\\"gelu', b'\\"tanh'))
    return root


def test_weights_that_the_browser_refuses_are_one_sentence_on_the_page(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "", "strange", ready=False)
    note = live.page.locator(".ll-note")
    expect(note).to_contain_text("does not know")
    live.watch.settle()
    live.move(0.5, 0)
    live.page.locator("[data-do=dots]").click()
    assert is_one_sentence(note.inner_text()), note.inner_text()
    assert live.page.get_by_test_id("stAlert").count() == 0


def test_one_dimension_in_colour_has_a_map_of_its_own(live: Map, server: Server, own_runs: Path) -> None:
    live.open(server, "", "one")
    live.drag((0, 0), (1.5, 0.8))
    live.page.mouse.up()
    assert live.z() == pytest.approx([1.5], abs=0.02)
    live.picture_is_that_of_z(load_run(own_runs, "one"))
    run = load_run(own_runs, "one")
    side = run.dataset["event_shape"][-1]
    strip = live.ask("(e) => [e.mosaic.canvas.width, e.mosaic.canvas.height, e.data.map.side]")
    assert strip == [side * strip[2], side, strip[2]]
    live.page.wait_for_url("**z=1.*")


def test_colour_is_drawn_painted_and_priced(pad: Panel, server: Server, own_runs: Path) -> None:
    """Pictures keep their colours on the map; a hand paints with those of the data, and what that costs is what torch says."""
    pad.unfold(server, "one")
    palette = pad.page.locator(".ll-brushes button").all()
    assert len(palette) > 3 and palette[0].get_attribute("data-colour") == "#000000"
    palette[3].click()
    pad.draw()
    assert pad.true_bill(load_run(own_runs, "one"))["kl"] is not None
    painted = pad.pixels("pad")[..., :3]
    brush = palette[3].get_attribute("data-colour") or ""
    assert set(map(tuple, painted[60:64, 88:92].reshape(-1, 3).tolist())) == {tuple(bytes.fromhex(brush[1:]))}
    ground = pad.pixels("ground")[..., :3]
    assert (np.ptp(ground, axis=2) > 100).sum() > 200, "bright colours"
