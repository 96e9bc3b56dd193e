"""Compare: the figure of the curves, and the page with its costs, maps and refusals."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.components import linked_maps
from dashboard.figures.run_overlay import DASHES, describe, overlay
from dashboard.figures.theme import KL, RECONSTRUCTION
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import section, t
from dashboard.views.compare.alignment import aligned
from dashboard.views.compare.settings import differing
from tests.conftest import tiny_config
from tests.dashboard.pages import Open, address, is_calm, open_page, words
from tests.vae_core.evaluation.test_paired import root
from vae_core.config import DataConfig
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
def folder(root: Path, shown_copy: Callable[[Path], Path]) -> Path:
    """A copy of the runs, which the dashboard shows."""
    return shown_copy(root)


def maps(at: Any) -> dict[str, Any]:
    """Return what the page's maps were told."""
    (found,) = [element.proto for element in at.get("bidi_component") if element.proto.component_name == "latent_lens_twins"]
    return dict(json.loads(found.json))


def rows(at: Any, head: str) -> dict[str, list[str]]:
    """Return the table whose head begins so, by what each line is about."""
    (table,) = [one.value for one in at.markdown if one.value.startswith(f"| {head}")]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {first: cells for first, *cells in lines}


def value(cell: str) -> float:
    """Return the number that a cell begins with."""
    return float(re.sub(r"\s±.*", "", cell).replace("−", "-"))


def test_settings_that_differ_stand_first(folder: Path, visit: Open) -> None:
    at = visit("compare", run="tiny-2d")
    found = rows(at, t("compare.setting"))
    assert found[t("setting.latent_size")] == ["2", "5"] and t("setting.beta") not in found
    assert next(iter(found)) == t("compare.setting") and [cell[:6] for cell in found[t("compare.setting")]] == ["**A** ", "**B** "]


def test_a_setting_that_means_nothing_in_a_run_is_no_number() -> None:
    plain = tiny_config()
    ae = plain.with_settings(objective="ae")
    found, same = differing([plain, ae])
    assert found["objective"] == ["elbo", "ae"] and found["beta"] == [plain.objective.beta, None] and "capacity" not in found and same > 10
    assert differing([plain, plain])[0] == {}


def test_the_page_prices_the_images_when_it_is_asked_to(folder: Path, visit: Open) -> None:
    at = visit("compare", run="tiny-2d")
    assert not at.exception and at.multiselect[0].value == ["tiny-5d"]
    before = rows(at, t("compare.unit"))
    assert t("compare.sign_without_error", letter="B") in words(at) and maps(at)["priced"] == [False, False]
    assert [one["name"] for one in maps(at)["maps"]] == ["A  Tiny 2-D", "B  Tiny 5-D"]
    at.button[0].click().run()
    one, two = (paired.stored_costs(load_run(folder, name)) for name in ("tiny-2d", "tiny-5d"))
    assert one is not None and two is not None
    gap = paired_difference(two.total, one.total)
    after = rows(at, t("compare.unit"))
    for part, row in ((one.total, "total"), (one.reconstruction, "reconstruction"), (one.kl, "kl")):
        first, _, difference = after[t(f"compare.part_{row}")]
        assert value(first) == pytest.approx(part.mean(), abs=0.01)
        assert value(difference) == pytest.approx(value(before[t(f"compare.part_{row}")][2]), abs=0.02) and "±" in difference
    (said,) = re.findall(r"([\d.]+) ± ([\d.]+) nats", words(at))
    assert float(said[0]) == pytest.approx(abs(gap.mean), rel=0.1) and float(said[1]) == pytest.approx(gap.standard_error, rel=0.1)
    key = "same" if not gap.is_clear else "cheaper_a" if gap.mean < 0 else "cheaper_other"
    assert t(f"compare.{key}", letter="B", value=said[0], error=said[1]) in words(at)
    places = {len(re.split(r"\s±", cell)[0].partition(".")[2]) for cells in list(after.values())[2:] for cell in cells}
    assert len(places) == 1, "the same decimals in all columns"
    assert maps(at)["priced"] == [True, True] and not at.button
    # Another session finds them in the runs' folders, and turns the sign.
    again = rows(visit("compare", run="tiny-5d"), t("compare.unit"))
    assert value(again[t("compare.part_total")][2]) == pytest.approx(-value(after[t("compare.part_total")][2]))


def test_only_comparable_runs_are_offered_and_the_others_are_named_with_the_reason(folder: Path, visit: Open) -> None:
    at = visit("compare", run="tiny-2d")
    assert at.multiselect[0].options == ["Tiny 5-D"] and "with" not in address(at), "opening the page is one step in the browser's history"
    lines = [one.value for one in at.markdown if one.value.startswith("- ")]
    for reason, name in (("split", "Other split"), ("autoencoder", "AE")):
        assert t("compare.left_out_line", why=t(f"compare.why_{reason}"), names=name) in lines


def test_a_map_says_how_near_it_lies(folder: Path, visit: Open) -> None:
    first, second = (load_run(folder, name) for name in ("tiny-2d", "tiny-5d"))
    (one, two), _ = aligned([first, second])
    r2 = 1 - ((one - two) ** 2).sum() / ((one - one.mean(0)) ** 2).sum()
    _, said = maps(visit("compare", run="tiny-2d"))["maps"]
    assert t("compare.agreement", r2=fixed(r2, 2), distance=fixed(100 * np.sqrt(1 - r2), 0)) in said["words"]


def test_the_address_says_which_runs_are_compared(folder: Path, visit: Open) -> None:
    shutil.copytree(folder / "tiny-5d", folder / "twin")
    at = visit("compare", run="tiny-2d", **{"with": "twin,nobody"})
    assert at.multiselect[0].value == ["twin"]
    at.multiselect[0].set_value(["tiny-5d", "twin"]).run()
    assert address(at)["with"] == "tiny-5d,twin" and len(maps(at)["maps"]) == 3
    at.query_params["with"] = "twin"  # a step back
    assert at.run().multiselect[0].value == ["twin"]
    at.selectbox(key="compare_a").set_value("twin").run()
    assert address(at)["run"] == "twin" and maps(at)["maps"][0]["name"].startswith("A ")


def test_one_run_alone_is_not_compared(folder: Path, visit: Open) -> None:
    at = visit("compare", run="tiny-2d")
    at.multiselect[0].set_value([]).run()
    assert not at.exception and not at.get("plotly_chart") and at.multiselect[0].placeholder == t("compare.choose_one")
    for name in ("tiny-5d", "ae", "split"):
        shutil.rmtree(folder / name)
    assert [info.value for info in visit("compare", run="tiny-2d").info] == [t("compare.none")]


def test_without_the_images_the_page_says_so_and_shows_the_rest(folder: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit("compare", run="tiny-2d")
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    at.button[0].click().run()
    assert len(at.warning) == 1 and "not on this computer" in at.warning[0].value.replace("\\", "")
    assert maps(at)["maps"] and t("compare.sign_without_error", letter="B") in words(at)


def test_two_runs_of_one_name_are_told_apart(folder: Path, visit: Open) -> None:
    config = folder / "tiny-5d" / "config.json"
    config.write_text(config.read_text().replace("Tiny 5-D", "Tiny 2-D"))
    at = visit("compare", run="tiny-2d")
    assert [one["name"] for one in maps(at)["maps"]] == ["A  Tiny 2-D (tiny-2d)", "B  Tiny 2-D (tiny-5d)"]


def test_every_reason_has_words_and_the_maps_know_theirs() -> None:
    source = Path(paired.__file__).read_text(encoding="utf-8")
    body = source[source.index("def incomparable_because") : source.index("# ---")]
    reasons = set(re.findall(r'return "(\w+)"', body))
    assert {f"why_{reason}" for reason in reasons} == {name for name in section("compare") if name.startswith("why_")}
    code = (linked_maps.HERE / "linked_maps.js").read_text(encoding="utf-8")
    calls = re.findall(r"\.text\(((?:[^()]|\([^()]*\))*)\)", code)
    asked = {name for call in calls for name in re.findall(r'"(\w+)"', re.sub(r"\{.*\}", "", call))}
    assert asked == set(section("twins")) - {"tool_point"}, "the choice asks for tools by their names"


def test_a_pair_of_unlike_shapes_still_has_maps(folder: Path, visit: Open) -> None:
    train(tiny_config("One", 1), folder / "one")
    at = visit("compare", run="one")
    found: Run = load_run(folder, "one")
    assert not at.exception and maps(at)["maps"][0]["name"] == f"A  {found.name}"


def test_one_test_image_has_costs_and_no_error(tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path))
    for seed in (0, 1):
        few = replace(tiny_config(f"Seed {seed}", epochs=1, seed=seed), data=DataConfig(most=7, test_fraction=0.1))
        run = train(few, tmp_path / f"seed-{seed}")
        paired.store_costs(run, paired.compute_costs(run))
    at = visit("compare", run="seed-0")
    assert is_calm(at) and not at.button and "±" not in words(at) and t("compare.sign_one", letter="B") in words(at)
    assert t("compare.agreement_none") in maps(at)["maps"][1]["words"]
    at = visit("losses", run="seed-0")
    assert is_calm(at) and len(at.metric) == 3
    assert all(t("losses.all_digits_one", value="")[1:] in metric.proto.help and "±" not in metric.proto.help for metric in at.metric)


def test_the_runs_that_were_chosen_are_still_chosen_after_a_visit_elsewhere(folder: Path, visit: Open) -> None:
    shutil.copytree(folder / "tiny-5d", folder / "twin")
    at = visit("compare", run="tiny-2d")
    at.multiselect[0].set_value(["twin"]).run()
    del at.query_params["with"]  # as a browser does on the way to another page
    open_page("losses", at=at)
    open_page("compare", at=at)
    assert is_calm(at) and at.multiselect[0].value == ["twin"]
