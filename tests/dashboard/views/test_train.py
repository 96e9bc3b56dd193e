"""The Train page, run as a browser would ask for it, without a worker: what is queued stays queued."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from dashboard.i18n import texts
from dashboard.i18n.format import fixed, plain
from dashboard.i18n.texts import t
from dashboard.pages import SCRIPTS
from dashboard.views.train import form
from tests.conftest import tiny_config
from tests.dashboard.pages import open_page
from tests.places import ROOT
from vae_core.config import RunConfig, sections
from vae_core.jobs import folder, queue, worker
from vae_core.model.effective_beta import ForeignLoss
from vae_core.presets import PRESETS
from vae_core.registries import choices
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run, open_run

APP = str(ROOT / "dashboard" / "app.py")
MACHINE = {"fixed": 1e-3, "dense": 1e-10, "conv": 1e-10, "base": 400_000_000}
Visit = Callable[..., AppTest]


@pytest.fixture
def root(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one finished run, of which the dashboard shows the runs; nobody trains there, but the machine is known."""
    folder = tmp_path / "runs"
    shutil.copytree(tiny_root / "tiny-2d", folder / "tiny-2d")
    monkeypatch.setenv("LATENT_LENS_RUNS", str(folder))
    monkeypatch.setattr(worker, "start_worker", lambda root: None)
    (folder / ".worker.json").write_text(json.dumps({"state": "ready", "run": "", "machine": MACHINE, "has_card": False}))
    return folder


@pytest.fixture
def visit(as_a_browser: None) -> Visit:
    """Return a function that opens the page in a new session, where a press runs no more than a browser would run."""

    def opened(**query: str) -> AppTest:
        return open_page("train", query)

    return opened


def words(at: AppTest) -> str:
    """Return everything that the page says, without the backslashes that keep names plain."""
    elements = [*at.title, *at.markdown, *at.info, *at.warning, *at.code, *at.button, *at.expander]
    said = "\n".join(str(getattr(element, name, "") or "") for element in elements for name in ("value", "label"))
    return said.replace("\\", "") + "".join(found.proto.text for found in at.get("progress"))


def button(at: AppTest, name: str) -> object:
    """Return the one button of that name."""
    (found,) = (one for one in at.button if one.label == t(f"train.{name}"))
    return found


def has(at: AppTest, *names: str) -> list[bool]:
    """Tell of each name whether the page has such a button."""
    return [any(one.label == t(f"train.{name}") for one in at.button) for name in names]


def is_calm(at: AppTest) -> bool:
    """Tell whether nothing went wrong."""
    return not at.exception and not at.error and t("app.unexpected") not in words(at) and "is missing from run" not in words(at)


def put(root: Path, run: str, state: str, sentence: str = "") -> None:
    """Give a run another state."""
    (root / run / "status.json").write_text(json.dumps({"state": state, "sentence": sentence}))


# ---- the form


def test_presets_and_start_are_in_sight_and_the_rest_is_folded(root: Path, visit: Visit) -> None:
    at = visit()
    assert is_calm(at) and at.title[0].value == t("train.title")
    assert at.radio[0].options == [t(f"train.preset_{name}") for name in form.OFFERED]
    assert [one.label for one in at.expander] == [t("train.all_settings"), t("train.translate"), t("train.runs")]
    assert not button(at, "start").disabled
    folded = {one.key for fold in at.expander for kind in ("selectbox", "number_input", "text_input") for one in getattr(fold, kind)}
    shown = {one.key for kind in ("selectbox", "number_input", "text_input") for one in getattr(at, kind)}
    assert shown - folded == {"run_picker", *(f"train/{name}" for name in form.IN_SIGHT)}


def test_every_setting_and_every_choice_has_words(root: Path, visit: Visit) -> None:
    asked = [f for group in (RunConfig(), *sections(RunConfig()).values()) for f in fields(group) if "help" in f.metadata]
    assert [f.name for f in asked if f"setting.{f.name}" not in texts.texts()] == []
    assert [f.name for f in fields(ForeignLoss) if f"other.{f.name}" not in texts.texts()] == []
    for f in asked:
        for name in choices(f.metadata["choices"]) if f.metadata["choices"] else ():
            keys = {f"choice.{f.name}.{name}", f"{f.name}.{name}", f"{f.name}.{name}.title"}
            assert keys & set(texts.texts()), (f.name, name)


def test_every_setting_can_be_reached(root: Path, visit: Visit) -> None:
    at, reached = visit(), set()
    for name in choices("model.objectives.OBJECTIVES"):
        at.selectbox(key="train/objective").set_value(name).run()
        at.selectbox(key="train/likelihood").set_value("gaussian").run()
        widgets = [*at.selectbox, *at.number_input, *at.text_input]
        reached |= {one.key.removeprefix("train/") for one in widgets if one.key.startswith("train/")}
        assert all(one.help for one in widgets if one.key.startswith("train/") and one.key.count("/") == 1 and one.key not in FREE)
        assert is_calm(at) and not button(at, "start").disabled
    assert {f.name for group in sections(RunConfig()).values() for f in fields(group)} <= reached


FREE = ("train/which", "train/name")  # not settings of the training


@pytest.mark.parametrize("name", form.OFFERED)
def test_a_preset_fills_the_form_and_is_what_is_started(root: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("vae_core.data.sources.is_available", lambda name: True)
    at = visit()
    at.number_input(key="train/latent_size").set_value(7).run()
    at.radio[0].set_value("seconds" if name != "seconds" else "minutes").run()
    at.radio[0].set_value(name).run()
    button(at, "start").click().run()
    (started,) = folder.waiting(root)
    assert open_run(started).config == PRESETS[form.OFFERED[name]] and is_calm(at)


def test_what_is_chosen_is_what_is_queued_under_a_name_that_fits(root: Path, visit: Visit) -> None:
    at = visit()
    at.selectbox(key="train/network").set_value("conv").run()
    at.number_input(key="train/latent_size").set_value(3).run()
    at.number_input(key="train/learning_rate").set_value(0.0015).run()
    at.text_input(key="train/hidden").set_value("8, 16").run()
    button(at, "start").click().run()
    run = open_run(folder.waiting(root)[0])
    assert (run.config.model.network, run.config.model.latent_size, run.config.model.hidden) == ("conv", 3, (8, 16))
    assert run.config.train.learning_rate == 0.0015 and run.config.name == ""  # it is no longer what the preset's name says
    assert at.query_params["watch"] in (run.id, [run.id])


def test_what_is_chosen_together_with_the_press_counts(root: Path, visit: Visit) -> None:
    at = visit()
    at.number_input(key="train/epochs").set_value(1)  # not run: a browser may tell of it together with the press
    button(at, "start").click().run()
    assert folder.waiting(root) == [] and "kl_warmup_epochs is 120.0" in words(at)
    at.number_input(key="train/epochs").set_value(130).run()
    at.number_input(key="train/latent_size").set_value(5)
    button(at, "start").click().run()
    config = open_run(folder.waiting(root)[0]).config
    assert (config.train.epochs, config.model.latent_size) == (130, 5)


def test_another_network_gets_widths_that_suit_it(root: Path, visit: Visit) -> None:
    at = visit()
    at.selectbox(key="train/network").set_value("conv").run()
    assert at.text_input(key="train/hidden").value == "32 64"
    at.selectbox(key="train/network").set_value("linear").run()
    assert not any(one.key == "train/hidden" for one in at.text_input) and not button(at, "start").disabled


def test_the_form_survives_a_visit_to_another_page(root: Path, visit: Visit) -> None:
    at = visit()
    at.number_input(key="train/latent_size").set_value(5).run()
    at.switch_page(SCRIPTS["losses"]).run()
    at.switch_page(SCRIPTS["train"]).run()
    assert at.number_input(key="train/latent_size").value == 5 and is_calm(at)


def test_a_wrong_choice_is_told_before_the_start(root: Path, visit: Visit) -> None:
    at = visit()
    at.number_input(key="train/kl_warmup_epochs").set_value(160.0).run()
    assert button(at, "start").disabled and "would never be minimised; shorten the warm-up" in words(at)
    at.number_input(key="train/kl_warmup_epochs").set_value(3.0).run()
    at.text_input(key="train/hidden").set_value("many").run()
    assert button(at, "start").disabled and "write whole numbers with spaces between" in words(at)
    at.text_input(key="train/hidden").set_value("32").run()
    at.selectbox(key="train/device").set_value("gpu").run()
    assert button(at, "start").disabled and "no graphics card" in words(at)
    at.selectbox(key="train/device").set_value("cpu").run()
    assert not button(at, "start").disabled and not at.warning


def test_what_it_takes_is_said(root: Path, visit: Visit) -> None:
    at = visit()
    assert "It learns from 1,294 images of 8 × 8 pixels. On this computer that takes about" in words(at)
    assert "about 0.4 GB of memory" in words(at)
    at.text_input(key="train/hidden").set_value("4000000 4000000").run()
    assert "Choose a smaller network" in words(at)
    (root / ".worker.json").unlink()
    assert t("train.takes_warming") in words(visit())


def test_a_dataset_that_is_not_here_is_fetched_on_request(root: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.data.sources.is_available", lambda name: name == "digits")
    at = visit()
    assert has(at, "start") == [True]
    at.radio[0].set_value("minutes").run()
    assert t("train.start_fetching", size="12") in [one.label for one in at.button]
    assert "MNIST digits is not on this computer yet" in words(at) and "12 MB from ossci-datasets" in words(at)
    assert folder.waiting(root) == []


def test_another_programs_beta_is_taken_into_the_form(root: Path, visit: Visit) -> None:
    at = visit()
    at.selectbox(key="other/reconstruction").set_value("mean").run()
    assert "Here this is **beta = 784**." in words(at) and "784 times as much" in words(at)
    at.selectbox(key="other/cost").set_value("mse").run()
    button(at, "translate_use").click().run()
    assert at.number_input(key="train/beta").value == pytest.approx(784 / (2 * 0.1**2))
    assert (at.selectbox(key="train/likelihood").value, at.number_input(key="train/sigma").value) == ("gaussian", 0.1)


# ---- a run that is under way


def test_two_tabs_that_press_start_get_one_run(root: Path, visit: Visit) -> None:
    one, two = visit(), visit()
    button(one, "start").click().run()
    button(two, "start").click().run()
    assert len(folder.waiting(root)) == 1 and t("train.under_way") in words(two) and t("train.under_way") not in words(one)
    assert has(one, "start", "delete", "another") == has(two, "start", "delete", "another") == [False, True, True]


def test_the_page_finds_a_run_that_is_under_way(root: Path, visit: Visit) -> None:
    first, second = (queue.enqueue(tiny_config(f"Number {seed}", seed=seed), root).id for seed in (1, 2))
    assert "**Number 1** · waiting" in words(visit()) and t("train.waits_first") in words(visit())
    at = visit(watch=second)
    assert "**Number 2** · waiting" in words(at) and "It waits for “Number 1” to end" in words(at)
    button(at, "another").click().run()
    assert has(at, "start") == [True] and words(at).count("is under way.") == 2
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
    assert ("“Mine” was stopped and can go on." in words(at)) == can_go_on


def test_a_finished_run_says_what_it_scores_and_opens_in_the_map(root: Path, visit: Visit) -> None:
    at = visit(watch="tiny-2d")
    score = load_run(root, "tiny-2d").summary["test"]["negative_elbo"]
    assert is_calm(at) and f"It pays {fixed(score, 1)} nats" in words(at) and has(at, "go_on", "pause") == [False, False]
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


# ---- order among the runs


def test_runs_are_renamed_deleted_and_brought_back(root: Path, visit: Visit) -> None:
    at = visit()
    at.text_input(key="train/name/tiny-2d").set_value("A better name").run()
    button(at, "rename").click().run()
    assert open_run(root / "tiny-2d").name == "A better name"
    button(at, "delete").click().run()
    assert not (root / "tiny-2d").exists() and "“A better name” lies in the trash now." in words(at) and "trash holds" in words(at)
    button(at, "undo").click().run()
    assert open_run(root / "tiny-2d").name == "A better name" and has(at, "undo") == [False] and is_calm(at)
    button(at, "delete").click().run()
    button(at, "empty_trash").click().run()
    assert list(root.glob(".trash/*")) == [] and has(at, "undo", "empty_trash") == [False, False]


def test_a_run_at_work_is_not_deleted(root: Path, visit: Visit) -> None:
    run = queue.enqueue(tiny_config("Mine"), root).id
    at = visit(watch=run)
    with FileLock(root / run / "lock"):
        button(at, "delete").click().run()
    assert (root / run).exists() and "pause it first" in words(at)


def test_a_folder_that_cannot_be_written_can_be_looked_at(root: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    run = queue.enqueue(tiny_config("Mine"), root).id
    put(root, run, "paused")

    def refuse(folder: Path) -> None:
        raise RunError("The folder runs cannot be written (Read-only file system); make it writable.")

    monkeypatch.setattr(folder, "check_folder", refuse)
    at = visit()
    assert is_calm(at) and "cannot be written" in at.warning[0].value and button(at, "start").disabled
    assert button(at, "rename").disabled and button(at, "delete").disabled
    monkeypatch.setattr(queue, "_order", lambda path, order: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
    at = visit(watch=run)
    button(at, "go_on").click().run()
    assert is_calm(at) and "cannot be written (Read-only file system)" in words(at)


def test_without_any_run_the_page_still_trains(tmp_path: Path, root: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "nowhere"))
    at = visit()
    button(at, "start").click().run()
    assert is_calm(at) and len(folder.waiting(tmp_path / "nowhere")) == 1
