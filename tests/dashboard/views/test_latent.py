"""The page Latent space: every test image under its class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dashboard.i18n.format import axis, fixed, number
from dashboard.i18n.texts import t
from tests.dashboard.pages import Open, alt, chart, is_calm, words
from vae_core.runs.listing import open_run


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
