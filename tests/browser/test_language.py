"""The two languages in a real browser: asked for by the browser, switched by hand, carried by the link, and nothing cut or scrolling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from dashboard.i18n.texts import LANGUAGES, in_language, t
from tests.browser.serving import Server
from tests.browser.watching import Watched, watched
from tests.dashboard.pages import UNEXPECTED

RUN = "digits-2d"
PLAIN = (
    "",
    "story",
    "explore",
    "manifold",
    "latent",
    "sample",
    "losses",
    "film",
    "compare",
    "inspect",
)  # all but those of Train, which have tests of their own
CUT = """() => {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
  const isCut = (one) => getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 2;
  const words = all(document.querySelector('[data-testid=stMain]')).filter((one) => one.matches('button, label, h1, h2, h3, p, summary'));
  const isHeard = (one) => one.clientWidth <= 1;  // what a screen reader alone says lies in a pixel
  return words.filter((one) => one.checkVisibility() && !isHeard(one) && isCut(one)).map((one) => one.textContent);
}"""  # words that have no room

# No component is called before letCome(): then the last call is made first, each in a task of its own, as when a browser hands out code.
LATE = """let held = [];
globalThis.called = (call, component) =>
  held ? new Promise((made) => held.push(() => made(component(call)))) : component(call);
globalThis.letCome = async () => {
  const calls = held.reverse();
  held = null;
  for (const make of calls) await new Promise((done) => setTimeout(() => done(make())));
};
const address = URL.createObjectURL;
URL.createObjectURL = (blob) => {
  if (blob.type !== 'text/javascript') return address(blob);
  const code = `import component from '${address(blob)}'; export default (call) => called(call, component);`;
  return address(new Blob([code], blob));
};"""


@contextmanager
def reading(browser: Browser, locale: str, width: int = 1440, *, is_alone: bool = False) -> Iterator[Watched]:
    """Open a page in a browser that asks for a language; in the end it has nothing to complain of."""
    with watched(browser, width, locale=locale, is_alone=is_alone, is_calm=True) as watch:
        yield watch
        assert watch.complaints == []


def go(watch: Watched, server: Server, path: str) -> Page:
    """Open a page of the dashboard and return it when it is at rest."""
    watch.page.goto(f"{server.url}/{path}")
    watch.settle()
    return watch.page


def expect_title(page: Page, name: str, key: str = "explore.title") -> None:
    """Expect the page's title in a language."""
    with in_language(name):
        expect(page.get_by_role("heading", name=t(key))).to_be_visible()


def switch(watch: Watched, name: str) -> None:
    """Press the name of a language in the sidebar."""
    watch.page.get_by_test_id("stSidebar").get_by_role("radio", name=LANGUAGES[name]).click()
    watch.settle()


def test_a_chinese_browser_reads_chinese_and_switches_without_losing_the_map(browser: Browser, server: Server) -> None:
    with reading(browser, "zh-CN") as watch:
        page = go(watch, server, f"explore?run={RUN}&z=1,-0.5")
        expect_title(page, "zh")
        assert "lang=zh" in page.url
        expect(page.locator(".ll-place")).to_have_text("z₁ = 1.00，z₂ = −0.50")
        page.locator(".ll").evaluate("(one) => (one.dataset.mark = 'the same')")
        expect(page.locator("html")).to_have_attribute("lang", "zh")
        switch(watch, "en")
        expect_title(page, "en")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator(".ll-place")).to_have_text("z₁ = 1.00, z₂ = −0.50")
        expect(page.locator(".ll-trust")).to_contain_text("nearest test images")
        expect(page.locator(".ll")).to_have_attribute("data-mark", "the same")
        assert "lang=en" in page.url and "z=1,-0.5" in page.url.replace("%2C", ",")
        switch(watch, "zh")
        expect_title(page, "zh")
        expect(page.locator(".ll-trust")).to_contain_text("测试图")
        page.get_by_test_id("stSidebarNavLink").filter(has_text="损失").click()
        watch.settle()
        expect_title(page, "zh", "losses.title")
        assert "lang=zh" in page.url


def test_a_link_speaks_before_the_browser(browser: Browser, server: Server) -> None:
    with reading(browser, "en-US") as watch:
        page = go(watch, server, f"explore?lang=zh&run={RUN}")
        expect_title(page, "zh")
        assert page.title().startswith("动态地图")
        page.reload()
        watch.settle()
        expect_title(page, "zh")


def test_the_film_and_the_instrument_change_their_words_in_place(browser: Browser, server: Server) -> None:
    with reading(browser, "en-US") as watch:
        page = go(watch, server, f"film?run={RUN}")
        page.locator(".lf").evaluate("(one) => (one.dataset.mark = 'the same')")
        with in_language("en"):
            expect(page.locator(".lf-map_words")).to_have_text(t("film.map_2"))
        switch(watch, "zh")
        with in_language("zh"):
            expect(page.locator(".lf-map_words")).to_have_text(t("film.map_2"))
            expect(page.locator(".lf-time_axis, .lf-axis").first).to_have_text(t("film.time_axis"))
        expect(page.locator(".lf-notes button").first).to_contain_text("轮")
        expect(page.locator(".lf")).to_have_attribute("data-mark", "the same")


def test_components_whose_words_change_before_their_code_has_come_are_there_once_and_listen(browser: Browser, server: Server) -> None:
    """Streamlit calls a component for the words before and after, in any order, and then leaves the call for those before."""
    with reading(browser, "en-US", is_alone=True) as watch:
        watch.page.add_init_script(LATE)
        page = go(watch, server, f"inspect?run={RUN}")
        switch(watch, "zh")
        assert page.locator(".pc input").count() == 0, "the code is not there yet"
        page.evaluate("letCome()")
        with in_language("zh"):
            page.get_by_role("radio", name=t("inspect.bounds.name")).check()
            expect(page.get_by_role("heading", name=t("inspect.bounds.name"))).to_be_visible()
        assert page.locator(".pc input").count() == 6 and "part=bounds" in page.url
        expect(page.locator("html")).to_have_attribute("lang", "zh")
        page.goto(f"{server.url}/explore?run={RUN}&z=1,-0.5&lang=en")
        watch.settle()
        switch(watch, "zh")
        page.evaluate("letCome()")
        expect(page.locator(".ll-place")).to_have_text("z₁ = 1.00，z₂ = −0.50")
        page.locator(".ll-over").press("ArrowRight")
        expect(page.locator(".ll-place")).not_to_have_text("z₁ = 1.00，z₂ = −0.50")


def fits(page: Page) -> None:
    """Fail where a page in Chinese is broken, scrolls sideways or cuts words."""
    assert not any(page.get_by_text(sentence).count() for sentence in UNEXPECTED), page.url
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"
    assert page.evaluate(CUT) == [], page.url


def test_chinese_pages_fit_on_a_phone(browser: Browser, server: Server) -> None:
    with reading(browser, "zh-CN", width=390) as watch:
        go(watch, server, f"{PLAIN[-1]}?run={RUN}")
        for path in PLAIN:
            # The list of pages is folded away on a phone; its links are those that it would unfold.
            watch.page.locator(f"[data-testid=stSidebarNavLink][href$='/{path}']").evaluate("(link) => link.click()")
            watch.page.wait_for_url(re.compile(f"/{path}\\?"))
            watch.settle()
            fits(watch.page)
            assert watch.complaints == [], path
