"""The page Inspect opens without torch, and says in a sentence what cannot be had."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

from dashboard.components import part_cards
from dashboard.i18n.texts import all_texts, t
from dashboard.views.inspect import blocks
from tests.dashboard.pages import is_calm
from tests.dashboard.views.inspect.conftest import (
    PARTS,
    Stored,
    Visit,
    charts,
    estimate,
    kl_values,
    outliers_result,
    words,
)
from vae_core.evaluation import rate_distortion
from vae_core.inspection import process, store
from vae_core.inspection.parts import registry
from vae_core.runs.run import Run


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_not_computed_says_what_would_be_here_and_offers_it(visit: Visit, part: str) -> None:
    at = visit(part)
    assert is_calm(at)
    assert {button.key for button in at.button} == {"compute_all", *([f"compute_{part}"] if part != "rate-distortion" else [])}
    if part != "rate-distortion":  # which shows what it can without any computation
        assert t(f"inspect.{part}.promise") in words(at)


@pytest.mark.parametrize(
    ("part", "reason"),
    [("kl-decomposition", "autoencoder"), ("bounds", "no-data"), ("inference-gap", "dimensions"), ("prior-holes", "few-images")],
)
def test_a_part_that_can_give_nothing_says_why(visit: Visit, part: str, reason: str) -> None:
    at = visit(part, **{part: Stored({}, unavailable=[{"what": part, "reason": reason, "sentence": "No."}])})
    assert is_calm(at) and [info.value for info in at.info] == [t(f"inspect.unavailable.{reason}")] and not charts(at)


def test_a_reason_without_words_of_its_own_is_shown_as_the_core_says_it(visit: Visit) -> None:
    at = visit(
        "kl-decomposition",
        kl_decomposition=Stored({}, unavailable=[{"what": "kl-decomposition", "reason": "new", "sentence": "The moon is *full*."}]),
    )
    assert [info.value for info in at.info] == [r"The moon is \*full\*\."]


def test_what_is_left_out_of_a_part_is_said_below_it(visit: Visit, run: Run) -> None:
    result = outliers_result(run.latents().rows[:40].astype(int))
    result.arrays["agreement"] = np.full(40, np.nan)
    result.unavailable = [{"what": "agreement", "reason": "no-labels", "sentence": ""}]
    at = visit("outliers", outliers=result)
    assert is_calm(at) and [info.value for info in at.info] == [t("inspect.unavailable.no-labels")] and charts(at)


def test_the_training_images_can_be_looked_at_too(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit("kl-decomposition", kl_decomposition=Stored(kl_values(), {"epochs_kl": np.ones((3, 2))}))
    train = Stored({**kl_values(), "mutual_information": estimate(6.1)}, {"epochs_kl": np.ones((3, 2))}, split="train")
    train.protocol["split"] = "train"
    asked: list[tuple[str, object]] = []
    monkeypatch.setattr(store, "read", lambda run, part, split="test": train if (part, split) == ("kl-decomposition", "train") else None)
    monkeypatch.setattr(store, "missing", lambda run, split="test": asked.append(("missing", split)) or ("inference-gap",))
    monkeypatch.setattr(process, "start", lambda run, parts=(), split="test": asked.append((split, tuple(parts))))
    at.radio(key="inspect_split").set_value("train").run()
    assert is_calm(at) and "7.50 nats" in words(at) and t("inspect.split.train") in words(at)
    assert list(charts(at)) == ["tiny-2d-nats-train", "tiny-2d-kl-per-epoch"], "a file says of which images it is"
    at.query_params["part"] = "inference-gap"
    at.run()
    at.button(key="compute_inference-gap").click().run()
    assert is_calm(at) and ("train", ("inference-gap",)) in asked and {split for _, split in asked if isinstance(split, str)} == {"train"}
    at.query_params["part"] = "rate-distortion"  # speaks of runs and not of images
    assert not at.run().radio


def test_the_address_says_which_part_is_shown(visit: Visit) -> None:
    at = visit("bounds")
    for asked, part in (("outliers", "outliers"), ("prior-holes", "prior-holes"), ("no-such-part", "bounds"), (None, "bounds")):
        if asked is None:  # back at the address at which the page was opened
            del at.query_params["part"]
        else:
            at.query_params["part"] = asked
        assert is_calm(at.run()) and t(f"inspect.{part}.promise") in words(at), asked


def test_without_test_images_there_is_nothing_to_choose(visit: Visit, run: Run) -> None:
    assert visit("inference-gap").radio
    (run.path / "summary.json").write_text(json.dumps({**run.summary, "test_split": "train"}))
    assert not visit("inference-gap").radio


def test_a_table_keeps_every_number_and_leaves_what_is_not_defined_empty() -> None:
    assert blocks.file_of({"z₁": ["é"]}) == blocks.file_of(lambda: "z₁\né\n") == b"\xef\xbb\xbf" + "z₁\né\n".encode()
    text = blocks.table({"name": ["a, b", "c"], "nats": [0.1 + 0.2, float("nan")], "error": [None, 1e-9]})
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows == [{"name": "a, b", "nats": str(0.1 + 0.2), "error": ""}, {"name": "c", "nats": "", "error": "1e-09"}]
    assert blocks.table({"@run": ["+1+1", "+", "-0.5", "\u202e=1"], "nats": [-1, 2, 3, 4]}) == "'@run,nats\n'+1+1,-1\n+,2\n-0.5,3\n'=1,4\n"


def test_every_part_and_reason_has_its_words() -> None:
    shown = (*PARTS, *registry.APPLICATIONS)
    parts = [f"inspect.{part}.{word}" for part in shown for word in ("name", "question")]
    reasons = [f"inspect.rate-distortion.why.{reason}" for reason in rate_distortion.SENTENCES]
    assert [key for key in parts + reasons if key not in all_texts()] == []
    assert set(registry.INSPECTED) == {*PARTS, "redrawing"}, "which the report shows"
    drawings = (part_cards.HERE / "drawings.js").read_text(encoding="utf-8").partition("DRAWINGS = {")[2]
    assert [part for part in shown if not re.search(rf'^  "?{part}"?[:,]', drawings, re.M)] == [], "a card without a drawing"
