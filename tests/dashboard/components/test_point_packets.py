"""Many points are sent in few bytes: as exact as the screen is fine, never more than fit, and the same ones each time."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dashboard.components import point_packets
from dashboard.components.bundler import HERE
from vae_core.latent import aggregate_posterior
from vae_core.latent.latents import Latents

MOST_ZOOM = 40
ACROSS = 884  # pixels of a map


def drawn(n: int, d: int, seed: int = 0) -> Latents:
    """Return n posteriors of ten classes, some of them far out."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    mu = rng.standard_normal((n, d)) * 0.5 + rng.standard_normal((10, d))[labels]
    mu[: n // 1000] *= 30
    return Latents(mu.astype(np.float32), np.full((n, d), -4.0, np.float32), labels, np.arange(n))


def decoded(blobs: dict[str, bytes], box: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return quantised numbers as the browser has them, and which of them lie inside the box; those outside are 0."""
    low, size = box
    bits = np.unpackbits(np.frombuffer(blobs["codes"], np.uint8), bitorder="little").reshape(-1, point_packets.BITS)
    codes = (bits << np.arange(point_packets.BITS)).sum(1)[: np.prod(shape)].reshape(shape)
    is_inside = codes < point_packets.OUTSIDE
    return np.where(is_inside, low + codes * (size.astype(np.float64) / (point_packets.OUTSIDE - 1)), 0), is_inside


def test_browser_and_server_agree_on_what_is_many() -> None:
    script, view = (HERE / "js" / folder for folder in ("engine/grid_index.js", "canvas/view.js"))
    assert f"const MANY = {point_packets.MANY};" in script.read_text()
    assert re.search(r"const MOST_ZOOM = (\d+)", view.read_text())[1] == str(MOST_ZOOM)


def test_a_point_is_drawn_within_a_pixel_of_its_place_at_the_closest_zoom() -> None:
    points = drawn(100_000, 2)
    blobs, box = point_packets.quantised(points.mu)
    back, is_inside = decoded(blobs, box, points.mu.shape)
    ends = points.quantiles()
    reach = np.abs(ends).max() * 1.08  # as the map opens: see live_map.js
    pixels = np.abs(back - points.mu)[is_inside].max() * ACROSS / (2 * reach) * MOST_ZOOM
    assert 0.6 < pixels <= 1
    assert np.array_equal(np.frombuffer(blobs["outside"], "<f4"), points.mu[~is_inside]) and 0 < (~is_inside).mean() < 0.011


def test_a_million_points_of_two_dimensions_are_sent_and_of_more_dimensions_as_many_as_fit() -> None:
    for n, d, kept in ((1_000_000, 2, 1_000_000), (400_000, 16, 125_000), (70_001, 64, 31_250)):
        mu = np.random.default_rng(0).standard_normal((n, d), dtype=np.float32)
        rows = np.cumsum(np.random.default_rng(1).integers(1, 20, n))
        blobs, facts = point_packets.blobs_of(Latents(mu, mu, rows % 10, rows))
        assert facts["count"] == kept and facts["of"] == n and len(blobs["codes"]) == -(-14 * d * kept // 56) * 7
        assert sum(map(len, blobs.values())) < 5.2e6
        assert (np.arange(n)[point_packets.sent(n, d)] == np.arange(n)[point_packets.sent(n, d)]).all()


def test_a_million_points_leave_room_for_weights_and_picture_in_six_megabytes() -> None:
    mu = np.random.default_rng(0).standard_normal((1_000_000, 2), dtype=np.float32)
    points = Latents(mu, mu - 4, np.arange(len(mu)) % 10, np.arange(60_000, 1_060_000))
    blobs = [point_packets.blobs_of(points)[0], point_packets.trusted(points)[0]]
    assert sum(len(blob) for one in blobs for blob in one.values()) < 4.3e6  # and those of mnist-2d take 1.6e6


def test_up_to_seventy_thousand_are_sent_as_they_are_stored() -> None:
    points = drawn(500, 3)
    blobs, facts = point_packets.blobs_of(points)
    assert facts == {} and blobs["mu"] == points.mu.tobytes() and "own" not in point_packets.trusted(points)[0]
    assert point_packets.sent(70_000, 16) == slice(None)


def test_the_error_of_a_sample_of_posteriors_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against all of them, the error at places where images lie is what is said."""
    monkeypatch.setattr(point_packets, "MANY", 1000)
    monkeypatch.setattr(point_packets, "POSTERIORS", 1500)
    monkeypatch.setattr(aggregate_posterior, "DRAWS", 300)
    points = drawn(12_000, 2)
    blobs, facts = point_packets.trusted(points)
    own = np.cumsum([facts["first"], *np.frombuffer(blobs["gaps"], np.uint8)])
    assert facts["of"] == 12_000 and len(np.unique(own)) == facts["count"] == 1500
    spreads, is_inside = decoded(blobs, np.float32(facts["box"]), (1500, 2))
    assert np.abs(spreads - points.log_var[own])[is_inside].max() < 1e-4
    rest = np.setdiff1d(np.arange(12_000), own)[::30]
    z = points.mu[rest] + np.exp(-2.0) * np.random.default_rng(1).standard_normal((len(rest), 2))
    by_sample = aggregate_posterior.log_density(z, points.mu[own], points.log_var[own])
    gap = by_sample - aggregate_posterior.log_density(z, points.mu, points.log_var, own=rest)
    assert facts["error"] == pytest.approx(np.median(np.abs(gap)), rel=0.3)
