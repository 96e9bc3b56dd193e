"""Contact sheets of the worst and strangest images, and what stands there without the images."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from dashboard.figures import contact_sheet
from dashboard.i18n.texts import t
from dashboard.views.inspect import outliers
from dashboard.widgets import thumbnails
from tests.dashboard.pages import is_calm, open_page
from tests.dashboard.views.inspect.conftest import (
    Visit,
    charts,
    outliers_result,
    words,
)
from vae_core.data import sources
from vae_core.runs.errors import MissingImages
from vae_core.runs.run import Run


def test_the_worst_redrawn_stand_beside_what_the_model_redraws_of_them(visit: Visit, run: Run) -> None:
    rows = run.latents().rows[:40].astype(int)
    at = visit("outliers", outliers=outliers_result(rows))
    (grid,) = [one.proto.body for one in at.get("html") if 'class="reconstructions"' in one.proto.body]
    found = re.findall(r'aria-label="[^"]*?(\d+)[^"]*?([\d.]+) nats', grid)
    assert is_calm(at) and f"Row {rows[-1]} is redrawn worst: 50.0 nats" in words(at)
    assert [int(row) for row, _ in found] == rows[::-1][:24].tolist() and found[0][1] == "50.0"
    assert grid.count("<img") == 3 * 24 and "tiny-2d-outliers" not in charts(at) and len(at.get("download_button")) >= 1


def test_the_strangest_images_come_first_with_row_numbers_and_real_pictures(visit: Visit, run: Run) -> None:
    rows = run.latents().rows[:40].astype(int)
    at = visit("outliers", outliers=outliers_result(rows))
    at.button_group(key="outliers").set_value("negative_elbo").run()
    spec, alt = charts(at)["tiny-2d-outliers"]
    assert is_calm(at) and f"rows {rows[-1]}, {rows[-2]}" in alt
    assert len(spec["layout"]["images"]) == 20 and spec["data"][0]["text"][0].startswith(f"row {rows[-1]}")
    assert t("inspect.redrawn_pictures") not in words(at) and t("inspect.outliers.duplicates_one") in words(at)


@pytest.mark.parametrize("reason", ["no-data", "other-data"])
def test_without_the_dataset_the_sheet_shows_redrawings_and_says_why(
    visit: Visit, run: Run, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    def refuse(self: Run) -> None:
        raise MissingImages(reason, "in English")

    monkeypatch.setattr(Run, "images", refuse)
    monkeypatch.setattr(sources, "fingerprint", lambda name: reason)  # what is at hand is another thing than in other tests
    at = visit("outliers", outliers=outliers_result(run.latents().rows[:40].astype(int)))
    assert is_calm(at) and f"{t(f'inspect.no_pictures.{reason}')} {t('inspect.redrawn_pictures')}" in words(at)
    assert len(charts(at)["tiny-2d-outliers"][0]["layout"]["images"]) == 20


def test_among_strangers_the_page_names_both_labels(visit: Visit, run: Run) -> None:
    rows = run.latents().rows[:40].astype(int)
    at = visit("outliers", outliers=outliers_result(rows))
    at.button_group(key="outliers").set_value("agreement").run()
    assert (
        is_calm(at)
        and f"Row {rows[-1]}, labelled “0”" in words(at)
        and "50 % of its 20 nearest neighbours in all dimensions are labelled “8”" in words(at)
    )
    fig, _ = charts(at)["tiny-2d-outliers"]
    assert fig["data"][0]["text"][0].endswith("0 / 8") and t("inspect.outliers.strangers") in words(at)


def test_what_lies_among_its_own_class_is_not_said_to_lie_among_another(visit: Visit, run: Run) -> None:
    rows = run.latents().rows[:40].astype(int)
    result = outliers_result(rows)
    result.arrays["majority_share"] = result.arrays["agreement"]
    at = visit("outliers", outliers=result)
    at.button_group(key="outliers").set_value("agreement").run()
    assert is_calm(at) and f"Row {rows[-1]}, labelled “0”, comes first: 0 % of its 20" in words(at)
    assert "among another class" not in words(at)


def test_the_order_stays_after_a_visit_to_another_page(visit: Visit, run: Run) -> None:
    at = visit("outliers", outliers=outliers_result(run.latents().rows[:40].astype(int)))
    at.button_group(key="outliers").set_value("negative_elbo").run()
    open_page("losses", at=at)
    open_page("inspect", at=at)
    assert is_calm(at) and "surprises the model most" in words(at)


def test_where_no_picture_can_be_drawn_labels_are_no_markup(visit: Visit, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    config = json.loads((run.path / "config.json").read_text())
    config["dataset"]["class_names"] = ["<b>0</b>", *"123456789"]
    (run.path / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr(thumbnails, "shown", lambda run, rows: (None, ""))
    at = visit("outliers", outliers=outliers_result(run.latents().rows[:40].astype(int)))
    at.button_group(key="outliers").set_value("agreement").run()
    (listed,) = [one.value for one in at.markdown if one.value.startswith("Worst first")]
    assert is_calm(at) and r"\<b\>0\<" in listed and "<b" not in listed.replace(r"\<", "")


def test_groups_of_images_that_are_alike_are_cut_in_sight() -> None:
    assert outliers.rows_alike([[1, 2], [3, 4]], 2) == "1 = 2; 3 = 4"
    assert outliers.rows_alike([[1, 2, 3, 4, 5], [6, 7], [8, 9]], 2) == "1 = 2 = 3 = 4 = …; 6 = 7 …"


def test_a_sheet_lays_pictures_left_to_right_and_downward_in_their_proportion() -> None:
    images = np.zeros((5, 10, 5), np.uint8)
    fig = contact_sheet.draw_sheet(images, [f"row {i}\n{i} nats" for i in range(5)], 3)
    spots = [(round(image.x), round(image.y, 2)) for image in fig.layout.images]
    assert spots == [(0, 0), (1, 0), (2, 0), (0, 2 + 2 * contact_sheet.LINE), (1, 2 + 2 * contact_sheet.LINE)]
    assert fig.layout.images[0].sizey == pytest.approx(2 * fig.layout.images[0].sizex)
    assert fig.data[0].text[4] == "row 4<br>4 nats" and list(fig.layout.yaxis.range) == [2 * (2 + 2 * contact_sheet.LINE), 0]
