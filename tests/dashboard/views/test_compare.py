"""Compare: the figure of the curves, and the page with its costs, maps and refusals."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.components import linked_maps
from dashboard.figures.run_overlay import DASHES, describe, overlay
from dashboard.figures.theme import KL, RECONSTRUCTION
from dashboard.i18n.texts import section, t
from tests.conftest import tiny_config
from tests.dashboard.pages import Open, words
from tests.vae_core.evaluation.test_paired import root
from vae_core.data import sources
from vae_core.evaluation import paired
from vae_core.evaluation.paired import paired_difference
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

__all__ = ["root"]  # a fixture


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
