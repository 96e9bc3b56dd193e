"""The story's arithmetic as it ships (a turned glyph, principal axes, folds) against Pillow and numpy, and how its formulas are read."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from dashboard.i18n.texts import LANGUAGES, in_language, section, t
from tests.js.node import Engine, running
from vae_core.data import synthetic
from vae_core.story.steps.knob import slants

MODULES = (
    "story/steps/turn.js",
    "story/steps/knob.js",
    "story/steps/surprise.js",
    "story/routes.js",
    "story/story.js",
    "story/map.js",
    "story/blob_drawing.js",
    "story/trust.js",
    "story/formula.js",
    "story/voices.js",
    "story/survey_questions.js",
    "story/talk.js",
    "js/engine/principal_axis.js",
)
GLYPH = """([data, shape, factors, side, finer]) =>
    factors.map(([angle, height]) => Array.from(js.turn.turnedGlyph({ data: Uint8Array.from(data), shape }, angle, height, side, finer)))"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has a step loaded, and the arithmetic of another."""
    with running(*MODULES) as node:
        yield node


def test_the_glyph_is_turned_as_the_machine_saw_it(engine: Engine) -> None:
    factors = np.array([[0, 11], [20, 16], [-60, 20], [133.7, 13.3], [180, 18.2], [-90, 11.05], [360, 14]])
    glyph = synthetic.five()
    found = engine.call(GLYPH, [glyph.ravel().tolist(), glyph.shape, factors.tolist(), synthetic.SIDE, synthetic.FINER])
    expected = synthetic.turned(factors).reshape(len(factors), -1).astype(int)
    assert np.abs(np.array(found) - expected).max() <= 2  # grey levels of 255
    assert np.abs(expected[1] - expected[2]).max() > 100


def test_slants_are_measured_as_in_python(engine: Engine) -> None:
    pictures = np.random.default_rng(0).random((6, 28, 28)) ** 3
    found = engine.call("(all) => all.map((means) => js.knob.slantOf(means, 28, 28))", [one.ravel().tolist() for one in pictures])
    assert found == pytest.approx(slants(pictures), abs=1e-9)


def test_the_fog_s_measure_between_cells_is_bilinear_and_at_the_edge_the_edge_s(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    cells, reach = rng.standard_normal((8, 8)), 4.0
    middles = np.arange(8) + 0.5 - reach
    truth = RegularGridInterpolator((middles, middles), cells[::-1].T)
    places = np.concatenate([rng.uniform(-5, 5, (40, 2)), [[-9.0, 9.0], [0.0, 0.0]]])
    call = "([data, shape, reach, places]) => places.map((place) => js.trust.between({ data, shape }, reach, place))"
    found = engine.call(call, [cells.ravel().tolist(), cells.shape, reach, places.tolist()])
    assert found == pytest.approx(truth(places.clip(middles[0], middles[-1])))


def test_principal_axes_are_those_of_numpy(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    clouds = [rng.standard_normal((50, 2)) @ rng.standard_normal((2, 2)) + rng.standard_normal(2) for _ in range(20)]
    clouds += [synthetic.line(10), synthetic.line(2) * [1, -1], np.array([[0.0, 1.0], [0.0, 4.0], [0.0, 2.0]])]
    told = engine.call(
        "(clouds) => clouds.map((points) => js.principal_axis.principalAxis(points))", [points.tolist() for points in clouds]
    )
    for points, found in zip(clouds, told, strict=True):
        variances, directions = np.linalg.eigh(np.cov(points.T, bias=True))
        assert [found["across"], found["along"]] == pytest.approx(variances, abs=1e-9)
        assert abs(np.dot(found["axis"], directions[:, 1])) == pytest.approx(1)
        assert found["mean"] == pytest.approx(points.mean(0))


@pytest.mark.parametrize(("turns", "folds"), [(0.4, 0), (1.0, 1), (2.0, 2), (3.5, 3)])
def test_a_line_that_turns_back_is_found_out(engine: Engine, turns: float, folds: int) -> None:
    """A cosine over so many half waves turns back at each whole one inside, seen along its height; along its length never."""
    x = np.linspace(0.02, turns + 0.3, 200)
    points = np.stack([x, np.cos(math.pi * x)], 1).tolist()
    call = "([points, along]) => js.principal_axis.foldsAlong(points, along, 0.1)"
    found = engine.call(call, [points, [0, 1]])
    assert len(found) == folds and x[found] == pytest.approx(np.arange(1, folds + 1), abs=0.02)
    assert engine.call(call, [points, [1, 0]]) == []


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x_i", ["msub", ["mi", "x"], ["mi", "i"]]),
        ("μ_j^2", ["msubsup", ["mi", "μ"], ["mi", "j"], ["mn", "2"]]),
        ('E_{q|x} "of all"', ["mrow", ["msub", ["mi", "E"], ["mrow", ["mi", "q"], ["mo", "|"], ["mi", "x"]]], ["mtext", "of all"]]),
        ("log x = 1.5", ["mrow", ["mi", "log\u2009"], ["mi", "x"], ["mo", "="], ["mn", "1.5"]]),
    ],
)
def test_a_formula_is_read_into_scripts_names_and_words(engine: Engine, text: str, tree: list[Any]) -> None:
    assert engine.call("(text) => js.formula.formula(text)", text) == ["math", tree]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_formula_of_the_story_shows_a_raw_sign(engine: Engine, language: str) -> None:
    """Between dollars all of a formula is set, and its lines show neither dollars nor underscores."""
    shown = """(text) => {
        const flat = (part) => (typeof part === "string" ? part : part.slice(1).map(flat).join(" "));
        return text.split("$").map((part, n) => (n % 2 ? flat(js.formula.formula(part)) : part)).join("");
    }"""
    with in_language(language):
        formulas = [text for key, text in section("story").items() if key.endswith(".maths")]
    assert len(formulas) > 5
    for text in formulas:
        assert text.count("$") % 2 == 0 and not set("$_^{}") & set(engine.call(shown, text))


# ------------------------------------------------------------------ questions before and after

COUNTED = """(taps) => {
    const kept = new Map();
    const store = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
    const voices = new js.voices.Voices(store);
    for (const [phase, question, answer] of taps) voices.add(phase, question, answer);
    voices.predict("halves", true);
    voices.predict("halves", false);
    const undone = voices.undo();
    const again = new js.voices.Voices(store);
    const csv = again.csv((key) => `"${key}", said`);
    const counts = structuredClone(again.counts);
    again.clear();
    const [text] = kept.values();
    return { counts, undone, csv, text, canUndo: again.canUndo, cleared: again.total("before", "beta") };
}"""
READ = """(text) => new js.voices.Voices({ getItem: () => text, setItem: () => {} }).counts"""


def test_voices_are_counted_taken_back_kept_and_told_as_csv(engine: Engine) -> None:
    taps = [("before", "beta", "a"), ("before", "beta", "b"), ("after", "beta", "b"), ("after", "trust", "unsure"), ("after", "beta", "b")]
    found = engine.call(COUNTED, taps)
    assert found["undone"] == {"phase": "after", "question": "beta", "answer": "b"}
    assert found["counts"]["before"]["beta"] == {"a": 1, "b": 1, "c": 0, "unsure": 0}
    assert found["counts"]["after"]["beta"]["b"] == 1 and found["counts"]["after"]["trust"]["unsure"] == 1
    assert found["counts"]["steps"] == {"halves": {"right": 1, "wrong": 1}}
    rows = list(csv.DictReader(io.StringIO(found["csv"])))
    assert len(rows) == 5 * 4 + 2
    beta = [row for row in rows if row["question"] == '"survey.beta_ask", said']
    assert [(row["step"], row["answer"], row["is_right"], row["before"], row["after"]) for row in beta[:2]] == [
        ("strict", '"survey.beta_a", said', "0", "1", "0"), ("strict", '"survey.beta_b", said', "1", "1", "1")
    ]  # fmt: skip
    assert [(row["what"], row["is_right"], row["after"]) for row in rows[-2:]] == [("guess", "1", "1"), ("guess", "0", "1")]
    assert not found["canUndo"] and found["cleared"] == 0 and found["text"] == ""


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", '{"before": 3, "steps": [1]}', '{"before": {"beta": {"a": -1, "b": "<b>", "c": 1.5}}}',
     '{"steps": {"<b>": {"right": 3}}}', '{"before": "' + "x" * 30000 + '"}'],
)  # fmt: skip
def test_what_a_tab_has_kept_is_read_as_counts_or_not_at_all(engine: Engine, text: str) -> None:
    found = engine.call(READ, text)
    assert {n for phase in ("before", "after") for counts in found[phase].values() for n in counts.values()} == {0}
    assert all(set(counts.values()) == {0} for counts in found["steps"].values()) and "<b>" not in found["steps"]
    assert engine.call(READ, '{"before": {"beta": {"a": 1e9}}}')["before"]["beta"]["a"] == 9999


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_every_right_answer_are_shown_on_the_step_that_the_question_names(engine: Engine, language: str) -> None:
    with in_language(language):
        texts = section("story")
    questions = engine.call("() => js.survey_questions.QUESTIONS")
    assert len(questions) == 5
    for question in questions:
        name, step = question["name"], question["step"]
        screen = re.compile(rf"{step}\.(sentence|hint|intro|(do|said|meaning)(_\w+)?)")
        said = " ".join(text for key, text in texts.items() if screen.fullmatch(key)).lower()
        words = texts[f"survey.{name}_words"].lower()
        assert words in said, f"{step} never says {words}"
        answers = {answer: texts[f"survey.{name}_{answer}"].lower() for answer in question["answers"]}
        assert [answer for answer, text in answers.items() if words in text] == [question["right"]]
        longest = max(map(len, answers.values()))
        assert max(answers, key=lambda answer: len(answers[answer])) != question["right"] or longest < 2.2 * min(map(len, answers.values()))


def test_one_question_is_one() -> None:
    with in_language("en"):
        assert t("story.survey.offer_before", n=1) == "1 question first" and t("story.survey.offer_before", n=5) == "5 questions first"
        assert t("story.survey.offer_after", n=1) == "The 1 question again"


# ------------------------------------------------------------------ numbers beside numbers, words that were met


@pytest.mark.parametrize(
    ("x", "y", "way", "apart"),
    [((0, 20), (50, 50), -1, (50, 34.6)), ((0, 20), (40, 50), -1, (34.6, 50)), ((0, 20), (50, 58), 1, (50, 65.4)),
     ((0, 40), (50, 50), -1, (50, 50)), ((0, 20), (50, 90), 1, (50, 90))],
)  # fmt: skip
def test_numbers_of_two_bars_never_touch(
    engine: Engine, x: tuple[int, int], y: tuple[int, int], way: int, apart: tuple[float, float]
) -> None:
    labels = [{"x": one, "y": other, "wide": 24} for one, other in zip(x, y, strict=True)]
    assert engine.call("(call) => js.surprise.apart(...call)", [labels, way, 14]) == pytest.approx(apart)


def test_names_on_a_map_stay_where_they_are_unless_they_touch(engine: Engine) -> None:
    places = [[10, 50], [100, 50], [12, 54], [11, 49], [100, 60.0]]
    found = engine.call("(places) => js.map.freed(places, 14)", places)
    assert found == [[10, 50], [100, 50], [12, 64], [11, 36], [100, 64]]


@pytest.mark.parametrize(("others", "at"), [([], 60), ([[50, 55]], 20), ([[90, 60]], 60), ([[50, 55], [45, 25]], 60)])
def test_a_blob_s_name_stands_where_no_other_does(engine: Engine, others: list[list[float]], at: float) -> None:
    call = "([heights, others]) => js.blob_drawing.freeHeight(heights, 50, 30, others, 14, 100)"
    assert engine.call(call, [[60, 20], others]) == at
    assert engine.call(call, [[90, 20], []]) == 20


# ------------------------------------------------------------------ a talk of one's own

TALK = """([text, calls, address]) => {
    const kept = { getItem: () => text, setItem: (_, written) => (text = written) };
    const talk = new js.talk.Talk(["map", "knob", "strict", "end"], ["map", "end"], "", kept);
    for (const [name, ...values] of calls) talk[name](...values);
    const again = new js.talk.Talk(["map", "knob", "strict", "end"], ["map", "end"], "", kept);
    const { order, title, notes, listed } = again;
    return { order, title, notes, listed, link: again.link(address) };
}"""


def test_a_talk_is_planned_kept_and_told_by_a_link_without_its_notes(engine: Engine) -> None:
    calls = [
        ("toggle", "strict"),
        ("toggle", "map"),
        ("move", "strict", -1),
        ("move", "strict", -1),
        ("note", "strict", "slowly <b>"),
        ("tell", "Ours & <i>"),
    ]
    found = engine.call(TALK, ["", calls, "http://here/story?lang=zh&step=map&route=long&steps=end#x"])
    assert (found["order"], found["listed"]) == (["strict", "end"], ["strict", "end", "map", "knob"])
    assert found["notes"] == {"map": "", "knob": "", "strict": "slowly <b>", "end": ""}
    assert found["link"] == "http://here/story?lang=zh&steps=strict,end&title=Ours%20%26%20%3Ci%3E"


@pytest.mark.parametrize(
    "text", ["{", "3", "[]", '{"order": "map", "title": 5, "notes": [1]}', '{"order": ["x", "x"]}', '"' + "x" * 200_000 + '"']
)
def test_a_talk_that_was_damaged_is_begun_anew(engine: Engine, text: str) -> None:
    found = engine.call(TALK, [text, [], "file:///a.html"])
    assert (found["order"], found["title"], set(found["notes"].values())) == (["map", "end"], "", {""})
    assert found["link"] == "file:///a.html?steps=map,end"
    long = engine.call(TALK, [text, [("tell", "t" * 200), ("note", "map", "n" * 9000)], "file:///a.html"])
    assert len(long["title"]) == 80 and len(long["notes"]["map"]) == 2000


TITLED = """(text) => {
    const kept = { getItem: () => text, setItem: () => {} };
    const { order, title } = new js.talk.Talk(["map", "knob", "end"], ["map", "knob"], "Theirs", kept);
    return [order, title];
}"""


@pytest.mark.parametrize(
    ("text", "told"),
    [("", [["map", "knob"], "Theirs"]), ('{"order": ["end"], "title": "Mine"}', [["end"], "Mine"]), ('{"order": ["end"]}', [["end"], ""])],
)  # fmt: skip
def test_steps_and_title_are_those_of_one_plan(engine: Engine, text: str, told: list[Any]) -> None:
    """A link to other steps lays nothing of its own on a plan that was kept."""
    assert engine.call(TITLED, text) == told


SHORT, LONG, OWN = ["map", "end"], ["map", "knob", "end"], ["end"]


@pytest.mark.parametrize(
    ("route", "saved", "search", "order"),
    [("short", SHORT, "", SHORT), ("long", LONG, "", LONG), ("long", LONG, "?route=short", SHORT), ("short", SHORT, "?route=long", LONG),
     ("own", OWN, "", OWN), ("own", OWN, "?route=short", SHORT), ("long", LONG, "?steps=end", OWN)],
)  # fmt: skip
def test_a_file_opens_on_the_route_it_was_saved_with_unless_its_address_names_another(
    engine: Engine, route: str, saved: list[str], search: str, order: list[str]
) -> None:
    call = "([data, search]) => js.routes.onRoute(data, { search, hash: '' }).order"
    assert engine.call(call, [{"route": route, "order": saved, "routes": {"short": SHORT, "long": LONG}}, search]) == order


# ------------------------------------------------------------------ what is read aloud

SPOKEN = """(moments) => {
    const written = [];
    const spoken = { get textContent() { return written.at(-1) ?? ""; }, set textContent(line) { written.push(line); } };
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (speak) => speak();
    let line = "";
    const stage = { find: (part) => ({ textContent: part === "number" ? line : "" }) };
    const own = { find: () => spoken, survey: { isOpen: false }, talk: { isOpen: false }, page: { stage } };
    const story = Object.assign(Object.create(js.story.Story.prototype), own);
    for ([line, story.talk.isOpen] of moments) story.speakLater();
    globalThis.setTimeout = setTimeout;
    return written;
}"""


def test_a_screen_reader_hears_each_line_once_and_none_of_a_step_behind_a_panel(engine: Engine) -> None:
    assert engine.call(SPOKEN, [["5", False], ["5", False], ["7", True], ["8", True], ["8", False]]) == ["5", "8"]
