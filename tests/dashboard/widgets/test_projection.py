"""UMAP on a page: asked for, computed once, stored, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.i18n.texts import t
from tests.dashboard.pages import Open, chart, is_calm, words
from vae_core.cli.main import main
from vae_core.runs.listing import open_run


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
