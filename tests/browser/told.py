"""The story on a page: what a test looks at in its steps, and how it does what a viewer does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browser.watching import Watched

LEAST_TEXT = 24  # px, before an audience
LEAST_CONTRAST = 4.5

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
# What does not fit, is too small or too pale to be read, or was never filled in.
MISFITS = """(root, { least, contrast, isWhole }) => {
    const found = [];
    const page = document.documentElement;
    if (page.scrollWidth > innerWidth) found.push("the window scrolls sideways");
    if (isWhole && root.scrollHeight > root.clientHeight) found.push("the window scrolls");
    const one = (globalThis.onePixel ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    const rgba = (colour) => {
        one.clearRect(0, 0, 1, 1);
        one.fillStyle = colour;
        one.fillRect(0, 0, 1, 1);
        return one.getImageData(0, 0, 1, 1).data;
    };
    const seen = (globalThis.seenColours ??= new Map());
    const light = (colour) => {
        if (!seen.has(colour)) {
            const [r, g, b, a] = rgba(colour);
            const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
            seen.set(colour, [0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], a]);
        }
        return seen.get(colour);
    };
    const ground = (e) => {
        for (; e; e = e.parentElement) {
            const [value, alpha] = light(getComputedStyle(e).backgroundColor);
            if (alpha > 250) return value;
        }
        return 1;
    };
    for (const e of root.querySelectorAll("*")) {
        if (!e.checkVisibility({ visibilityProperty: true }) || e.closest(".ls-spoken, option")) continue;
        const box = e.getBoundingClientRect();
        const style = getComputedStyle(e);
        const isBeside = box.right > innerWidth + 1 || box.left < -1;
        const isOutside = isBeside || (isWhole && (box.bottom > innerHeight + 1 || box.top < -1));
        if (box.width && isOutside) found.push(`outside: ${e.className}`);
        const isScrolling = /auto|scroll/.test(style.overflowY) && e.scrollHeight > e.clientHeight + 1;
        if (isWhole && isScrolling) found.push(`scrolls: ${e.className}`);
        const has = [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        const isScript = e.namespaceURI.endsWith("MathML"); // an index is smaller than its letter
        if (has && !isScript && parseFloat(style.fontSize) < least) found.push(`small: ${e.textContent}`);
        if (has && /\\{\\w+\\}|undefined|NaN/.test(e.textContent)) found.push(`unfilled: ${e.textContent}`);
        if (has && !e.closest(":disabled, [aria-disabled=true], [data-is-waiting=yes]")) {
            const [text, back] = [light(style.color)[0], ground(e)];
            const ratio = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
            if (ratio < contrast) found.push(`pale, ${ratio.toFixed(1)}: ${e.textContent}`);
        }
        const side = e.matches("button") ? Math.min(box.width, box.height) : e.matches("summary, select") ? box.height : 44;
        if (isWhole && side < 44) found.push(`narrow: ${e.className}`);
    }
    return found;
}"""
# Writes down every word that is written on a canvas: its colour, that of its halo or plate, its size and its place in px.
INKED = """const inked = (globalThis.inkedWords ??= (() => {
    const words = [];
    const paper = CanvasRenderingContext2D.prototype;
    const { strokeText, fillText, fill } = paper;
    let [halo, plate] = [null, null];
    paper.fill = function (...path) {
        plate = this.fillStyle;
        fill.apply(this, path);
    };
    paper.strokeText = function (text, ...at) {
        halo = [text, this.strokeStyle];
        strokeText.call(this, text, ...at);
    };
    paper.fillText = function (text, x, y) {
        const [wide, size] = [this.measureText(text).width, Number(/([\\d.]+)px/.exec(this.font)[1])];
        const left = x - wide * { left: 0, center: 0.5, right: 1 }[this.textAlign];
        const { canvas, fillStyle: colour, globalAlpha: alpha } = this;
        const ground = halo?.[0] === text ? halo[1] : plate;
        const isTurned = this.getTransform().b !== 0;
        words.push({ canvas, text, colour, ground, alpha, size, isTurned, left, right: left + wide, y });
        [halo, plate] = [null, null];
        fillText.call(this, text, x, y);
    };
    return words;
})());"""
# What of the words on canvases is too small, too pale on its halo, or touches another.
ILLEGIBLE = """(words, ratio, { least, contrast }) => {
    const light = (colour) => {
        const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
        const [r, g, b] = channels.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    words.forEach((one, n) => {
        if (one.size / ratio < least) found.push(`small on a canvas, ${one.size / ratio}: ${one.text}`);
        if (one.ground === null || one.alpha < 1) found.push(`on whatever ground: ${one.text}`);
        else {
            const [high, low] = [light(one.colour), light(one.ground)].sort((a, b) => b - a);
            const times = (high + 0.05) / (low + 0.05);
            if (times < contrast) found.push(`pale on a canvas, ${times.toFixed(1)}: ${one.text}`);
        }
        for (const other of words.slice(0, n)) {
            const isSame = one.text === other.text && one.left === other.left && one.y === other.y; // it was drawn twice
            const isAcross = one.left < other.right && other.left < one.right;
            const isTouching = isAcross && one.isTurned === other.isTurned && Math.abs(one.y - other.y) < 0.75 * one.size;
            if (one.canvas === other.canvas && !isSame && isTouching) found.push(`touching: ${other.text} ${one.text}`);
        }
    });
    return found;
}"""
FRAMES = "const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
# Goes to a step and looks at it in each language, in the state that it has; with `folds`, at each of its folds too.
LOOK = f"""async (root, [step, options, folds]) => {{
    {FRAMES}
    {INKED}
    const [misfits, illegible] = [{MISFITS}, {ILLEGIBLE}];
    const story = root.stage;
    const found = {{ misfits: {{}}, sentences: {{}}, shown: {{}} }};
    if (story.page.stage.name !== step) story.go(step);
    await frames();
    const part = (name) => story.page.section.querySelector(`.ls-${{name}}`);
    for (const _ of Object.keys(story.data.texts)) {{
        const language = story.language;
        found.sentences[language] = part("sentence").textContent;
        found.shown[language] = `${{part("number").textContent}} ${{part("meaning").textContent}}`;
        inked.length = 0;
        story.enter();
        found.misfits[language] = [...misfits(root, options), ...illegible(inked, story.page.stage.ratio, options)];
        for (const name of folds ? ["maths", "more"] : []) {{
            const fold = part(name);
            if (fold.hidden) continue;
            fold.firstElementChild.click();
            found.misfits[language].push(...misfits(root, options).map((one) => `${{name}}, ${{one}}`));
            fold.open = false;
        }}
        story.switchLanguage();
    }}
    return found;
}}"""
AGAIN = f"""async (root) => {{
    {FRAMES}
    root.stage.again();
    await frames();
    return ["number", "meaning"].map((name) => root.stage.page.section.querySelector(`.ls-${{name}}`).textContent).join(" ");
}}"""
OPENING = f"""async (root) => {{
    {FRAMES}
    const took = {{}};
    for (const step of root.stage.data.order) {{
        const began = performance.now();
        root.stage.go(step);
        await frames();
        took[step] = performance.now() - began;
    }}
    return took;
}}"""


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

    def go(self, step: str) -> None:
        """Turn to a step of this route."""
        self.root.evaluate("(root, step) => root.stage.go(step)", step)

    def shown(self) -> str:
        return f"{self.part('number').inner_text()} {self.part('meaning').inner_text()}"

    def misfits(self, least: int = LEAST_TEXT, *, is_whole: bool = True) -> list[str]:
        """Return what does not fit or cannot be read, of a story that fills the window or (not `is_whole`) of one that goes on below it."""
        return list(self.root.evaluate(MISFITS, {"least": least, "contrast": LEAST_CONTRAST, "isWhole": is_whole}))

    def look(self, step: str, least: int = LEAST_TEXT, *, is_whole: bool = True, folds: bool = False) -> dict[str, Any]:
        """Look at a step in each language: its misfits, its sentence and what is shown, each by language."""
        options = {"least": least, "contrast": LEAST_CONTRAST, "isWhole": is_whole}
        return dict(self.root.evaluate(LOOK, [step, options, folds]))

    def again(self) -> str:
        """Start the step over, and return what is shown then."""
        return str(self.root.evaluate(AGAIN))

    def opening(self) -> dict[str, float]:
        """Turn to one step after another and return how many ms passed until each was drawn."""
        return dict(self.root.evaluate(OPENING))

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
    """Return what presses a part of the step."""
    return lambda told: told.page.locator(f".ls-step:not([hidden]) {part}").nth(nth).click()
