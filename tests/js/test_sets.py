"""Sets of points in the browser against NumPy: joined, packed, counted; and the marks that they carry on the map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components import set_packets
from dashboard.figures.colours import SETS, SHAPES
from tests.js import page
from tests.js.node import Engine, running
from vae_core.evaluation.selected import direction
from vae_core.latent.latents import Latents
from vae_core.runs.selections import MOST

HOWS = ("new", "add", "without", "within")
MODULES = (
    *(f"js/engine/{name}.js" for name in ("sets", "quantile_scale")),
    *(f"js/canvas/{name}.js" for name in ("set_marks", "view", "colour")),
    *(f"live_map/{name}.js" for name in ("set_walk", "set_list", "path")),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that knows sets of points and their marks."""
    with running(*MODULES) as node:
        node.call(page.PAGE)
        yield node


def latents(n: int) -> Latents:
    return Latents(np.zeros((n, 2), np.float32), np.zeros((n, 2), np.float32), np.arange(n) * 3, None)


PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=70)


@given(pairs=PAIRS, how=st.sampled_from(HOWS), is_first=st.booleans())
def test_choices_are_joined_and_travel_to_python(engine: Engine, pairs: list[tuple[bool, bool]], how: str, is_first: bool) -> None:
    before, after = np.array(pairs, bool).T
    script = """([how, before, next]) => {
        const found = js.sets.combined(how, before && Uint8Array.from(before), Uint8Array.from(next));
        if (!found) return null;
        const text = js.sets.toText(found), bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        return [Array.from(found), text, Array.from(js.sets.unpackedBits(bytes, next.length)), js.sets.sizeOf(found)];
    }"""
    sent = engine.call(script, [how, None if is_first else before.astype(int).tolist(), after.astype(int).tolist()])
    if is_first and how in ("without", "within"):
        assert sent is None, "where nothing is chosen there is nothing to take away from"
        return
    found, text, back, size = sent
    had = before if not is_first else np.zeros(len(after), bool)
    wanted = {"new": after, "add": had | after, "without": had & ~after, "within": had & after}[how]
    assert found == back == wanted.astype(int).tolist() and size == wanted.sum()
    mask = set_packets.mask_of(latents(len(after)), text)
    assert mask is not None and mask.tolist() == wanted.tolist()


@pytest.mark.parametrize("sent", [None, 3, "", "AAA", "AAAA=", "****", "A" * 400, ["AAAA"]], ids=range(8))
def test_what_is_no_set_of_these_points_is_none(sent: object) -> None:
    assert set_packets.mask_of(latents(20), sent) is None


def test_the_way_between_two_sets_is_that_of_python(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    points, (one, other) = rng.normal(size=(50, 3)), rng.random((2, 50)) < 0.4
    script = """([marks, points]) => {
        const between = (from, to) => js.sets.wayBetween(Uint8Array.from(marks), from, to, points, 3);
        const { start, vector } = between(2, 0);
        return [Array.from(start), Array.from(vector), between(2, 2)];
    }"""
    start, vector, none = engine.call(script, [(4 * one + other).tolist(), points.ravel().tolist()])
    way = direction(points, one & ~other, other & ~one)
    assert way is not None and none is None
    np.testing.assert_allclose(vector, way.vector, rtol=1e-12)
    np.testing.assert_allclose(start, points[one & ~other].mean(0), rtol=1e-12)


def test_the_middle_of_a_set_is_the_mean_of_its_points(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    points, chosen = rng.normal(size=(40, 3)), rng.random(40) < 0.4
    script = "([set, points]) => [js.sets.middleOf(Uint8Array.from(set), points, 3), js.sets.middleOf(new Uint8Array(40), points, 3)]"
    middle, none = engine.call(script, [chosen.astype(int).tolist(), points.ravel().tolist()])
    np.testing.assert_allclose(list(middle.values()), points[chosen].mean(0), rtol=1e-12)
    assert none is None


def test_every_set_has_a_mark_of_its_own_round_the_point_and_not_on_it(engine: Engine) -> None:
    assert len(SETS) == len(SHAPES) == MOST == len({*SHAPES})
    script = """() => Array.from({ length: 8 }, (_, shape) => Array.from(js.set_marks.stampOf(shape, 5, 1)))"""
    stamps = [frozenset(map(tuple, np.reshape(stamp, (-1, 2)))) for stamp in engine.call(script)]
    assert len({*stamps}) == MOST and all(12 <= len(stamp) <= 60 for stamp in stamps)
    draw = """([flat, marks]) => {
        const view = Object.assign(new js.view.View(), { width: 100, height: 100, scale: 10 }), painter = new js.set_marks.SetMarks();
        const shown = [{ bit: 1, colour: "#ff0000", shape: 0, glyph: "", name: "" }];
        painter.draw(anything, view, flat, Uint8Array.from(marks), shown, { ground: "#ffffff" });
        const image = Array.from(painter.image.data);
        painter.draw(anything, view, flat, Uint8Array.from(marks), shown, { ground: "#ffffff" }, Uint8Array.of(0, 1, 1));
        return [image, painter.placesOf(view, flat, painter.membersOf(painter.of, 1), 8, Uint8Array.of(0, 1, 1))];
    }"""
    image, places = engine.call(draw, [[-2, 2, 2, -2, 0, 0], [2, 1, 3]])
    assert places == [50 * 100 + 50], "a point that is not shown has no mark"
    pixels = np.reshape(image, (100, 100, 4))
    red = np.argwhere((pixels[..., :3] == [255, 0, 0]).all(2) & (pixels[..., 3] == 255))
    near = [np.abs(red - place).max(1) <= 8 for place in ([30, 30], [50, 50], [70, 70])]
    assert near[0].any() and near[1].any() and not near[2].any() and (near[0] | near[1]).all(), "the second set alone is marked"
    assert (pixels[50, 50] == 0).all()


def test_marks_stand_round_their_points_where_axes_have_scales_of_their_own(engine: Engine) -> None:
    script = """([at, isBent]) => {
        const view = Object.assign(new js.view.View(), { width: 400, height: 300, scale: 40 });
        if (isBent) view.across = view.upward = new js.quantile_scale.QuantileScale(20, 0.95, 3);
        const flat = at.flatMap((one) => [one, one / 2]), rows = at.map((_, row) => row);
        const expected = at.map((one) => Math.round(view.py(one / 2)) * view.width + Math.round(view.px(one)));
        return [new js.set_marks.SetMarks().placesOf(view, flat, rows, 4, null), expected];
    }"""
    even, bent = (engine.call(script, [[0, 1, -1, 2, -2], is_bent]) for is_bent in (False, True))
    assert even[0] == even[1] and bent[0] == bent[1] and not {*even[0][1:]} & {*bent[0][1:]}


# Two sets of one point each, at (0, 0) and (2, 1), and a path along the arc between other places that was drawn before.
WALK = """(ts) => {
    const parts = {}, find = (name) => (parts[name] ??= document.createElement("div"));
    const nothing = () => {}, told = { list: [{ name: "a" }, { name: "b" }], of: 2, packet: "p" };
    const liveMap = {
        find, told, decoder: {}, z: new Float64Array(2), mu: [0, 0, 2, 1], count: 2, on: nothing, pin: nothing, moved: nothing,
        schedule: nothing, drawOver: nothing,
    };
    liveMap.path = new js.path.Path(liveMap);
    Object.assign(find("arc"), { checked: true });
    find("strip").hidden = find("play").disabled = true;
    const walk = new js.set_walk.SetWalk({ liveMap, told, find, marks: Uint8Array.of(1, 2), text: (key) => key });
    walk.update();
    return ts.map((t) => {
        walk.walk(t);
        const isAnew = liveMap.path.task.isBusy;
        liveMap.path.task.stop();
        const { A, B } = liveMap.path.ends;
        return [[...liveMap.z], [...A], [...B], find("arc").checked, find("strip").hidden, find("play").disabled, isAnew];
    });
}"""


def test_a_walk_between_sets_is_the_path_that_the_strip_shows_and_play_goes(engine: Engine) -> None:
    first, second = engine.call(WALK, [0.25, 1])
    ends = [[0, 0], [2, 1], False, False, False]
    assert first == [[0.5, 0.25], *ends, True], "the strip is drawn anew, straight as the walk"
    assert second == [[2, 1], *ends, False], "and once is enough"


RENAME = """(steps) => {
    const parts = {}, find = (name) => (parts[name] ??= document.createElement("div"));
    let marked = ["a"];
    const setup = { get sets() { return marked; }, setSets: (names) => (marked = names) };
    const liveMap = { on() {}, setup, data: { language: "en" }, root: { getRootNode: () => ({}) }, guard: (action) => action };
    const told = { list: [], shapes: ["◆", "■"], colours: ["#000000", "#ffffff"], serial: 0 };
    const sets = { liveMap, find, told, serial: 0, text: (key) => key, tell() { this.serial++; } };
    const list = new js.set_list.SetList(sets);
    const said = (names) => {
        told.list = names.map((name, colour) => ({ name, colour, n: 1 }));
        list.update();
        return marked;
    };
    said(["a", "b"]);
    return steps.map(([name, to, names]) => {
        list.rename(name, to, 0);
        const before = list.sets.liveMap.setup.sets;
        const meanwhile = said(told.list.map(({ name }) => name));
        told.serial = sets.serial;
        return [before, meanwhile, said(names)];
    });
}"""


def test_a_mark_follows_its_set_to_another_name_and_stays_where_that_is_refused(engine: Engine) -> None:
    refused, unfit, renamed = engine.call(RENAME, [["a", "b", ["a", "b"]], ["a", "", ["a", "b"]], ["a", "c", ["c", "b"]]])
    assert refused == unfit == [["a"]] * 3 and renamed == [["a"], ["a"], ["c"]]
