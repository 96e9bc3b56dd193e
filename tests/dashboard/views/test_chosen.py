"""What is said below the map of the images that are chosen: numbers against NumPy, names letter by letter, files that compute nothing."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from pyarrow import parquet
from streamlit.testing.v1 import AppTest

from dashboard.components.run_packets import provenance
from dashboard.figures.colours import SHAPES
from dashboard.figures.picture_sheet import sheet
from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from dashboard.views.explore import chosen_files
from tests.dashboard.pages import Open, is_calm, words
from vae_core.data import left_out
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

NAME = "<b>=1+1 | *x*</b>"


@pytest.fixture
def run(runs: Path) -> Run:
    """A run of its own."""
    return load_run(runs, "tiny-5d")


def opened(visit: Open, run: Run, mask: np.ndarray, **query: str) -> AppTest:
    """Open Explore where these images are chosen."""
    at = visit("explore", run=run.id, **query)
    at.session_state["choice"] = {"run": (run.id, run.weights_sha256), "choice": np.packbits(mask).tobytes(), "steps": []}
    at.run()
    assert is_calm(at)
    return at


def test_the_chosen_images_are_held_against_the_rest_and_against_a_set(run: Run, visit: Open) -> None:
    points = run.latents()
    n = len(points.mu)
    mask, other = np.arange(n) % 4 == 0, np.arange(n) % 3 == 0
    run.select(NAME, points.rows[other])
    at = opened(visit, run, mask)
    said, kl = words(at), points.kl_per_image
    assert t("chosen.title", n=int(mask.sum())) in [one.value for one in at.subheader]
    error = kl[mask].std(ddof=1) / np.sqrt(mask.sum())
    assert f"{fixed(kl[mask].mean(), 2)} ± {fixed(error, 2)} | {fixed(kl[~mask].mean(), 2)}" in said and t("chosen.no_costs") in said
    images = "".join(one.proto.body for one in at.get("html"))
    rows = points.rows[mask]
    assert images.count("<img") == min(len(rows), chosen_files.PAGE) and f"<span>{rows[0]}</span>" in images
    at.selectbox(key="chosen_beside").select(NAME).run()
    assert is_calm(at)
    said, both = words(at), mask & other
    assert t("chosen.both", n=int(both.sum())) in said and "<b>" not in said
    way = points.mu[other & ~mask].mean(0, dtype=float) - points.mu[mask & ~other].mean(0, dtype=float)
    assert f"{np.linalg.norm(way):.3g}"[:4] in said and "z₅" in said


def test_a_kept_set_is_called_by_its_name_and_nothing_is_said_where_nothing_is_chosen(run: Run, visit: Open) -> None:
    rows = run.latents().rows
    run.select(NAME, rows[:1])
    at = opened(visit, run, np.arange(len(rows)) < 1)
    assert "\\<b\\>" in at.subheader[0].value and f".selection({NAME!r})" in at.code[0].value
    at = opened(visit, run, np.zeros(len(rows), bool))
    assert not at.subheader
    assert t("chosen.none_beside") in words(opened(visit, run, np.ones(len(rows), bool)))


def test_a_set_goes_to_the_form_of_train_as_what_is_left_out(run: Run, visit: Open) -> None:
    rows = run.latents().rows
    run.select(NAME, rows[:30])
    at = opened(visit, run, np.arange(len(rows)) < 30)
    assert t("chosen.again_drawn") in words(at)
    at.button(key="chosen/again/only").click().run()
    assert is_calm(at) and at.title[0].value == t("train.title"), "the page is Train now"
    text = at.session_state["train/left_out"]
    count = len(run.images().values)
    assert text.startswith(run.dataset["sha256"][:16]) and left_out.kept_rows(text, count).tolist() == sorted(rows[:30].tolist())
    assert t("train.images_out", n=f"{count - 30:,}") in words(at) and at.session_state["train/name"].endswith(f"{NAME} alone")
    at.selectbox(key="train/dataset").select("mnist").run()
    assert at.session_state["train/left_out"] == "", "rows of other images"


def test_a_run_says_how_many_images_it_leaves_out(run: Run) -> None:
    gone = replace(run, config=run.config.with_settings(left_out=f"{run.dataset['sha256'][:16]}:3-5,9"))
    assert t("app.left_out", n=4) in provenance(gone) and t("app.left_out", n=4) not in provenance(run)


def test_files_hold_the_rows_and_no_spreadsheet_computes_them(run: Run) -> None:
    rows = run.latents().rows[[3, 5]]
    assert chosen_files._rows(rows).decode().split() == [str(row) for row in rows]
    head, *lines = chosen_files._csv(run, rows).decode("utf-8-sig").splitlines()
    assert head.startswith("row,") and [line.split(",")[0] for line in lines] == [str(row) for row in rows]
    table = parquet.read_table(io.BytesIO(chosen_files._parquet(run, rows)))
    assert table["row"].to_pylist() == rows.tolist() and table.column_names == head.split(",")
    html = sheet(np.zeros((1, 4, 4), np.uint8), ["<i>1</i>"], ['"><script>'])
    assert "<script>" not in html and "<i>" not in html and html.count('"') % 2 == 0


def test_marked_sets_are_signed_on_sheets_and_on_maps_of_points(run: Run, visit: Open) -> None:
    rows = run.latents().rows
    run.select(NAME, rows[::2], 3)
    run.select("unmarked", rows, 1)
    at = opened(visit, run, np.arange(len(rows)) < 3, sel=quote(NAME))
    images = "".join(one.proto.body for one in at.get("html"))
    assert images.count(SHAPES[3]) == 2 and SHAPES[1] not in images and "<b>" not in words(at)
    assert SHAPES[3] in words(at)
    at = visit("film", run=run.id, sel=quote(NAME))  # a link of its own
    (film,) = [json.loads(one.proto.json) for one in at.get("bidi_component") if one.proto.component_name == "latent_lens_film"]
    marks = np.frombuffer(base64.b64decode(film["sets"]["marks"]), np.uint8)
    assert marks.tolist() == [1, 0] * (len(marks) // 2) + [1] * (len(marks) % 2)
    assert [(one["name"], one["shape"], one["bit"]) for one in film["sets"]["shown"]] == [(NAME, 3, 0)]
