"""What points look like by a column: categories in their colours, numbers on a scale, their legend, and the pixels painted of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plotly.colors import hex_to_rgb, sequential

from dashboard.components import column_packets, run_packets
from dashboard.figures.colours import CLASSES, class_colours
from dashboard.i18n.texts import in_language, t
from dashboard.session.workspace import Known, cleaned
from tests.dashboard.figures import hues
from tests.js import page
from tests.js.node import Engine, encoded, running
from vae_core.evaluation import paired
from vae_core.printable import shown
from vae_core.runs.columns import Column
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

MODULES = (
    *(f"js/canvas/{name}.js" for name in ("colouring", "points", "view", "colour")),
    *(f"live_map/{name}.js" for name in ("packets", "ground", "legend", "range_legend", "column_names")),
    "js/host/host.js",
    "js/host/store.js",
    "js/engine/column.js",
    "live_map/captions.js",
)
OUTLINE = [255, 255, 255, 220]
GREY = [0x8B, 0x90, 0x96, 255]
COLOUR = """([column, palette, count, { hidden = [], picked = [], range = null }]) => {
    const colouring = new js.colouring.Colouring(column, palette, count, { hidden: new Set(hidden), picked, range });
    const rgba = Array.from(new Uint8Array(colouring.colours.buffer));
    const names = Array.from(colouring.shown, (_, row) => colouring.nameOf(row) ?? null);
    const { labels, shownCount, hues } = colouring;
    const legend = [colouring.legend(), colouring.legendBeside()];
    return { rgba, shown: Array.from(colouring.shown), names, legend, isLabelled: labels !== null, shownCount, hues };
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that can colour points and paint them."""
    with running(*MODULES) as node:
        node.call(page.PAGE)
        yield node


def coloured(engine: Engine, column: dict[str, Any], count: int, **shown: Any) -> dict[str, Any]:
    """Return what a colouring says of its points; their colours as (count, 4)."""
    palette = class_colours(len(column.get("categories", ())))
    if column["kind"] != "category":
        column["scale"] = column_packets.scale_of(np.array(column["values"], float))
    found = engine.call(COLOUR, [{"name": "one", "categories": [], "unit": "", **column}, palette, count, shown])
    return found | {"rgba": np.reshape(found["rgba"], (-1, 4))}


def test_each_class_has_its_colour_and_may_be_switched_off(engine: Engine) -> None:
    labels = [2, 0, 1, 1]
    found = coloured(engine, {"kind": "category", "values": labels, "categories": ["zero", "one", "two"]}, 4, hidden=[1])
    assert found["rgba"].tolist() == [[*hex_to_rgb(CLASSES[label]), 255] for label in labels] and found["shownCount"] == 2
    assert found["shown"] == [1, 1, 0, 0] and found["names"] == ["two", "zero", "one", "one"] and found["isLabelled"]
    entries, beside = found["legend"]
    assert [(row["name"], row["colour"], row["isShown"], row["count"]) for row in entries] == [
        ("zero", CLASSES[0], True, 1), ("one", CLASSES[1], False, 2), ("two", CLASSES[2], True, 1),
    ]  # fmt: skip
    assert beside == {"others": None, "missing": None}


def test_points_without_a_class_have_the_first_colour_and_no_name(engine: Engine) -> None:
    found = coloured(engine, {"kind": "category", "values": None, "categories": ["zero"]}, 3)
    assert found["rgba"].tolist() == [[*hex_to_rgb(CLASSES[0]), 255]] * 3
    assert found["shown"] == [1, 1, 1] and found["names"] == [None] * 3 and not found["isLabelled"]


def test_twenty_categories_have_colours_and_forms_of_their_own(engine: Engine) -> None:
    """Ten in squares, ten in rings of the same hues; who has none is a grey ring, and may be switched off."""
    values = [*range(20), 255]
    column = {"kind": "category", "values": values, "categories": [f"c{n}" for n in range(20)]}
    found = coloured(engine, column, 21)
    assert found["shown"] == [1] * 10 + [1 | 4] * 11 and found["rgba"][20].tolist() == GREY
    assert len({(*rgba, way) for rgba, way in zip(map(tuple, found["rgba"].tolist()), found["shown"], strict=True)}) == 21
    assert [row["isRing"] for row in found["legend"][0]] == [False] * 10 + [True] * 10 and found["names"][20] is None
    assert found["legend"][1]["missing"] == {"category": 21, "count": 1, "isShown": True}
    assert coloured(engine, column, 21, hidden=[21])["shown"] == [1] * 10 + [5] * 10 + [0]


def test_of_a_thousand_categories_the_most_frequent_have_colours_and_who_is_looked_for(engine: Engine) -> None:
    values = [n for n in range(1000) for _ in range(2 if 500 <= n < 520 else 1)]
    column = {"kind": "category", "values": values, "categories": [f"c{n}" for n in range(1000)]}
    usual, found = coloured(engine, column, len(values)), coloured(engine, column, len(values), picked=[7, 502])
    assert [row["category"] for row in usual["legend"][0]] == list(range(500, 520))
    assert [row["category"] for row in found["legend"][0]] == [*range(500, 519), 7], "the others keep their colours"
    assert found["legend"][1]["others"] == {"category": 1000, "kinds": 980, "count": 981, "isShown": True}
    assert found["rgba"][7].tolist()[:3] == list(hex_to_rgb(CLASSES[9])) and found["rgba"][8].tolist() == GREY
    alone = coloured(engine, column, len(values), hidden=[1000])
    assert alone["shownCount"] == 40 and alone["hues"][8] is None and alone["hues"][500] == CLASSES[0]


def test_numbers_lie_on_an_even_scale_between_two_quantiles(engine: Engine) -> None:
    values = np.concatenate([[80.0, 200.0], np.random.default_rng(0).uniform(80, 200, 50), [1e6]])
    found = coloured(engine, {"kind": "number", "values": values.tolist(), "unit": "nats"}, len(values))
    np.testing.assert_allclose(found["rgba"][:, :3], viridis(values, *np.quantile(values, (0.01, 0.99))), atol=0.75)
    assert (found["rgba"][:, 3] == 255).all() and found["shown"] == [1] * len(values) and not found["isLabelled"]
    assert found["names"][:2] == ["80 nats", "200 nats"] and found["legend"] == [[], {"others": None, "missing": None}]


def test_a_range_shows_what_lies_in_it_and_what_has_no_value_is_grey_without_one(engine: Engine) -> None:
    column = {"kind": "number", "values": [1.0, 2.0, float("nan"), 3.0]}
    values = [1.0, 2.0, None, 3.0]
    scale = column_packets.scale_of(np.array(column["values"]))
    column |= {"name": "one", "categories": [], "unit": "", "values": values, "scale": scale}
    whole, part = (engine.call(COLOUR, [column, [], 4, shown]) for shown in ({}, {"range": [2, 3]}))
    assert whole["shown"] == [1, 1, 5, 1] and np.reshape(whole["rgba"], (4, 4))[2].tolist() == GREY and whole["names"][2] is None
    assert part["shown"] == [0, 1, 0, 1] and part["shownCount"] == 2 and scale is not None and scale["missing"] == 1


def test_one_number_alone_and_none_at_all_are_no_reason_to_fail(engine: Engine) -> None:
    assert coloured(engine, {"kind": "number", "values": [5.0, 5.0]}, 2)["names"] == ["5", "5"]
    column = {"name": "one", "kind": "number", "categories": [], "unit": "", "values": [None, None], "scale": None}
    assert engine.call(COLOUR, [column, [], 2, {}])["shown"] == [5, 5] and column_packets.scale_of(np.full(3, np.nan)) is None


def test_numbers_and_dates_of_any_size_are_written_for_the_eye(engine: Engine) -> None:
    write = "([kind, ends, values]) => values.map((one) => js.column.inWords({ kind, unit: '', scale: { ends } }, one))"
    numbers = {
        0: "0",
        -3: "−3",
        2026: "2026",
        12345: "12,345",
        3.14159: "3.14",
        1.5e9: "1.50 × 10⁹",
        -2.5e-7: "−2.50 × 10⁻⁷",
        0.002: "0.0020",
    }
    assert engine.call(write, ["number", [0, 1], list(numbers)]) == list(numbers.values())
    assert engine.call(write, ["date", [0, 1e9], [0, 86_400 * 366.5, 1e300]]) == ["1970-01-01", "1971-01-02", "1.00 × 10³⁰⁰"]
    assert engine.call(write, ["date", [0, 7200], [5400]]) == ["1970-01-01 01:30 UTC"]


def viridis(values: Any, low: float, high: float) -> Any:
    """Return the colours of numbers between two, (N, 3)."""
    stops = np.array([hex_to_rgb(colour) for colour in sequential.Viridis])
    share = 0.85 * np.clip((values - low) / (high - low), 0, 1) * (len(stops) - 1)  # as on a light ground
    return np.stack([np.interp(share, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], 1)


def test_points_are_squares_of_their_colour_in_an_outline(engine: Engine) -> None:
    """At 10 pixels per unit three points lie well inside of 40 x 30 pixels, one without a value; one is switched off, one lies outside."""
    column = {"name": "class", "kind": "category", "values": [0, 1, 2, 0, 255], "categories": ["a", "b", "c"], "unit": ""}
    draw = """([column, palette, flat]) => {
        const colouring = new js.colouring.Colouring(column, palette, 5);
        colouring.toggle(2);
        return painted(flat, colouring, 40, 30, 10);
    }"""
    pixels = np.reshape(engine.call(draw, [column, CLASSES[:3], [-1, 0.5, 1, -0.5, 0, 0, 9, 9, 1, 0.5]]), (30, 40, 4))
    expected = np.zeros_like(pixels)
    for x, y, colour in ((30, 20, CLASSES[1]), (10, 10, CLASSES[0]), (30, 10, "#8b9096")):
        left, top = round(x - 1.5 + 1e-9), round(y - 1.5 + 1e-9)  # three pixels wide
        expected[top - 1 : top + 4, left - 1 : left + 4] = OUTLINE
        expected[top : top + 3, left : left + 3] = [*hex_to_rgb(colour), 255]
    expected[top + 1, left + 1] = OUTLINE  # the hole of a ring
    np.testing.assert_array_equal(pixels, expected)


# A map that has its weights already takes the packet of a column, and draws its ground into a context that only says yes. What stands in
# the legend is told part by part: its kind, its words, what a screen reader hears.
MAP = """([packet, data, setup, flat]) => {
    js.store.keep(oddly(packet));
    const count = flat.length / 2, labels = new Int32Array(count), legend = document.createElement("div"), told = [];
    const points = Object.assign(new js.points.PointPainter(), { take: () => [...js.packets.arrive(liveMap)] });
    const liveMap = {
        data, host: js.host, count, labels, flat: Float32Array.from(flat), places: null, first: true, decoder: {}, mu: [],
        colouring: new js.colouring.Colouring(js.colouring.classColumn(labels, data.names), data.colours, count),
        ground: anything, film: {}, drawing: {}, layers: { points: true }, plane: { v: [0, 1] }, reach: 3.5, planeName: "0,1",
        theme: { isDark: false, text: "#000000" }, outline: js.colour.packed("#ffffff", 220), isCovered: true,
        invalidate() {}, root: { dataset: {} }, leaving: new AbortController(), sets: { choice: null, receive() {}, draw() {}, name() {} },
        view: Object.assign(new js.view.View(), { width: 400, height: 400, scale: 50 }), points,
        indexes: Int32Array.from({ length: count }, (_, n) => n), files: [], guard: (action) => action, find: () => legend,
        setup: { get: (name) => setup[name], filter: { hidden: new Set(), picked: [], range: null }, set: (changes) => told.push(changes) },
        text: (key, values = {}) => [key, ...Object.values(values)].join("|"),
    };
    liveMap.legend = new js.legend.Legend(liveMap);
    liveMap.legend.build();
    const awaited = legend.children.map((one) => one.textContent);
    for (let n = 0; n < 2; n++) js.packets.pickUp(liveMap);
    js.ground.drawGround(liveMap);
    const act = (index, type, value) => {
        const thing = legend.within.filter((one) => one.type)[index];
        if (value !== undefined) thing.value = value;
        thing.dispatchEvent(new Event(type));
    };
    const read = () => legend.within.map(({ type, textContent }) => [type ?? "", textContent ?? ""]);
    const parts = read();
    const shown = () => liveMap.colouring.shownCount;
    const acted = setup.acts.map((one) => {
        if (one[0] === "keep") liveMap.legend.range.keep();
        else act(...one);
        return [shown(), read().map(([, words]) => words).filter((words) => words.includes("shown")), told.at(-1) ?? null];
    });
    const names = [0, 1].map((row) => js.captions.nameOf(liveMap, row));
    return { awaited, pixels: Array.from(liveMap.points.image?.data ?? []), parts, names, acted, told, shown: shown() };
}"""


def on_map(engine: Engine, run: Run, column: Column, flat: Any, *acts: list[Any], packet: bytes | None = None) -> dict[str, Any]:
    """Return what a map shows that takes a column's packet, and after something was done in its legend."""
    data = run_packets.map_data(run, run_packets.run_facts(run, run.latents()), {"columns": column_packets.offered([column])})
    packet = column_packets.column_packet(run, column) if packet is None else packet
    return engine.call(MAP, [encoded(packet), data, {"by": column.name, "acts": list(acts)}, np.ravel(flat).tolist()])  # type: ignore[no-any-return]


def test_a_map_can_be_coloured_by_what_each_image_costs(engine: Engine, tiny_root: Path, tmp_path: Path) -> None:
    """The negative ELBO of a run's test images, from its files to the pixels of the map; its legend filters them."""
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    run = load_run(tmp_path, "tiny-2d")
    paired.store_costs(run, paired.compute_costs(run))
    cost = next(column for column in run.columns() if column.name == "negative_elbo")
    flat = np.random.default_rng(1).permutation([(x, y) for x in np.linspace(-3.5, 3.5, 30) for y in np.linspace(-3.5, 3.5, 30)])
    flat = flat[: len(cost.values)]  # a place of its own for each image, so that no point hides another one
    assert len(flat) == len(cost.values)
    found = on_map(engine, run, cost, flat, [0, "input", "40"], [1, "input", "30"], ["keep"])
    low, high = np.quantile(cost.values, (0.01, 0.99))
    x, y = (np.floor(200 + sign * 50 * side).astype(int) for sign, side in zip((1, -1), flat.T, strict=True))
    painted = np.reshape(found["pixels"], (400, 400, 4))[y, x]
    np.testing.assert_allclose(painted[:, :3], viridis(cost.values, low, high), atol=1)
    assert (painted[:, 3] == 255).all()
    assert all(" · said_of|column_negative_elbo|" in name and name.endswith(" unit_nats") for name in found["names"])
    words = [part[1] for part in found["parts"] if part[1]]
    assert [float(one.split()[0]) for one in words[:2]] == pytest.approx([cost.values.min(), cost.values.max()], rel=0.01)
    count = len(cost.values)
    assert found["awaited"] == [] or found["awaited"] == ["legend_awaited"]
    assert words[2].startswith(f"range_shown|{count}|{count} range_clipped|")
    limit = float(np.float32(low) + 0.4 * (np.float32(high) - np.float32(low)))
    above = int((cost.values >= limit).sum())
    first, second, kept = found["acted"]
    assert abs(first[0] - above) <= 1 and first[1][0].startswith(f"range_shown|{first[0]}|{count}")
    assert second[0] <= 1, "a thumb stops at the other one"
    assert kept[2]["between"].split(",")[0] == kept[2]["between"].split(",")[1]


def test_dates_that_lie_close_can_be_set_apart_and_kept(engine: Engine, tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    count = len(run.latents().rows)
    values = 1.76e9 + 60.0 * np.arange(count)  # a minute from image to image
    column = Column("table:when", "table", "date", lambda: values)
    flat = np.random.default_rng(3).normal(size=(count, 2))
    found = on_map(engine, run, column, flat, [0, "input", "40"], [1, "input", "60"], ["keep"])
    low, high = np.quantile(values, (0.01, 0.99))
    limits = low + (high - low) * np.array([0.4, 0.6])
    kept = found["acted"][-1][2]["between"]
    assert found["shown"] == ((values >= limits[0]) & (values <= limits[1])).sum() > count / 10
    np.testing.assert_allclose([float(end) for end in kept.split(",")], limits, atol=0.01)
    assert cleaned({"by": "table:when", "between": kept}, Known(2, {"table:when": 0}, has_umap=False))["between"] == kept


@pytest.mark.parametrize("ends", [[-1.23456789012345e-300, 1.2e-7], [-9.87654321098765e20, 1e21], [-1 / 3e6, 2 / 3e6]])
def test_limits_of_any_size_have_room_in_the_address(engine: Engine, ends: list[float]) -> None:
    script = """(clip) => {
        const range = new js.range_legend.RangeLegend({ leaving: new AbortController(), colouring: { column: { scale: { clip } } } });
        range.thumbs = [{ value: "37" }, { value: "71" }];
        return [range.limit(0), range.limit(1)].join();
    }"""
    kept = engine.call(script, ends)
    assert cleaned({"by": "kl", "between": kept}, Known(2, {"kl": 0}, has_umap=False)) == {"by": "kl", "between": kept}


def test_a_unit_is_called_as_the_language_does(engine: Engine) -> None:
    script = """([unit, words]) => {
        const liveMap = { data: { run: "r" }, text: (key) => words[key], colouring: { column: { name: "kl-1", unit } } };
        liveMap.host = { bytes: (key) => (key === "r/column/kl-1" ? { unit } : undefined) };
        js.packets.nameUnit(liveMap);
        js.packets.nameUnit(liveMap);
        return js.column.inWords({ ...liveMap.colouring.column, kind: "number" }, 80);
    }"""
    with in_language("zh"):
        words = {"unit_nats": t("live_map.unit_nats")}
    assert engine.call(script, ["nats", words]) == "80 奈特" and engine.call(script, ["s", words]) == "80 s"


def test_the_stored_map_holds_the_place_of_its_own_plane_alone(engine: Engine) -> None:
    script = """([z, planeName, isShown]) => {
        const drawn = [], plane = { u: [1, 0, 0], v: [0, 1, 0] };
        js.ground.drawMosaic({
            ground: { drawImage: ({ name }) => drawn.push(name) }, view: new js.view.View(), area: [-1, 1, -1, 1], plane, planeName, z,
            mosaic: { isShown, canvas: { name: "new" } }, stored: { canvas: { name: "stored" } },
            data: { dims: [0, 1] }, painter: { isInk: true },
        });
        return drawn;
    }"""
    cases = [([1.5, -2, 0], "0,1", False), ([1.5, -2, 0.5], "0,1", False), ([1.5, -2, 0], "0,2", False), ([1.5, -2, 0], "0,1", True)]
    assert [engine.call(script, list(case)) for case in cases] == [["stored"], ["new"], ["new"], ["new"]]


def test_bars_outside_of_the_thumbs_are_left_out(engine: Engine) -> None:
    bars = "([count, clip, limits]) => Array.from({ length: count }, (_, n) => js.range_legend.isLeftOut(n, count, clip, limits))"
    for limits, expected in {(0, 4): [0, 0, 0, 0], (1, 3): [1, 0, 0, 1], (1.5, 4): [1, 0, 0, 0], (0, 0): [0, 1, 1, 1]}.items():
        assert engine.call(bars, [4, [0, 4], limits]) == [bool(one) for one in expected], limits
    assert engine.call(bars, [1, [5, 5], [5, 5]]) == [False]


HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\u202eevil\u202c", "שלום", "مرحبا", "a\x00b\x1b[31m\r\nc", "x" * 10_000,
    "' OR 1=1 --", "=cmd|'/c calc'!A1", "{name} {n}", "&lt;b&gt;", "javascript:alert(1)", "\ud800", "\u2028\u2029", "__proto__",
    "constructor", "", " ", "null", "../../etc/passwd", "%00%0a", "a/b", "a|b,c;d", "`${1}`", "日本語", "👩‍👩‍👧", "<b>" * 500,
)  # fmt: skip


def test_hostile_names_stay_words(engine: Engine, tiny_root: Path) -> None:
    """Names of columns and categories that anybody may have written come as text of bounded length on one line, wherever they stand."""
    run = load_run(tiny_root, "tiny-2d")
    count = len(run.latents().rows)
    values = np.arange(count) % len(HOSTILE)
    flat = np.random.default_rng(2).normal(size=(count, 2))
    for name in HOSTILE:
        title = shown(name)[:100]
        column = Column(title, "table", "category", lambda: values, categories=HOSTILE)
        packet = column_packets.column_packet(run, column)
        (offer,) = column_packets.offered([column])
        assert len(offer["title"]) <= 60 and shown(offer["title"]) == offer["title"]
    found = on_map(engine, run, column, flat, packet=packet)
    told = [part for part in found["parts"] if part[0] == "button"]
    names = [column_packets.cut(name, 200) for name in HOSTILE]
    assert {part[1] for part in told} <= {*names, "legend_others|7"} and len(told) == 21
    assert all(len(one) <= 200 and one == shown(one) and "\n" not in one for one in names)
    assert all(len(engine.call("(name) => js.ground.short(name)", one)) <= 24 for one in names)


@pytest.mark.parametrize(("ground", "text", "least"), [("#ffffff", "#22262a", 2.3), ("#14171a", "#e8eaed", 4.3)])
def test_thin_strokes_of_every_class_are_seen_on_both_grounds(engine: Engine, ground: str, text: str, least: float) -> None:
    strokes = engine.call("([hexes, text]) => hexes.map((hex) => js.colour.strokeOf(hex, text))", [list(CLASSES), text])
    contrast = hues.contrasts(hues.light_of([f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in strokes]), ground)
    assert contrast.min() > least
    assert (contrast > hues.contrasts(hues.light_of(list(CLASSES)), ground)).all()
