"""The instrument of the page Inspect: what its JavaScript computes from a stored field, against vae_core."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from dashboard.components.posterior import posterior_packet
from tests.js.models import model
from tests.js.node import Engine, encoded, running
from tests.places import SHIPPED
from vae_core.data import sources
from vae_core.evaluation.posterior_grid import PosteriorGrid, gap_of, grid_of
from vae_core.runs.listing import load_run

MODULES = ("js/engine/posterior_grid.js", "posterior/drawing.js", "posterior/input.js")
TOLERANCE = 1e-3  # nats
# The packet is taken apart as store.js does it; the bytes reach the field at an odd offset and are copied, as the component does.
GAPS = """([packet, normals]) => {
    const bytes = oddly(packet), start = 4 + new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    const told = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
    const values = new Float32Array(bytes.subarray(start, start + told.sizes[0][1]).slice().buffer);
    const there = new js.posterior_grid.Field(told, values);
    return normals.map(([mu, sigma]) => [there.gap(mu, sigma), there.posterior(mu)]);
}"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the instrument's arithmetic loaded."""
    with running(*MODULES) as node:
        yield node


@pytest.fixture(scope="module", params=[1, 2])
def exact(request: pytest.FixtureRequest) -> PosteriorGrid:
    """The field of a digit."""
    return of_a_digit(request.param)


@cache
def of_a_digit(d: int) -> PosteriorGrid:
    """Return the field of a digit: in two dimensions under the shipped run, in one under a model that was not trained."""
    digits = sources.load("digits")
    vae = load_run(SHIPPED, "digits-2d").model() if d == 2 else model("mlp", latent_size=1)
    return grid_of(vae, torch.tensor(digits.values[1500] / digits.divisor, dtype=torch.float32))


def normals(exact: PosteriorGrid) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the encoder's normal, the best one, and others near and far, wide and narrow, half outside of the finest level."""
    rng = np.random.default_rng(0)
    own = [(exact.mu, exact.sigma), (exact.best_mu, exact.best_sigma)]
    near = [
        (exact.best_mu + exact.best_sigma * rng.normal(size=exact.mu.shape), exact.best_sigma * np.exp(rng.normal(size=exact.mu.shape)))
        for _ in range(8)
    ]
    edge = [(exact.levels[0].high, exact.sigma), (exact.levels[1].low, 0.5 * exact.sigma)]
    return [*own, *near, *edge, (np.full_like(exact.mu, 2.0), np.full_like(exact.mu, 0.5))]


def told(engine: Engine, exact: PosteriorGrid, some: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return gap and density of the exact posterior at the middle, as the page computes them, (N, 2)."""
    plain = [[mu.tolist(), sigma.tolist()] for mu, sigma in some]
    return np.array(engine.call(GAPS, [encoded(posterior_packet(exact, "key", None)), plain]))


def test_the_page_computes_the_gap_to_a_thousandth_of_a_nat(engine: Engine, exact: PosteriorGrid) -> None:
    some = normals(exact)
    expected = np.array([gap_of(exact, mu, np.log(sigma)) for mu, sigma in some])
    assert np.ptp(expected) > 1
    # float32 keeps seven digits: far out, where a guess loses hundreds of nats, a thousandth is one part in a million.
    np.testing.assert_allclose(told(engine, exact, some)[:, 0], expected, atol=TOLERANCE, rtol=1e-6)


def test_a_field_off_by_a_tenth_of_a_nat_is_seen(engine: Engine, exact: PosteriorGrid) -> None:
    some = normals(exact)[:2]
    off = replace(exact, levels=tuple(replace(one, log_ratio=one.log_ratio + 0.1) for one in exact.levels))
    assert np.abs(told(engine, off, some)[:, 0] - [gap_of(exact, mu, np.log(sigma)) for mu, sigma in some]).min() > 0.09


def test_the_page_draws_the_exact_density(engine: Engine, exact: PosteriorGrid) -> None:
    level, density = exact.levels[exact.inset], exact.posterior().ravel()
    places = level.places.reshape(-1, len(exact.mu))[np.argsort(-density)[[0, 10, 50]]]
    expected = np.exp(exact.log_ratio(places) - 0.5 * (places**2 + np.log(2 * np.pi)).sum(1))
    np.testing.assert_allclose(told(engine, exact, [(z, exact.sigma) for z in places])[:, 1], expected, rtol=1e-4)
    cell = float(np.prod((level.high - level.low) / np.array(level.log_ratio.shape[::-1])))
    assert density.sum() * cell == pytest.approx(1, abs=0.02)


def test_the_encoder_loses_no_less_than_the_best(engine: Engine, exact: PosteriorGrid) -> None:
    encoder, best = told(engine, exact, [(exact.mu, exact.sigma), (exact.best_mu, exact.best_sigma)])[:, 0]
    assert -TOLERANCE < best < encoder + TOLERANCE


def test_the_end_of_the_scale_is_round_and_beyond_the_encoder(engine: Engine) -> None:
    nats = [0.01, 0.7, 1.8, 4.4, 6.6, 32.0, 500.0]
    ends = engine.call("(nats) => nats.map(js.drawing.endOfScale)", nats)
    for one, end in zip(nats, ends, strict=True):
        assert end >= 1.5 * one and end <= max(1, 3.1 * one) and float(f"{end:.0e}") == end


HAND = """(button) => {
    const acts = {}, sent = [], field = { levels: [{ low: [-1, -1], high: [1, 1] }] };
    const instrument = { on: (part, name, act) => (acts[`${part} ${name}`] = act), d: 2, field, mu: [0, 0], sigma: [1, 1], grip: null };
    instrument.view = { x: 0, y: 0, width: 200, height: 200, scale: 50, ratio: 1 };
    instrument.set = (told) => sent.push(told.mu);
    js.input.listen(instrument);
    const currentTarget = { setPointerCapture() {}, getBoundingClientRect: () => ({ left: 0, top: 0, width: 200, height: 200 }) };
    const event = { currentTarget, type: "pointerdown", button, buttons: button ? 2 : 1, clientX: 100, clientY: 100, pointerId: 1 };
    for (const part of ["over", "overview"]) acts[`${part} pointerdown`](event);
    return [instrument.grip !== null, sent.length];
}"""


def test_only_the_first_button_takes_hold(engine: Engine) -> None:
    assert engine.call(HAND, 0) == [True, 1] and engine.call(HAND, 2) == [False, 0]


def test_the_packet_is_what_the_loader_reads(exact: PosteriorGrid) -> None:
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    data = posterior_packet(exact, "run/field/3", image)
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    assert header["key"] == "run/field/3" and header["picture"] == {"channels": 1, "height": 8, "width": 8}
    (_, size), (_, last) = header["sizes"]
    assert size == 4 * sum(one.log_ratio.size for one in exact.levels) and data[-last:] == image.tobytes()
    assert len(data) < 200_000
