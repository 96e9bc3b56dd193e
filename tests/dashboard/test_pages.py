"""Every page, run as a browser would ask for it: with runs, without, and with runs that are not what they should be."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.i18n import texts
from dashboard.i18n.format import axis, cost_parts, fixed, number, percent, plain, point
from dashboard.i18n.texts import t
from dashboard.pages import SCRIPTS
from tests.conftest import tiny_config
from tests.dashboard.opening import open_page
from tests.places import ROOT
from vae_core.cli.main import main
from vae_core.config import ModelConfig, ObjectiveConfig
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

APP = str(ROOT / "dashboard" / "app.py")
PAGES = ("home", "explore", "manifold", "latent", "sample", "losses")
FINISHED_ONLY = PAGES[:-1]
Open = Callable[..., AppTest]


@pytest.fixture
def runs(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of its own with the two tiny runs, which the dashboard shows."""
    folder = tmp_path / "runs"
    shutil.copytree(tiny_root, folder)
    monkeypatch.setenv("LATENT_LENS_RUNS", str(folder))
    return folder


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a page in a new session, with query parameters."""

    def opened(page: str, **query: str) -> AppTest:
        return open_page(page, query)

    return opened


def words(at: AppTest) -> str:
    """Return everything that the page says, widgets' labels included."""
    elements = [*at.title, *at.markdown, *at.info, *at.warning, *at.code, *at.caption, *at.metric, *at.slider, *at.expander]
    parts = [str(getattr(element, name, "") or "") for element in elements for name in ("value", "label")]
    return "\n".join(parts)


def chart(at: AppTest) -> dict:
    """Return the page's one Plotly figure."""
    (found,) = at.get("plotly_chart")
    return json.loads(found.proto.spec)


def alt(at: AppTest, kind: str = "plotly_chart") -> str:
    """Return the words for those who cannot see the page's chart, or its picture."""
    (found,) = at.get(kind)
    return found.proto.alt if kind == "plotly_chart" else found.proto.imgs[0].alt


def has_picture(at: AppTest, page: str) -> bool:
    """Tell whether the page shows what it is for: the live map, a drawn picture or a chart."""
    if page in ("home", "explore"):
        return any(found.proto.component_name == "latent_lens_map" for found in at.get("bidi_component"))
    return bool(at.get("image" if page == "sample" else "plotly_chart"))


def address(at: AppTest) -> dict[str, str]:
    """Return the query parameters (AppTest gives a list or a text, depending on who set them)."""
    return {key: value if isinstance(value, str) else value[0] for key, value in at.query_params.items()}


def is_calm(at: AppTest) -> bool:
    """Tell whether the page shows no traceback and no sentence about a page that could not be shown."""
    return not at.exception and not at.error and t("app.unexpected") not in words(at)


# ---- with runs


@pytest.mark.parametrize("run", ["tiny-2d", "tiny-5d"])
def test_the_map_shows_the_stored_picture_at_once(runs: Path, visit: Open, run: str) -> None:
    at = visit("manifold", run=run)
    assert is_calm(at) and t("manifold.title") in words(at)
    (image,) = chart(at)["layout"]["images"]
    assert image["source"].startswith("data:image/png;base64,") and image["sizex"] == image["sizey"] == 20
    assert "20 by 20 pictures" in alt(at) and "−2.0 to 2.0" in alt(at)


def test_the_map_is_drawn_anew_for_another_size_and_range(runs: Path, visit: Open) -> None:
    at = visit("manifold", run="tiny-2d")
    before = chart(at)["layout"]["images"][0]
    at.slider(key="side/tiny-2d").set_value(9).run()
    at.slider(key="coverage/tiny-2d").set_value(50.0).run()
    after = chart(at)["layout"]["images"][0]
    assert is_calm(at) and after["sizex"] == 9 and after["source"] != before["source"]
    assert "9 by 9 pictures" in alt(at) and "−0.7 to 0.7" in alt(at)


def test_the_map_of_five_dimensions_lets_two_be_chosen(runs: Path, visit: Open) -> None:
    at = visit("manifold", run="tiny-5d")
    box = at.selectbox(key="up/tiny-5d")
    before, other = chart(at), box.options.index(box.options[-1])
    box.select_index(other).run()
    assert is_calm(at) and chart(at)["layout"]["images"][0]["source"] != before["layout"]["images"][0]["source"]
    assert box.options[other].split(" ")[0] in chart(at)["layout"]["yaxis"]["title"]["text"]


def test_latent_space_shows_every_test_image_under_its_class(runs: Path, visit: Open) -> None:
    at = visit("latent", run="tiny-2d")
    latents = open_run(runs / "tiny-2d").latents()
    assert is_calm(at) and t("latent.title") in words(at) and f"{len(latents.mu)} images" in words(at)
    spec = chart(at)
    assert [trace["name"] for trace in spec["data"]] == [str(k) for k in range(10)]
    assert {trace["type"] for trace in spec["data"]} == {"scatter"}
    assert len(spec["layout"]["shapes"]) == 3
    assert f"Scatter of {len(latents.mu)} images" in alt(at)
    low = np.quantile(latents.mu[:, 0], 0.05)
    assert fixed(low, 1) in alt(at)


def test_latent_space_without_classes_says_nothing_of_them(runs: Path, visit: Open) -> None:
    latents = open_run(runs / "tiny-2d").latents()
    np.savez(runs / "tiny-2d" / "latents.npz", mu=latents.mu, log_var=latents.log_var, rows=latents.rows)
    at = visit("latent", run="tiny-2d")
    assert is_calm(at) and len(chart(at)["data"]) == 1 and "class" not in words(at) + alt(at)


def test_latent_space_of_five_dimensions_offers_pca_and_dimensions_by_kl(runs: Path, visit: Open) -> None:
    at = visit("latent", run="tiny-5d")
    kl = open_run(runs / "tiny-5d").latents().kl_per_dim
    shown = at.selectbox(key="right/tiny-5d").options
    assert [label.split(" ")[0] for label in shown] == [axis(int(dim)) for dim in np.argsort(-kl)]
    assert number(kl.max(), 2) in shown[0]
    at.get("button_group")[0].set_value("pca").run()
    assert is_calm(at) and "principal axis 1" in chart(at)["layout"]["xaxis"]["title"]["text"]
    assert not chart(at)["layout"].get("shapes")  # the prior's circles have no meaning here


def test_a_page_switch_is_one_step_in_the_history_of_the_browser(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    told, navigation = [], st.navigation

    def spy(pages: list[object]) -> object:
        told.append({key: st.query_params[key] for key in st.query_params})
        return navigation(pages)

    monkeypatch.setattr(st, "navigation", spy)
    at = visit("losses", run="tiny-5d", z="1,2,3,4,5")
    at.query_params.clear()  # as a browser does
    at.switch_page(SCRIPTS["latent"]).run()
    # A browser steps to the new page with the address that it has by then; what comes later is a step, and costs a press, of its own.
    assert told[-1] == {"run": "tiny-5d", "z": "1,2,3,4,5"} == address(at)


def test_umap_is_asked_for_computed_once_and_kept(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def two_columns(x: np.ndarray) -> np.ndarray:
        calls.append(len(x))
        return x[:, :2] * [1, 3] + 7

    monkeypatch.setattr("vae_core.latent.projections.umap", two_columns)
    monkeypatch.setattr("dashboard.widgets.projection.umap", two_columns)
    at = visit("latent", run="tiny-5d")
    at.get("button_group")[0].set_value("umap").run()
    assert t("latent.umap_ask") in words(at) and not at.get("plotly_chart") and not calls
    at.button[0].click().run()
    run = open_run(runs / "tiny-5d")
    assert is_calm(at) and len(calls) == 1 and chart(at)["layout"]["xaxis"]["title"]["text"] == "UMAP 1"
    np.testing.assert_allclose(run.projection("umap"), two_columns(run.latents().mu), atol=6e-4)
    calls.clear()
    again = visit("latent", run="tiny-5d")
    again.get("button_group")[0].set_value("umap").run()
    assert chart(again)["layout"]["xaxis"]["title"]["text"] == "UMAP 1" and not calls


def test_umap_that_cannot_be_kept_is_still_shown(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.widgets.projection.umap", lambda x: x[:, :2])
    (runs / "tiny-5d" / "evaluations").write_text("a file where the folder should be")
    at = visit("latent", run="tiny-5d")
    at.get("button_group")[0].set_value("umap").run()
    at.button[0].click().run()
    assert is_calm(at) and "cannot be stored" in words(at) and chart(at)["data"]


def test_umap_of_a_few_images_is_refused_in_a_sentence(runs: Path, visit: Open, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(file := runs / "tiny-5d" / "latents.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["mu"] = arrays["mu"][np.arange(len(arrays["mu"])) % 3]
    np.savez(file, **arrays)
    at = visit("latent", run="tiny-5d")
    at.get("button_group")[0].set_value("umap").run()
    said = "needs images in at least 4 different places, and these lie in 3."
    assert is_calm(at) and said.removesuffix(".") in words(at) and not at.button
    assert main(["evaluate", str(runs / "tiny-5d"), "--umap"]) != 0
    assert said in capsys.readouterr().err


def test_umap_that_fails_is_asked_for_again(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(x: np.ndarray) -> np.ndarray:
        raise MemoryError

    monkeypatch.setattr("dashboard.widgets.projection.umap", fail)
    at = visit("latent", run="tiny-5d")
    at.get("button_group")[0].set_value("umap").run()
    at.button[0].click().run()
    assert t("app.unexpected") in words(at)
    at.run()
    assert is_calm(at) and t("latent.umap_ask") in words(at)


@pytest.fixture(scope="module")
def collapsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose KL weighs so much that nothing is left of it."""
    config = replace(tiny_config("Lost", 2, epochs=12), objective=ObjectiveConfig(beta=1000.0))
    return train(config, tmp_path_factory.mktemp("collapsed") / "lost").path


def test_a_collapse_is_named_wherever_a_page_shows_the_run(runs: Path, collapsed: Path, visit: Open) -> None:
    shutil.copytree(collapsed, runs / "lost")
    for page in ("home", "explore", "latent", "sample", "losses", "film"):
        (warning,) = visit(page, run="lost").warning
        assert plain("All 2 dimensions are asleep (KL") in warning.value and "posterior collapse" in warning.value, page
        assert not visit(page, run="tiny-2d").warning, page
    assert "Densest" not in alt(visit("latent", run="lost")), "on one spot no class has a place of its own"
    at = visit("compare", run="tiny-2d")
    at.get("button_group")[0].set_value(["lost"]).run()
    (warning,) = at.warning
    assert warning.value.startswith("About “Lost”: All 2 dimensions are asleep")
    (warning,) = visit("train", watch="lost").warning
    assert "posterior collapse" in warning.value and not visit("train", watch="tiny-2d").warning


def test_costs_below_0_are_explained_where_a_density_makes_them(runs: Path, visit: Open) -> None:
    model = ModelConfig(latent_size=2, hidden=(32,), likelihood="gaussian-learnt")
    train(replace(tiny_config("Density"), model=model), runs / "density")
    for page in ("losses", "film"):
        assert t("losses.density") in words(visit(page, run="density")) and t("losses.density") not in words(visit(page, run="tiny-2d"))


def test_sample_has_a_slider_for_every_dimension_and_draws_what_they_say(runs: Path, visit: Open, as_a_browser: None) -> None:
    at = visit("sample", run="tiny-5d")
    assert is_calm(at) and t("sample.title") in words(at) and len(at.slider) == 5
    before, source = alt(at, "image"), at.image[0].value[0]
    assert source.startswith("data:image/png")  # what Streamlit takes for a photograph it blurs into a JPEG
    at.slider[0].set_value(2.5).run()
    # A slider that the server set would jump back under a hand that has moved on meanwhile.
    assert not any(slider.proto.set_value for slider in at.slider)
    assert is_calm(at) and at.image[0].value[0] != source
    assert "2.50" in alt(at, "image") and "0.00, 0.00" in before
    assert sorted(float(part) for part in address(at)["z"].split(",")) == [0, 0, 0, 0, 2.5]


def test_sample_draws_at_random_and_goes_back_to_zero(runs: Path, visit: Open, as_a_browser: None) -> None:
    at = visit("sample", run="tiny-2d")
    draw, zero = at.button
    draw.click().run()
    first = address(at)["z"]
    assert first == ",".join(f"{value:.2f}".rstrip("0").rstrip(".") for value in (s.value for s in sorted(at.slider, key=lambda s: s.key)))
    at.button[0].click().run()
    assert address(at)["z"] != first
    at.button[1].click().run()
    assert zero.label == t("sample.centre") and [s.value for s in at.slider] == [0, 0] and is_calm(at)


def test_losses_show_curves_and_final_numbers_that_add_up(runs: Path, visit: Open) -> None:
    at = visit("losses", run="tiny-2d")
    test = open_run(runs / "tiny-2d").summary["test"]
    assert is_calm(at) and t("losses.title") in words(at)
    shown = [float(metric.value.split(" ")[0]) for metric in at.metric]
    assert shown[0] + shown[1] == pytest.approx(shown[2]) and shown[2] == pytest.approx(test["negative_elbo"], abs=0.11)
    assert t("pixels.grey") in words(at) and t("losses.grey") in words(at)
    assert {trace["legendgroup"] for trace in chart(at)["data"]} == {"negative_elbo", "reconstruction", "kl"}
    assert "floor for grey pixels" in alt(at) and "3 epochs" in alt(at)


def test_numbers_on_training_images_are_called_so(runs: Path, visit: Open) -> None:
    for name, change in (("config.json", {"n_test": 0}), ("summary.json", {"test_split": "train"})):
        path = runs / "tiny-2d" / name
        record = json.loads(path.read_text())
        record.get("dataset", record).update(change)
        path.write_text(json.dumps(record))
    assert t("losses.training_images") in words(visit("losses", run="tiny-2d"))
    page = words(visit("latent", run="tiny-2d"))
    assert "learnt from; none were held back" in page and "never learnt from" not in page and t("app.no_test_images") in page


# ---- the address


def test_a_link_opens_the_same_run_page_and_point(runs: Path, visit: Open) -> None:
    at = visit("sample", run="tiny-5d", z="0.5,-1,0,2,0.25")
    values = {slider.key: slider.value for slider in at.slider}
    assert [values[f"z/tiny-5d/{dim}"] for dim in range(5)] == [0.5, -1, 0, 2, 0.25]
    assert point([0.5, -1, 0, 2, 0.25]) in alt(at, "image")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_writes_run_and_point_into_its_address(runs: Path, visit: Open, page: str) -> None:
    at = visit("sample", run="tiny-2d", z="1,-0.5")
    for key in ("run", "z"):
        at.query_params.pop(key, None)  # what the browser does at a page switch
    at.switch_page(SCRIPTS[page]).run()
    assert address(at) == {"run": "tiny-2d", "z": "1,-0.5"}


@pytest.mark.parametrize("z", ["", "a,b", "1", "nan,0", "inf,0", "1,2,3", "1e400,0"])
def test_a_point_that_is_none_becomes_zero(runs: Path, visit: Open, z: str) -> None:
    at = visit("sample", run="tiny-2d", z=z)
    assert is_calm(at) and [slider.value for slider in at.slider] == [0, 0]


def test_another_run_is_picked_and_the_point_forgotten(runs: Path, visit: Open) -> None:
    at = visit("sample", run="tiny-2d", z="1,1")
    at.selectbox(key="run_picker").set_value("tiny-5d").run()
    assert address(at) == {"run": "tiny-5d"} and len(at.slider) == 5 and is_calm(at)


def test_two_runs_of_one_name_are_told_apart(runs: Path, visit: Open) -> None:
    for name in ("tiny-2d", "tiny-5d"):
        config = json.loads((runs / name / "config.json").read_text())
        (runs / name / "config.json").write_text(json.dumps({**config, "name": "Twin"}))
    at = visit("losses", run="tiny-5d")
    assert at.selectbox(key="run_picker").options == ["Twin (tiny-2d)", "Twin (tiny-5d)"]
    at.selectbox(key="run_picker").set_value("tiny-2d").run()
    at.run()
    assert is_calm(at) and address(at)["run"] == "tiny-2d"


# ---- without runs, or with odd ones


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


def test_an_unfinished_run_shows_the_losses_so_far(runs: Path, visit: Open) -> None:
    unfinish(runs / "tiny-2d")
    at = visit("losses", run="tiny-2d")
    assert is_calm(at) and "is not finished" in at.info[0].value and not at.metric
    assert len(chart(at)["data"]) == 6
    history = runs / "tiny-2d" / "history.csv"
    history.write_text(history.read_text().splitlines()[0] + "\n")
    at.run()
    assert is_calm(at) and "first epoch" in at.info[0].value and not at.get("plotly_chart")


def unfinish(path: Path) -> None:
    """Take away what training writes at its end."""
    for name in ("summary.json", "latents.npz", "model.safetensors", "mosaic.png"):
        (path / name).unlink()
    (path / "status.json").write_text(json.dumps({"state": "failed", "sentence": "Training failed: no space left."}))


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("home", "latents.npz"),
        ("explore", "latents.npz"),
        ("manifold", "mosaic.png"),
        ("latent", "latents.npz"),
        ("sample", "latents.npz"),
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
    at = visit("latent", run="tiny-2d")
    assert not at.exception and [warning.value for warning in at.warning] == [t("app.unexpected")]
    assert "ZeroDivisionError: a bug" in caplog.text


def test_a_name_is_shown_and_never_interpreted(runs: Path, visit: Open) -> None:
    name = "![x](http://evil.example/a.png) <img src=x> $x^2$ :red[r] www.evil.example *b*"
    config = json.loads((runs / "tiny-2d" / "config.json").read_text())
    (runs / "tiny-2d" / "config.json").write_text(json.dumps({**config, "name": name}))
    at = visit("home", run="tiny-2d")
    line = at.markdown[0].value
    assert plain(name) in line and is_calm(at)
    unescaped = re.sub(r"\\.", "", line.removeprefix(":small[**").split("** ")[0])
    assert not re.search(r"[\\`*_\[\]()<>$:!]", unescaped) and "://" not in line and "www\\." not in line


# ---- words and numbers


def text_patterns() -> tuple[set[str], list[str]]:
    """Return the keys that the dashboard's code names, and a pattern for each that it puts together."""
    nodes = [node for path in (ROOT / "dashboard").rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    named = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    parts = [node.values for node in nodes if isinstance(node, ast.JoinedStr)]
    whole = [
        re.escape(node.args[0].value) + r"\..+" for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "section"
    ]
    return named, whole + ["".join(re.escape(v.value) if isinstance(v, ast.Constant) else r"[\w-]+" for v in values) for values in parts]


# Names of files, tensors and sections that look like keys of texts.
OTHER_NAMES = {"app.py", "language.js", "story.js", "story.css", "story.html", "likelihood.log_sigma"}


def test_every_text_is_used_and_every_used_text_exists() -> None:
    keys = set(texts.texts())
    named, patterns = text_patterns()
    sections = "|".join({key.split(".")[0] for key in keys})
    assert {key for key in named if re.fullmatch(rf"({sections})\.\w*[a-z\d]", key)} - keys - OTHER_NAMES == set()
    assert [key for key in sorted(keys - named) if not any(re.fullmatch(pattern, key) for pattern in patterns)] == []


def test_a_missing_text_or_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("no.such.text")
    with pytest.raises(KeyError):
        t("sample.more")


def test_texts_keep_the_house_style() -> None:
    for key, words_of in texts.texts().items():
        assert "!" not in words_of and not re.search(r"\b(simply|just)\b", words_of, re.I), key


def test_the_printed_sum_is_the_rounded_sum_and_that_of_the_printed_parts() -> None:
    for values in np.random.default_rng(0).uniform(-100, 200, (500, 3)):
        *parts, whole = [float(part.replace("−", "-")) for part in cost_parts(*values)]
        assert round(sum(parts), 1) == whole == round(sum(values), 1)
        assert np.abs(np.subtract(parts, values)).max() < 0.1
    assert cost_parts(1.04, 2.04) == ["1.1", "2.0", "3.1"]


def test_a_share_is_all_or_none_only_where_it_is() -> None:
    assert [percent(share) for share in (0, 0.001, 0.124, 0.5, 0.998, 1)] == ["0", "1", "12", "50", "99", "100"]


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (2.66, "2.7"), (0.034, "0.034"), (-0.5, "−0.50"), (123.4, "123"), (-0.0, "0"), (9999.5, "10,000")]
)
def test_numbers_keep_their_significant_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_small_negative_number_is_no_minus_zero() -> None:
    assert (fixed(-0.04, 1), fixed(-1.25, 2), fixed(1234567, 0)) == ("0.0", "−1.25", "1,234,567")


# ---- speed


def test_the_first_page_imports_nothing_heavy(runs: Path) -> None:
    script = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        f"at = AppTest.from_file({APP!r}, default_timeout=60).run(); "
        "assert 'latent_lens_map' in [one.proto.component_name for one in at.get('bidi_component')]; "
        "assert not at.exception and not at.warning; "
        "print(sorted({'torch', 'sklearn', 'umap', 'scipy', 'lightning', 'numba'} & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=runs, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
