"""Pages that are used again: the dashboard's own scripts are compiled once per worker and not once per test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Page

from tests.browser import evidence

PATIENCE = 60_000  # ms
HEIGHT = 900
# Pages at rest, by browser and language.
_resting: WeakKeyDictionary[Browser, dict[str, list[Page]]] = WeakKeyDictionary()
FORGET = "() => { if (location.protocol.startsWith('http')) { localStorage.clear(); sessionStorage.clear(); } }"


@contextmanager
def tab(browser: Browser, width: int, scheme: str, locale: str, *, is_alone: bool = False, is_calm: bool = False) -> Iterator[Page]:
    """Yield an empty page. It is used again afterwards, unless the test fails or needs a browser profile of its own.

    Whatever a test does to its context for good (a clock, routes, no network) needs `is_alone`. `is_calm` asks for little motion: a map
    that wanders while a test waits is drawn sixty times a second.
    """
    resting = _resting.setdefault(browser, {}).setdefault(locale, [])
    page = resting.pop() if resting and not is_alone else fresh(browser, locale)
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(media="null", color_scheme=scheme, reduced_motion="reduce" if is_calm else "null", forced_colors="null")
    page.context.tracing.start_chunk()
    evidence.OPEN.append(page)
    try:
        yield page
    except Exception:
        evidence.keep(page)
        raise
    finally:
        if evidence.forget(page) and not is_alone:
            rest(page)
            resting.append(page)
        else:
            page.context.close()


def fresh(browser: Browser, locale: str) -> Page:
    """Return a page in a context of its own."""
    context = browser.new_context(locale=locale)
    evidence.begin(context)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def rest(page: Page) -> None:
    """Leave no trace of a test: what the page has stored, where the pointer stands, what is on the page."""
    page.context.tracing.stop_chunk()
    page.evaluate(FORGET)
    page.context.clear_cookies()
    page.goto("about:blank")
    page.mouse.up()
    page.mouse.move(0, 2 * HEIGHT)
