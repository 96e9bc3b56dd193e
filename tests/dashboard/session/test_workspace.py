"""How a page of Explore is laid out: what an address may say, what goes from page to page, and what another run forgets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.session.workspace import Known, cleaned
from tests.dashboard.pages import Open, address, is_calm, open_page, told

RUN = Known(dimensions=5, columns={"class": 10, "kl": 0, "site": 1000}, has_umap=False)
RIGHT = {
    "v": "4,2", "by": "site", "pick": "17,999", "win": "-0.5,1,2.25", "hide": "0,1001", "seed": "17", "temp": "0.8",
    "count": "36", "one": "1", "on": "qpd", "tab": "samples", "n": "12", "share": "99.5", "sel": "a%2Cb,<b>",
}  # fmt: skip
WRONG = [
    ("v", "umap"), ("v", "1,1"), ("v", "0,2"), ("v", "1,6"), ("v", "1"), ("win", "0,0"), ("win", "nan,0,1"), ("win", "0,0,0"),
    ("hide", "1002"), ("hide", "1,1"), ("hide", ""), ("pick", "1000"), ("pick", ",".join(map(str, range(21)))), ("between", "1,2"),
    ("seed", "-1"), ("seed", "1e3"), ("seed", "1" * 400), ("temp", "inf"), ("count", "0"),
    ("count", "100000"), ("one", "0"), ("on", "mq"), ("on", "pp"), ("on", "x"), ("tab", "<b>"), ("n", "1"), ("n", "41"),
    ("share", "100"), ("share", "%00"), ("sel", ""), ("sel", "x" * 2001),
]  # fmt: skip


def test_what_is_right_is_kept_and_what_is_wrong_left_out() -> None:
    assert cleaned({**RIGHT, "else": "1"}, RUN) == RIGHT
    for key, text in WRONG:
        assert cleaned({**RIGHT, key: text}, RUN) == {name: right for name, right in RIGHT.items() if name != key}, (key, text)
    assert cleaned({"v": "umap", "hide": "0"}, Known(5, {}, has_umap=True)) == {"v": "umap"}
    assert cleaned({"v": "pca"}, Known(2, {"class": 10}, has_umap=False)) == {} and cleaned({"n": 12}, RUN) == {}


def test_what_is_shown_belongs_to_the_column_that_points_are_coloured_by() -> None:
    for between in ("-1.5,2e3", ",4", "0,", "3,3"):
        right = {"by": "kl", "between": between}
        assert cleaned({**right, "hide": "0", "pick": "1"}, RUN) == right
    for between in ("", ",", "2,1", "nan,1", "1", "1,2,3", "1,inf", f"1,{'2' * 60}"):
        assert cleaned({"by": "kl", "between": between}, RUN) == {"by": "kl"}, between
    of_class = {name: text for name, text in RIGHT.items() if name not in ("by", "pick", "hide")}
    assert cleaned({**RIGHT, "by": "reconstruction"}, RUN) == of_class, "without such a column they are coloured by class"
    assert cleaned({"hide": "9"}, RUN) == {"hide": "9"} and cleaned({"hide": "12"}, RUN) == cleaned({"pick": "10"}, RUN) == {}


def test_a_link_opens_the_same_layout_and_loses_what_is_wrong(runs: Path, visit: Open) -> None:
    at = visit("manifold", run="tiny-5d", v="pca", n="9", share="50", win="x", tab="sliders")
    layout = {"v": "pca", "n": "9", "share": "50", "tab": "sliders"}
    assert is_calm(at) and told(at)["layout"] == layout and told(at)["preset"] == "manifold"
    assert address(at) == {"run": "tiny-5d", **layout}


def test_pages_share_the_plane_and_keep_their_own_layers(runs: Path, visit: Open) -> None:
    at = visit("explore", run="tiny-5d", v="2,1", on="d", seed="3")
    at.query_params.clear()  # as a browser does at a page switch
    open_page("latent", at=at)
    assert told(at)["layout"] == {"v": "2,1", "seed": "3"} and address(at) == {"run": "tiny-5d", "v": "2,1", "seed": "3"}
    at.query_params.clear()
    open_page("losses", at=at)
    assert address(at) == {"run": "tiny-5d"}
    open_page("explore", at=at)
    assert told(at)["layout"] == {"v": "2,1", "on": "d", "seed": "3"}


def test_marked_sets_stand_in_the_address_of_every_page_and_are_taken_from_it(runs: Path, visit: Open) -> None:
    at = visit("film", run="tiny-2d", sel="a%2Cb", v="2,1")
    assert is_calm(at) and address(at) == {"run": "tiny-2d", "sel": "a%2Cb"}
    at.query_params.clear()  # as a browser does at a page switch
    open_page("inspect", at=at)
    assert address(at) == {"run": "tiny-2d", "sel": "a%2Cb"}
    open_page("compare", {"run": "tiny-2d", "sel": "c"}, at=at)
    assert address(at)["sel"] == "c"
    at.query_params.clear()
    open_page("explore", at=at)
    assert told(at)["layout"] == {"sel": "c"}
    open_page("losses", {"run": "tiny-5d"}, at=at)
    assert address(at) == {"run": "tiny-5d"}, "they are sets of the other run"


def test_another_run_forgets_what_belongs_to_this_one(runs: Path, visit: Open) -> None:
    at = visit("explore", run="tiny-5d", v="2,1", hide="3", on="d", temp="0.5")
    at.selectbox(key="run_picker").set_value("tiny-2d").run()
    assert told(at)["layout"] == {"on": "d", "temp": "0.5"}


def test_the_view_that_keeps_classes_apart_is_offered_where_there_is_a_choice(runs: Path, visit: Open) -> None:
    assert told(visit("explore", run="tiny-2d"))["best"] is None
    data = told(visit("explore", run="tiny-5d"))
    names = {column["name"] for column in data["columns"]}
    assert {"class", "kl", "neighbour", "log_density", "mu-5", "sigma-1", "kl-5"} < names and 0 <= data["best"]["runner_up"] <= data[
        "best"
    ]["own"] <= 1


def test_the_columns_that_colour_the_points_are_sent_as_they_are_chosen(runs: Path, visit: Open) -> None:
    """Those chosen before are still on their way: the browser may have missed them."""
    at = visit("explore", run="tiny-2d", by="kl", between="1,3")
    assert told(at)["layout"] == {"by": "kl", "between": "1,3"} and sent(at) == {"kl"}
    open_page("latent", {"run": "tiny-2d", "by": "mu-2", "between": "0,"}, at=at)
    assert told(at)["layout"] == {"by": "mu-2", "between": "0,"} and sent(at) == {"kl", "mu-2"}


def sent(at: AppTest) -> set[str]:
    parts = [found.proto for found in at.get("bidi_component") if found.proto.component_name == "latent_lens_loader"]
    return {name.decode() for part in parts for name in re.findall(rb"/column/([a-z0-9-]+)", part.SerializeToString())}


@pytest.mark.parametrize("page", ["explore", "latent", "manifold", "sample"])
def test_bad_addresses_open_calmly(runs: Path, visit: Open, page: str) -> None:
    at = visit(page, run="tiny-2d", by="reconstruction", **dict(WRONG))
    assert is_calm(at) and told(at)["layout"] == {} and address(at) == {"run": "tiny-2d"}
