"""The page Report: each answer stands on numbers that are stored, and what cannot be told says why."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n.format import fixed, percent
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.views.report import answers
from dashboard.views.report.answers import with_error
from tests.dashboard.pages import Open, is_calm, words
from tests.dashboard.views.inspect.conftest import Stored, estimate
from vae_core.data import sources
from vae_core.diagnostics.trends import Trend
from vae_core.inspection import process
from vae_core.inspection.result import Result
from vae_core.latent.latents import Latents
from vae_core.messages import say
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run

PARTS = ("redrawing", "outliers")


@pytest.fixture
def run(runs: Path) -> Run:
    """A run of which the parts of the report are computed."""
    process.run_parts(open_run(runs / "tiny-2d"), PARTS)
    return load_run(runs, "tiny-2d")


def plain(at: AppTest) -> str:
    return words(at).replace("\\", "")


def redrawing(model: float = 0.03, pca: float = 0.04, error: float = 0.001, **changed: Any) -> Stored:
    """Return the part redrawing as it is stored."""
    learned = {"error": estimate(model, error), "cost": estimate(20.0, 0.3), "n": 300}
    values = {
        "model": estimate(model, error), "pca": estimate(pca, error), "difference": estimate(model - pca, error), "share": 0.8,
        "components": 2, "fitted": 1200, "cost": estimate(20.1, 0.3), "learned": learned, **changed,
    }  # fmt: skip
    return Stored(values)


def test_every_answer_shows_the_numbers_that_are_stored(run: Run, visit: Open) -> None:
    at = visit("report", run="tiny-2d")
    found, summary = json.loads(next((run.path / "evaluations").glob("redrawing-*.json")).read_text())["values"], run.summary
    assert is_calm(at) and t("report.title") in words(at)
    for name in ("model", "pca", "difference"):
        assert with_error(found[name]) in words(at)
    assert with_error(found["cost"]) in words(at) and with_error(found["learned"]["cost"]) in words(at)
    share, n = summary["knn"]["accuracy"], summary["test"]["n"]
    error = 100 * math.sqrt(share * (1 - share) / n)
    assert f"{fixed(100 * share, max(0, 1 - math.floor(math.log10(error))))}\u00a0±" in words(at)
    labels = run.latents().labels
    assert f"{percent(np.bincount(labels).max() / n)} %" in words(at)
    shown = {"₁₂".index(dim): float(nats) for dim, nats in re.findall("z([₁₂])\u00a0([0-9.]+)\u00a0±", words(at))}
    assert [shown[0], shown[1]] == pytest.approx(summary["test"]["kl_per_dim"], rel=0.02, abs=1e-4)
    html = next(one.proto.body for one in at.get("html") if "reconstructions" in one.proto.body)
    assert html.count("<img") == 3 * 12
    at.segmented_control(key="report/order").set_value("agreement").run()
    html = next(one.proto.body for one in at.get("html") if "reconstructions" in one.proto.body)
    assert is_calm(at) and html.count("<img") == 3 * 12 and " / " in html


def test_what_is_not_computed_is_offered_and_the_rest_is_told(runs: Path, visit: Open) -> None:
    at = visit("report", run="tiny-2d")
    assert is_calm(at) and {f"compute_{part}" for part in PARTS} <= {button.key for button in at.button}
    assert t("report.separates.question") in words(at) and "KL in nats" in words(at)


def test_work_at_hand_keeps_the_place_of_what_it_will_bring(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "progress", lambda run: process.InspectionProgress("running", PARTS, "redrawing", 0.5, 3.0))
    at = visit("report", run="tiny-2d")
    (bar,) = at.get("progress")
    assert is_calm(at) and t("inspect.redrawing.name") in bar.proto.text and words(at).count(t("inspect.work.coming")) == 2
    monkeypatch.setattr(
        process, "progress", lambda run: process.InspectionProgress("failed", PARTS, "redrawing", 0.5, 3.0, say("No memory."))
    )
    at = visit("report", run="tiny-2d")
    assert is_calm(at) and t("inspect.work.failed", sentence="No memory\\.") in words(at) and not at.get("progress")


def test_an_advice_leads_to_train_with_its_setting_and_the_others_of_the_run(run: Run, visit: Open) -> None:
    at = visit("report", run="tiny-2d")
    (button,) = [one for one in at.button if one.key.endswith("/latent_size")]
    button.click().run()
    assert at.title[0].value == t("train.title") and not at.exception
    assert at.session_state["train/latent_size"] == 4 and at.session_state["train/hidden"] == "32"
    assert at.session_state["train/epochs"] == run.config.train.epochs and at.session_state["train/name"] == ""


def test_without_its_images_a_run_says_what_is_missing_and_how_to_get_it(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    process.run_parts(open_run(runs / "tiny-2d"), PARTS)
    at = visit("report", run="tiny-2d")
    assert is_calm(at) and "The images of digits are not on this computer; `python -m vae_core evaluate tiny-2d` fetches them." in plain(at)
    assert t("report.redraws.unknown") in words(at) and t("inspect.redrawn_pictures") in plain(at)


# ------------------------------------------------------------------ answers, of numbers that were made up


@pytest.mark.parametrize(
    ("model", "pca", "error", "verdict"),
    [(0.03, 0.04, 0.001, "yes"), (0.05, 0.04, 0.001, "no"), (0.039, 0.04, 0.001, "even"), (0, 0, 0, "even")],
)
def test_pca_is_beaten_only_by_more_than_two_standard_errors(run: Run, model: float, pca: float, error: float, verdict: str) -> None:
    answer = answers.redraws(run, redrawing(model, pca, error))
    assert answer.verdict == verdict and answer.short == t(f"report.redraws.{verdict}")
    if verdict in ("yes", "no"):
        assert "25 % " in answer.sentences[0]


def test_overfitting_is_a_gap_that_is_clear_and_large(run: Run) -> None:
    history = run.history()

    def verdict(cost: float, model: float, learned: float, error: float = 0.02) -> str:
        known = {"error": estimate(learned, error), "cost": estimate(20.0, 0.3), "n": 300}
        return answers.overfitted(run, history, redrawing(model, cost=estimate(cost, 0.4), learned=known)).verdict

    assert verdict(20.9, 0.06, 0.03) == "no", "within two standard errors, whatever the pictures"
    assert verdict(20.9, 0.06, 0.03, 0.001) == "yes", "the pictures alone tell it"
    assert [verdict(22, error, 0.03) for error in (0.032, 0.04, 0.05)] == ["no", "little", "yes"]
    unknown = replace(run, summary={**run.summary, "validation_score": None})
    assert answers.overfitted(unknown, history, None).verdict == "unknown" and answers.overfitted(run, history, None).verdict == "no"


def test_sleeping_dimensions_are_named_with_their_nats(run: Run) -> None:
    rng = np.random.default_rng(0)
    mu = np.stack([rng.normal(size=400), 1e-3 * rng.normal(size=400)], 1)
    points = Latents(mu, np.stack([np.full(400, -4.0), np.zeros(400)], 1), None, np.arange(400))
    answer = answers.asleep(run, points)
    assert answer.verdict == "some" and re.search(f"z₂.0.0000.±.*z₁.{points.kl_per_dim[0]:.3f}.±", answer.sentences[0])
    nothing = Latents(0 * mu, np.zeros((400, 2)), None, np.arange(400))
    assert answers.asleep(run, nothing).verdict == "all"
    one = replace(run, config=run.config.with_settings(latent_size=1))
    assert answers.asleep(one, replace(points, mu=mu[:, :1], log_var=points.log_var[:, :1])).sentences[0].startswith("The only dimension")
    autoencoder = replace(run, summary={**run.summary, "test": {**run.summary["test"], "kl": None, "active_units": 1}})
    alone = replace(autoencoder, summary={**run.summary, "test": {**autoencoder.summary["test"], "n": 1}})
    assert answers.asleep(alone, points).verdict == "unknown"
    assert answers.asleep(autoencoder, points).verdict == "some" and "Of 2 means 1" in answers.asleep(autoencoder, points).sentences[0]


def test_classes_are_told_apart_beside_guessing(run: Run) -> None:
    points = cache.latents(run)
    named = [answers.separates(replace(run, summary={**run.summary, "knn": {"k": 20, "accuracy": share, "pca_accuracy": None}}), points)
             for share in (0.2, 0.6, 0.95)]  # fmt: skip
    assert [answer.verdict for answer in named] == ["no", "partly", "yes"]
    bare = replace(run, summary={**run.summary, "knn": None}, dataset={**run.dataset, "class_names": []})
    assert answers.separates(bare, points).sentences == [t("report.separates.no_classes")]


def test_an_error_says_how_many_places_count() -> None:
    assert (
        with_error(estimate(0.031234, 0.00042)) == "0.03123\u00a0±\u00a00.00042" and with_error(estimate(123.4, 25)) == "123\u00a0±\u00a025"
    )
    assert with_error({"value": 0.5, "standard_error": None}) == "0.500" and with_error(estimate(-1.26, 0.1)) == "−1.26\u00a0±\u00a00.10"


def test_a_reason_is_told_once(run: Run) -> None:
    entry = {"what": "redrawing", "reason": "no-data", "sentence": "It is *away*."}
    nothing = Result("redrawing", {}, {}, [entry, entry], run.path / "evaluations" / "none.npz")
    assert answers.redraws(run, nothing).sentences == ["It is \\*away\\*\\."]


def test_what_is_measured_on_the_kept_weights_decides_and_not_the_curve(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "find_trends", lambda history, size: [Trend("overfitting", {"epoch": 3, "worse": 5.0})])
    answer = answers.overfitted(run, run.history(), redrawing())
    assert answer.verdict == "no" and "From epoch 3 on" in answer.sentences[0] and answer.sentences[1] == t("report.overfitted.said_no")
    assert answers.overfitted(run, run.history(), None).verdict == "yes", "nothing else is known"


def test_one_image_tells_nothing(run: Run) -> None:
    def one(value: float) -> dict[str, Any]:
        return {"value": value, "standard_error": None}

    found = redrawing(difference=one(-0.01), cost=one(90.0))
    for answer in (answers.redraws(run, found), answers.overfitted(run, run.history(), found)):
        assert answer.verdict == "unknown" and answer.sentences[0] == t(f"report.{answer.key}.said_unknown")
