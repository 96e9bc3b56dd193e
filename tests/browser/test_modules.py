"""What Node computes with the page's modules a browser computes too: the longest way through each of them, once."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.watching import watched
from tests.js import test_decoder, test_drawing, test_posterior, test_story
from tests.js.node import load
from vae_core.model.likelihoods import LIKELIHOODS


class InPage:
    """A browser's page as an engine."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def call(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)


def test_the_modules_run_in_a_browser_as_in_node(browser: Browser) -> None:
    with watched(browser) as watch:
        engine = InPage(watch.page)
        load(engine, **test_drawing.MODULES, **test_posterior.MODULES, **test_story.MODULES)
        test_decoder.test_the_page_runs_the_very_files_that_ship(engine)
        test_drawing.test_digits_are_as_high_and_as_wide_as_the_data(engine)
        for likelihood in LIKELIHOODS:
            test_drawing.test_every_pixel_costs_what_torch_says(engine, likelihood)
        test_drawing.test_the_page_ranks_every_place_as_python_does(engine, "mnist-16d")
        test_posterior.test_the_page_computes_the_gap_to_a_thousandth_of_a_nat(engine, test_posterior.of_a_digit(2))
        test_story.test_the_glyph_is_turned_as_the_machine_saw_it(engine)
        test_story.test_principal_axes_are_those_of_numpy(engine)
        assert watch.complaints == []
