"""The page Use: an application with what was measured, and what cannot be had in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n.texts import t
from dashboard.views.use import anomaly as anomaly_page
from dashboard.views.use import completion as completion_page
from dashboard.views.use import denoising as denoising_page
from dashboard.views.use import editing as editing_page
from dashboard.views.use import features as features_page
from dashboard.views.use import few_labels as few_labels_page
from dashboard.views.use import generation as generation_page
from dashboard.views.use import search as search_page
from dashboard.views.use.compression import _sentence
from tests.dashboard.pages import open_page
from tests.dashboard.views.inspect.conftest import charts, is_calm, words
from tests.places import SHIPPED
from vae_core.inspection import process
from vae_core.inspection.parts.registry import APPLICATIONS
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The shipped run on digits, in a folder of its own."""
    root = tmp_path_factory.mktemp("runs")
    shutil.copytree(SHIPPED / "digits-2d", root / "digits-2d")
    return load_run(root, "digits-2d")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, run: Run) -> list[tuple[str, ...]]:
    """What the page starts; nothing is computed."""
    monkeypatch.setenv("LATENT_LENS_RUNS", str(run.path.parent))
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(process, "start", lambda run, parts=(), split="test": asked.append(tuple(parts)))
    return asked


def test_what_takes_seconds_is_computed_by_itself_and_then_shown(run: Run, started: list[tuple[str, ...]], tmp_path: Path) -> None:
    at = open_page("use", {"run": "digits-2d"})
    assert is_calm(at) and [set(parts) for parts in started] == [set(APPLICATIONS)] and t("inspect.features.promise") in words(at)
    found = {one.part: one for one in process.run_parts(run, list(APPLICATIONS), max_images=120)}
    at.run()
    assert is_calm(at) and list(charts(at)) == ["digits-2d-features-logistic", "digits-2d-features-knn"]
    assert features_page.sentence(found["features"].values) in words(at) and t("inspect.features.not_for") in words(at)
    assert features_page.origin(found["features"].values["autoencoder"]) in [one.value for one in at.caption]
    at.query_params["part"] = "few-labels"
    at.run()
    few = found["few-labels"].values
    assert is_calm(at) and list(charts(at)) == ["digits-2d-few-labels"] and few_labels_page.sentence(few) in words(at)
    assert few_labels_page.added(few["gains"][0], few) in words(at)
    at.query_params["part"] = "search"
    at.run()
    assert is_calm(at) and list(charts(at)) == ["digits-2d-search", "digits-2d-search-mu"]
    assert search_page.sentence(found["search"].values) in words(at)
    at.query_params["part"] = "generation"
    at.run()
    assert is_calm(at) and list(charts(at)) == ["digits-2d-generation-precision", "digits-2d-generation-prior"]
    assert generation_page.sentence(found["generation"].values["found"]) in words(at)
    at.selectbox(key="generation_kind").set_value("mixture").run()
    assert is_calm(at) and generation_page.copied(found["generation"].values, "mixture") in words(at)
    at.query_params["part"] = "anomaly"
    at.run()
    assert is_calm(at) and list(charts(at)) == ["digits-2d-anomaly-halves", "digits-2d-anomaly-halves-roc"]
    halves = [one for one in found["anomaly"].values["found"] if one["kind"] == "halves"]
    assert anomaly_page.sentence(halves, t("inspect.anomaly.kind.halves")) in words(at)
    at.select_slider(key="anomaly_alarm").set_value(10.0).run()
    assert is_calm(at) and "10.0 of 100 test images" in words(at)
    at.query_params["part"] = "denoising"
    at.run()
    assert is_calm(at) and list(charts(at)) == ["digits-2d-denoising", "digits-2d-denoising-0.3"]
    assert told(at, "denoising")["row"] == run.latents().rows[0] and told(at, "denoising")["support"] == "binary"
    at.select_slider(key="denoising_noise").set_value(0.8).run()
    assert is_calm(at) and denoising_page.sentence(found["denoising"].values["found"], 0.8) in words(at)
    at.query_params["part"] = "compression"
    at.run()
    assert is_calm(at) and list(charts(at)) == ["digits-2d-compression-100", "digits-2d-compression-120"]
    assert _sentence(found["compression"].values["sets"][0]) in words(at) and t("inspect.compression.thresholded") in words(at)
    assert "compress digits-2d --out images.llz" in at.code[0].value


def test_what_is_completed_and_edited_is_shown_and_kept_sets_are_edited_too(run: Run, started: list[tuple[str, ...]]) -> None:
    found = {one.part: one for one in process.run_parts(run, ["completion", "editing"], max_images=120)}
    at = open_page("use", {"run": "digits-2d", "part": "completion"})
    assert is_calm(at) and list(charts(at)) == ["digits-2d-completion-lower", "digits-2d-completion-lower-pictures"]
    erased = [one for one in found["completion"].values["found"] if one["erased"] == "lower"]
    assert completion_page.sentence(erased, t("inspect.completion.erased.lower")) in words(at)
    assert told(at, "completion")["row"] == run.latents().rows[0] and told(at, "completion")["support"] == "binary"
    at.query_params["part"] = "editing"
    at.run()
    assert is_calm(at) and list(charts(at)) == ["digits-2d-editing-0-1-1.0", "digits-2d-editing-taken", "digits-2d-editing-nats"]
    assert editing_page.sentence(found["editing"].values["found"], 1.0) in words(at) and t("inspect.editing.sets.none") in words(at)
    rows, labels = run.latents().rows, run.latents().labels
    for name, label in (("ones", 1), ("[sevens](x)", 7)):
        run.select(name, rows[labels == label])
    at.run()
    at.select_slider(key="editing_set_strength").set_value(0.5).run()
    assert is_calm(at) and "digits-2d-editing-sets-0.5" in charts(at) and "from “ones” to “\\[sevens\\]" in words(at).lower()


def told(at: AppTest, component: str) -> dict[str, Any]:
    """Return what a component is told."""
    (found,) = [one.proto for one in at.get("bidi_component") if one.proto.component_name == f"latent_lens_{component}"]
    return json.loads(found.json)


@pytest.mark.parametrize(("bits", "key"), [(31.0, "said"), (29.0, "said_worse"), (30.02, "said_same")])
def test_the_sentence_names_the_shorter_code_and_calls_equal_what_prints_the_same(bits: float, key: str) -> None:
    found = {"n": 100, "net": 30.0, "others": [{"name": "xz", "bits": bits}]}
    assert _sentence(found) == t(f"inspect.compression.{key}", n="100", net="30.0", name="xz", other=f"{bits:.1f}")


@pytest.mark.parametrize(("share", "key"), [(0.93, "said_copied"), (0.91, "said_new"), (0.5, "said_new")])
def test_pictures_are_called_copies_only_beyond_chance_and_its_error(share: float, key: str) -> None:
    values = {"chance": 0.9, "found": [{"kind": "prior", "copied": {"value": share, "standard_error": 0.008}}]}
    said = t(f"inspect.generation.{key}", share=f"{100 * share:.1f}", error="0.8", chance="90.0")
    assert generation_page.copied(values, "prior") == said


@pytest.mark.parametrize(("value", "key"), [(0.031, "more"), (-0.031, "less"), (0.02, "same"), (-0.02, "same")])
def test_what_lies_within_two_errors_is_no_gain(value: float, key: str) -> None:
    said = few_labels_page.added({"method": "m1", "value": value, "standard_error": 0.01}, {"unlabelled": 5})
    assert said == t(f"inspect.few-labels.gain.m1_{key}", value=f"{100 * abs(value):.1f}", error="1.0", n="5")


@pytest.mark.parametrize(("share", "is_said"), [(0.9, True), (0.62, False), (0.5, False)])
def test_an_autoencoder_that_is_clearly_ahead_is_said_to_be(share: float, is_said: bool) -> None:
    scores = [
        {"features": name, "labels": labels, "value": value, "standard_error": 0.02}
        for labels, name, value in ((1, "mu", 0.6), (1, "autoencoder", share), (5, "mu", 0.8), (5, "autoencoder", 0.7))
    ]
    assert features_page.ahead({"scores": scores}) == (t("inspect.features.ahead", labels=1, own="60.0", other="90.0") if is_said else "")


OUTCOMES = [(90.0, 80.0, "said"), (80.0, 90.0, "said_worse"), (80.0, 80.01, "said_same"), (30.0, 80.0, "said_below")]


@pytest.mark.parametrize(("own", "other", "key"), OUTCOMES)
def test_a_cost_that_is_lower_for_strangers_is_no_alarm(own: float, other: float, key: str) -> None:
    found = [{"method": "negative_elbo", "auc": own / 100}, {"method": "reconstruction", "auc": 0.5}]
    found += [{"method": name, "auc": other / 100} for name in ("pca_error", "gaussian_mixture", "isolation_forest")]
    name = t("inspect.anomaly.method.pca_error")
    assert anomaly_page.sentence(found, "x") == t(f"inspect.anomaly.{key}", kind="x", name=name, own=f"{own:.1f}", other=f"{other:.1f}")


@pytest.mark.parametrize(("own", "key"), [(0.10, "said"), (0.30, "said_worse"), (0.2001, "said_same")])
def test_the_way_that_leaves_least_is_named(own: float, key: str) -> None:
    found = [
        {"method": name, "sigma": 0.3, "value": value}
        for name, value in (("nothing", 0.3), ("model", own), ("median", 0.2), ("total_variation", 0.4), ("wiener", 0.5))
    ]
    said = t(f"inspect.denoising.{key}", noise=0.3, name=t("inspect.denoising.method.median"), own=f"{own:.3f}", other="0.200")
    assert denoising_page.sentence(found, 0.3) == said


@pytest.mark.parametrize(("own", "key"), [(0.10, "said"), (0.30, "said_worse"), (0.2001, "said_same")])
def test_the_average_of_completions_stands_beside_the_best_simple_way(own: float, key: str) -> None:
    values = {"average": own, "one": 0.4, "neighbours": 0.2, "mean": 0.25}  # of large pictures no normal distribution
    found = [{"method": name, "value": value} for name, value in values.items()]
    name = t("inspect.completion.method.neighbours")
    said = t(f"inspect.completion.{key}", erased="x", name=name, own=f"{own:.3f}", one="0.400", other="0.200")
    assert completion_page.sentence(found, "x") == said


def test_few_draws_that_count_are_said_to_be_few() -> None:
    said = completion_page._worth({"median": 120.0, "low": 4.2})
    assert said == t("inspect.completion.worth_little", samples=256, median="120", low="4")


def test_what_edited_pictures_are_taken_for_is_said_of_both_ways() -> None:
    entries = [
        ("model", 0.5, 0.1, 0.2, 3.0),
        ("model", 1.0, 0.7, 0.2, 4.0),
        ("pixels", 0.5, 0.4, 0.1, 30.0),
        ("pixels", 1.0, 0.9, 0.05, 40.0),
    ]
    found: list[dict[str, Any]] = [
        {
            "method": method,
            "strength": s,
            "taken": {"value": taken},
            "third": {"value": third},
            "nats": {"value": nats},
            "drift": [{"value": s}],
        }
        for method, s, taken, third, nats in entries
    ]
    said = t("inspect.editing.said", strength=1.0, own="70", third="20", other="90", other_third="5", nats="4.0", other_nats="40.0")
    assert editing_page.sentence(found, 1.0) == said
    (line,) = editing_page.drifts(found, [{"name": "sl*nt", "share": 0.5}], 0.5)
    assert line == t("inspect.editing.drift", name="sl\\*nt", own="0.50", other="0.50", share="50")
    assert [editing_page.is_nowhere(turn) for turn in (None, float("nan"), 80.0, 10.0)] == [True, True, True, False]
