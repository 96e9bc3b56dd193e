"""Comparing runs: what may be compared, paired differences, maps laid on one another, the page."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.components import linked_maps
from dashboard.figures.run_overlay import DASHES, describe, overlay
from dashboard.figures.theme import KL, RECONSTRUCTION
from dashboard.i18n.texts import section, t
from tests.conftest import tiny_config
from tests.dashboard.test_pages import Open, visit, words
from vae_core.config import DataConfig, ObjectiveConfig
from vae_core.data import sources
from vae_core.data.errors import DataError
from vae_core.evaluation import paired
from vae_core.evaluation.paired import ImageCosts, incomparable_because, paired_difference
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

__all__ = ["visit"]  # a fixture


@pytest.fixture(scope="module")
def root(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs that can be compared, tiny-2d and tiny-5d, an autoencoder, and one with another split."""
    folder = tmp_path_factory.mktemp("pairs")
    for name in ("tiny-2d", "tiny-5d"):
        shutil.copytree(tiny_root / name, folder / name)
    train(replace(tiny_config("AE", 2), objective=ObjectiveConfig(objective="ae")), folder / "ae")
    train(replace(tiny_config("Other split", 2), data=DataConfig(split_seed=1)), folder / "split")
    return folder


# ------------------------------------------------------------------ what may be compared


def test_runs_on_the_same_images_can_be_compared(root: Path) -> None:
    one, other = (load_run(root, name) for name in ("tiny-2d", "tiny-5d"))
    assert incomparable_because(one, other) == incomparable_because(other, one) == incomparable_because(one, one) == ""
    # Another weight of the KL, another network, other epochs: the bill counts both parts fully, so they may differ.
    assert incomparable_because(one, replace(other, config=replace(other.config, objective=ObjectiveConfig(beta=4.0)))) == ""


def test_runs_that_have_nothing_to_compare_say_why(root: Path) -> None:
    one, other = (load_run(root, name) for name in ("tiny-2d", "tiny-5d"))
    config = other.config
    changed = {
        "unfinished": replace(other, summary={}),
        "data": replace(other, dataset={**other.dataset, "sha256": "0" * 64}),
        "split": load_run(root, "split"),
        "pixels": replace(other, config=replace(config, data=replace(config.data, pixels="thresholded"))),
        "likelihood": replace(other, config=replace(config, model=replace(config.model, likelihood="gaussian"))),
        "autoencoder": load_run(root, "ae"),
    }
    for reason, run in changed.items():
        assert incomparable_because(one, run) == incomparable_because(run, one) == reason
        assert t(f"compare.refused_{reason}", first="A", other="B").count("“") == 2
    drawn = [replace(run, config=replace(run.config, data=replace(run.config.data, pixels="static"))) for run in (one, other)]
    assert incomparable_because(*drawn) == ""
    other_draw = replace(drawn[1], config=replace(drawn[1].config, data=replace(drawn[1].config.data, split_seed=7)))
    assert incomparable_because(drawn[0], other_draw) == "pixels", "the same images, but black or white by another draw"


def test_without_a_test_set_the_images_that_stand_in_must_be_the_same(tmp_path: Path) -> None:
    found = [
        train(
            replace(tiny_config(str(most), epochs=1), data=DataConfig(most=most, test_fraction=0, validation_fraction=0)),
            tmp_path / str(most),
        )
        for most in (0, 300, 200)
    ]
    assert incomparable_because(*found[:2]) == incomparable_because(*found[1:]) == "split"
    assert incomparable_because(found[1], found[1]) == ""


# ------------------------------------------------------------------ bills


@pytest.mark.parametrize("name", ["tiny-2d", "ae"])
def test_the_mean_of_the_bills_is_the_runs_own_score(root: Path, name: str) -> None:
    run = load_run(root, name)
    found, test = paired.compute_costs(run), run.summary["test"]
    assert len(found.reconstruction) == test["n"] and found.reconstruction.mean() == pytest.approx(test["reconstruction"], abs=1e-4)
    if name == "ae":
        assert np.isnan(found.kl).all()
        np.testing.assert_array_equal(found.total, found.reconstruction)
    else:
        assert found.total.mean() == pytest.approx(test["negative_elbo"], abs=1e-4)
    again = paired.compute_costs(run)
    np.testing.assert_array_equal(found.reconstruction, again.reconstruction)


def test_stored_bills_belong_to_their_weights(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "tiny-2d", tmp_path / "run")
    run = load_run(tmp_path, "run")
    assert paired.stored_costs(run) is None
    n = run.summary["test"]["n"]
    bills = ImageCosts(np.arange(float(n)), np.ones(n))
    paired.store_costs(run, bills)
    found = paired.stored_costs(run)
    assert found is not None
    np.testing.assert_array_equal(found.total, bills.total)
    other = replace(run, summary={**run.summary, "files": {"model.safetensors": "f" * 64}})
    assert paired.stored_costs(other) is None, "the bills of other weights"
    (file,) = (run.path / "evaluations").glob("bills-*.npz")
    file.write_bytes(file.read_bytes()[:50])
    assert paired.stored_costs(run) is None, "half a file"
    shutil.rmtree(run.path / "evaluations")
    (run.path / "evaluations").write_text("in the way")
    with pytest.raises(RunError, match="it is shown but not kept"):
        paired.store_costs(run, bills)


def test_without_its_images_a_run_has_no_bills(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = load_run(root, "tiny-2d")
    with pytest.raises(RunError, match="not those that run 'tiny-2d' was trained on"):
        paired.compute_costs(replace(run, dataset={**run.dataset, "sha256": "0" * 64}))
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    with pytest.raises(RunError, match="not on this computer"):
        paired.compute_costs(run)

    def broken(name: str) -> bool:
        raise DataError("no such thing.")

    monkeypatch.setattr(sources, "is_available", broken)
    with pytest.raises(RunError, match="no such thing"):
        paired.compute_costs(run)


def test_the_paired_error_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(0)
    hard, often = rng.normal(100, 30, 400), 4000  # what is hard about an image is hard for both
    means = []
    for _ in range(often):
        means.append(float((rng.normal(1.0, 3.0, 400)).mean()))
    one, two = hard + rng.normal(0, 2.0, 400), hard + 1 + rng.normal(0, 5**0.5, 400)
    found = paired_difference(one, two)
    assert found.standard_error == pytest.approx(np.std(means), rel=0.12)
    assert abs(found.mean - 1) < 4 * found.standard_error and found.n == 400 and found.is_clear
    unpaired = np.hypot(one.std(), two.std()) / 20
    assert found.standard_error < unpaired / 10
    gaps = [b - a for a, b in zip(one, two, strict=True)]
    mean = sum(gaps) / 400
    assert found.mean == pytest.approx(mean) and found.share == sum(gap < 0 for gap in gaps) / 400
    assert found.standard_error == pytest.approx((sum((gap - mean) ** 2 for gap in gaps) / 399 / 400) ** 0.5)
    back = paired_difference(two, one)
    assert back.mean == -found.mean and back.standard_error == pytest.approx(found.standard_error)
    gaps = np.tile([-1.0, 1.0], 200)  # their standard error is a twentieth
    assert not paired_difference(one, one + gaps + 0.09).is_clear and paired_difference(one, one + gaps + 0.11).is_clear
    for bad in ((one, two[:-1]), (one[:1], two[:1])):
        with pytest.raises(ValueError, match="cannot be paired"):
            paired_difference(*bad)


# ------------------------------------------------------------------ the figure


def test_the_parts_keep_their_colours_and_the_dash_tells_runs_apart(root: Path) -> None:
    histories = [(name, load_run(root, name).history()) for name in ("tiny-2d", "tiny-5d")]
    histories[0] = ("<b>%{x}</b>", histories[0][1])
    figure = overlay(histories)
    lines = [trace for trace in figure.data if trace.x[0] is not None]
    assert {trace.line.color for trace in lines if trace.yaxis == "y"} == {RECONSTRUCTION}
    assert {trace.line.color for trace in lines if trace.yaxis == "y2"} == {KL} and len(lines) == 4
    assert [trace.line.dash for trace in lines] == [DASHES[0]] * 2 + [DASHES[1]] * 2
    history = histories[1][1]
    np.testing.assert_array_equal(lines[2].y, history["reconstruction"][history["split"] == "validation"])
    assert all("<b>" not in trace.name for trace in figure.data)
    said = describe(histories)
    assert f"{history['kl'][history['split'] == 'validation'][-1]:.1f} of KL" in said and "tiny-5d ends after 3 epochs" in said
    alone = {key: values[:2] for key, values in history.items()}
    assert set(alone["epoch"]) == {1}
    points = [trace for trace in overlay([("one", alone), ("two", alone), ("whole", history)]).data if trace.yaxis != "y2"]
    assert [trace.mode for trace in points] == ["lines+markers"] * 4 + ["lines"] * 2, "what has one epoch has no line, in the legend either"
    assert len({trace.marker.symbol for trace in points}) == 3
    bare = overlay([("AE", load_run(root, "ae").history())])
    assert not bare.layout.yaxis2.visible and len(bare.data) == 2


# ------------------------------------------------------------------ the page


@pytest.fixture
def folder(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the runs, which the dashboard shows."""
    copied = tmp_path / "runs"
    shutil.copytree(root, copied)
    monkeypatch.setenv("LATENT_LENS_RUNS", str(copied))
    return copied


def maps(at: Any) -> dict[str, Any]:
    """Return what the page's maps were told."""
    (found,) = [element.proto for element in at.get("bidi_component") if element.proto.component_name == "latent_lens_twins"]
    return dict(json.loads(found.json))


def test_the_page_prices_the_images_when_it_is_asked_to(folder: Path, visit: Open) -> None:
    at = visit("compare", run="tiny-2d")
    assert not at.exception and at.button_group[0].value == ["tiny-5d"]
    assert not at.metric and maps(at)["priced"] == [False, False]
    assert [one["name"] for one in maps(at)["maps"]] == ["Tiny 2-D", "Tiny 5-D"]
    at.button[0].click().run()
    one, two = (paired.stored_costs(load_run(folder, name)) for name in ("tiny-2d", "tiny-5d"))
    assert one is not None and two is not None
    gap = paired_difference(one.total, two.total)
    (said,) = re.findall(r"([\d.]+) ± ([\d.]+) nats", words(at))
    assert float(said[0]) == pytest.approx(abs(gap.mean), rel=0.1) and float(said[1]) == pytest.approx(gap.standard_error, rel=0.1)
    found = float(re.sub(r" ±.*", "", at.metric[0].value).replace("−", "-"))
    assert found == pytest.approx(gap.mean, abs=gap.standard_error / 5) and len(at.metric) == 3
    assert maps(at)["priced"] == [True, True] and not at.button
    # Another session finds them in the runs' folders.
    again = visit("compare", run="tiny-5d")
    assert len(again.metric) == 3 and not again.button
    assert float(re.sub(r" ±.*", "", again.metric[0].value).replace("−", "-")) == pytest.approx(-found)


@pytest.mark.parametrize(("other", "reason"), [("split", "split"), ("ae", "autoencoder")])
def test_the_page_refuses_pair_by_pair(folder: Path, visit: Open, other: str, reason: str) -> None:
    at = visit("compare", run="tiny-2d")
    at.button_group[0].set_value([other]).run()
    first, second = "Tiny 2\\-D", {"split": "Other split", "ae": "AE"}[other]
    assert [info.value for info in at.info] == [t(f"compare.refused_{reason}", first=first, other=second)]
    assert not at.get("plotly_chart") and not at.metric
    at.button_group[0].set_value([other, "tiny-5d"]).run()
    assert len(at.info) == 1 and [one["name"] for one in maps(at)["maps"]] == ["Tiny 2-D", "Tiny 5-D"]


def test_one_run_alone_is_not_compared(folder: Path, visit: Open) -> None:
    at = visit("compare", run="tiny-2d")
    at.button_group[0].set_value([]).run()
    assert [info.value for info in at.info] == [t("compare.choose_one")]
    for name in ("tiny-5d", "ae", "split"):
        shutil.rmtree(folder / name)
    assert [info.value for info in visit("compare", run="tiny-2d").info] == [t("compare.none")]


def test_without_the_images_the_page_says_so_and_shows_the_rest(folder: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit("compare", run="tiny-2d")
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    at.button[0].click().run()
    assert len(at.warning) == 1 and "not on this computer" in at.warning[0].value.replace("\\", "")
    assert maps(at)["maps"] and not at.metric


def test_two_runs_of_one_name_are_told_apart(folder: Path, visit: Open) -> None:
    config = folder / "tiny-5d" / "config.json"
    config.write_text(config.read_text().replace("Tiny 5-D", "Tiny 2-D"))
    at = visit("compare", run="tiny-2d")
    assert [one["name"] for one in maps(at)["maps"]] == ["Tiny 2-D (tiny-2d)", "Tiny 2-D (tiny-5d)"]


def test_every_reason_has_words_and_the_maps_know_theirs() -> None:
    source = Path(paired.__file__).read_text(encoding="utf-8")
    body = source[source.index("def incomparable_because") : source.index("# ---")]
    reasons = set(re.findall(r'return "(\w+)"', body))
    assert {f"refused_{reason}" for reason in reasons} == {name for name in section("compare") if name.startswith("refused_")}
    code = (linked_maps.HERE / "linked_maps.js").read_text(encoding="utf-8")
    calls = re.findall(r"\.text\(((?:[^()]|\([^()]*\))*)\)", code)
    asked = {name for call in calls for name in re.findall(r'"(\w+)"', re.sub(r"\{.*\}", "", call))}
    assert asked == set(section("twins"))


def test_a_pair_of_unlike_shapes_still_has_maps(folder: Path, visit: Open) -> None:
    train(tiny_config("One", 1), folder / "one")
    at = visit("compare", run="one")
    found: Run = load_run(folder, "one")
    assert not at.exception and maps(at)["maps"][0]["name"] == found.name
