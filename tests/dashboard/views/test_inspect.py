"""The page Inspect: every number that it says and draws is the one that was stored, and what cannot be had is said in a sentence."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures import bounds, contact_sheet, kl_decomposition, prior_holes, theme
from dashboard.figures.rate_distortion import draw_runs
from dashboard.i18n.format import axis, fixed, plain
from dashboard.i18n.texts import t, texts
from dashboard.views.inspect import blocks, computing
from tests.dashboard.opening import open_page
from tests.places import ROOT
from vae_core.data import sources
from vae_core.evaluation import closed_forms, rate_distortion
from vae_core.evaluation.rate_distortion import Point
from vae_core.inspection import process, store
from vae_core.inspection.parts import registry
from vae_core.runs.errors import MissingImages, RunError
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run

APP = str(ROOT / "dashboard" / "app.py")
PARTS = ("kl-decomposition", "rate-distortion", "bounds", "inference-gap", "prior-holes", "outliers")


@dataclass
class Stored:
    """A stored result, as vae_core.inspection.store hands it over."""

    values: dict[str, Any]
    arrays: dict[str, Any] = field(default_factory=dict)
    unavailable: list[dict[str, str]] = field(default_factory=list)
    protocol: dict[str, Any] = field(
        default_factory=lambda: {
            "split": "test", "n": 123, "of": 359, "samples": 2048, "seed": 7, "estimator": "closed form", "pixels": "grey",
            "likelihood": "bernoulli", "seconds": 3.21, "weights": "abcdef0123456789", "dataset": "fedcba9876543210",
        }
    )  # fmt: skip
    split: str = "test"


def estimate(value: float, error: float = 0.02) -> dict[str, float]:
    """Return a number with its standard error, as it is stored."""
    return {"value": value, "standard_error": error}


def split(d: int = 2, *, too_few: bool = False) -> dict[str, Any]:
    """Return values of the part kl-decomposition: 6.5 = 5.1 + 1.1 + 0.3."""
    return {
        "mean_kl": 6.5, "mutual_information": estimate(5.1), "at_most": estimate(5.9), "total_correlation": estimate(1.1),
        "dimension_kl": [0.3 / d] * d, "dimension_kl_total": 0.3, "dimension_kl_error": 1e-7, "remainder": estimate(0.004), "log_n": 5.88,
        "too_few": too_few, "kl_per_dim": [6.5 / d] * d, "mu_variance": [1.0] * d, "active": list(range(d)), "asleep": [],
        "rounds": 8, "n": 359,
    }  # fmt: skip


def priced(**changed: Any) -> dict[str, Any]:
    """Return values of the part bounds."""
    return {
        "negative_elbo": estimate(25.4, 0.3),
        "bounds": [{"k": k, **estimate(25.4 - 0.1 * i, 0.3)} for i, k in enumerate((1, 5, 50))],
        "effective_samples": {"median": 310.0, "low": 0.03, "quantiles": list(range(101))},
        "references": [
            {"name": "independent-pixels", "nats": 39.7, "standard_error": 0.2, "kind": "model"},
            {"name": "class-mixture", "nats": 33.2, "standard_error": 0.2, "kind": "model"},
            {"name": "entropy-floor", "nats": 12.1, "standard_error": 0.1, "kind": "floor"},
        ],
        "is_log_likelihood": False, "published": [], "published_reason": "grey",
    } | changed  # fmt: skip


def lost() -> dict[str, Any]:
    """Return values of the part inference-gap, without examples."""
    quantiles = {"gap": np.linspace(0, 8, 101), "amortisation": np.linspace(0, 6, 101), "approximation": np.linspace(0, 2, 101)}
    means = {"gap": 1.3, "amortisation": 1.0, "approximation": 0.3}
    return {
        "log_p": {**estimate(-24.1, 0.3), "error": 0.0004}, "negative_elbo": 25.4,
        "not_converged": 0, "starts": {"encoder": 37, "posterior": 2, "mode": 1}, "examples": [],
        **{key: {"value": means[key], "quantiles": quantiles[key].tolist()} for key in means},
    }  # fmt: skip


def empty(row: int, d: int = 2, mass: float = 0.021) -> dict[str, Any]:
    """Return one hole."""
    place = [0.5, -1.25, 0.75][:d]
    near = {"nearest_row": row, "nearest_distance": 0.31, "is_rim": False}
    return {"mass": mass, "standard_error": 0.0004, "z": place, "log_ratio": -14.3, **near}


def holes(rows: list[int], d: int = 2, **changed: Any) -> Stored:
    """Return the part prior-holes of a latent space of d dimensions with a hole beside each of the rows."""
    shape = (21,) * min(d, 2)
    values = {
        "threshold": -4.0, "calibration": {"n": 1000, "quantile": 0.01}, "mass": estimate(0.051, 0.0007), "expected_mass": 0.01,
        "too_few": False, "holes": [empty(row, d) for row in rows], "draws": 100000, **changed,
    }  # fmt: skip
    pictures = {"pictures": np.full((len(rows), 8, 8), 200, np.uint8), "calibration": np.linspace(-5, 3, 1000)}
    ratio = np.linspace(-9, 3, int(np.prod(shape))).reshape(shape)
    maps = {"axis": np.linspace(-3, 3, 21), "log_ratio": ratio, "region": np.where(ratio < -4, 1, 0).astype(np.int16)}
    return Stored(values, pictures | (maps if d < 3 else {}))


def strange(rows: np.ndarray) -> Stored:
    """Return the part outliers for rows of the dataset; the last one is worst in every respect."""
    n = len(rows)
    rising = np.linspace(10, 50, n)
    columns = {"reconstruction": rising, "negative_elbo": rising + 5, "log_density": -rising, "agreement": 1 - rising / 100}
    columns |= {"majority": np.full(n, 8), "majority_share": rising / 100}
    values = {
        "duplicates": [[int(rows[0]), int(rows[1])]],
        "identical": 0,
        "tolerance": 0.02,
        "constant": False,
        "classes": list("0123456789"),
    }
    return Stored(values, {"rows": rows, "labels": np.zeros(n, int), "group": np.full(n, -1), **columns})


@pytest.fixture
def run(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run of two dimensions in a folder of its own, beside one of five."""
    shutil.copytree(tiny_root, tmp_path / "runs")
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "runs"))
    return load_run(tmp_path / "runs", "tiny-2d")


Visit = Callable[..., AppTest]


@pytest.fixture
def visit(run: Run, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Return a function that opens a part of the page with results as if they were stored."""

    def opened(part: str, name: str = "tiny-2d", **results: Stored) -> AppTest:
        stored = {key.replace("_", "-"): result for key, result in results.items()}
        monkeypatch.setattr(store, "read", lambda run, part, split="test": stored.get(part))
        monkeypatch.setattr(store, "missing", lambda run, split="test": tuple(one for one in PARTS if one not in stored))
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.session_state["part"] = part
        return open_page("inspect", {"run": name}, at)

    return opened


def words(at: AppTest) -> str:
    """Return everything that the page says."""
    elements = [*at.title, *at.markdown, *at.info, *at.warning, *at.button, *at.expander]
    said = "\n".join(str(getattr(element, name, "") or "") for element in elements for name in ("value", "label"))
    return said.replace("\u00a0", " ")  # a space that keeps a number in one line


def charts(at: AppTest) -> dict[str, tuple[dict[str, Any], str]]:
    """Return figure and words of every chart by the last part of its key."""
    return {found.proto.id.rsplit("/", 1)[-1]: (json.loads(found.proto.spec), found.proto.alt) for found in at.get("plotly_chart")}


def is_calm(at: AppTest) -> bool:
    """Tell whether nothing went wrong."""
    return not at.exception and not at.error and t("app.unexpected") not in words(at)


# ---- nothing heavy, nothing computed


def test_the_page_opens_without_torch(run: Run) -> None:
    script = f"""
import sys
from tests.dashboard.opening import open_page
at = open_page("inspect", {{"run": "tiny-2d"}})
assert not at.exception and not at.error and len(at.button), at.exception
assert [title.value for title in at.title] == [{t("inspect.title")!r}]
print(sorted({{"torch", "sklearn", "umap", "lightning_fabric"}} & {{name.split(".")[0] for name in sys.modules}}))
"""
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert found.stdout.strip().splitlines()[-1:] == ["[]"], found.stderr


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_not_computed_says_what_would_be_here_and_offers_it(visit: Visit, part: str) -> None:
    at = visit(part)
    assert is_calm(at)
    assert {button.label for button in at.button} == {t("inspect.work.one"), t("inspect.work.all", n=len(PARTS))}
    if part != "rate-distortion":  # which shows what it can without any computation
        assert t(f"inspect.{part}.promise") in words(at)


# ---- what is said


def test_nats_says_the_three_parts_and_draws_them(visit: Visit, run: Run) -> None:
    kl = np.linspace(0.5, 3, 6).reshape(3, 2)
    at = visit("kl-decomposition", kl_decomposition=Stored(split(), {"epochs_kl": kl, "epochs_variance": kl}))
    assert is_calm(at)
    assert t(
        "inspect.kl-decomposition.said", mean_kl="6.50", mutual_information="5.10", total_correlation="1.10", dimension_kl="0.30"
    ) in words(at)
    (fig, alt), (film, _) = charts(at)["tiny-2d-nats"], charts(at)["tiny-2d-kl-per-epoch"]
    assert [(bar["base"][0], bar["x"][0]) for bar in fig["data"]] == [(0, 6.5), (0, 5.1), (5.1, 1.1), (pytest.approx(6.2), 0.3)]
    assert all(value in alt for value in ("6.50", "5.10", "1.10", "0.30"))
    assert len(film["data"][0]["y"]) == 2 and film["data"][0]["zmin"] == 0
    assert "2,048" in words(at) and "seed 7" in words(at) and "abcdef01" in words(at) and "123 of 359" in words(at)


def test_an_autoencoder_shows_the_spread_of_its_dimensions_and_says_why_no_more(visit: Visit) -> None:
    variance = np.array([[0.5, 2.0], [0.7, 3.0]])
    values = {"mu_variance": [0.7, 3.0], "active": [0, 1], "n": 359}
    refused = [{"what": "split", "reason": "autoencoder", "sentence": ""}]
    at = visit("kl-decomposition", kl_decomposition=Stored(values, {"epochs_kl": variance * np.nan, "epochs_variance": variance}, refused))
    (fig, alt), *others = charts(at).values()
    assert is_calm(at) and not others and [info.value for info in at.info] == [t("inspect.unavailable.autoencoder")]
    assert fig["data"][0]["y"] == [axis(1), axis(0)] and "from 2.00 to 3.00" in alt


def test_too_few_images_grey_out_what_they_cannot_tell(visit: Visit) -> None:
    at = visit("kl-decomposition", kl_decomposition=Stored(split(too_few=True), {"epochs_kl": np.zeros((0, 2))}))
    assert is_calm(at) and "5.88 nats (ln N)" in words(at) and t("inspect.kl-decomposition.epochs_none") in words(at)
    (fig, alt) = charts(at)["tiny-2d-nats"]
    assert [bar["marker"]["color"] for bar in fig["data"]] == [theme.KL, theme.QUIET, theme.QUIET, theme.KL]
    # A cut label tells nobody: the words begin at the left edge, and no number or error bar claims to know.
    said = [note for note in fig["layout"]["annotations"] if note["text"] == t("inspect.kl-decomposition.cannot_tell")]
    assert [(note["x"], note["xanchor"]) for note in said] == [(0, "left")] * 2 and "1.10" not in alt
    assert [bar["text"][0] == "" and not bar["error_x"]["visible"] for bar in fig["data"]] == [False, True, True, False]
    at = visit("prior-holes", prior_holes=holes([3], too_few=True))
    assert t("inspect.prior-holes.said_few") in words(at)


def test_rate_and_distortion_needs_no_computation(visit: Visit, run: Run) -> None:
    at = visit("rate-distortion")
    own, other = (load_run(run.path.parent, name).summary["test"] for name in ("tiny-2d", "tiny-5d"))
    spec, alt = charts(at)["tiny-2d-rate-distortion"]
    finals = [trace for trace in spec["data"] if trace["mode"] == "markers+text"]
    assert is_calm(at) and {(trace["x"][0], trace["y"][0]) for trace in finals} == {
        (one["kl"], one["reconstruction"]) for one in (own, other)
    }
    assert fixed(own["kl"], 1) in alt and fixed(own["reconstruction"], 1) in words(at)


def test_bounds_say_the_price_and_never_print_a_foreign_number(visit: Visit) -> None:
    at = visit("bounds", bounds=Stored(priced()), inference_gap=Stored(lost()))
    assert is_calm(at)
    assert t("inspect.bounds.said", value="25.4", error="0.30", name=t("inspect.bounds.reference.class-mixture"), other="33.2") in words(at)
    assert t("inspect.bounds.published.grey") in words(at)
    assert t("inspect.inference-gap.spread.said", gap="1.30", amortisation="1.00", approximation="0.30") in words(at)
    assert "24.10" in words(at) and "24.10" in charts(at)["tiny-2d-bounds"][1]


def test_published_numbers_of_the_same_protocol_are_listed(visit: Visit) -> None:
    row = {"model": "VAE, k=1", "nats": 86.76, "source": "Burda 2015", "url": "", "note": "784-200-200-50"}
    at = visit("bounds", bounds=Stored(priced(published=[row], published_reason="")))
    assert is_calm(at) and t("inspect.bounds.published.same") in words(at) and "86" in words(at) and "Burda 2015" in words(at)
    drawn = words(visit("bounds", bounds=Stored(priced(published=[row], published_reason="draw"))))
    assert t("inspect.bounds.published.draw") in drawn and "Burda 2015" in drawn and t("inspect.bounds.published.same") not in drawn
    assert t("inspect.bounds.tightest", k="50", gained="0.20", value="25.2") in words(at)


def test_the_exact_price_stands_beside_bounds_of_the_same_images_only(visit: Visit) -> None:
    rows = np.arange(3)
    at = visit("bounds", bounds=Stored(priced(), {"rows": rows}), inference_gap=Stored(lost(), {"rows": rows}))
    assert "24.10" in words(at) and "24.10" in charts(at)["tiny-2d-bounds"][1]
    at = visit("bounds", bounds=Stored(priced(), {"rows": rows}), inference_gap=Stored(lost(), {"rows": rows[:2]}))
    assert is_calm(at) and "24.10" not in words(at) and "24.10" not in charts(at)["tiny-2d-bounds"][1]
    assert t("inspect.inference-gap.spread.said", gap="1.30", amortisation="1.00", approximation="0.30") in words(at), (
        "what is lost has its own protocol"
    )


def test_dimensions_that_are_neither_active_nor_asleep_are_not_in_use(visit: Visit) -> None:
    kl = {"epochs_kl": np.ones((3, 2)), "epochs_variance": np.ones((3, 2))}
    assert t("inspect.kl-decomposition.dimensions", d=2) in words(visit("kl-decomposition", kl_decomposition=Stored(split(), kl)))
    found = words(visit("kl-decomposition", kl_decomposition=Stored({**split(), "active": [1]}, kl)))
    assert (
        t("inspect.kl-decomposition.dimensions_some", active=1, d=2) in found and t("inspect.kl-decomposition.dimensions", d=2) not in found
    )


def test_a_simpler_model_that_cannot_be_fitted_is_named_with_the_reason(visit: Visit) -> None:
    entry = {"what": "ppca", "reason": "no-fit", "sentence": closed_forms.MEANINGLESS}
    at = visit("bounds", bounds=Stored(priced(), unavailable=[entry]))
    assert is_calm(at) and t("losses.left_out", name=t("reference.ppca"), sentence=plain(closed_forms.MEANINGLESS)) in words(at)


def test_a_model_that_is_worse_than_a_simpler_one_is_told_so(visit: Visit) -> None:
    at = visit("bounds", bounds=Stored(priced(negative_elbo=estimate(40.0, 0.3))))
    assert t(
        "inspect.bounds.said_worse", value="40.0", error="0.30", name=t("inspect.bounds.reference.class-mixture"), other="33.2"
    ) in words(at)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_holes_are_drawn_and_listed_with_mass_error_and_nearest_image(visit: Visit, run: Run, d: int) -> None:
    rows = run.latents().rows[:5].astype(int).tolist()
    at = visit("prior-holes", prior_holes=holes(rows, d))
    assert is_calm(at)
    assert t("inspect.prior-holes.said", mass="5.1", error="0.07", expected="1") in words(at)
    assert "2.1 ± 0.04 %" in words(at) and f"row {rows[0]}" in words(at)
    found = charts(at)
    assert ("tiny-2d-cloud" in found) == (d < 3) and len(found["tiny-2d-holes"][0]["layout"]["images"]) == 5


def test_the_worst_images_come_first_with_row_numbers_and_real_pictures(visit: Visit, run: Run) -> None:
    rows = run.latents().rows[:40].astype(int)
    at = visit("outliers", outliers=strange(rows))
    spec, alt = charts(at)["tiny-2d-outliers"]
    assert is_calm(at) and f"Row {rows[-1]} is redrawn worst: 50.0 nats" in words(at) and f"rows {rows[-1]}, {rows[-2]}" in alt
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
    at = visit("outliers", outliers=strange(run.latents().rows[:40].astype(int)))
    assert is_calm(at) and f"{t(f'inspect.no_pictures.{reason}')} {t('inspect.redrawn_pictures')}" in words(at)
    assert len(charts(at)["tiny-2d-outliers"][0]["layout"]["images"]) == 20


def test_among_strangers_the_page_names_both_labels(visit: Visit, run: Run) -> None:
    rows = run.latents().rows[:40].astype(int)
    at = visit("outliers", outliers=strange(rows))
    at.button_group(key="outliers").set_value("agreement").run()
    assert (
        is_calm(at)
        and f"Row {rows[-1]}, labelled “0”" in words(at)
        and "50 % of its 20 nearest neighbours by all dimensions are labelled “8”" in words(at)
    )
    fig, _ = charts(at)["tiny-2d-outliers"]
    assert fig["data"][0]["text"][0].endswith("0 / 8") and t("inspect.outliers.strangers") in words(at)


# ---- what cannot be had


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
    result = strange(run.latents().rows[:40].astype(int))
    result.arrays["agreement"] = np.full(40, np.nan)
    result.unavailable = [{"what": "agreement", "reason": "no-labels", "sentence": ""}]
    at = visit("outliers", outliers=result)
    assert is_calm(at) and [info.value for info in at.info] == [t("inspect.unavailable.no-labels")] and charts(at)


# ---- work


def progress(state: str, whole: float = 0.25, seconds: float = 10.0) -> Any:
    """Return how far a computation is, as vae_core.inspection.process tells it."""
    from types import SimpleNamespace

    return SimpleNamespace(state=state, part="bounds", parts=PARTS, share=0.5, whole=whole, seconds=seconds, sentence="Out of memory.")


def test_a_press_starts_the_part_or_all_of_them(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(process, "start", lambda run, parts=(), split="test": asked.append(parts))
    at = visit("inference-gap")
    at.button(key="compute_one").click().run()
    at.button(key="compute_all").click().run()
    assert is_calm(at) and asked == [("inference-gap",), ()]


def test_the_training_images_can_be_looked_at_too(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit("kl-decomposition", kl_decomposition=Stored(split(), {"epochs_kl": np.ones((3, 2))}))
    train = Stored({**split(), "mutual_information": estimate(6.1)}, {"epochs_kl": np.ones((3, 2))}, split="train")
    train.protocol["split"] = "train"
    asked: list[tuple[str, object]] = []
    monkeypatch.setattr(store, "read", lambda run, part, split="test": train if (part, split) == ("kl-decomposition", "train") else None)
    monkeypatch.setattr(store, "missing", lambda run, split="test": asked.append(("missing", split)) or ("inference-gap",))
    monkeypatch.setattr(process, "start", lambda run, parts=(), split="test": asked.append((split, parts)))
    at.radio(key="inspect_split").set_value("train").run()
    assert is_calm(at) and "7.50 nats" in words(at) and t("inspect.split.train") in words(at)
    assert list(charts(at)) == ["tiny-2d-nats-train", "tiny-2d-kl-per-epoch"], "a file says of which images it is"
    at.session_state["part"] = "inference-gap"
    at.run()
    at.button(key="compute_one").click().run()
    assert is_calm(at) and ("train", ("inference-gap",)) in asked and {split for _, split in asked if isinstance(split, str)} == {"train"}
    at.session_state["part"] = "rate-distortion"  # speaks of runs and not of images
    assert not at.run().radio


def test_without_test_images_there_is_nothing_to_choose(visit: Visit, run: Run) -> None:
    assert visit("inference-gap").radio
    (run.path / "summary.json").write_text(json.dumps({**run.summary, "test_split": "train"}))
    assert not visit("inference-gap").radio


def test_a_folder_that_cannot_be_written_is_a_sentence(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Run, parts: tuple[str, ...] = (), split: str = "test") -> None:
        raise RunError("The folder is locked")

    monkeypatch.setattr(process, "start", refuse)
    at = visit("inference-gap")
    at.button(key="compute_one").click().run()
    assert is_calm(at) and [warning.value for warning in at.warning] == ["The folder is locked"]


def test_work_at_hand_shows_its_name_its_share_and_the_time_left(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "progress", lambda run: progress("running"))
    at = visit("inference-gap")
    (bar,) = at.get("progress")
    left = t("inspect.work.left_seconds", n="30")
    assert is_calm(at) and bar.proto.value == 25
    assert bar.proto.text == t("inspect.work.busy", name=t("inspect.bounds.name"), left=left)
    assert [button.label for button in at.button] == [t("inspect.work.stop")]


@pytest.mark.parametrize("state", ["failed", "interrupted", "stopped"])
def test_work_that_ended_badly_is_said_and_can_be_asked_for_again(visit: Visit, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(process, "progress", lambda run: progress(state))
    at = visit("inference-gap")
    assert is_calm(at) and len(at.warning) == 1 and len(at.button) == 2
    assert ("Out of memory" in at.warning[0].value) == (state == "failed")


def test_time_left_is_told_once_it_is_known() -> None:
    assert computing._time_left(0.01, 5) == t("inspect.work.left_unknown")
    assert computing._time_left(0.5, 30) == t("inspect.work.left_seconds", n="30")
    assert computing._time_left(0.1, 60) == t("inspect.work.left_minutes", n="9")


# ---- figures


def test_a_table_keeps_every_number_and_leaves_what_is_not_defined_empty() -> None:
    assert blocks.file_of({"z₁": ["é"]}) == blocks.file_of(lambda: "z₁\né\n") == b"\xef\xbb\xbf" + "z₁\né\n".encode()
    text = blocks.table({"name": ["a, b", "c"], "nats": [0.1 + 0.2, float("nan")], "error": [None, 1e-9]})
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows == [{"name": "a, b", "nats": str(0.1 + 0.2), "error": ""}, {"name": "c", "nats": "", "error": "1e-09"}]


def test_dimensions_stand_in_the_order_given_and_the_sleepers_say_so() -> None:
    kl = np.arange(12.0).reshape(4, 3)
    (heat,) = kl_decomposition.draw_epochs(kl, [2, 0, 1], [1]).data
    np.testing.assert_array_equal(heat.z, kl[:, [2, 0, 1]].T)
    assert list(heat.y) == [axis(2), axis(0), t("inspect.kl-decomposition.asleep", name=axis(1))]


def test_the_table_of_the_split_adds_up() -> None:
    columns = kl_decomposition.columns_of_parts(split(3))
    found = dict(zip(columns["part"], columns["nats"], strict=True))
    assert found["mutual_information"] + found["total_correlation"] + found["dimension_kl"] == pytest.approx(found["mean_kl"])
    assert sum(found[f"kl z{j}"] for j in (1, 2, 3)) == pytest.approx(found["mean_kl"])


def test_lines_of_equal_price_run_through_equal_sums() -> None:
    points = [
        Point("a", "A", 7.0, 128.0, "run", 20),
        Point("b", "<b>B</b>", 19.0, 80.0, "run", 20),
        Point("a", "A", 6.0, 150.0, "epoch", 1),
    ]
    fig = draw_runs(points, rate_distortion.diagonals(points), "a")
    lines = [trace for trace in fig.data if trace.line.dash == "dot"]
    assert lines and all(x0 + y0 == pytest.approx(x1 + y1) for (x0, x1), (y0, y1) in ((trace.x, trace.y) for trace in lines))
    assert "<b>B</b>" not in fig.to_json() and "−" not in "".join(note.text for note in fig.layout.annotations)
    low, high = fig.layout.yaxis.range
    assert low < 80 and high > 150


def test_the_bound_falls_toward_the_exact_line() -> None:
    fig = bounds.draw_bounds(priced()["bounds"], {"value": -24.1, "standard_error": 0.3, "error": 0.001})
    line = next(trace for trace in fig.data if trace.mode == "lines+markers")
    assert list(line.x) == [1, 5, 50] and line.y[0] == 25.4 and fig.layout.shapes[0].y0 == 24.1
    assert len(bounds.draw_bounds(priced()["bounds"], None).layout.shapes) == 0


def test_zero_is_the_neutral_colour_of_the_cloud() -> None:
    result = holes([1])
    heat = prior_holes.draw_map(result.arrays["axis"], result.arrays["log_ratio"], result.arrays["region"], result.values).data[0]
    assert heat.zmin == -heat.zmax and heat.zmax > 4 and heat.colorscale[1][1].endswith(",0)") and heat.colorscale[1][0] == 0.5
    assert prior_holes.THINNER in heat.colorscale[0][1] and prior_holes.THICKER in heat.colorscale[-1][1]
    np.testing.assert_array_equal(heat.z, result.arrays["log_ratio"])
    flat = prior_holes.columns_of(result.arrays["axis"], result.arrays["log_ratio"], result.arrays["region"])
    assert flat["z1"][1] > flat["z1"][0] and flat["z2"][1] == flat["z2"][0]  # row 0 runs along the first dimension


def test_a_sheet_lays_pictures_left_to_right_and_downward_in_their_proportion() -> None:
    images = np.zeros((5, 10, 5), np.uint8)
    fig = contact_sheet.draw_sheet(images, [f"row {i}\n{i} nats" for i in range(5)], 3)
    spots = [(round(image.x), round(image.y, 2)) for image in fig.layout.images]
    assert spots == [(0, 0), (1, 0), (2, 0), (0, 2 + contact_sheet.WORDS), (1, 2 + contact_sheet.WORDS)]
    assert fig.layout.images[0].sizey == pytest.approx(2 * fig.layout.images[0].sizex)
    assert fig.data[0].text[4] == "row 4<br>4 nats" and list(fig.layout.yaxis.range) == [2 * (2 + contact_sheet.WORDS), 0]


def test_every_part_and_reason_has_its_words() -> None:
    parts = [f"inspect.{part}.name" for part in PARTS]
    reasons = [f"inspect.rate-distortion.why.{reason}" for reason in rate_distortion.SENTENCES]
    assert [key for key in parts + reasons if key not in texts()] == []
    assert set(registry.PARTS) == set(PARTS)
