"""The rules and the kept sets of a map without a server, against those of Python; an address that somebody changed holds no sets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from tests.js.node import Engine, running
from vae_core.inspection import rules
from vae_core.latent import regions

NAMES = ("=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "Ünïcode 名字", "x" * 80)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that knows rules and kept sets."""
    with running("live_map/rules_alone.js", "live_map/kept_alone.js", "live_map/answer.js", "js/engine/sets.js") as node:
        yield node


SCRIPT = """([asked, { mu, labels, rows, column }]) => {
    const bytes = new Uint8Array(Float32Array.from(column).buffer);
    const liveMap = {
        mu, labels, indexes: rows, count: rows.length, z: [0, 0], data: { run: "r" }, worded: (error) => error.key ?? String(error),
        host: { bytes: (key) => key === "r/column/kl" && { values: bytes, type: "f4", kind: "number", categories: [] } },
        sets: { choice: null },
    };
    const { sets } = js.answer.answered({ sets: { steps: [] } }, "sets", { do: "rule", how: "new", serial: 1, ...asked }, liveMap);
    return [sets.now && Array.from(sets.now), sets.said];
}"""


def test_rules_choose_what_pythons_choose(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    mu, labels, rows = rng.normal(size=(60, 2)), rng.integers(0, 3, 60), rng.permutation(200)[:60]
    column = rng.normal(size=60).astype(np.float32)
    mu[7] = mu[3]  # as near as another
    facts = {"mu": mu.ravel().tolist(), "labels": labels.tolist(), "rows": rows.tolist(), "column": column.tolist()}
    cases: list[tuple[dict[str, Any], np.ndarray]] = [
        ({"by": "class", "number": 2}, labels == 2),
        ({"by": "near", "number": 5, "z": mu[3].tolist()}, regions.nearest(mu, mu[3], 5)),
        ({"by": "near", "number": 1, "z": mu[3].tolist()}, regions.nearest(mu, mu[3], 1)),
        ({"by": "near", "number": 0, "z": [0, 0]}, np.zeros(60, bool)),
        ({"by": "outside", "number": 1.5}, regions.outside(mu, 1.5)),
        ({"by": "rows", "words": "3-50, 9,199"}, (rows >= 3) & (rows <= 50) | (rows == 199)),
        ({"by": "range", "column": "kl", "low": "-0.5", "high": " "}, column >= -0.5),
        ({"by": "range", "column": "kl", "low": "", "high": "0"}, column <= 0),
    ]
    for asked, wanted in cases:
        now, said = engine.call(SCRIPT, [asked, facts])
        assert now == wanted.astype(int).tolist() and not said, asked
    for asked, key in [
        ({"by": "rows", "words": "<b>"}, "set_no_rows"),
        ({"by": "range", "column": "kl", "low": "", "high": ""}, "set_no_end"),
        ({"by": "range", "column": "kl", "low": "=1", "high": ""}, "set_no_number"),
        ({"by": "words", "column": "=cmd", "words": "x"}, "set_no_column"),
    ]:
        assert engine.call(SCRIPT, [asked, facts]) == [None, key]


DATES = """([zone, values, rules]) => {
    const bytes = new Uint8Array(Float64Array.from(values).buffer), before = process.env.TZ;
    const part = { values: bytes, type: "f8", kind: "date", categories: [] };
    const liveMap = { count: values.length, data: { run: "r" }, host: { bytes: () => part } };
    process.env.TZ = zone;
    try {
        return rules.map((low) => {
            let found = null;
            const error = refusal(() => (found = js.rules_alone.byRule({ by: "range", column: "when", low, high: "" }, liveMap)));
            return error ? error.key ?? error : [...found].indexOf(1);
        });
    } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
    }
}"""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_dates_are_those_of_python_wherever_the_browser_is(engine: Engine, zone: str) -> None:
    hours = [rules._seconds("2026-01-31") + 3600 * n for n in range(48)]
    given = [
        "2026-01-31",
        "2026-01-31 10:00",
        "2026-01-31T10:00:00",
        "2026-01-31 10:00+09:00",
        "2026-01-31T23:30Z",
        "2026-02-01 01:00:00.5",
    ]
    expected = [next(n for n, hour in enumerate(hours) if hour >= rules._seconds(text)) for text in given]
    assert engine.call(DATES, [zone, hours, given]) == expected
    assert engine.call(DATES, [zone, hours, ["2026", "31.1.2026", "yesterday"]]) == ["set_no_number"] * 3


KEEP = """(names) => {
    const set = Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 0, 0, 1);
    let kept = [];
    const refused = [];
    const act = (asked) => { try { kept = js.kept_alone.changed(kept, asked, set) ?? kept; } catch (error) { refused.push(error.key); } };
    names.forEach((name, n) => act({ do: "keep", name, colour: n }));
    act({ do: "keep", name: "\\u202ex", colour: 5 });
    act({ do: "rename", name: names[0], to: names[1], colour: 0 });
    act({ do: "rename", name: names[3], to: "other", colour: 6 });
    act({ do: "remove", name: "other" });
    const address = js.kept_alone.inAddress(kept);
    const told = js.kept_alone.toldOf(kept);
    return [refused, address, told.list, js.kept_alone.keptIn(address, 10).map(({ name }) => name)];
}"""


def test_sets_are_kept_in_the_address_and_come_back_from_it(engine: Engine) -> None:
    refused, address, listed, back = engine.call(KEEP, list(NAMES))
    assert refused == ["set_no_name", "set_taken"]
    assert listed == [{"name": name, "colour": n, "n": 4} for n, name in enumerate(NAMES[:3])] and back == list(NAMES[:3])
    assert "<" not in address and " " not in address


BAD = [
    "#sets=", "#sets=%", "#sets={}", "#sets=[1]", "#other", [["a", 0, "AAA="]], [["", 0, "AAAA"]], [["a", 9, "AAAA"]], [["a", 0, "****"]],
    [["a", 0.5, "AAAA"]], [["\u202ea", 0, "AAAA"]], [[["a"], 0, "AAAA"]], [["a", 0, None]], [["a" * 81, 0, "AAAA"]], [[" ", 0, "AAAA"]],
]  # fmt: skip


def test_an_address_that_somebody_changed_holds_no_sets(engine: Engine) -> None:
    for bad in BAD:
        text = bad if isinstance(bad, str) else "#sets=" + quote(json.dumps(bad))
        found = engine.call("([text, points]) => js.kept_alone.keptIn(text, points)", [text, 17])
        assert found == [], bad
    twice = "#sets=" + quote(json.dumps([["a", 0, "AAAA"], ["a", 1, "AAAA"], ["b", 2, "AAAA"]]))
    found = engine.call("([text, points]) => js.kept_alone.keptIn(text, points)", [twice, 17])
    assert [one["name"] for one in found] == ["a", "b"]
