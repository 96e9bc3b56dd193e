"""The landing page: its words, its doors, and its look."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import run_packets
from dashboard.i18n.texts import in_language, t
from dashboard.widgets import stage_look
from tests.dashboard.pages import Open, address
from vae_core.runs.listing import load_run


def told(at: AppTest) -> dict:
    """Return what the page's map was told."""
    (proto,) = [found.proto for found in at.get("bidi_component") if found.proto.component_name == "latent_lens_map"]
    return json.loads(proto.json)


def written(at: AppTest) -> str:
    """Return what Markdown the page has, style sheets included."""
    return "".join(found.value for found in at.markdown)


@pytest.mark.parametrize(("door", "page", "query"), [("story", "story", {}), ("draw", "explore", {"tab": "draw"}), ("data", "data", {})])
def test_the_landing_page_has_doors(runs: Path, visit: Open, door: str, page: str, query: dict[str, str]) -> None:
    at = visit("home", run="tiny-2d")
    at.session_state["door"] = door  # as the map's callback leaves it
    at.run()
    assert not at.exception and at.session_state["page"].key == page
    assert address(at).items() >= query.items()


def test_the_line_names_what_the_run_draws(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    said = {}
    for name in ("mnist", "digits", "fashion-mnist", "glyphs", "somebodys.npy"):
        other = replace(run, config=replace(run.config, data=replace(run.config.data, dataset=name)))
        said[name] = run_packets.stage_words(other)
    assert said["mnist"]["line"] == said["digits"]["line"] and len({words["line"] for words in said.values()}) == 4
    assert said["somebodys.npy"]["draw_one"] == t("dataset.other.draw_one")
    with in_language("zh"):
        assert run_packets.stage_words(run)["line"] == t("dataset.digits.line") != said["digits"]["line"]


def test_where_the_run_comes_from_stands_once(runs: Path, visit: Open) -> None:
    at = visit("home", run="tiny-2d")
    assert told(at)["texts"]["provenance"].endswith(t("app.dimensions", d=2))
    assert t("app.dimensions", d=2) not in written(at)
    assert t("app.dimensions", d=2) in written(visit("explore", run="tiny-2d"))


def test_the_stage_is_dark_until_the_viewer_wants_it_light(runs: Path, visit: Open) -> None:
    at = visit("home", run="tiny-2d")
    dark, light = stage_look.palette("dark"), stage_look.palette("light")
    assert told(at)["look"] == "dark" and f"--st-background-color: {dark['background-color']};" in written(at)
    at = visit("home", run="tiny-2d", look="light")
    assert told(at)["look"] == "light" and f"--st-background-color: {light['background-color']};" in written(at)
    assert address(at)["look"] == "light"
    assert "--stage-" not in written(visit("explore", run="tiny-2d", look="light")), "other pages follow the theme"
    assert told(visit("home", run="tiny-2d", look="purple"))["look"] == "dark"
