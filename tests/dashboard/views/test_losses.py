"""The page Losses: curves and final numbers that add up."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.i18n.texts import t
from dashboard.views.losses.curves import as_csv, learning_rates
from dashboard.views.losses.protocol import minimised_sentences
from dashboard.views.losses.reconstructions import SHOWN, pick
from tests.conftest import tiny_config
from tests.dashboard.pages import Open, alt, chart, is_calm, open_page, unfinish, words
from vae_core.config import ObjectiveConfig, TrainConfig
from vae_core.evaluation.paired import compute_costs
from vae_core.registries import choices, traits
from vae_core.runs.listing import open_run
from vae_core.training.lr_schedules import cosine
from vae_core.training.runner import train


def test_losses_show_curves_and_final_numbers_that_add_up(runs: Path, visit: Open) -> None:
    at = visit("losses", run="tiny-2d")
    test = open_run(runs / "tiny-2d").summary["test"]
    assert is_calm(at) and t("losses.title") in words(at)
    shown = [float(metric.value.split(" ")[0]) for metric in at.metric]
    assert shown[0] + shown[1] == pytest.approx(shown[2]) and shown[2] == pytest.approx(test["negative_elbo"], abs=0.11)
    assert t("pixels.grey") in words(at) and t("losses.grey") in words(at)
    lines = {trace.get("legendgroup", trace["name"]) for trace in chart(at)["data"]}
    assert lines == {"negative_elbo", "reconstruction", "kl", t("losses.rate_axis")}
    at.toggle(key="losses/log").set_value(True).run()
    assert is_calm(at) and chart(at)["layout"]["yaxis"]["type"] == "log"
    assert "floor for grey pixels" in alt(at) and "3 epochs" in alt(at)


def test_a_dashed_line_is_spoken_of_only_where_there_is_one(runs: Path, visit: Open) -> None:
    said = [t("losses.help_overfitting") in words(visit("losses", run="tiny-2d"))]
    history = runs / "tiny-2d" / "history.csv"
    history.write_text("\n".join(line for line in history.read_text().splitlines() if ",validation," not in line) + "\n")
    at = visit("losses", run="tiny-2d")
    assert is_calm(at) and t("losses.lines_train") in words(at)
    assert [*said, t("losses.help_overfitting") in words(at)] == [True, False] and "dashed" not in words(at)


def test_numbers_on_training_images_are_called_so(runs: Path, visit: Open) -> None:
    for name, change in (("config.json", {"n_test": 0}), ("summary.json", {"test_split": "train"})):
        path = runs / "tiny-2d" / name
        record = json.loads(path.read_text())
        record.get("dataset", record).update(change)
        path.write_text(json.dumps(record))
    assert t("losses.training_images") in words(visit("losses", run="tiny-2d"))
    page = words(visit("latent", run="tiny-2d"))
    assert "None were held back" in page and "never learned from" not in page and t("app.no_test_images") in page


def test_an_unfinished_run_shows_the_losses_so_far(runs: Path, visit: Open) -> None:
    unfinish(runs / "tiny-2d")
    at = visit("losses", run="tiny-2d")
    assert is_calm(at) and "is not finished" in at.info[0].value and not at.metric
    assert len(chart(at)["data"]) == 7
    history = runs / "tiny-2d" / "history.csv"
    history.write_text(history.read_text().splitlines()[0] + "\n")
    at.run()
    assert is_calm(at) and "first epoch" in at.info[0].value and not at.get("plotly_chart")


def test_images_are_chosen_over_the_costs_or_the_dearest_or_by_a_seed() -> None:
    costs = np.random.default_rng(0).permutation(100).astype(float)
    assert costs[pick(costs, "worst")].tolist() == [*range(99, 99 - SHOWN, -1)]
    spread = costs[pick(costs, "spread")]
    assert spread[0] == 0 and spread[-1] == 99 and set(np.diff(spread)) == {9}
    assert sorted({*pick(costs, "random", 1)}) == sorted(pick(costs, "random", 1)) != sorted(pick(costs, "random", 2))
    assert sorted(pick(costs[:5], "spread")) == sorted(pick(costs[:5], "worst")) == [0, 1, 2, 3, 4]


def test_reconstructions_come_when_asked_for_with_their_costs_and_lead_to_explore(runs: Path, visit: Open) -> None:
    at = visit("losses", run="tiny-2d")
    assert t("losses.redraw_asked") in words(at)
    at.segmented_control(key="reconstructions/way").set_value("worst").run()
    assert is_calm(at) and t("losses.redraw_asked") not in words(at)
    html = next(one.proto.body for one in at.get("html") if "reconstructions" in one.proto.body)
    costs = compute_costs(open_run(runs / "tiny-2d")).reconstruction
    shown = [float(nats) for nats in re.findall(r">([\d.]+) nats</span>", html)]
    assert shown == pytest.approx(np.sort(costs)[::-1][:SHOWN], abs=0.051)
    latents = open_run(runs / "tiny-2d").latents()
    rows = [int(row) for row in re.findall(r">row (\d+)</span>", html)]
    links = re.findall(r'href="explore\?run=tiny-2d&amp;z=([^"]+)"', html)
    for row, z in zip(rows, links, strict=True):
        place = latents.mu[latents.rows.tolist().index(row)]
        np.testing.assert_allclose([float(part) for part in z.split(",")], place, atol=0.0051)
    assert not (runs / "tiny-2d" / "evaluations").exists(), "looking at a run writes nothing into it"


def test_the_learning_rate_is_what_training_took_step_by_step(runs: Path) -> None:
    run = open_run(runs / "tiny-2d")
    config, history = run.config.train, run.history()
    steps = int(history["step"][0])
    epochs, rates = learning_rates(config, steps, int(history["step"][-1]))
    expected = [cosine(step, steps * config.epochs, config) for step in range(steps * config.epochs)]
    np.testing.assert_allclose(np.interp((np.arange(len(expected)) + 1) / steps, epochs, rates), expected, rtol=1e-6)
    rows = list(csv.DictReader(as_csv(history, (epochs, rates)).splitlines()))
    assert len(rows) == len(history["epoch"]) and float(rows[0]["kl"]) == pytest.approx(history["kl"][0], rel=1e-9)
    assert float(rows[0]["learning_rate"]) == pytest.approx(expected[steps - 1], rel=1e-5)


def test_a_run_that_ended_early_keeps_the_rates_of_the_plan() -> None:
    config = TrainConfig(epochs=1000, learning_rate=0.1)
    epochs, rates = learning_rates(config, 7, 70)
    assert epochs.max() == 10 and {*range(1, 11)} <= {*epochs.tolist()} and rates[-1] == cosine(69, 7000, config)


def test_every_objective_says_what_it_minimised_where_that_is_not_the_total() -> None:
    def said(objective: str, **settings: object) -> str:
        return " ".join(minimised_sentences(ObjectiveConfig(objective=objective, **settings)))

    names = [name for name in choices("model.objectives.OBJECTIVES") if not traits("objective", name).get("is_deterministic")]
    assert all(t("losses.in_full") in said(name, beta=4.0) for name in names)
    for name, settings in (("elbo", {}), ("free-bits", {"free_bits": 0.0}), ("iwae", {"samples": 1})):
        assert said(name, **settings) == "" and "reconstruction + 4 × KL." in said(name, beta=4.0, **settings)
    assert said("beta-tc") == ""
    assert "+ 4 × total correlation +" in said("beta-tc", beta=4.0) and "× KL" not in said("beta-tc", beta=4.0)
    assert "10 × the distance of the KL from 25 nats" in said("capacity")
    assert "1 × KL, in which a dimension with less than 0.1 nats counts 0.1." in said("free-bits")
    assert "bound of 5 samples, and not" in said("iwae") and "bound of 5 samples, in which the KL weighs 2" in said("iwae", beta=2.0)


def test_of_another_objective_no_weight_of_the_kl_is_told(runs: Path, visit: Open) -> None:
    strict = ObjectiveConfig(objective="beta-tc", beta=4.0, kl_warmup_epochs=1.0)
    train(replace(tiny_config("Strict", epochs=2), objective=strict), runs / "strict")
    at = visit("losses", run="strict")
    assert is_calm(at) and "4 × KL" not in words(at) and "4 × total correlation" in words(at)
    assert t("losses.weight_varies", what=t("losses.weighed.correlation")) in words(at)
    assert t("losses.weight_axis", what=t("losses.weighed.correlation")) in [trace["name"] for trace in chart(at)["data"]]


def test_what_was_chosen_is_still_chosen_after_a_visit_elsewhere(runs: Path, visit: Open) -> None:
    at = visit("losses", run="tiny-2d")
    at.toggle(key="losses/log").set_value(True).run()
    at.segmented_control(key="reconstructions/way").set_value("random").run()
    at.number_input(key="reconstructions/seed").set_value(7).run()
    open_page("runs", at=at)
    open_page("losses", at=at)
    assert is_calm(at) and at.toggle(key="losses/log").value and at.number_input(key="reconstructions/seed").value == 7
