"""What an index of many points finds is what a look at all of them finds; and packets of many points come back as they were sent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from dashboard.components import point_packets
from tests.js.node import Engine, encoded, running
from vae_core.latent.latents import Latents

CLOUDS = ("bell", "alike", "one spot", "far", "line")
INDEX = """const index = new js.grid_index.GridIndex(flat); [...index.build()];"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that knows points."""
    with running(*(f"js/engine/{name}.js" for name in ("grid_index", "plane", "selection", "point_packet"))) as node:
        yield node


def cloud(kind: str, count: int = 1500) -> np.ndarray:
    """Return points (count, 2) as float32 numbers: many alike, all on one spot, a few far away, or on one line."""
    rng = np.random.default_rng(3)
    points = rng.standard_normal((count, 2))
    if kind == "alike":
        points = points.round(1)
    elif kind == "one spot":
        points[:] = 0.5
    elif kind == "far":
        points[:7] *= 1e6
    elif kind == "line":
        points[:, 1] = 0
    return points.astype(np.float32).astype(float)


@pytest.mark.parametrize("kind", CLOUDS)
def test_the_nearest_are_the_same_rows(engine: Engine, kind: str) -> None:
    rng = np.random.default_rng(4)
    points = cloud(kind)
    places = np.concatenate([rng.normal(0, 2, (40, 2)), points[:20], [[9e6, -9e6], [0.5, 0.5], [-40, 0]]])
    script = f"""([points, places]) => {{
        const flat = Float32Array.from(points.flat()); {INDEX}
        const sorted = Array.from(index.rows).sort((one, other) => one - other);
        const found = places.map((place) => ["index", "all"].map((way) => {{
            const [rows, far] = [new Int32Array(20), new Float64Array(20)];
            if (way === "index") index.nearest(place, rows, far);
            else js.plane.nearest(flat, points.length, place, rows, far);
            return [Array.from(rows), Array.from(far)];
        }}));
        return [sorted.every((row, n) => row === n), index.side, found];
    }}"""
    is_whole, side, found = engine.call(script, [points.tolist(), places.tolist()])
    assert is_whole and side == 14
    for by_index, by_all in found:
        assert by_index == by_all


@pytest.mark.parametrize("kind", CLOUDS)
def test_windows_and_polygons_hold_the_same_points(engine: Engine, kind: str) -> None:
    rng = np.random.default_rng(5)
    points = cloud(kind)
    polygons = [rng.normal(0, 1.5, (corners, 2)) for corners in (3, 4, 7, 60)]
    polygons += [np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]]), np.array([[-9, 0.1], [9, 0.1], [9, 0.2], [-9, 0.2]]), points[:5] * 3]
    windows = np.sort(rng.normal(0, 1, (20, 2, 2)), axis=2).reshape(-1, 4)  # left, right, low, high
    script = f"""([points, polygons, windows]) => {{
        const flat = Float32Array.from(points.flat()); {INDEX}
        const inside = (polygon) => {{
            const steps = index.inside(polygon);
            for (;;) {{ const {{ done, value }} = steps.next(); if (done) return Array.from(value); }}
        }};
        const sets = polygons.map((polygon) => [inside(polygon), Array.from(js.selection.inside(polygon, flat))]);
        const seen = windows.map((one) => index.around(...one).flatMap(([first, end]) => Array.from(index.rows.subarray(first, end))));
        return [sets, seen];
    }}"""
    sets, seen = engine.call(script, [points.tolist(), [polygon.tolist() for polygon in polygons], windows.tolist()])
    for by_index, by_all in sets:
        assert by_index == by_all
    assert kind != "bell" or all(0 < sum(one) < len(points) for one, _ in sets[:5])
    for rows, (left, right, low, high) in zip(seen, windows, strict=True):
        within = (points[:, 0] >= left) & (points[:, 0] <= right) & (points[:, 1] >= low) & (points[:, 1] <= high)
        assert len(rows) == len(set(rows)) and set(np.flatnonzero(within)) <= set(rows)


def test_few_cells_are_looked_at_in_a_window(engine: Engine) -> None:
    script = f"""(points) => {{
        const flat = Float32Array.from(points.flat()); {INDEX}
        return index.around(-0.1, 0.1, -0.1, 0.1).reduce((sum, [first, end]) => sum + end - first, 0);
    }}"""
    points = cloud("bell", 20_000)
    within = (np.abs(points) <= 0.1).all(1).sum()
    assert within <= engine.call(script, points.tolist()) < 3 * within


@pytest.mark.parametrize(("classes", "rows"), [(10, "drawn"), (200, "in a row"), (1000, "far apart"), (0, "mixed")])
def test_a_packet_of_many_points_comes_back(engine: Engine, monkeypatch: pytest.MonkeyPatch, classes: int, rows: str) -> None:
    monkeypatch.setattr(point_packets, "MANY", 100)
    rng = np.random.default_rng(6)
    n = 501
    numbers = {
        "drawn": np.sort(rng.choice(5000, n, replace=False)),
        "in a row": np.arange(60_000, 60_000 + n),
        "far apart": np.cumsum(rng.choice([1, 254, 255, 256, 510, 511, 70_000], n)),
        "mixed": rng.permutation(n),
    }[rows]
    mu = rng.standard_normal((n, 2)).astype(np.float32)
    labels = rng.integers(0, classes, n) if classes else None
    blobs, facts = point_packets.blobs_of(Latents(mu, np.zeros_like(mu), labels, numbers))
    script = """([facts, blobs]) => {
        const parts = Object.fromEntries(Object.entries(blobs).map(([name, text]) => [name, oddly(text)]));
        const steps = js.point_packet.unpacked({ ...facts, ...parts }, 2);
        let step = steps.next();
        while (!step.done) step = steps.next();
        const { mu, labels, rows } = step.value;
        return [Array.from(mu), labels && Array.from(labels), Array.from(rows)];
    }"""
    found, names, back = engine.call(script, [facts, {name: encoded(blob) for name, blob in blobs.items()}])
    assert back == numbers.tolist() and names == (None if labels is None else labels.tolist())
    size = np.array(facts["box"][1])
    assert (np.abs(np.reshape(found, mu.shape) - mu) <= size / 2 / 16382 + 1e-6).all()
