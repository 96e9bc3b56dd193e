"""Bad images through the page Data: each answered in one sentence or in a preview, whatever they are called; nothing is written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from dashboard.i18n.texts import t
from dashboard.views.data import looking, options, source_choice
from tests.dashboard.pages import open_page, words
from tests.vae_core.importing.hostile_arrays import CASES as ARRAYS
from tests.vae_core.importing.hostile_pictures import CASES as PICTURES
from tests.vae_core.importing.making import Case
from vae_core.jobs import worker

EVERY = int(os.environ.get("LATENT_LENS_EVERY_CASE", "12"))  # the importer alone is tried with all of them
LIVE = re.compile(r"(?<!\\)(!\[|\]\(|<[a-z])")  # Markdown and HTML that would be more than letters
NAMED = ("evil", "HTML", "marks", "lines in it")  # cases whose names want to be more than letters


def chosen(cases: tuple[Case, ...] | list[Case]) -> list[Case]:
    """Return some of the cases, and all whose names are odd."""
    return [case for i, case in enumerate(cases) if i % EVERY == 0 or any(word in case.name for word in NAMED)]


def test_each_is_answered_in_one_sentence_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(worker, "start_worker", lambda root: None)
    monkeypatch.setattr(source_choice, "is_local", lambda: True)
    monkeypatch.setattr(looking, "AT_ONCE", 60)
    asked = {"how": looking.ImportOptions()}
    monkeypatch.setattr(options, "ask_options", lambda *_: asked["how"])
    at = open_page("data")
    for number, case in enumerate((*chosen(PICTURES), *chosen(ARRAYS))):
        place = tmp_path / str(number)
        place.mkdir()
        asked["how"] = looking.ImportOptions(**case.options)
        at.text_input(key="data/path").set_value(str(case.make(place))).run()
        said = [one.value for one in at.warning]
        assert not at.exception and not at.error and "Traceback" not in words(at), case.name
        assert len(said) == (case.outcome == "refused"), (case.name, said)
        assert all(one.endswith("\\.") and "\n" not in one and t("data.looking") not in one for one in said), (case.name, said)
        captions = "".join(one.proto.imgs[0].caption for one in at.get("image"))
        assert not LIVE.search(words(at) + captions), case.name
        assert not (tmp_path / "data").exists()
