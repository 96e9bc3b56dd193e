"""Which runs may be compared and why not; diagonals; a trained linear model lands on Shannon's curve."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vae_core.config import ObjectiveConfig
from vae_core.evaluation import closed_forms, rate_distortion
from vae_core.evaluation.rate_distortion import Point
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run


def changed(run: Run, section: str, **settings: Any) -> Run:
    """Return a run with another id and other settings."""
    group = replace(getattr(run.config, section), **settings)
    return replace(run, path=run.path.with_name("other"), config=replace(run.config, **{section: group}))


@pytest.fixture
def pair(tiny_root: Path, tmp_path: Path) -> list[Run]:
    """Return two runs on the same images, in a folder of their own beside which "other" holds the first one's files."""
    shutil.copytree(tiny_root, tmp_path / "runs")
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "runs" / "other")
    return [load_run(tmp_path / "runs", name) for name in ("tiny-2d", "tiny-5d")]


def test_points_are_the_runs_own_numbers(pair: list[Run]) -> None:
    found = rate_distortion.compare_runs(pair[0], pair)
    ends = [point for point in found.points if point.kind == "run"]
    assert found.left_out == [] and [point.run for point in ends] == ["tiny-2d", "tiny-5d"]
    for point, run in zip(ends, pair, strict=True):
        assert point.rate + point.distortion == pytest.approx(run.summary["test"]["negative_elbo"])
    trail = [point for point in found.points if point.kind == "epoch" and point.run == "tiny-5d"]
    rows = [line.split(",") for line in (pair[1].path / "history.csv").read_text().splitlines()]
    validation = [dict(zip(rows[0], row, strict=True)) for row in rows if "validation" in row]
    assert [(point.epoch, point.rate, point.distortion) for point in trail] == [
        (int(float(row["epoch"])), float(row["kl"]), float(row["reconstruction"])) for row in validation
    ]


def test_every_reason_against_a_comparison(pair: list[Run]) -> None:
    run = pair[0]
    data, test = {**run.dataset, "sha256": "0" * 64}, {**run.summary["test"], "kl": None}
    elsewhere = pair[0].path.parent / "other"
    others = {
        "data": replace(run, path=elsewhere, dataset=data),
        "pixels": changed(run, "data", pixels="static"),
        "likelihood": changed(run, "model", likelihood="gaussian"),
        "autoencoder": replace(run, path=elsewhere, summary={**run.summary, "test": test}),
        "unfinished": replace(run, path=elsewhere, summary={}),
    }
    for reason, other in others.items():
        found = rate_distortion.compare_runs(run, [other])
        assert [one.reason for one in found.left_out] == [reason] and {point.run for point in found.points} == {"tiny-2d"}
        assert found.left_out[0].sentence.startswith(run.name) and found.left_out[0].sentence.endswith(".")
    stored = dict(np.load(elsewhere / "split.npz"))
    np.savez(elsewhere / "split.npz", **{**stored, "test": stored["test"][1:]})
    assert rate_distortion.excluded_because(run, replace(run, path=elsewhere)) == "split"


def test_drawn_pixels_need_one_seed_and_fixed_noise_one_sigma(pair: list[Run]) -> None:
    static, noisy = changed(pair[0], "data", pixels="static"), changed(pair[0], "model", likelihood="gaussian")
    assert rate_distortion.excluded_because(static, changed(static, "data", split_seed=1)) == "pixels"
    assert rate_distortion.excluded_because(noisy, changed(noisy, "model", sigma=0.2)) == "likelihood"
    five = replace(pair[1], config=replace(pair[1].config, model=replace(pair[1].config.model, likelihood="gaussian")))
    assert rate_distortion.excluded_because(noisy, five) == ""


def test_an_autoencoder_and_an_unfinished_run_say_so_of_themselves(pair: list[Run]) -> None:
    bare = replace(pair[0], summary={**pair[0].summary, "test": {**pair[0].summary["test"], "kl": None}})
    found = rate_distortion.compare_runs(bare, pair)
    assert [one.reason for one in found.left_out] == ["autoencoder"] and {point.run for point in found.points} == {"tiny-5d"}
    alone = rate_distortion.compare_runs(replace(pair[0], summary={}), pair)
    assert alone.points == [] and [one.reason for one in alone.left_out] == ["unfinished"]


def test_diagonals_are_equal_elbos_within_the_box() -> None:
    points = [Point("a", "a", 2.0, 90.0, "run", 1), Point("b", "b", 14.0, 71.0, "run", 1)]
    lines = rate_distortion.diagonals(points)
    assert 3 <= len(lines) <= 8
    for nats, ends in lines:
        assert nats % 5 == 0
        for rate, distortion in ends:
            assert rate + distortion == pytest.approx(nats)
            assert 2 <= rate <= 14 and 71 - 1e-9 <= distortion <= 90 + 1e-9
    assert rate_distortion.diagonals([]) == []


def test_a_single_point_has_its_diagonal() -> None:
    assert len(rate_distortion.diagonals([Point("a", "a", 2.0, 90.0, "run", 1)])) <= 1


# ---- Shannon's curve

EIGENVALUES = np.array([8, 4, 2, 1, 0.5, 0.1])


def trained(beta: float, sigma2: float, latents: int) -> tuple[float, float]:
    """Train a linear beta-VAE on a normal source by gradient, its loss in closed form; return rate and squared error, z sampled."""
    generator = torch.Generator().manual_seed(0)
    spread = torch.from_numpy(EIGENVALUES)
    shapes = {"encode": (latents, 6), "decode": (6, latents), "log_var": (latents,)}
    free = {name: (0.3 * torch.randn(*shape, generator=generator, dtype=torch.float64)).requires_grad_() for name, shape in shapes.items()}

    def parts() -> tuple[torch.Tensor, torch.Tensor]:
        variance, back = free["log_var"].exp(), torch.eye(6, dtype=torch.float64) - free["decode"] @ free["encode"]
        rate = 0.5 * ((free["encode"].square() * spread).sum() + (variance - 1 - free["log_var"]).sum())
        return rate, (back.square() * spread).sum() + (free["decode"].square() * variance).sum()

    optimiser = torch.optim.LBFGS(
        list(free.values()), max_iter=2000, tolerance_grad=1e-10, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        rate, error = parts()
        value = error / (2 * sigma2) + beta * rate
        value.backward()
        return value

    optimiser.step(loss)
    return tuple(part.item() for part in parts())


@pytest.mark.parametrize("beta", [0.5, 2, 10, 30])
def test_a_trained_linear_vae_lands_on_the_curve(beta: float) -> None:
    water = closed_forms.water_filling(EIGENVALUES, beta * 0.3)
    rate, error = trained(beta, 0.3, 6)
    assert (rate, error) == (pytest.approx(water.rate, abs=1e-3), pytest.approx(water.error, abs=1e-3))
    off = closed_forms.water_filling(EIGENVALUES, beta * 0.3 * 1.05)
    assert abs(error - off.error) > 1e-3 or beta == 30


def test_with_too_few_latents_it_lands_on_the_reachable_one() -> None:
    water = closed_forms.water_filling(EIGENVALUES, 0.3, latent_size=2)
    assert trained(1, 0.3, 2) == (pytest.approx(water.rate, abs=1e-3), pytest.approx(water.error, abs=1e-3))


def test_the_curve_of_data_passes_through_the_runs_point() -> None:
    x = np.random.default_rng(0).normal(size=(400, 6)) * np.sqrt(EIGENVALUES)
    found = rate_distortion.shannon(x, 2.0, 0.3, 3)
    assert found.level == 0.6 and found.eigenvalues == pytest.approx(np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1])
    errors, rates = found.curve[:, 1], found.curve[:, 0]
    assert (np.diff(errors) < 0).all() and (np.diff(rates) > 0).all() and rates[0] == 0
    whole = closed_forms.water_filling(found.eigenvalues, 0.6)
    assert np.interp(-whole.error, -errors, rates) == pytest.approx(whole.rate, abs=2e-3)
    assert (found.reachable[:, 1] >= errors - 1e-9).all() and found.theory.active == 3
    with pytest.raises(ValueError, match="same"):
        rate_distortion.shannon(np.ones((5, 3)), 1.0, 0.1, 2)


def test_shannon_is_refused_where_it_does_not_hold(pair: list[Run]) -> None:
    run = pair[0]
    linear = changed(changed(run, "model", network="linear", likelihood="gaussian-learnt"), "objective", beta=2.0)
    assert rate_distortion.no_curve_because(linear) == ""
    for other in (run, changed(linear, "model", likelihood="bernoulli"), changed(linear, "model", network="mlp")):
        assert "linear" in rate_distortion.no_curve_because(other)
    for objective in ("iwae", "capacity"):
        assert objective in rate_distortion.no_curve_because(
            replace(linear, config=replace(linear.config, objective=ObjectiveConfig(objective=objective)))
        )
