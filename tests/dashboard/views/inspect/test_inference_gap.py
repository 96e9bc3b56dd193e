"""Which image's true posterior is in view."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.i18n.texts import t
from dashboard.views.inspect import inference_gap
from tests.dashboard.views.inspect.conftest import Stored, Visit, gap_values
from vae_core.runs.run import Run


def test_an_image_chosen_for_the_viewer_stays_though_the_page_asks_how_far_the_work_is(
    visit: Visit, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    monkeypatch.setattr(inference_gap, "_instrument", lambda run, row, result: shown.append(row))
    median, first, second = (int(row) for row in run.latents().rows[:3])
    whys = {median: "median", first: "beatable", second: "beatable"}
    examples: list[dict[str, Any]] = [{"row": row, "label": 1, "gap": 0.3, "why": why} for row, why in whys.items()]
    at = visit("inference-gap", inference_gap=Stored(gap_values() | {"examples": examples}))
    for before, chosen in ((median, first), (first, second), (second, first)):
        assert shown[-1] == before
        as_the_browser_knows_it = at._tree.get_widget_states()
        next(one for one in at.button if one.label == t("inspect.inference-gap.beatable")).click().run()
        assert shown[-1] == chosen
        at._run(as_the_browser_knows_it)  # sent before the answer had come
        assert shown[-1] == at.main.selectbox[0].value == chosen
    at.main.selectbox[0].set_value(median).run()
    assert shown[-1] == median
