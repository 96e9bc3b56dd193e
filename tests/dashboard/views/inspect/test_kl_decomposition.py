"""The mean KL in three parts: the numbers that are said and drawn are those that were stored."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures import kl_decomposition, theme
from dashboard.i18n.format import axis
from dashboard.i18n.texts import t
from tests.dashboard.pages import is_calm
from tests.dashboard.views.inspect.conftest import (
    Stored,
    Visit,
    charts,
    holes_result,
    kl_values,
    words,
)
from vae_core.runs.run import Run


def test_nats_says_the_three_parts_and_draws_them(visit: Visit, run: Run) -> None:
    kl = np.linspace(0.5, 3, 6).reshape(3, 2)
    at = visit("kl-decomposition", kl_decomposition=Stored(kl_values(), {"epochs_kl": kl, "epochs_variance": kl}))
    assert is_calm(at)
    assert t(
        "inspect.kl-decomposition.said", mean_kl="6.50", mutual_information="5.10", total_correlation="1.10", dimension_kl="0.30"
    ) in words(at)
    (fig, alt), (film, _) = charts(at)["tiny-2d-nats"], charts(at)["tiny-2d-kl-per-epoch"]
    assert [(bar["base"][0], bar["x"][0]) for bar in fig["data"]] == [(0, 6.5), (0, 5.1), (5.1, 1.1), (pytest.approx(6.2), 0.3)]
    assert all(value in alt for value in ("6.50", "5.10", "1.10", "0.30"))
    assert len(film["data"][0]["y"]) == 2 and film["data"][0]["zmin"] == 0
    assert "2,048" in words(at) and "seed 7" in words(at) and "abcdef01" in words(at) and "123 of 359" in words(at)


def test_an_autoencoder_shows_the_spread_of_its_dimensions_and_says_why_no_more(visit: Visit) -> None:
    variance = np.array([[0.5, 2.0], [0.7, 3.0]])
    values = {"mu_variance": [0.7, 3.0], "active": [0, 1], "n": 359}
    refused = [{"what": "split", "reason": "autoencoder", "sentence": ""}]
    at = visit("kl-decomposition", kl_decomposition=Stored(values, {"epochs_kl": variance * np.nan, "epochs_variance": variance}, refused))
    (fig, alt), *others = charts(at).values()
    assert is_calm(at) and not others and [info.value for info in at.info] == [t("inspect.unavailable.autoencoder")]
    assert fig["data"][0]["y"] == [axis(1), axis(0)] and "from 2.00 to 3.00" in alt


def test_too_few_images_grey_out_what_they_cannot_tell(visit: Visit) -> None:
    at = visit("kl-decomposition", kl_decomposition=Stored(kl_values(too_few=True), {"epochs_kl": np.zeros((0, 2))}))
    assert is_calm(at) and "5.88 nats (ln N)" in words(at) and t("inspect.kl-decomposition.epochs_none") in words(at)
    (fig, alt) = charts(at)["tiny-2d-nats"]
    assert [bar["marker"]["color"] for bar in fig["data"]] == [theme.KL, theme.QUIET, theme.QUIET, theme.KL]
    # A cut label tells nobody: the words begin at the left edge, and no number or error bar claims to know.
    said = [note for note in fig["layout"]["annotations"] if note["text"] == t("inspect.kl-decomposition.cannot_tell")]
    assert [(note["x"], note["xanchor"]) for note in said] == [(0, "left")] * 2 and "1.10" not in alt
    assert [bar["text"][0] == "" and not bar["error_x"]["visible"] for bar in fig["data"]] == [False, True, True, False]
    at = visit("prior-holes", prior_holes=holes_result([3], too_few=True))
    assert t("inspect.prior-holes.said_few") in words(at)


def test_of_one_image_nobody_can_tell_which_dimensions_are_active(visit: Visit) -> None:
    kl = {"epochs_kl": np.ones((3, 2)), "epochs_variance": np.ones((3, 2))}
    at = visit("kl-decomposition", kl_decomposition=Stored(kl_values() | {"n": 1, "mu_variance": [0.0, 0.0], "active": []}, kl))
    assert is_calm(at) and t("inspect.kl-decomposition.dimensions_unknown") in words(at)


def test_dimensions_that_are_neither_active_nor_asleep_are_not_in_use(visit: Visit) -> None:
    kl = {"epochs_kl": np.ones((3, 2)), "epochs_variance": np.ones((3, 2))}
    assert t("inspect.kl-decomposition.dimensions", d=2) in words(visit("kl-decomposition", kl_decomposition=Stored(kl_values(), kl)))
    found = words(visit("kl-decomposition", kl_decomposition=Stored({**kl_values(), "active": [1]}, kl)))
    assert (
        t("inspect.kl-decomposition.dimensions_some", active=1, d=2) in found and t("inspect.kl-decomposition.dimensions", d=2) not in found
    )


def test_dimensions_stand_in_the_order_given_and_the_sleepers_say_so() -> None:
    kl = np.arange(12.0).reshape(4, 3)
    (heat,) = kl_decomposition.draw_epochs(kl, [2, 0, 1], [1]).data
    np.testing.assert_array_equal(heat.z, kl[:, [2, 0, 1]].T)
    assert list(heat.y) == [axis(2), axis(0), t("inspect.kl-decomposition.asleep", name=axis(1))]


def test_the_table_of_the_split_adds_up() -> None:
    columns = kl_decomposition.columns_of_parts(kl_values(3))
    found = dict(zip(columns["part"], columns["nats"], strict=True))
    assert found["mutual_information"] + found["total_correlation"] + found["dimension_kl"] == pytest.approx(found["mean_kl"])
    assert sum(found[f"kl z{j}"] for j in (1, 2, 3)) == pytest.approx(found["mean_kl"])
