"""Figures that are drawn once for all viewers, and never show what has changed since."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboard.i18n.texts import in_language, t
from dashboard.session.cache import digest
from dashboard.views.losses import curves
from tests.dashboard.pages import Open, chart


@dataclass(frozen=True)
class Point:
    """Values that belong together."""

    name: str
    place: NDArray[Any]


def test_a_figure_is_drawn_once_for_all_viewers_and_anew_when_its_run_changes(
    runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    draw: Callable[..., Any] = curves.curves

    def counted(*values: Any, **more: Any) -> Any:
        drawn.append(values)
        return draw(*values, **more)

    monkeypatch.setattr(curves, "curves", counted)
    first = chart(visit("losses", run="tiny-2d"))
    assert chart(visit("losses", run="tiny-2d")) == first and len(drawn) == 1
    chinese = chart(visit("losses", run="tiny-2d", lang="zh"))
    with in_language("zh"):
        assert t("losses.sum") in {trace["name"] for trace in chinese["data"]} and len(drawn) == 2
    history = runs / "tiny-2d" / "history.csv"
    before = history.stat()
    written = history.read_text()
    place = written.rindex("\n", 0, -1) + 1
    history.write_text(written[:place] + written[place:].replace("1", "2"))  # as many bytes
    os.utime(history, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    after = chart(visit("losses", run="tiny-2d"))
    assert after != first and len(drawn) == 3
    assert visit("losses", run="tiny-5d").get("plotly_chart") and len(drawn) == 4


def test_values_have_one_name_where_they_are_equal_and_another_where_not() -> None:
    values = [
        1, 1.0, True, None, "1", "ab", ("a", "b"), ("ab",), ("a", ("b",)), {"a": 1}, {"a": 2}, {"b": 1}, np.float32(1), np.zeros(2),
        np.zeros((1, 2)), np.zeros(2, np.float32), np.array([0.0, 1e-300]), [np.zeros(1), np.zeros(1)], {"a": np.zeros(2)}, "\ud800",
        np.array(["a", "b"]), Point("a", np.zeros(1)), Point("a", np.ones(1)), partial(max, 1), partial(min, 1), partial(max, 2),
    ]  # fmt: skip
    assert len({digest(value) for value in values}) == len(values)
    turned = np.arange(6).reshape(2, 3).T
    assert digest(turned) == digest(np.ascontiguousarray(turned)) and digest([1]) == digest((1,))
    for unknown in (object(), {"a": np.array([object()])}, int):
        with pytest.raises(TypeError):
            digest(unknown)
