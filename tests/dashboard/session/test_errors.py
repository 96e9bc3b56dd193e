"""A page without runs, or with one that is not what it should be, says so in a sentence."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from dashboard.i18n.format import plain
from dashboard.i18n.texts import t
from tests.dashboard.pages import FINISHED_ONLY, PAGES, Open, address, has_picture, is_calm, paragraphs, unfinish, words
from vae_core.runs.run import Run


def test_two_runs_of_one_name_are_told_apart(runs: Path, visit: Open) -> None:
    for name in ("tiny-2d", "tiny-5d"):
        config = json.loads((runs / name / "config.json").read_text())
        (runs / name / "config.json").write_text(json.dumps({**config, "name": "Twin"}))
    at = visit("losses", run="tiny-5d")
    assert at.selectbox(key="run_picker").options == ["Twin (tiny-2d)", "Twin (tiny-5d)"]
    at.selectbox(key="run_picker").set_value("tiny-2d").run()
    at.run()
    assert is_calm(at) and address(at)["run"] == "tiny-2d"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("exists", [True, False])
def test_without_runs_every_page_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visit: Open, page: str, exists: bool
) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path if exists else tmp_path / "nowhere"))
    at = visit(page)
    assert is_calm(at) and t("run.none") in words(at) and "vae_core train" in words(at) and not has_picture(at, page)


@pytest.mark.parametrize("page", PAGES)
def test_a_run_that_does_not_exist_is_named(runs: Path, visit: Open, page: str) -> None:
    at = visit(page, run="../tiny-2d")
    assert is_calm(at) and t("run.unknown", id=plain("../tiny-2d")) in words(at) and not has_picture(at, page)
    at.selectbox(key="run_picker").set_value("tiny-2d").run()
    assert is_calm(at) and has_picture(at, page)


@pytest.mark.parametrize("page", PAGES)
def test_a_run_deleted_while_it_is_shown_is_named(runs: Path, visit: Open, page: str) -> None:
    at = visit(page, run="tiny-5d")
    assert has_picture(at, page)
    shutil.rmtree(runs / "tiny-5d")
    at.run()
    assert is_calm(at) and t("run.gone", id=plain("tiny-5d")) in words(at) and not has_picture(at, page)


@pytest.mark.parametrize("page", PAGES)
def test_a_run_that_cannot_be_read_says_why(runs: Path, visit: Open, page: str) -> None:
    shutil.rmtree(runs / "tiny-5d")
    (runs / "tiny-2d" / "config.json").write_text("{")
    at = visit(page)
    assert is_calm(at) and "config\\.json" in at.warning[0].value and "damaged" in at.warning[0].value and "vae_core train" in words(at)


@pytest.mark.parametrize("page", FINISHED_ONLY)
def test_an_unfinished_run_says_so(runs: Path, visit: Open, page: str) -> None:
    unfinish(runs / "tiny-2d")
    at = visit(page, run="tiny-2d")
    assert is_calm(at) and "is not finished" in at.info[0].value and not has_picture(at, page)


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("home", "latents.npz"),
        ("explore", "latents.npz"),
        ("latent", "latents.npz"),
        ("manifold", "latents.npz"),
        ("sample", "model.safetensors"),
        ("losses", "history.csv"),
    ],
)
@pytest.mark.parametrize("missing", [True, False])
def test_a_damaged_file_is_named_in_one_sentence(runs: Path, visit: Open, page: str, name: str, missing: bool) -> None:
    path = runs / "tiny-2d" / name
    content = path.read_bytes()
    path.unlink()
    if not missing:
        path.write_bytes(content[: len(content) // 2] if name != "history.csv" else content.replace(b"train", b"train,,,x", 1))
    at = visit(page, run="tiny-2d")
    assert is_calm(at) and len(at.warning) == 1 and name in at.warning[0].value.replace("\\", "")


def test_a_page_that_breaks_shows_a_sentence_and_tells_the_terminal(
    runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(run: Run) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("dashboard.session.cache.latents", broken)
    at = visit("explore", run="tiny-2d")
    assert not at.exception and [warning.value for warning in at.warning] == [t("app.unexpected")]
    assert "ZeroDivisionError: a bug" in caplog.text


def test_a_name_is_shown_and_never_interpreted(runs: Path, visit: Open) -> None:
    name = "![x](http://evil.example/a.png) <img src=x> $x^2$ :red[r] www.evil.example *b*"
    config = json.loads((runs / "tiny-2d" / "config.json").read_text())
    (runs / "tiny-2d" / "config.json").write_text(json.dumps({**config, "name": name}))
    at = visit("losses", run="tiny-2d")
    line = paragraphs(at)[0].value
    assert plain(name) in line and is_calm(at)
    unescaped = re.sub(r"\\.", "", line.removeprefix(":small[**").split("** ")[0])
    assert not re.search(r"[\\`*_\[\]()<>$:!]", unescaped) and "://" not in line and "www\\." not in line
