"""The form: presets, settings, what a run takes, and its start."""

from __future__ import annotations

import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from dashboard.i18n import texts
from dashboard.i18n.texts import t
from dashboard.views.train import form
from tests.dashboard.pages import open_page
from tests.dashboard.views.train.trainpage import Visit, button, has, is_calm, words
from vae_core.cli.main import parser
from vae_core.cli.train import configure
from vae_core.config import RunConfig, sections
from vae_core.jobs import folder
from vae_core.model.effective_beta import ForeignLoss
from vae_core.presets import PRESETS
from vae_core.registries import choices
from vae_core.runs.listing import open_run


def test_presets_and_start_are_in_sight_and_the_rest_is_folded(root: Path, visit: Visit) -> None:
    at = visit()
    assert is_calm(at) and at.title[0].value == t("train.title")
    assert at.radio[0].options == [t(f"train.preset_{name}") for name in form.OFFERED]
    assert [one.label for one in at.expander] == [t(f"train.{name}") for name in ("all_settings", "command", "translate")]
    assert [tab.label for tab in at.tabs] == [t(f"train.group_{title}") for title in ("data", "model", "objective", "optimiser", "run")]
    assert not button(at, "start").disabled
    folded = {one.key for fold in at.expander for kind in ("selectbox", "number_input", "text_input") for one in getattr(fold, kind)}
    shown = {one.key for kind in ("selectbox", "number_input", "text_input") for one in getattr(at, kind)}
    assert shown - folded == {"run_picker", *(f"train/{name}" for name in form.IN_SIGHT)}


def test_every_setting_and_every_choice_has_words(root: Path, visit: Visit) -> None:
    asked = [f for group in (RunConfig(), *sections(RunConfig()).values()) for f in fields(group) if "help" in f.metadata]
    assert [f.name for f in asked if f"setting.{f.name}" not in texts.all_texts()] == []
    assert [f.name for f in fields(ForeignLoss) if f"other.{f.name}" not in texts.all_texts()] == []
    for f in asked:
        for name in choices(f.metadata["choices"]) if f.metadata["choices"] else ():
            keys = {f"choice.{f.name}.{name}", f"{f.name}.{name}", f"{f.name}.{name}.title"}
            assert keys & set(texts.all_texts()), (f.name, name)


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


def test_what_is_not_the_presets_is_marked_and_can_be_taken_back(root: Path, visit: Visit) -> None:
    at = visit()
    assert t("train.changed") not in words(at) and not at.caption
    at.number_input(key="train/beta").set_value(4.0).run()
    at.text_input(key="train/hidden").set_value("8 16").run()
    at.selectbox(key="train/likelihood").set_value("gaussian").run()
    assert t("train.changed") in words(at) and "1 → 4" in words(at)
    assert t("train.preset_value", value="128, 128") in [one.value for one in at.caption] and len(at.caption) == 3
    at.button(key="train/reset/beta").click().run()
    assert at.number_input(key="train/beta").value == 1 and "→ 8, 16" in words(at)
    button(at, "reset_all").click().run()
    assert at.text_input(key="train/hidden").value == "128 128" and t("train.changed") not in words(at) and is_calm(at)
    assert not at.caption, "the preset's value stands where another one was chosen"


@pytest.mark.parametrize("name", form.OFFERED)
def test_the_command_trains_what_the_form_starts(root: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("vae_core.data.sources.is_available", lambda name: True)
    at = visit()
    at.radio[0].set_value(name).run()
    assert configure(parser().parse_args(shlex.split(at.code[0].value)[3:])) == PRESETS[form.OFFERED[name]]
    for key, value in (("epochs", 200), ("latent_size", 3), ("learning_rate", 0.00123), ("beta", 0.1)):
        at.number_input(key=f"train/{key}").set_value(value).run()
    at.text_input(key="train/hidden").set_value("8, 16").run()
    at.text_input(key="train/name").set_value("Ann's run").run()
    command = at.code[0].value
    button(at, "start").click().run()
    (started,) = folder.waiting(root)
    assert configure(parser().parse_args(shlex.split(command)[3:])) == open_run(started).config


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
    open_page("losses", at=at)
    open_page("train", at=at)
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


def test_two_tabs_that_press_start_get_one_run(root: Path, visit: Visit) -> None:
    one, two = visit(), visit()
    button(one, "start").click().run()
    button(two, "start").click().run()
    (started,) = folder.waiting(root)
    said = t("train.under_way", name=open_run(started).name)
    assert said in words(two) and said not in words(one)
    assert has(one, "start", "delete", "another") == has(two, "start", "delete", "another") == [False, True, True]
    two.sidebar.selectbox[0].set_value("tiny-2d").run()
    assert said not in words(two), "it is not of this run"


def test_a_run_that_was_started_is_watched_though_the_page_asks_whether_this_computer_is_measured(root: Path, visit: Visit) -> None:
    at = visit()
    as_the_browser_knows_it = at._tree.get_widget_states()
    button(at, "start").click().run()
    (started,) = folder.waiting(root)
    at._run(as_the_browser_knows_it)  # sent before the answer had come
    assert at.session_state["watch"] == at.session_state["run"] == at.sidebar.selectbox[0].value == started.name
    at.sidebar.selectbox[0].set_value("tiny-2d").run()
    assert at.session_state["watch"] == at.session_state["run"] == "tiny-2d"


def test_without_any_run_the_page_still_trains(tmp_path: Path, root: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "nowhere"))
    at = visit()
    button(at, "start").click().run()
    assert is_calm(at) and len(folder.waiting(tmp_path / "nowhere")) == 1
