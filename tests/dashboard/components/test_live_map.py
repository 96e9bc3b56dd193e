"""The live map: its words, and what pages give it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import live_map, run_packets
from dashboard.components.bundler import bundled
from dashboard.components.registry import shared_words
from dashboard.figures.colours import SHAPES
from dashboard.i18n.texts import section, t
from tests.dashboard.pages import open_page
from vae_core.runs.columns import Group
from vae_core.runs.listing import load_run


def test_every_word_is_there_and_none_is_left_over() -> None:
    markup = (live_map.HERE / "live_map.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'data-(?:text|title)="(\w+)"', markup))
    code = bundled(live_map.HERE / "live_map.js")
    calls = re.findall(r"(?<![\w.])(?:\w+\.)*text\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", code)
    asked |= {name for call in calls for name in re.findall(r'"(\w+)"', re.sub(r"\{.*\}", "", call))}
    known = set(section("live_map"))
    of_dataset = {"draw", "framed", "things", "images"}  # these widgets/live_map.py adds
    of_stage = {"product", "line", "everywhere", "draw_one", "provenance"}
    assert asked - known == of_dataset | of_stage | (asked & set(shared_words()))
    # Names that the code puts together, or chooses before it asks for the words.
    chosen = {name for name in known - asked if f'"{name}"' in code}
    made = {f"{name}_label" for name in ("x", "redrawn", "error", "nats", "source", "class")}
    made |= {"made", "made_1", "made_many", "look_light", "look_dark"}
    made |= {f"source_{name}" for name in ("digits", "glyphs")}
    made |= {f"verdict_{name}" for name in ("both", "fog", "rare", "plain", "odd", "usual", "easy")}
    made |= {f"pictures_{kind}" for kind in ("off", "even", "quantiles")}
    made |= {f"column_{name}" for name in ("class", "kl", "reconstruction", "negative_elbo", "neighbour", "log_density", "probe_residual")}
    made |= {f"column_of_{name}" for name in ("mu", "sigma", "kl")} | {f"columns_{group}" for group in get_args(Group)}
    made |= {f"set_how_{how}" for how in ("new", "add", "without", "within")} | {f"shape_{n}" for n in range(len(SHAPES))}
    made |= {f"set_by_{kind}" for kind in ("class", "range", "words", "near", "outside", "rim", "rows")}
    made |= {f"set_{name}" for name in ("class", "column")}
    made |= {f"set_{name}" for name in ("no_rows", "no_end", "no_number", "no_column", "no_name", "most", "taken")}  # of a file
    assert made <= known
    of_python = {"not_pictures", "not_pictures_alone", "set_none_alone", "set_empty_alone", "set_too_large"}
    assert known - asked - made - chosen == of_python, "words that nobody says"


def opened(page: str, root: Path, monkeypatch: pytest.MonkeyPatch, **query: str) -> tuple[AppTest, list[dict[str, Any]]]:
    """Open a page and return it with what its maps were told."""
    monkeypatch.setenv("LATENT_LENS_RUNS", str(root))
    at = open_page(page, query)
    assert not at.exception
    return at, maps(at)


def maps(at: AppTest) -> list[dict[str, Any]]:
    """Return what each map on the page was told."""
    protos = [element.proto for element in at.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name.endswith("latent_lens_map")]


@pytest.mark.parametrize(("page", "mode"), [("home", "landing"), ("explore", "explore")])
def test_a_page_shows_the_map_at_the_point_of_the_address(page: str, mode: str, tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at, told = opened(page, tiny_root, monkeypatch, run="tiny-5d", z="1.5,-0.75,0,0,0.25")
    assert [title.value for title in at.title] == ([] if page == "home" else [t(f"{page}.title")])  # the stage says its own
    assert len(told) == 1
    (data,) = told
    assert data["z"] == [1.5, -0.75, 0, 0, 0.25] and data["mode"] == mode and data["touched"]
    assert data["run"].startswith("tiny-5d@")
    run = load_run(tiny_root, "tiny-5d")
    words = section("live_map") | run_packets.dataset_words(run) | shared_words()
    assert data["texts"] == words | (run_packets.stage_words(run) if page == "home" else {})


def test_without_a_point_the_map_may_wander_and_a_rerun_is_no_order(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at, (data,) = opened("home", tiny_root, monkeypatch, run="tiny-2d")
    assert data["z"] == [0, 0] and not data["touched"]
    revisions = [data["revision"]]
    for z, released in (("1,1", None), ("2,2", "2,2"), ("1,1", "2,2")):
        at.session_state["z"] = z
        if released:
            at.session_state["z_released"] = released
        at.run()
        revisions.append(maps(at)[0]["revision"])
    # From elsewhere; let go of by the map itself; from elsewhere again.
    assert revisions[1] > revisions[0] and revisions[2] == revisions[1] and revisions[3] > revisions[2]
