"""The story in a real browser: each step's action in each language before an audience, keys, and the file to share without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, expect

from dashboard.components.story import packet
from dashboard.i18n.texts import LANGUAGES, in_language, t
from tests.browser.serving import Server
from tests.browser.told import Told, press
from tests.browser.watching import watched
from vae_core.data.batches import Batch
from vae_core.latent.inference import decode_mean
from vae_core.runs.listing import open_run
from vae_core.story.build import LONG, SHORT
from vae_core.story.recipes import MAP, place_of

HALL = {"width": 1280, "height": 720}
QUICK = 300  # ms from the action to another number
FIRST = 1000  # ms from turning to a step to its picture

# What a viewer does first at each step.
ACTIONS: dict[str, Callable[[Told], None]] = {
    "map": lambda told: told.stroke(".ls-touch", [(0.3, 0.3), (0.6, 0.6)], is_down=False),
    "halves": press(".ls-choice"),
    "ring": lambda told: told.slide(),
    "knob": lambda told: told.slide(),
    "mat": lambda told: told.stroke(".ls-touch", [(0.5, 0.5), (0.5, 0.35)], is_down=True),
    "magnifier": lambda told: told.stroke(".ls-touch", [(0.5, 0.5)], is_down=False),
    "turn": lambda told: told.slide(),
    "surprise": lambda told: told.stroke(".ls-touch", [(0.12, 0.4), (0.12, 0.2)], is_down=True),
    "guess": press(".ls-kind"),
    "directions": lambda told: told.stroke(".ls-touch", [(0.5, 0.3)], is_down=True),
    "mutual": lambda told: told.slide(),
    "aim": press(".ls-box button"),
    "blob": lambda told: told.stroke(".ls-touch", [(0.5, 0.5), (0.45, 0.3)], is_down=True),
    "slope": press(".ls-box button"),
    "strict": lambda told: told.slide(0.05),
    "water": lambda told: told.slide(),
    "sigma": lambda told: told.slide(),
    "draw": lambda told: told.stroke(".ls-pad", [(0.4, 0.2), (0.6, 0.5), (0.4, 0.8)], is_down=True),
    "trust": press(".ls-box button", 1),
    "end": press(".ls-word"),
}


@pytest.fixture
def told(browser: Browser) -> Iterator[Told]:
    """A page that in the end has nothing to complain of."""
    with watched(browser, 1280) as watch:
        watch.page.set_viewport_size(HALL)
        opened = Told(watch)
        yield opened
        assert watch.complaints + watch.notes() == []


def test_each_step_of_the_long_route_answers_before_an_audience_in_each_language(browser: Browser, shared: Path) -> None:
    with watched(browser, HALL["width"], is_alone=True, is_calm=True) as watch:
        told = Told(watch)
        watch.page.context.set_offline(True)
        told.open(f"{shared.as_uri()}?route=long")
        watch.page.keyboard.press("p")
        expect(told.root).to_have_attribute("data-presenting", "yes")
        watch.page.set_viewport_size(HALL)
        wrong: dict[str, list[str]] = {}
        for step in LONG:
            first = told.look(step)
            told.timed(ACTIONS[step])
            after = told.look(step, folds=True)
            found = wrong[step] = []
            for language in LANGUAGES:
                with in_language(language):
                    assert first["sentences"][language] == t(f"story.{step}.sentence")
                found += [*first["misfits"][language], *after["misfits"][language]]
                if after["shown"][language] == first["shown"][language]:
                    found.append("nothing came of it")
            if told.again() != first["shown"]["en"]:
                found.append("is not what it was at first")
        assert {step: found for step, found in wrong.items() if found} == {}
        counted = told.root.evaluate("(root) => root.stage.survey.voices.counts.steps")
        assert {step: sum(guesses.values()) for step, guesses in counted.items()} == {"halves": 1, "aim": 1, "slope": 1}
        assert watch.notes() + [one for one in watch.complaints if not one.startswith("request: file:")] == []


@pytest.mark.quiet
def test_each_step_opens_and_answers_within_a_moment(browser: Browser, shared: Path) -> None:
    with watched(browser, HALL["width"]) as watch:
        told = Told(watch)
        told.open(f"{shared.as_uri()}?route=long")
        opening = told.opening()
        assert list(opening) == list(LONG) and max(opening.values()) <= FIRST, opening
        took = {}
        for step in LONG:
            told.go(step)
            watch.drawn()
            took[step] = told.timed(ACTIONS[step])
        assert max(took.values()) <= QUICK, took


def test_keys_and_address(told: Told, server: Server) -> None:
    page = told.page
    told.open(f"{server.url}/story?step=strict")
    assert told.step() == "strict"
    page.evaluate("addEventListener('keydown', (event) => (globalThis.leaked ??= []).push(event.key))")
    for key in ("r", "c", "PageUp", "PageDown", "PageDown"):
        page.keyboard.press(key)
    assert told.step() == "draw" and page.evaluate("globalThis.leaked") is None
    assert "step=draw" in page.url
    page.reload()
    page.wait_for_selector(".ls[data-ready]")
    assert told.step() == "draw"
    for key in ("b", "."):
        told.root.focus()
        page.keyboard.press(key)
        expect(page.locator(".ls-black")).to_be_visible()
        page.keyboard.press("x")
        expect(page.locator(".ls-black")).to_be_hidden()
    before = told.shown()
    page.keyboard.press("s")
    told.watch.until(lambda: told.shown() != before)
    assert page.locator(".ls-show").inner_text() == t("story.show_stop")
    told.stroke(".ls-pad", [(0.2, 0.2), (0.3, 0.3)], is_down=True)  # the viewer takes over
    expect(page.locator(".ls-show")).to_have_text(t("story.show"))
    page.keyboard.press("p")
    expect(told.root).to_have_attribute("data-presenting", "yes")
    page.set_viewport_size(HALL)
    told.watch.drawn()
    assert told.misfits() == []
    page.keyboard.press("Escape")
    expect(told.root).to_have_attribute("data-presenting", "no")
    page.locator("[data-go=end]").click()
    told.part("more summary").click()
    page.get_by_role("button", name=t("story.end.try_completion")).click()
    page.wait_for_url(re.compile("/use\\?.*part=completion"))


def test_the_shared_file_is_alive_without_a_network(browser: Browser, shared: Path) -> None:
    with watched(browser, 390, is_alone=True) as watch:
        page, told = watch.page, Told(watch)
        page.context.set_offline(True)
        page.clock.install()
        told.open(f"{shared.as_uri()}#map")
        assert list(told.opening()) == list(SHORT)
        told.go("map")
        seen = []
        for x, y in ((0.3, 0.7), (0.7, 0.3)):
            told.stroke(".ls-touch", [(x, y)], is_down=True)
            picture = page.locator(".ls-step:not([hidden]) .ls-picture")
            seen.append(picture.evaluate("(c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"))
        assert abs(np.subtract(*seen)).max() > 100 and max(seen[0]) == 255
        page.locator("[data-go=strict]").click()
        page.clock.fast_forward(19_000)
        assert told.root.get_attribute("data-offer") == "no"
        page.clock.fast_forward(2_000)
        assert told.root.get_attribute("data-offer") == "yes"
        page.locator(".ls-language").click()
        with in_language("zh"):
            expect(told.part("sentence")).to_have_text(t("story.strict.sentence"))
        expect(page.locator(".ls").get_by_role("button", name=t("story.end.go_explore"))).to_have_count(0)
        assert [one for one in watch.complaints if not one.startswith("request: file:")] == []


def test_each_step_fits_a_phone_in_the_dark_in_each_language(browser: Browser, shared: Path) -> None:
    with watched(browser, 390, "dark", is_calm=True) as watch:
        told = Told(watch)
        told.open(f"{shared.as_uri()}?route=long")
        wrong = {}
        for step in LONG:
            found = told.look(step, 13, is_whole=False)["misfits"]
            wrong |= {(step, language): misfits for language, misfits in found.items() if misfits}
            assert watch.page.locator(".ls-step:not([hidden]) .ls-box :is(canvas, button):visible").first.is_visible(), step
        assert wrong == {}


def test_the_address_of_the_file_chooses_its_steps(browser: Browser, shared: Path) -> None:
    with watched(browser, 390) as watch:
        told = Told(watch)
        told.open(f"{shared.as_uri()}?steps=strict,nothing,map,end#map")
        assert told.step() == "map" and watch.page.locator(".ls-dot").count() == 3
        told.go("end")
        assert told.part("number").inner_text() == str(told.part("word:visible").count()) == "7"
        told.go("map")
        watch.page.keyboard.press("PageUp")
        assert told.step() == "strict"
        if LONG == SHORT:
            return
        watch.page.locator(".ls-route").click()
        expect(watch.page.locator(".ls-dot")).to_have_count(len(SHORT))
        assert told.step() == "strict"
        watch.page.locator(".ls-route").click()
        listed = watch.page.locator(".ls-list")
        expect(listed.locator("option")).to_have_count(len(LONG))
        listed.select_option("trust")
        assert told.step() == "trust" and listed.input_value() == "trust"
        watch.page.locator("[data-do=talk]").click()
        expect(watch.page.locator(".ls-talk h2")).to_be_in_viewport()


def test_the_handout_prints_on_two_pages(browser: Browser, shared: Path) -> None:
    with watched(browser, 1280, scheme="dark") as watch:
        told = Told(watch)
        told.open(f"{shared.as_uri()}?steps={','.join(SHORT)}")
        pdf = watch.page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "12mm"))
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
        told.open(f"{shared.as_uri()}?route=long")
        watch.page.emulate_media(media="print")
        watch.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        sections = watch.page.locator(".ls-step:visible")
        with in_language("en"):
            assert watch.page.locator(".ls-handout").inner_text().startswith(f"{t('story.handout_title_more')}. ")
        assert sections.count() == len(LONG)
        for section in sections.all():
            assert section.locator(".ls-sentence").inner_text() and section.locator(".ls-number").inner_text()
            if not section.locator("canvas:visible").count():  # words alone
                continue
            ink = section.locator("canvas:visible").first.evaluate(
                "(c) => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
            )
            assert ink > 3, section.locator(".ls-sentence").inner_text()
        watch.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert watch.page.locator(".ls-step:visible").count() == 1
        assert [one for one in watch.complaints if not one.startswith("request: file:")] == []


@torch.no_grad()
def test_numbers_are_those_of_torch(browser: Browser, shared: Path) -> None:
    facts = packet.facts(packet.FOLDER)
    with watched(browser, 1280) as watch:
        told = Told(watch)
        told.open(f"{shared.as_uri()}#strict")
        for run_id, known in facts["strict"]["models"].items():
            place, means, engine, gauge, said = told.root.evaluate(CHOSEN, run_id)
            assert run_id == MAP or f"hit {gauge} of 100" in said
            assert engine == "webassembly", "the file's own policy forbids what its networks run in"
            z = np.array([place]) @ np.array(known["turn"]).T
            drawn = decode_mean(open_run(place_of(run_id)).model(), z.astype(np.float32))[0]
            np.testing.assert_allclose(means, drawn.ravel(), atol=0.02)  # weights are rounded to 16 bits
        told.page.locator("[data-go=draw]").click()
        told.stroke(".ls-pad", [(0.4, 0.2), (0.6, 0.5), (0.4, 0.8)], is_down=True)
        told.watch.drawn()
        found = told.root.evaluate(DRAWN)
        assert_true(found, facts["draw"]["usual"]["negative_elbo"])


CHOSEN = """(root, id) => {
    const { step } = root.stage.page;
    step.choose(id);
    const { a, b, decoder, placeOf } = step.map;
    const words = [step.gauges.found.value, root.stage.page.stage.find("said")].map((element) => element.textContent);
    return [[a, b], [...decoder.decode(placeOf([a, b]))], decoder.engine, ...words];
}"""
DRAWN = """(root) => {
    const { step } = root.stage.page;
    return { x: [...step.x], mu: [...step.mu], eps: [...step.eps], nats: step.nats, half: step.search().place, rarer: step.rarer };
}"""


def assert_true(found: dict[str, Any], usual: list[float]) -> None:
    """Compare a drawing's place, price, rank and other half with what torch says."""
    model = open_run(place_of(MAP)).model()
    x = torch.tensor(found["x"], dtype=torch.float32).reshape(1, 28, 28)
    posterior = model.encode(x)
    np.testing.assert_allclose(found["mu"], posterior.mu[0], atol=0.02)
    eps = torch.tensor(found["eps"], dtype=torch.float32).reshape(-1, 1, 2)
    terms = model.terms(Batch(x), eps=eps)
    assert found["nats"] == pytest.approx(float(terms.reconstruction) + float(terms.kl_per_dim.sum()), rel=0.01)
    assert found["rarer"] == int(np.interp(found["nats"], usual, np.arange(101)))
    # No place of a fine grid explains the half that is seen better than the one that was found.
    grid = torch.cartesian_prod(*[torch.linspace(-3.3, 3.3, 133)] * 2)
    fits = []
    for places in (torch.tensor([found["half"]], dtype=torch.float32), grid):
        logits = model.decode(places)[0][..., :14]
        cost = torch.nn.functional.binary_cross_entropy_with_logits(logits, x[..., :14].expand_as(logits), reduction="none")
        fits.append(-cost.sum((1, 2)) - 0.5 * (places**2).sum(1))
    assert float(fits[0]) >= float(fits[1].max()) - 1
