"""A run on the page while it trains, rests or is done, and what can be asked of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from dashboard.i18n.format import fixed, plain
from dashboard.i18n.texts import t
from tests.conftest import tiny_config
from tests.dashboard.views.train.trainpage import Visit, button, has, is_calm, put, words
from vae_core.jobs import folder, queue
from vae_core.runs.listing import load_run


def test_the_page_finds_a_run_that_is_under_way(root: Path, visit: Visit) -> None:
    first, second = (queue.enqueue(tiny_config(f"Number {seed}", seed=seed), root).id for seed in (1, 2))
    assert "**Number 1** · waiting" in words(visit()) and t("train.waits_first") in words(visit())
    at = visit(watch=second)
    assert "**Number 2** · waiting" in words(at) and "It waits for “Number 1” to end" in words(at)
    button(at, "another").click().run()
    assert has(at, "start") == [True] and words(at).count("is in progress.") == 2
    at.button(key=f"train/watch/{first}").click().run()
    assert "**Number 1** · waiting" in words(at)


def test_a_run_at_work_shows_how_far_it_is_and_is_asked_to_pause(root: Path, visit: Visit) -> None:
    run = root / queue.enqueue(tiny_config("Mine", epochs=40), root).id
    shutil.copy(root / "tiny-2d" / "history.csv", run)
    put(root, run.name, "running")
    (run / "progress.json").write_text(json.dumps({"step": 110, "total": 440, "seconds": 7.0, "images_per_second": 15_123.0}))
    with FileLock(run / "lock"):
        at = visit()
        assert is_calm(at) and "**Mine** · training" in words(at)
        assert "Epoch 11 of 40 · about 20 seconds left · 15,123 images per second" in words(at)
        assert has(at, "pause", "finish", "delete", "go_on") == [True, True, False, False]
        button(at, "pause").click().run()
        assert (run / "control" / "pause").exists() and button(at, "pause").disabled and button(at, "finish").disabled
    at.run()
    assert "**Mine** · interrupted" in words(at) and has(at, "pause", "delete", "go_on") == [False, True, True]
    button(at, "go_on").click().run()
    assert [path.name for path in folder.waiting(root)] == [run.name] and "**Mine** · waiting" in words(at)


@pytest.mark.parametrize(("state", "can_go_on"), [("paused", True), ("interrupted", True), ("failed", True), ("diverged", False)])
def test_a_stopped_run_says_so_and_goes_on_where_it_can(root: Path, visit: Visit, state: str, can_go_on: bool) -> None:
    run = queue.enqueue(tiny_config("Mine"), root).id
    put(root, run, state, "The disk is full; make room.")
    at = visit(watch=run)
    assert is_calm(at) and f"**Mine** · {t(f'state.{state}')}" in words(at) and has(at, "go_on") == [can_go_on]
    assert ("The disk is full; make room." in words(at)) == (state in ("failed", "diverged"))
    button(at, "another").click().run()
    assert ("“Mine” was stopped and can be continued." in words(at)) == can_go_on


def test_a_run_whose_trainer_died_before_its_seal_goes_on(root: Path, visit: Visit) -> None:
    (root / "tiny-2d" / "summary.json").unlink()
    at = visit(watch="tiny-2d")
    assert is_calm(at) and t("state.interrupted") in words(at) and has(at, "go_on", "delete", "open") == [True, True, False]
    button(at, "go_on").click().run()
    assert [path.name for path in folder.waiting(root)] == ["tiny-2d"]
    put(root, "tiny-2d", "done")
    with FileLock(root / "tiny-2d" / "lock"):
        at = visit(watch="tiny-2d")
        assert is_calm(at) and t("train.finishing") in words(at) and has(at, "pause", "delete") == [True, False]


def test_a_finished_run_says_what_it_scores_and_opens_in_the_map(root: Path, visit: Visit) -> None:
    at = visit(watch="tiny-2d")
    score = load_run(root, "tiny-2d").summary["test"]["negative_elbo"]
    assert is_calm(at) and f"Cost: {fixed(score, 1)} nats" in words(at) and has(at, "go_on", "pause") == [False, False]
    assert has(at, "report") == [True]
    button(at, "open").click().run()
    assert at.query_params["run"] in ("tiny-2d", ["tiny-2d"]) and at.title[0].value == t("explore.title")


def test_a_name_is_shown_and_never_interpreted(root: Path, visit: Visit) -> None:
    name = "![x](http://evil.example/a.png) $x^2$ :red[r]"
    run = queue.enqueue(tiny_config(name), root).id
    at = visit(watch=run)
    assert any(plain(name) in one.value for one in at.markdown) and is_calm(at)


@pytest.mark.parametrize("asked", ["../tiny-2d", ".trash", "no-such", "/etc"])
def test_a_run_that_is_not_there_is_said(root: Path, visit: Visit, asked: str) -> None:
    at = visit(watch=asked)
    assert is_calm(at) and f"There is no run '{asked}'" in words(at)
    button(at, "another").click().run()
    assert has(at, "start") == [True]
