"""What is said of a drawing, in the story and on Explore: the sentences against the counts that they name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from dashboard.i18n.texts import LANGUAGES, in_language, section
from tests.js.node import Engine, running

BILL = """([words, quantiles, cases, isPoint, taken]) => {
    const text = (key, values = {}) => (words[key] ?? `?${key}`).replace(/\\{(\\w+)\\}/g, (_, name) => values[name]);
    const usual = { reconstruction: quantiles, negative_elbo: quantiles };
    const bill = new js.cost_panel.CostPanel({ text, drawing: { usual } });
    const kl = isPoint ? null : [0];
    return cases.map(([reconstruction, place]) => Object.assign(bill, { result: { reconstruction, kl, place, taken } }).verdict());
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the judges loaded."""
    with running("live_map/cost_panel.js", "js/engine/fog.js") as node:
        yield node


def test_the_story_has_words_for_every_verdict() -> None:
    """One sentence for all strangers, which is none of those for digits."""
    for language in LANGUAGES:
        with in_language(language):
            words = section("story.draw")
        assert len({words[name] for name in ("usual", "easy", "plain", "odd", "stranger")}) == 5


def test_outside_the_central_99_percent_nothing_is_usual(engine: Engine) -> None:
    costs, places = [None, 0, 0.9, 1, 50, 91, 98.9, 99, 100], [None, 0, 0.9, 1, 50, 100]
    found = engine.call("([costs, places]) => places.map((place) => costs.map((cost) => js.fog.judge({ place, cost })))", [costs, places])
    plain = ["plain", "plain", "easy", "usual", "odd", "odd", "rare", "rare"]
    in_fog = ["fog"] * 7 + ["both"] * 2
    assert found == [[None, *plain], [in_fog[0], *in_fog[1:]], in_fog, *[[None, *plain]] * 3]
    assert engine.call("(all) => all.filter(js.fog.isStranger)", ["both", "fog", "rare", "plain", "odd", "usual", "easy"]) == [
        "both", "fog", "rare",
    ]  # fmt: skip


def test_the_fog_is_clear_where_real_images_lie_and_whole_where_none_do(engine: Engine) -> None:
    quantiles = [-30.0, -9.0, -7.0, -6.0, -5.5, -5.0, *np.linspace(-4.9, 5, 95).tolist()]
    trust = "([quantiles, nats]) => nats.map((value) => new js.fog.Trust(null, quantiles).thickness(value))"
    median = quantiles[50]
    found = engine.call(trust, [quantiles, [9, median, -5, -9, 2 * -9 - median, -1000]])
    assert found[:3] == [0, 0, 0] and 0.2 < found[3] < 0.5 and found[4:] == [1, 1]
    told = "([quantiles, nats]) => nats.map((value) => new js.fog.Trust(null, quantiles).told(value))"
    near, far = engine.call(told, [quantiles, [-8.9, -9.1]])
    assert not near["isInFog"] and far["isInFog"] and near["percent"] > 1 > far["percent"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_is_said_of_what_is_rarer(engine: Engine, language: str) -> None:
    """Of 1,000 test images that cost 1, 2 ... nats; a number in the sentence is a count in 100 of those that cost
    less, or where it is cheap of those that cost more, rounded down."""
    quantiles = np.quantile(np.arange(1, 1001), np.linspace(0, 1, 101)).tolist()
    with in_language(language):
        words = {key: text for key, text in section("live_map").items() if key.startswith(("verdict_", "odder_", "knows_only"))}
        words |= {"images": "IMAGES", "things": "THINGS"}

    def expected(name: str, n: int = 0, *, is_point: bool = False, taken: str | None = "6") -> str:
        odder = words["odder_harder" if is_point else "odder_rarer"]
        values = {"n": n, "rest": n, "low": "101", "high": "900", "images": "IMAGES", "odder": odder, "things": "THINGS", "name": taken}
        saw = words["knows_only" if taken is None else "knows_only_saw"] if name in ("odd", "rare", "rarest", "fog", "both") else None
        verdict = words[f"verdict_{name}"].format(**values)
        return saw.format(verdict=verdict, **values) if saw else verdict

    cases = [(0.5, 50), (5, 50), (19, None), (96.9, 50), (500, 50), (917, 1), (989, 50), (995, 50), (1001, None), (500, 0.5), (995, 0)]
    names = ["plain", "plain", ("easy", 98), ("easy", 90), "usual", ("odd", 91), ("odd", 98), "rare", "rarest", "fog", "both"]
    for is_point in (False, True):
        for taken in ("6", None):
            found = engine.call(BILL, [words, quantiles, cases, is_point, *([taken] if taken else [])])
            numbers = [name if isinstance(name, tuple) else (name, 0) for name in names]
            assert found == [expected(*one, is_point=is_point, taken=taken) for one in numbers]
