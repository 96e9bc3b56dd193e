"""The page Use: an application with what was measured, and what cannot be had in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures import editing
from dashboard.i18n.texts import in_language, t, text_or
from dashboard.views.inspect import blocks
from dashboard.views.use import anomaly as anomaly_page
from dashboard.views.use import completion as completion_page
from dashboard.views.use import denoising as denoising_page
from dashboard.views.use import editing as editing_page
from dashboard.views.use import features as features_page
from dashboard.views.use import few_labels as few_labels_page
from dashboard.views.use import generation as generation_page
from dashboard.views.use import search as search_page
from dashboard.views.use.compression import _sentence
from tests.dashboard.pages import is_calm, open_page
from tests.dashboard.views.inspect.conftest import charts, words
from tests.places import SHIPPED
from vae_core.inspection import process
from vae_core.inspection.parts.editing import SetEdit
from vae_core.inspection.parts.registry import APPLICATIONS
from vae_core.inspection.subject import InspectedRun, Unavailable
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
    features, seen = found["features"].values, run.summary["epochs"] * run.dataset["n_train"]
    assert features_page.sentence(features) in words(at) and features_page.beside_pixels(features) in words(at)
    assert features_page.origin(features["autoencoder"], seen) in [one.value for one in at.caption]
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
    boxes = {box.key: box.options for box in at.selectbox}
    assert boxes["editing_start/digits-2d"] == ["ones", "[sevens](x)"] and boxes["editing_end/digits-2d"] == ["[sevens](x)"]
    assert boxes["editing_pair"][0] == t("inspect.editing.way", start="0", end="1"), "a box shows letters as they are"


def told(at: AppTest, component: str) -> dict[str, Any]:
    """Return what a component is told."""
    (found,) = [one.proto for one in at.get("bidi_component") if one.proto.component_name == f"latent_lens_{component}"]
    return json.loads(found.json)


@pytest.mark.parametrize(("bits", "key"), [(31.0, "said"), (29.0, "said_worse"), (30.02, "said_same")])
def test_the_sentence_names_the_shorter_code_and_calls_equal_what_prints_the_same(bits: float, key: str) -> None:
    found = {"n": 100, "net": 30.0, "others": [{"name": "xz", "bits": bits}]}
    assert _sentence(found) == t(f"inspect.compression.{key}", n="100", net="30.0", name="xz", other=f"{bits:.1f}")


def test_what_one_edited_image_gives_has_no_error() -> None:
    for error in (None, 0.1):
        taken = {"value": 0.5, "standard_error": error}
        figure = editing.draw([{"method": method, "strength": 1.0, "taken": taken} for method in ("model", "pixels")], ["taken"])
        assert ["±" in trace.hovertemplate for trace in figure.data] == [error is not None] * 2


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


OUTCOMES = [
    (90.0, 80.0, "said"), (80.0, 90.0, "said_worse"), (80.0, 80.01, "said_same"), (30.0, 80.0, "said_below"), (45.1, 80.0, "said_worse"),
    (44.9, 20.0, "said_below"), (48.0, 40.0, "said"),
]  # fmt: skip


@pytest.mark.parametrize(("own", "other", "key"), OUTCOMES)
def test_a_cost_that_is_lower_for_strangers_by_more_than_chance_is_no_alarm(own: float, other: float, key: str) -> None:
    aucs = {"negative_elbo": own, "reconstruction": 50.0} | dict.fromkeys(("pca_error", "gaussian_mixture", "isolation_forest"), other)
    found = [{"method": name, "auc": auc / 100, "auc_interval": [auc / 100 - 0.05, auc / 100 + 0.05]} for name, auc in aucs.items()]
    name = t("inspect.anomaly.method.pca_error")
    assert anomaly_page.sentence(found, "x") == t(f"inspect.anomaly.{key}", kind="x", name=name, own=f"{own:.1f}", other=f"{other:.1f}")


@pytest.mark.parametrize(("split", "key"), [("test", "threshold"), ("train", "threshold_learned")])
def test_images_that_a_model_has_learned_are_not_said_to_be_unseen(split: str, key: str) -> None:
    scores, strange = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 5.0])
    said = anomaly_page.above(3.0, scores, strange, split)
    assert said == t(f"inspect.anomaly.{key}", value="3.000", flagged="25.0", caught="50.0")
    assert ("did not learn from" in said, "has learned from" in said) == (split == "test", split == "train")


@pytest.mark.parametrize(("pixels", "key"), [(0.5, "for"), (0.77, "even"), (0.8, "even"), (0.83, "even"), (0.9, "not_for")])
@pytest.mark.parametrize("labels", [1, 100])
def test_latent_numbers_and_pixels_are_even_within_two_errors(pixels: float, key: str, labels: int) -> None:
    scores = [
        {"features": name, "labels": at, "value": value, "standard_error": 0.02}
        for at, name, value in ((labels, "mu", 0.8), (labels, "pixels", pixels), (0, "mu", 0.1), (0, "pixels", 0.9))
    ]
    said = features_page.beside_pixels({"scores": scores})
    assert said == t(f"inspect.features.{key}", labels=labels, mu="80.0", pixels=f"{100 * pixels:.1f}")
    assert ("1 labelled image of" in said, "100 labelled images of" in said) == (labels == 1, labels == 100)


@pytest.mark.parametrize(("taken", "seen", "is_longer"), [("", 5001, True), ("", 5000, False), ("ae", 5001, True), ("ae", 4000, False)])
def test_a_run_has_had_more_time_only_where_it_has_seen_more_images(taken: str, seen: int, is_longer: bool) -> None:
    said = features_page.origin({"run": taken, "epochs": 5, "images": 1000, "seconds": 2.0}, seen)
    assert (t("inspect.features.longer") in said) == is_longer and "1,000 training images" in said


@pytest.mark.parametrize(("part", "name"), [("search", "rows"), ("completion", "train_rows")])
def test_too_few_images_are_told_how_many_are_needed(run: Run, part: str, name: str) -> None:
    inspected = InspectedRun(run)
    inspected.__dict__[name] = getattr(inspected, name)[:9]
    with pytest.raises(Unavailable) as found:
        APPLICATIONS[part].compute(inspected, lambda share: None)
    for spoken, needed in (("en", "at least 10"), ("zh", "至少要 10 张")):
        with in_language(spoken):
            assert needed in blocks.reason(found.value.record(part))


@pytest.mark.parametrize("part", ["denoising", "generation", "editing"])
def test_of_a_gaussian_likelihood_no_picture_is_said_to_be_cut_off(part: str) -> None:
    for spoken, cut, but in (
        ("en", "cut off at black and white", "except where the likelihood is Gaussian"),
        ("zh", "截到黑白之间", "高斯似然除外"),
    ):
        with in_language(spoken):
            formula = text_or(f"inspect.{part}.formula", "")
        assert formula.count(cut) == formula.count(but) == 1


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
    assert "worth 1 equal one, but" in completion_page._worth({"median": 1.2, "low": 1.0})


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
    assert [editing_page.is_nowhere(turn) for turn in (None, float("nan"), 80.0, 10.0)] == [False, False, True, False]


@pytest.mark.parametrize(("turn", "key"), [(12.0, "said"), (float("nan"), "said_no_turn")])
def test_of_a_set_with_one_image_no_turn_is_said(turn: float, key: str) -> None:
    nats = np.arange(12.0).reshape(2, 6)
    said = editing_page.sentence_of_sets(SetEdit(1.5, turn, nats, np.arange(1), np.zeros((2, 6, 1, 8, 8), np.uint8)), "a", "b", 0.25)
    numbers = {"start": "a", "end": "b", "length": "1.50", "strength": 0.25, "nats": "1.0", "other_nats": "7.0"}
    assert said == t(f"inspect.editing.sets.{key}", **numbers, **({"turn": "12"} if key == "said" else {})) and "nan" not in said
