"""What the story's steps compute in the browser, against torch: the place and the turn that are read, and what one knob draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from dashboard.components.story import packet
from tests.browser.watching import watched
from vae_core.data import sources, synthetic
from vae_core.data.dataset import split
from vae_core.latent.inference import decode_mean
from vae_core.story import recipes
from vae_core.story.steps.knob import encode_values
from vae_core.story.steps.turn import nearest_mean

TURN = """(root, [mode, turn, size]) => {
    const { step } = root.stage.page;
    step.open(mode);
    step.set(turn, size);
    return { place: step.place, read: step.read(step.place) };
}"""
KNOB = """(root, [world, share]) => {
    const { points } = root.stage.page.step;
    points.open(world);
    points.turn(share);
    return { knob: points.knob, place: points.place };
}"""
OWN = """(root) => {
    const { points } = root.stage.page.step;
    points.open("own");
    points.canvas.focus();
    return points.slider.disabled;
}"""
ENGINES = """(root, ids) => {
    const { step } = root.stage.page;
    return ids.map((id) => (step.choose(id), step.map.decoder.engine));
}"""


def test_turn_size_and_knob_are_read_as_torch_reads_them(browser: Browser, shared: Path) -> None:
    with watched(browser, 1280) as watch:
        page = watch.page
        page.goto(f"{shared.as_uri()}#turn")
        page.wait_for_selector(".ls[data-ready]")
        root = page.locator(".ls")
        for mode, name, turn, size in (("part", "turn-60", 37, 14.5), ("part", "turn-60", -60, 11), ("full", "turn-180", 170, 20)):
            found = root.evaluate(TURN, [mode, turn, size])
            run, data = recipes.open_run(name), sources.load(recipes.TURNS[name])
            place = encode_values(run, synthetic.turned(np.array([[turn, size]], float)), 255.0)
            assert found["place"] == pytest.approx(place[0], abs=0.03)  # the glyph may differ by a grey level, the weights are rounded
            known = split(data, run.config.data).train
            angle = np.deg2rad(data.factors[known, 0])
            targets = np.stack([np.cos(angle), np.sin(angle), data.factors[known, 1]], 1)
            cosine, sine, height = nearest_mean(encode_values(run, data.values[known], 255.0), targets, np.array([found["place"]]))[0]
            assert found["read"]["turn"] == pytest.approx(np.rad2deg(np.arctan2(sine, cosine)), abs=0.05)
            assert found["read"]["size"] == pytest.approx(height, abs=0.01)
        page.locator("[data-go=knob]").click()
        for world in ("parabola", "u", "sine"):
            found = root.evaluate(KNOB, [world, 0.3])
            drawn = decode_mean(recipes.open_run(f"curve-{world}").model(), np.array([[found["knob"]]], np.float32))[0]
            assert found["place"] == pytest.approx(drawn, abs=5e-3)
        eight = root.evaluate(KNOB, ["eight", 0.5])
        assert eight["place"] == pytest.approx(np.concatenate(synthetic.CURVES["eight"](np.array([eight["knob"]]))), abs=0.01)

        assert root.evaluate(OWN)
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        enabled, number = root.evaluate(
            "({ stage: { page } }) => [!page.step.points.slider.disabled, page.stage.find('number').textContent]"
        )
        assert enabled and number != "–"


def test_under_a_stricter_policy_networks_run_in_javascript_and_say_so_once(browser: Browser, shared: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.html"
    strict.write_text(shared.read_text(encoding="utf-8").replace(" 'wasm-unsafe-eval'", ""), encoding="utf-8")
    page = browser.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(f"{strict.as_uri()}#strict")
    page.wait_for_selector(".ls[data-ready]")
    engines = page.locator(".ls").evaluate(ENGINES, list(packet.facts(packet.FOLDER)["strict"]["models"]))
    assert len(engines) > 1 and set(engines) == {"javascript"}
    assert sum("networks run in JavaScript" in line for line in told) == 1
    page.close()
