"""The map of the holes, and each with its mass, its error and the nearest image."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures import prior_holes
from dashboard.i18n.texts import t
from tests.dashboard.pages import is_calm
from tests.dashboard.views.inspect.conftest import (
    Visit,
    charts,
    holes_result,
    words,
)
from vae_core.runs.run import Run


@pytest.mark.parametrize("d", [1, 2, 3])
def test_holes_are_drawn_and_listed_with_mass_error_and_nearest_image(visit: Visit, run: Run, d: int) -> None:
    rows = run.latents().rows[:5].astype(int).tolist()
    at = visit("prior-holes", prior_holes=holes_result(rows, d))
    assert is_calm(at)
    assert t("inspect.prior-holes.said", mass="5.1", error="0.07", expected="1") in words(at)
    legends = [t(f"inspect.prior-holes.{key}") in words(at) for key in ("legend_1", "legend")]
    assert legends == [d == 1, d == 2], "a curve has other marks than a map"
    assert "2.1 ± 0.04 %" in words(at) and f"”, row {rows[0]}" in words(at).replace("\\", "")
    found = charts(at)
    assert ("tiny-2d-cloud" in found) == (d < 3) and len(found["tiny-2d-holes"][0]["layout"]["images"]) == 5


def test_a_hole_leads_to_its_place_on_explore(visit: Visit, run: Run) -> None:
    at = visit("prior-holes", prior_holes=holes_result(run.latents().rows[:5].astype(int).tolist()))
    assert [button.key for button in at.button if str(button.key).startswith("hole/")] == [f"hole/{n}" for n in range(5)]
    at.button(key="hole/1").click().run()
    assert is_calm(at) and at.title[0].value == t("explore.title") and at.query_params["z"] == "0.5,-1.25"


def test_zero_is_the_neutral_colour_of_the_cloud() -> None:
    result = holes_result([1])
    heat = prior_holes.draw_map(result.arrays["axis"], result.arrays["log_ratio"], result.arrays["region"], result.values).data[0]
    assert heat.zmin == -heat.zmax and heat.zmax > 4 and heat.colorscale[1][1].endswith(",0)") and heat.colorscale[1][0] == 0.5
    assert prior_holes.THINNER in heat.colorscale[0][1] and prior_holes.THICKER in heat.colorscale[-1][1]
    np.testing.assert_array_equal(heat.z, result.arrays["log_ratio"])
    flat = prior_holes.columns_of(result.arrays["axis"], result.arrays["log_ratio"], result.arrays["region"])
    assert flat["z1"][1] > flat["z1"][0] and flat["z2"][1] == flat["z2"][0]  # row 0 runs along the first dimension
