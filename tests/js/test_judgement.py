"""What is said of a drawing, in the story and on Explore: the sentences against the counts that they name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from dashboard.i18n.texts import LANGUAGES, in_language, section
from tests.js.node import Engine, running

BILL = """([words, quantiles, costs]) => {
    const text = (key, values = {}) => (words[key] ?? "").replace(/\\{(\\w+)\\}/g, (_, name) => values[name]);
    const bill = new js.cost_panel.CostPanel({ text, drawing: { usual: { reconstruction: quantiles } } });
    return costs.map((reconstruction) => Object.assign(bill, { result: { reconstruction, kl: null } }).verdict());
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the two judges loaded."""
    with running("story/steps/draw.js", "live_map/cost_panel.js") as node:
        yield node


def test_a_stranger_by_price_or_by_place_is_never_called_a_digit(engine: Engine) -> None:
    """99 of 100 is the limit on both counts; below it a drawing may be odd, which says nothing of what it is."""
    found = engine.call(
        "(percents) => percents.map((n) => [false, true].map((isFar) => js.draw.judgement(n, isFar)))", [5, 50, 96, 99, 100]
    )
    assert found == [["easy", "far"], ["usual", "far"], ["odd", "far"], ["dearest", "dearest"], ["dearest", "dearest"]]
    for language in LANGUAGES:
        with in_language(language):
            words = section("story.draw")
        strangers = {words["far"][:2], words["dearest"][:2]}
        assert len(strangers) == 1 and not strangers & {words[name][:2] for name in ("easy", "usual", "odd")}


def test_a_place_is_empty_where_hardly_any_real_digit_has_it_so_empty(engine: Engine) -> None:
    points = np.random.default_rng(0).standard_normal((400, 2)).astype(np.float32)
    reach = engine.call("(flat) => js.draw.reachOf(Float32Array.from(flat))", points.ravel().tolist())
    tenth = np.sort(np.linalg.norm(points[:, None] - points, axis=2), axis=1)[:, 10]
    assert (tenth <= reach * 1.000001).mean() == pytest.approx(0.99, abs=0.0051)


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_is_said_of_what_costs_more(engine: Engine, language: str) -> None:
    """Of 1,000 test images that cost 1, 2 ... nats; a number in the sentence is a count of cheaper ones in 100, rounded down."""
    usual = np.quantile(np.arange(1, 1001), np.linspace(0, 1, 101)).tolist()
    with in_language(language):
        words = {
            key: text
            for key, text in section("live_map").items()
            if key in ("cheapest", "cheap", "like_most", "dear", "surprising", "dearest")
        }
    costs = [0.5, 5, 19, 96.9, 500, 917, 989, 995, 1001]
    verdicts = engine.call(BILL, [words, usual, costs])
    n = {"low": "101", "high": "900"}
    expected = ["cheapest", "cheapest", "cheap 1", "cheap 9", "like_most", "dear 91", "dear 98", "surprising", "dearest"]
    filled = {key: words[key].format(things="", n="{n}", **n) for key in words}
    assert verdicts == [filled[name.split()[0]].format(n=name.split()[-1]) for name in expected]
