"""The page Losses: curves and final numbers that add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.i18n.texts import t
from tests.dashboard.pages import Open, alt, chart, is_calm, unfinish, words
from vae_core.runs.listing import open_run


def test_losses_show_curves_and_final_numbers_that_add_up(runs: Path, visit: Open) -> None:
    at = visit("losses", run="tiny-2d")
    test = open_run(runs / "tiny-2d").summary["test"]
    assert is_calm(at) and t("losses.title") in words(at)
    shown = [float(metric.value.split(" ")[0]) for metric in at.metric]
    assert shown[0] + shown[1] == pytest.approx(shown[2]) and shown[2] == pytest.approx(test["negative_elbo"], abs=0.11)
    assert t("pixels.grey") in words(at) and t("losses.grey") in words(at)
    assert {trace["legendgroup"] for trace in chart(at)["data"]} == {"negative_elbo", "reconstruction", "kl"}
    assert "floor for grey pixels" in alt(at) and "3 epochs" in alt(at)


def test_numbers_on_training_images_are_called_so(runs: Path, visit: Open) -> None:
    for name, change in (("config.json", {"n_test": 0}), ("summary.json", {"test_split": "train"})):
        path = runs / "tiny-2d" / name
        record = json.loads(path.read_text())
        record.get("dataset", record).update(change)
        path.write_text(json.dumps(record))
    assert t("losses.training_images") in words(visit("losses", run="tiny-2d"))
    page = words(visit("latent", run="tiny-2d"))
    assert "learnt from; none were held back" in page and "never learnt from" not in page and t("app.no_test_images") in page


def test_an_unfinished_run_shows_the_losses_so_far(runs: Path, visit: Open) -> None:
    unfinish(runs / "tiny-2d")
    at = visit("losses", run="tiny-2d")
    assert is_calm(at) and "is not finished" in at.info[0].value and not at.metric
    assert len(chart(at)["data"]) == 6
    history = runs / "tiny-2d" / "history.csv"
    history.write_text(history.read_text().splitlines()[0] + "\n")
    at.run()
    assert is_calm(at) and "first epoch" in at.info[0].value and not at.get("plotly_chart")
