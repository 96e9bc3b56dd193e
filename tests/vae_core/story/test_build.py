"""What the Story page stands on: stored numbers follow from the stored runs and arrays, and from formulas that share no code with them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr
from sklearn.metrics import roc_auc_score

from tests.places import ROOT
from vae_core.cli.main import main
from vae_core.config import ConfigError
from vae_core.data import sources, synthetic
from vae_core.data.dataset import split
from vae_core.runs.verification import verify
from vae_core.story import aim as aiming
from vae_core.story import build as story
from vae_core.story import halves as stitching
from vae_core.story import knob as knobs
from vae_core.story import map as strictness
from vae_core.story import recipes
from vae_core.training.runner import train

FOLDER = ROOT / "checkpoints" / "_story"
LARGEST = 5_000_000  # bytes of a file that is shipped
BROWSER = 3_300_000  # bytes of everything that the browser gets


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))


def arrays(step: str) -> dict[str, np.ndarray]:
    with np.load(FOLDER / f"{step}.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


# --------------------------------------------------------------------------- what is shipped


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_shipped_run_is_as_training_wrote_it_with_the_settings_of_its_recipe(name: str) -> None:
    assert verify(FOLDER / name) == []
    assert recipes.open_run(name).config == recipes.RECIPES[name]
    assert not list((FOLDER / name).glob("snapshots/encoder-*"))


def test_every_step_has_facts_and_arrays_of_kinds_that_a_browser_reads(facts: dict[str, Any]) -> None:
    assert set(facts) == set(story.BUILDERS)
    for step in story.BUILDERS:
        assert {array.dtype.name for array in arrays(step).values()} <= {"uint8", "int32", "float32"}
        assert all(np.isfinite(array).all() for array in arrays(step).values())


def test_files_are_small_and_hold_no_mnist_picture(facts: dict[str, Any]) -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) < LARGEST
    # Of the runs on MNIST: weights, codes, decoded pictures. The steps' sheets are decoded too, or made of digits 8x8 and of the glyph.
    known = {"points", "point_labels", "labels", "film"}
    assert set(arrays("map")) | set(arrays("strict")) | set(arrays("draw")) <= known
    grids = [frame["grid"] for frame in recipes.open_run(recipes.MAP).snapshots()]
    shown = np.linspace(0, len(grids) - 1, len(arrays("map")["film"])).round().astype(int)
    assert all(np.array_equal(sheet, strictness.mosaic(grids[n])) for sheet, n in zip(arrays("map")["film"], shown, strict=True))


def test_the_browser_gets_no_more_than_fits_into_one_file_to_share() -> None:
    packet = pytest.importorskip("dashboard.components.story.packet")
    assert len(packet.build(FOLDER)[1]) <= BROWSER


def test_the_command_tells_what_there_is_to_build(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["story", "--build", "nothing"]) == 1
    assert "choose of the steps map, halves, knob" in capsys.readouterr().err
    with pytest.raises(ConfigError):
        story.build(["strict-2"])


def test_a_step_that_is_built_again_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any]) -> None:
    monkeypatch.setattr(story, "root", lambda: tmp_path)
    story.build(["map", "draw", "turn"], tell=lambda line: None)
    again = json.loads((tmp_path / "facts.json").read_text(encoding="utf-8"))
    for step in again:
        assert flat(again[step]) == pytest.approx(flat(facts[step]), rel=1e-3, abs=1e-4, nan_ok=True)


def flat(values: Any) -> list[float]:
    """Return all numbers in nested lists and dictionaries."""
    if isinstance(values, dict | list):
        return [number for one in (values.values() if isinstance(values, dict) else values) for number in flat(one)]
    return [float(values)] if isinstance(values, int | float) else []


# --------------------------------------------------------------------------- map, strict, draw


def test_five_models_differ_in_the_objective_alone() -> None:
    configs = [recipes.RECIPES[name] for name in recipes.STRICT]
    assert len({(one.data, one.model, one.train.epochs, one.train.seed) for one in configs}) == 1
    assert [one.objective.beta for one in configs[1:]] == [0.1, 1.0, 4.0, 10.0] and configs[0].objective.objective == "ae"


def test_totals_are_sums_and_only_the_autoencoder_has_none(facts: dict[str, Any]) -> None:
    models = facts["strict"]["models"]
    for name, model in models.items():
        assert (model["kl"] is None) == (model["total"] is None) == (name == "strict-ae")
        if model["kl"] is not None:
            assert model["total"] == pytest.approx(model["reconstruction"] + model["kl"], abs=1e-5)
    in_order = [models[name] for name in ("strict-0.1", "strict-1", "strict-4", "strict-10")]
    assert np.all(np.diff([one["reconstruction"] for one in in_order]) > 0) and np.all(np.diff([one["kl"] for one in in_order]) < 0)
    assert min(in_order, key=lambda one: one["total"]) is models["strict-1"]


def test_maps_are_turned_without_stretching(facts: dict[str, Any]) -> None:
    stored, target = arrays("strict"), recipes.open_run(recipes.MAP).latents().mu
    for n, (name, model) in enumerate(facts["strict"]["models"].items()):
        turn = np.array(model["turn"])
        assert turn @ turn.T == pytest.approx(np.eye(2), abs=1e-9)
        mu = recipes.open_run(name).latents().mu
        places = mu[strictness.some(len(mu))] @ turn
        assert np.abs(stored["points"][n] - places).max() < 1e-4
        # No other of 360 turns, mirrored or not, lays the map nearer to the VAE's.
        centred = [one.astype(np.float64) - one.mean(0) for one in (mu, target)]
        least = ((centred[0] @ turn - centred[1]) ** 2).sum()
        for angle in np.deg2rad(np.arange(360.0)):
            rotation = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
            for other in (rotation, rotation * [[1, 1], [-1, -1]]):
                assert ((centred[0] @ other - centred[1]) ** 2).sum() >= least - 1e-6


def test_near_counts_what_lies_within_reach() -> None:
    others = np.array([[float(n), 0.0] for n in range(20)])
    assert strictness.near(np.array([[4.5, 0.0], [100.0, 0.0]]), others, 4.6) == 0.5
    draws = np.random.default_rng(1).standard_normal((4000, 2))
    told = strictness.blind(draws)
    assert told["near"] > 0.97 and told["found"] > 0.97
    told = strictness.blind(10 * draws)
    assert told["near"] > 0.97 and told["found"] < 0.2


def test_both_extremes_draw_worse_than_the_middle(facts: dict[str, Any]) -> None:
    """Too strict is worse, no rules is worse still: and then whole digits are missing, though what is drawn is no less clear."""
    models, told = facts["strict"]["models"], facts["strict"]["sample_from"]
    assert told["best"] == recipes.MAP and told["next"] == "strict-4"
    surprise = {name: model["surprise"] for name, model in models.items()}
    assert min(surprise["strict-10"], surprise["strict-ae"]) > surprise[recipes.MAP] + 5
    assert models["strict-ae"]["digits"].count(0) >= 2 and min(models[recipes.MAP]["digits"]) > 10
    assert models["strict-10"]["off"] > max(model["off"] for name, model in models.items() if name != "strict-10")
    for name in ("strict-1", "strict-4", "strict-10"):
        assert surprise[name] < models[name]["total"] + 2 * models[name]["surprise_error"]  # minus the ELBO bounds it from above


@pytest.mark.skipif(not sources.is_available("mnist"), reason="needs MNIST's files")
def test_blind_draws_are_judged_the_same_again(facts: dict[str, Any]) -> None:
    told, costs = strictness.judged("strict-ae")
    assert len(costs) == strictness.JUDGED
    stored = facts["strict"]["models"]["strict-ae"]
    assert flat(told) == pytest.approx(flat({name: stored[name] for name in told}), rel=1e-3, abs=1e-3)


def test_what_drawn_pictures_look_like() -> None:
    real = np.zeros((20, 2, 2), np.float32)
    real[10:] = 1
    labels = np.repeat([0, 1], 10)
    told = strictness.seen(np.stack([real[0], real[0], real[0] + 0.5]), real, labels)
    assert told["off"] == 0 and told["digits"][0] >= 2 and sum(told["digits"]) == 3 and told["clear"] >= 2 / 3
    told = strictness.seen(real[:1] + 0.1, real, labels[::-1] * 2)
    assert told == {"off": pytest.approx(0.1), "clear": 1.0, "digits": [0, 0, 1]}


def test_the_least_cost_and_the_next() -> None:
    told = strictness.least({"a": np.array([1.0, 5.0]), "b": np.array([0.0, 1.0]), "c": np.array([2.0, 3.0])})
    assert told == {"best": "b", "next": "c", "difference": 2.0, "standard_error": 0.0}


def test_labels_stand_among_their_own(facts: dict[str, Any]) -> None:
    latents = recipes.open_run(recipes.MAP).latents()
    for label, place in enumerate(facts["map"]["labels"]):
        distances = np.linalg.norm(latents.mu - place, axis=1)
        nearest = latents.labels[distances.argsort()[:30]]
        assert (nearest == label).mean() > 0.5


# --------------------------------------------------------------------------- halves


@settings(max_examples=30)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=30), st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_right_is_the_area_under_the_curve(real: list[int], fake: list[int]) -> None:
    told = stitching.right(np.array(real, float), np.array(fake, float))
    truth = [1] * len(real) + [0] * len(fake)
    assert told["value"] == pytest.approx(roc_auc_score(truth, [*real, *fake]))
    ranks = rankdata([*real, *fake])[: len(real)]
    assert told["value"] == pytest.approx((ranks.sum() - len(real) * (len(real) + 1) / 2) / (len(real) * len(fake)))


def test_the_error_of_right_is_that_of_repetition() -> None:
    rng = np.random.default_rng(0)
    told = [stitching.right(rng.normal(1, 1, 60), rng.normal(0, 1, 200)) for _ in range(400)]
    assert np.mean([one["standard_error"] for one in told]) == pytest.approx(np.std([one["value"] for one in told]), rel=0.1)


def test_models_that_decide_first_find_more_fakes(facts: dict[str, Any]) -> None:
    dots, digit, vae = (facts["halves"]["right"][name] for name in stitching.MODELS)
    assert abs(dots["value"] - 0.5) < 2 * dots["standard_error"] and 0.75 < digit["value"] < 0.81
    assert vae["value"] > digit["value"] + 2 * math.hypot(vae["standard_error"], digit["standard_error"]) and vae["value"] < 0.9
    assert facts["halves"]["right_twins"]["vae"]["value"] < vae["value"] - 0.1


def test_prepared_pairs_are_one_real_and_one_stitched_picture(facts: dict[str, Any]) -> None:
    data, stored = sources.load("digits"), arrays("halves")
    held_out = data.values[split(data, recipes.RECIPES[recipes.HALVES].data).test]
    assert len(stored["pairs"]) == stitching.PAIRS
    for pair, fake in zip(stored["pairs"], stored["pair_fake"], strict=True):
        assert (held_out == pair[1 - fake]).all((1, 2)).any() and not (held_out == pair[fake]).all((1, 2)).any()
        for half in (slice(0, 4), slice(4, 8)):
            assert (held_out[:, :, half] == pair[fake][:, half]).all((1, 2)).any()
    assert (stored["pair_labels"][:, 1] != stored["pair_labels"][:, 2]).all()


def test_nats_of_two_models_are_those_of_the_formula(facts: dict[str, Any]) -> None:
    """Independent dots and digit first, written out once more."""
    data, stored = sources.load("digits"), arrays("halves")
    train = split(data, recipes.RECIPES[recipes.HALVES].data).train
    known, labels = data.values[train].reshape(-1, 64) / 16, data.labels[train]
    x = stored["pairs"][:, 0].reshape(-1, 64) / 16

    def cost(rows: np.ndarray) -> np.ndarray:
        p = (rows.sum(0) + 0.5) / (len(rows) + 1)
        return (x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)

    assert stored["pair_nats"][:, 0, 0] == pytest.approx(cost(known), abs=1e-3)
    each = np.array([cost(known[labels == label]) + math.log((labels == label).mean()) for label in range(10)])
    assert stored["pair_nats"][:, 0, 1] == pytest.approx(np.logaddexp.reduce(each), abs=1e-3)


# --------------------------------------------------------------------------- knob, turn


def test_the_line_facts_are_the_formula(facts: dict[str, Any]) -> None:
    told = {row["n"]: row for row in facts["knob"]["line"]}
    assert sorted(told) == list(range(2, knobs.LONGEST + 1))
    for n, row in told.items():
        along = np.var(np.arange(1, n + 1)) * 2
        assert row["along"] == pytest.approx(along) and row["across"] == 0


def test_curves_that_are_shown_as_working_are_proven_by_ten_seeds(facts: dict[str, Any]) -> None:
    curves = facts["knob"]["curves"]
    assert {name for name, told in curves.items() if not told["is_proven"]} == {"curve-eight"}
    for name, told in curves.items():
        assert len(told["seeds"]) == knobs.SEEDS and told["is_proven"] == (min(told["seeds"]) >= knobs.PROVEN)
        data = sources.load(recipes.CURVES[name])
        knob = knobs.codes(recipes.open_run(name), data.values)[:, 0]
        assert told["here"] == pytest.approx(abs(spearmanr(data.factors[:, 0], knob).statistic), abs=1e-6)


def test_one_of_the_ten_seeds_trained_again(facts: dict[str, Any], tmp_path: Path) -> None:
    told = facts["knob"]["curves"]["curve-parabola"]
    again = knobs.followed(train(recipes.curve("parabola", 3), tmp_path / "run"), sources.load("parabola"))
    assert again == pytest.approx((told["seeds"][3], told["seeds_miss"][3]), abs=0.02)


def test_the_eight_has_one_place_with_two_knob_positions_and_no_machine_follows_it(facts: dict[str, Any]) -> None:
    curves = facts["knob"]["curves"]
    eight, others = curves["curve-eight"], [told for name, told in curves.items() if name != "curve-eight"]
    assert sorted(eight["twice_knob"]) == pytest.approx([-0.5, 0.5], abs=0.01) and eight["twice"][0] == pytest.approx([0, 0], abs=0.02)
    assert eight["twice_gap"] < 0.02 and min(told["twice_gap"] for told in others) > 0.4
    assert min(eight["seeds_miss"]) > 0.5 > 0.1 > max(max(told["seeds_miss"]) for told in others)


def test_turn_and_size_are_read_back_within_sixty_degrees(facts: dict[str, Any]) -> None:
    part, full = facts["turn"]["runs"]["turn-60"], facts["turn"]["runs"]["turn-180"]
    assert part["turn"]["median"] < 2 and part["size"]["median"] < 0.3
    assert full["double"]["median"] < 0.25 * full["double"]["chance"]
    assert full["turn"]["median"] > 5 * part["turn"]["median"]


def test_errors_by_a_second_reading(facts: dict[str, Any]) -> None:
    """Read one run back with scikit-learn's regression in place of the mean of neighbours."""
    from sklearn.neighbors import KNeighborsRegressor

    run, data = recipes.open_run("turn-60"), sources.load("five")
    parts = split(data, run.config.data)
    mu = knobs.codes(run, data.values, 255.0)
    model = KNeighborsRegressor(knobs.NEIGHBOURS).fit(mu[parts.train], data.factors[parts.train])
    off = np.abs(model.predict(mu[parts.test]) - data.factors[parts.test])
    assert np.median(off, 0) == pytest.approx([facts["turn"]["runs"]["turn-60"][name]["median"] for name in ("turn", "size")], rel=0.03)


def test_the_grid_lies_where_the_encoder_puts_it() -> None:
    stored = arrays("turn")
    assert np.array_equal(stored["glyph"], synthetic.five())
    for name in recipes.TURNS:
        factors = stored[f"{name}-factors"][::40].astype(float)
        mu = knobs.codes(recipes.open_run(name), synthetic.turned(factors), 255.0)
        assert stored[f"{name}-mu"][::40] == pytest.approx(mu, abs=1e-5)


# --------------------------------------------------------------------------- aim


@settings(max_examples=50)
@given(st.lists(st.floats(-50, 5), min_size=1, max_size=40))
def test_effective_size_and_mean_by_plain_sums(logs: list[float]) -> None:
    w = np.exp(np.array(logs, np.longdouble))
    assert aiming.effective(np.array(logs)) == pytest.approx(float(w.sum() ** 2 / (w**2).sum()))
    assert aiming.log_mean(np.array(logs)) == pytest.approx(float(np.log(w.mean())), abs=1e-9)
    assert 1 - 1e-9 <= aiming.effective(np.array(logs)) <= len(logs) + 1e-9


def test_the_stored_throws_are_as_useful_as_said(facts: dict[str, Any]) -> None:
    told, stored = facts["aim"], arrays("aim")
    for n, picture in enumerate(told["pictures"]):
        w = np.exp(stored["aimed_weights"][n].astype(np.float64) - stored["aimed_weights"][n].max())
        assert 1 / ((w / w.sum()) ** 2).sum() == pytest.approx(picture["useful_aimed"], rel=1e-3)
        assert picture["useful_blind"] < 0.1 * told["blind"] and picture["useful_aimed"] > 0.2 * told["aimed"]
        assert abs(picture["aimed"] - picture["exact"]) < 0.5


def test_the_ground_is_what_the_map_draws() -> None:
    """The picture nearest to the middle, decoded by itself."""
    import torch

    sheet, vae = arrays("aim")["ground"], recipes.open_run(recipes.HALVES).model()
    side = len(sheet) // 8
    half = aiming.REACH / side
    place = torch.tensor([[half, -half]], dtype=torch.float32)  # right of the middle, below it
    with torch.inference_mode():
        picture = torch.sigmoid(vae.decode(place)).reshape(8, 8).numpy()
    row = column = side // 2
    assert np.abs(sheet[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] / 255 - picture).max() < 0.003


def test_typical_pictures_are_near_their_digit_s_medians() -> None:
    useful = np.array([[1, 1], [10, 10], [100, 100], [5, 50], [6, 60], [500, 70]], float)
    assert aiming.typical(useful, np.array([0, 0, 0, 1, 1, 1])) == [1, 4] or aiming.typical(useful, np.array([0, 0, 0, 1, 1, 1])) == [4, 1]


def test_weights_of_darts_are_likelihoods() -> None:
    """A Bernoulli's log-likelihood written out for stored places and pictures, with a decoder run by itself."""
    import torch

    stored, vae = arrays("aim"), recipes.open_run(recipes.HALVES).model()
    with torch.inference_mode():
        logits = vae.decode(torch.from_numpy(stored["darts"]))[0].double().reshape(-1, 64).numpy()
    x = stored["pictures"].reshape(-1, 64) / 16
    expected = x @ logits.T - np.logaddexp(0, logits).sum(1)
    assert stored["dart_weights"] == pytest.approx(expected, abs=2e-3)


def test_blindness_grows_with_the_knobs(facts: dict[str, Any]) -> None:
    rows = facts["aim"]["linear"]
    assert [row["knobs"] for row in rows] == [2, 5, 10, 20]
    errors = [row["blind_error"] for row in rows]
    assert abs(errors[0]) < 1 < 20 < errors[1] < errors[2] < errors[3] and errors[3] > 1000
    assert all(abs(row["aimed_error"]) < 0.5 for row in rows)


def test_the_evidence_of_the_linear_model_is_that_of_its_covariance() -> None:
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(3)
    w = rng.standard_normal((6, 2))
    covariance, x = w @ w.T + 0.1 * np.eye(6), rng.standard_normal((5, 6))
    assert aiming.normal_log_prob(x, covariance) == pytest.approx(multivariate_normal(np.zeros(6), covariance).logpdf(x))
