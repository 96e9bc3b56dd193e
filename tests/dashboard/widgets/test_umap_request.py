"""UMAP on a page: asked for, computed once, stored, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.i18n.texts import t
from tests.dashboard.pages import Open, is_calm, told, words
from vae_core.cli.main import main
from vae_core.runs.listing import open_run


def press(at: object) -> object:
    """Press the button that asks for a UMAP."""
    (button,) = [one for one in at.button if one.label == t("explore.umap_button")]  # type: ignore[attr-defined]
    return button.click().run()


def test_umap_is_asked_for_computed_once_and_kept(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def two_columns(x: np.ndarray) -> np.ndarray:
        calls.append(len(x))
        return x[:, :2] * [1, 3] + 7

    monkeypatch.setattr("dashboard.widgets.umap_request.umap", two_columns)
    at = visit("latent", run="tiny-5d")
    assert t("explore.umap_ask") in words(at) and not told(at)["umap"] and not calls
    press(at)
    run = open_run(runs / "tiny-5d")
    assert is_calm(at) and len(calls) == 1 and told(at)["umap"] and not at.button
    np.testing.assert_allclose(run.projection("umap"), two_columns(run.latents().mu), atol=6e-4)
    calls.clear()
    assert told(visit("explore", run="tiny-5d", v="umap"))["layout"] == {"v": "umap"} and not calls
    assert not visit("latent", run="tiny-2d").button


def test_umap_that_cannot_be_kept_says_so(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.widgets.umap_request.umap", lambda x: x[:, :2])
    (runs / "tiny-5d" / "evaluations").write_text("a file where the folder should be")
    at = visit("latent", run="tiny-5d")
    press(at)
    assert is_calm(at) and "cannot be stored" in words(at)


def test_umap_of_a_few_images_is_refused_in_a_sentence(runs: Path, visit: Open, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(file := runs / "tiny-5d" / "latents.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["mu"] = arrays["mu"][np.arange(len(arrays["mu"])) % 3]
    np.savez(file, **arrays)
    at = visit("latent", run="tiny-5d")
    said = "needs images in at least 4 different places, and these lie in 3."
    assert is_calm(at) and said.removesuffix(".") in words(at) and not at.button
    assert main(["evaluate", str(runs / "tiny-5d"), "--umap"]) != 0
    assert said in capsys.readouterr().err


def test_umap_that_fails_is_asked_for_again(runs: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(x: np.ndarray) -> np.ndarray:
        raise MemoryError

    monkeypatch.setattr("dashboard.widgets.umap_request.umap", fail)
    at = visit("latent", run="tiny-5d")
    press(at)
    assert t("app.unexpected") in words(at)
    at.run()
    assert is_calm(at) and t("explore.umap_ask") in words(at)
