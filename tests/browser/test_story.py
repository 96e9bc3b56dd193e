"""The story in a real browser: each step's action in each language before an audience, keys, and the file to share without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from dashboard.components.story import packet
from dashboard.i18n.texts import LANGUAGES, in_language, t
from dashboard.views.story import export
from tests.browser.serving import Server
from tests.browser.watching import Watched, watched
from vae_core.data.batches import Batch
from vae_core.latent.inference import decode_mean
from vae_core.runs.listing import open_run
from vae_core.story.build import SHORT
from vae_core.story.recipes import MAP, place_of

HALL = {"width": 1280, "height": 720}
QUICK = 300  # ms from the action to another number
LEAST_TEXT = 24

# Notes when something was done, and how long it took until number or meaning was another.
STOPWATCH = """(root) => {
    const watch = (globalThis.stopwatch = { began: null, took: null });
    for (const name of ["pointerdown", "pointermove", "input", "keydown"]) {
        addEventListener(name, () => (watch.began ??= performance.now()), { capture: true, once: true });
    }
    const parts = root.querySelectorAll(".ls-step:not([hidden]) :is(.ls-number, .ls-meaning)");
    const texts = () => [...parts].map((e) => e.textContent).join("|");
    const before = texts();
    const look = () => {
        if (watch.began !== null && texts() !== before) watch.took = performance.now() - watch.began;
        else requestAnimationFrame(look);
    };
    look();
}"""
TOOK = """() => new Promise((done) => {
    const look = () => (globalThis.stopwatch.took === null ? requestAnimationFrame(look) : done(globalThis.stopwatch.took));
    look();
})"""
# What does not fit, or cannot be read from the last row.
MISFITS = """(root, least) => {
    const found = [];
    const page = document.documentElement;
    if (page.scrollWidth > innerWidth || root.scrollHeight > root.clientHeight) found.push("the window scrolls");
    for (const e of root.querySelectorAll("*")) {
        if (!e.checkVisibility({ visibilityProperty: true }) || e.closest(".ls-spoken")) continue;
        const box = e.getBoundingClientRect();
        const isOutside = box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1;
        if (box.width && isOutside) found.push(`outside: ${e.className}`);
        if (/auto|scroll/.test(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 1) found.push(`scrolls: ${e.className}`);
        const has = [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        const isScript = e.namespaceURI.endsWith("MathML"); // an index is smaller than its letter
        if (has && !isScript && parseFloat(getComputedStyle(e).fontSize) < least) found.push(`small: ${e.textContent}`);
        if (has && /\\{\\w+\\}|undefined|NaN/.test(e.textContent)) found.push(`unfilled: ${e.textContent}`);
        const side = e.matches("button") ? Math.min(box.width, box.height) : e.matches("summary") ? box.height : 44;
        if (side < 44) found.push(`narrow: ${e.className}`);
    }
    return found;
}"""


@dataclass
class Told:
    """The story on a page."""

    watch: Watched

    @property
    def page(self) -> Page:
        return self.watch.page

    @property
    def root(self) -> Any:
        return self.page.locator(".ls")

    def part(self, name: str) -> Any:
        """Return a part of the step that is shown."""
        return self.page.locator(f".ls-step:not([hidden]) .ls-{name}")

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.page.wait_for_selector(".ls[data-ready]")

    def step(self) -> str:
        return str(self.root.get_attribute("data-step"))

    def shown(self) -> str:
        return f"{self.part('number').inner_text()} {self.part('meaning').inner_text()}"

    def misfits(self, least: int = LEAST_TEXT) -> list[str]:
        return list(self.root.evaluate(MISFITS, least))

    def timed(self, action: Callable[[Told], None]) -> float:
        """Do something and return how many ms passed until the number or its meaning was another."""
        self.root.evaluate(STOPWATCH)
        action(self)
        return float(self.page.evaluate(TOOK))

    def stroke(self, part: str, points: list[tuple[float, float]], *, is_down: bool) -> None:
        """Move over a canvas, points in parts of its sides."""
        box = self.page.locator(f".ls-step:not([hidden]) {part}").first.bounding_box()
        for n, (x, y) in enumerate(points):
            self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if is_down and n == 0:
                self.page.mouse.down()
        if is_down:
            self.page.mouse.up()

    def slide(self, share: float = 0.75) -> None:
        """Take the first slider of the stage to a share of its length."""
        slider = self.page.locator(".ls-step:not([hidden]) .ls-box input[type=range]").first
        box = slider.bounding_box()
        self.page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def press(part: str, nth: int = 0) -> Callable[[Told], None]:
    return lambda told: told.page.locator(f".ls-step:not([hidden]) {part}").nth(nth).click()


ACTIONS: dict[str, Callable[[Told], None]] = {
    "map": lambda told: told.stroke(".ls-touch", [(0.3, 0.3), (0.6, 0.6)], is_down=False),
    "halves": press(".ls-choice"),
    "knob": lambda told: told.slide(),
    "turn": lambda told: told.slide(),
    "aim": press(".ls-box button"),
    "strict": lambda told: told.slide(0.05),
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


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story as one file."""
    path = tmp_path_factory.mktemp("shared") / "story.html"
    path.write_text(export.html_page(), encoding="utf-8")
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_answers_before_an_audience(told: Told, server: Server, language: str) -> None:
    told.open(f"{server.url}/story?lang={language}")
    told.root.focus()
    told.page.keyboard.press("p")
    expect(told.root).to_have_attribute("data-presenting", "yes")
    told.page.set_viewport_size(HALL)
    for n, step in enumerate(SHORT):
        assert told.step() == step
        with in_language(language):
            expect(told.part("sentence")).to_have_text(t(f"story.{step}.sentence"))
        told.watch.drawn()
        assert told.misfits() == [], f"{step} at first"
        before = told.shown()
        told.timed(ACTIONS[step])
        told.watch.drawn()
        assert told.shown() != before
        assert told.misfits() == [], f"{step} afterwards"
        folds = [fold for fold in ("maths", "more") if told.part(f"{fold} summary").is_visible()]
        for fold in folds:  # each one can be reached while the other is open
            told.part(f"{fold} summary").click()
            assert told.misfits() == [], f"{step}, {fold}"
        told.part(f"{folds[-1]} summary").click()
        told.page.keyboard.press("Home")
        told.watch.drawn()
        if step != "map":  # there a dot wanders until it is touched
            assert told.shown() == before, f"{step} after Home"
        told.page.keyboard.press("PageDown")
        assert told.step() == SHORT[min(n + 1, len(SHORT) - 1)]


@pytest.mark.quiet
def test_each_step_answers_within_a_moment(told: Told, server: Server) -> None:
    told.open(f"{server.url}/story")
    told.root.focus()
    for step in SHORT:
        assert told.step() == step, "the keys no longer reach the story"
        told.watch.drawn()
        assert told.timed(ACTIONS[step]) <= QUICK, step
        told.page.keyboard.press("PageDown")


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
    page.keyboard.press("Escape")
    expect(told.root).to_have_attribute("data-presenting", "no")
    page.locator("[data-go=end]").click()
    page.get_by_role("button", name=t("story.end.go_explore")).click()
    page.wait_for_url(re.compile("/explore"))


def test_the_shared_file_is_alive_without_a_network(browser: Browser, shared: Path) -> None:
    with watched(browser, 390, is_alone=True) as watch:
        page, told = watch.page, Told(watch)
        page.context.set_offline(True)
        page.clock.install()
        told.open(shared.as_uri())
        for step in SHORT:
            page.evaluate("(step) => document.querySelector(`[data-go=${step}]`).click()", step)
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)
                watch.drawn()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, step
            assert page.locator(".ls-step:not([hidden]) :is(canvas, .ls-word)").first.is_visible(), step
        page.locator("[data-go=map]").click()
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


def test_the_handout_prints_on_two_pages(browser: Browser, shared: Path) -> None:
    with watched(browser, 1280, scheme="dark") as watch:
        told = Told(watch)
        told.open(shared.as_uri())
        pdf = watch.page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "12mm"))
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
        watch.page.emulate_media(media="print")
        watch.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        sections = watch.page.locator(".ls-step:visible")
        assert sections.count() == len(SHORT)
        for section in sections.all():
            assert section.locator(".ls-sentence").inner_text() and section.locator(".ls-number").inner_text()
            if section.locator(".ls-word").count():  # the end is words
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
            place, means, engine = told.root.evaluate(CHOSEN, run_id)
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
    return [[a, b], [...decoder.decode(placeOf([a, b]))], decoder.engine];
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
