"""A plain autoencoder (z = mu): what is not defined there stays empty, from the loss to the last page, and is said in words."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.components import run_packets
from dashboard.figures.loss_curves import curves
from dashboard.i18n.texts import t
from tests.conftest import tiny_config
from tests.dashboard.conftest import visit
from tests.dashboard.pages import PAGES, Open, alt, chart, has_picture, words
from vae_core.cli.main import main
from vae_core.config import ModelConfig, ObjectiveConfig
from vae_core.runs.listing import load_run
from vae_core.runs.verification import verify
from vae_core.training.runner import train

__all__ = ["visit"]  # a fixture


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three autoencoders: of one, two and five latent dimensions, the first with an encoder of one layer."""
    folder = tmp_path_factory.mktemp("autoencoders")
    for d, network in ((1, "linear"), (2, "mlp"), (5, "mlp")):
        config = replace(tiny_config(f"AE {d}", d), objective=ObjectiveConfig(objective="ae"))
        train(replace(config, model=ModelConfig(latent_size=d, hidden=(32,), network=network)), folder / f"ae-{d}d")
    return folder


@pytest.mark.parametrize("d", [1, 2, 5])
def test_what_is_not_defined_is_empty_in_every_file(root: Path, d: int) -> None:
    run = load_run(root, f"ae-{d}d")
    with open(run.path / "history.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["kl"] for row in rows} == {row["negative_elbo"] for row in rows} == {""}
    assert all(float(row["reconstruction"]) == pytest.approx(float(row["loss"]), abs=2e-6) for row in rows)
    assert run.summary["test"]["kl"] is run.summary["test"]["negative_elbo"] is None and not run.has_kl
    assert set(run.summary["usual"]) == {"reconstruction"}
    points = run.latents()
    assert np.isfinite(points.mu).all() and np.isnan(points.log_var).all()
    assert points.order[0] == int(points.mu.var(0).argmax())
    assert verify(run.path) == []


def test_its_map_spans_what_the_images_fill(root: Path) -> None:
    run = load_run(root, "ae-2d")
    reach = run.summary["map"]["reach"]
    assert reach == pytest.approx(1.1 * np.quantile(np.abs(run.latents().mu), 0.995), rel=1e-4)
    assert run.summary["mosaic"]["coverage"] is None


def test_the_browser_is_told_nothing_that_is_not_a_number(root: Path) -> None:
    for d in (1, 2, 5):
        run = load_run(root, f"ae-{d}d")
        json.dumps(run_packets.run_facts(run, run.latents()), allow_nan=False)


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_it(root: Path, visit: Open, monkeypatch: pytest.MonkeyPatch, page: str, d: int) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(root))
    at = visit(page, run=f"ae-{d}d")
    assert not at.exception and not at.warning, [warning.value for warning in at.warning]
    assert has_picture(at, page)
    assert "nan" not in words(at).lower()


def test_pages_say_what_an_autoencoder_lacks(root: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(root))
    losses = visit("losses", run="ae-2d")
    assert [metric.label for metric in losses.metric] == [":green[Reconstruction (cost of redrawing)]"]
    assert "plain autoencoder" in words(losses) and "two things" not in words(losses)
    assert len(chart(losses)["data"]) == 3 and "nan" not in alt(losses)
    for page in ("explore", "manifold", "sample"):
        assert t("explore.no_prior") in words(visit(page, run="ae-2d"))


def test_the_command_line_says_so_too(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(root))
    assert main(["list"]) == 0
    assert "of reconstruction" in capsys.readouterr().out
    assert main(["evaluate", "ae-5d"]) == 0
    text = capsys.readouterr().out
    assert "neither KL nor ELBO" in text and "nan" not in text and "KL per dimension" not in text


def test_a_run_with_a_kl_still_has_its_three_lines(tiny_root: Path) -> None:
    assert len(curves(load_run(tiny_root, "tiny-2d").history()).data) == 6
