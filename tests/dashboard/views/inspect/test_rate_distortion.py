"""Runs as points of rate and distortion need no computation."""

from __future__ import annotations

import pytest

from dashboard.figures.rate_distortion import NAMED, draw_runs
from dashboard.figures.theme import INK
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from tests.dashboard.pages import is_calm
from tests.dashboard.views.inspect.conftest import (
    Visit,
    charts,
    words,
)
from vae_core.evaluation import rate_distortion
from vae_core.evaluation.rate_distortion import Point
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


def test_rate_and_distortion_needs_no_computation(visit: Visit, run: Run) -> None:
    at = visit("rate-distortion")
    own, other = (load_run(run.path.parent, name).summary["test"] for name in ("tiny-2d", "tiny-5d"))
    spec, alt = charts(at)["tiny-2d-rate-distortion"]
    finals = [trace for trace in spec["data"] if trace["mode"] == "markers+text"]
    assert is_calm(at) and [list(zip(trace["x"], trace["y"], strict=True)) for trace in finals] == [
        [(one["kl"], one["reconstruction"])] for one in (other, own)
    ], "the run that is shown lies on top"
    assert fixed(own["kl"], 1) in alt and fixed(own["reconstruction"], 1) in words(at)


def test_lines_of_equal_price_run_through_equal_sums() -> None:
    points = [
        Point("a", "A", 7.0, 128.0, "run", 20),
        Point("b", "<b>B</b>", 19.0, 80.0, "run", 20),
        Point("a", "A", 6.0, 150.0, "epoch", 1),
    ]
    fig = draw_runs(points, rate_distortion.diagonals(points), "a")
    lines = [trace for trace in fig.data if trace.line.dash == "dot"]
    assert lines and all(x0 + y0 == pytest.approx(x1 + y1) for (x0, x1), (y0, y1) in ((trace.x, trace.y) for trace in lines))
    sums = {t("inspect.rate-distortion.diagonal", nats=fixed(trace.x[0] + trace.y[0], 0)) for trace in lines}
    assert "<b>B</b>" not in fig.to_json() and sums == {note.text for note in fig.layout.annotations}, (
        "each line says what is equal along it"
    )
    low, high = fig.layout.yaxis.range
    assert low < 80 and high > 150


def test_hundreds_of_runs_are_a_handful_of_traces_and_their_trails_do_not_touch() -> None:
    points = [Point(f"r{i}", f"R{i}", 5 + 0.01 * i, 100 - 0.01 * i, "run", 3) for i in range(200)]
    points += [Point(f"r{i}", f"R{i}", 4 + epoch, 110 - epoch, "epoch", epoch) for i in range(200) for epoch in (1, 2)]
    fig = draw_runs(points, [], "r7")
    trails = [trace for trace in fig.data if trace.mode == "lines+markers"]
    assert len(fig.data) == 4 and [len(trace.x) for trace in trails] == [199 * 2 + 198, 2] and trails[0].x[2] is None
    assert trails[0].text[3].startswith("R1,") and sum(colour == INK for colour in fig.data[1].textfont.color) == NAMED - 1
