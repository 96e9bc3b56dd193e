"""Every part of Inspect on small trained runs, and what it does with bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import tiny_config
from tests.vae_core.inspection.conftest import FEW, QUICK, by_part, reasons
from vae_core.config import DataConfig
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.evaluation import baselines, outliers
from vae_core.evaluation.posterior_grid import gap_of
from vae_core.inspection import process, store
from vae_core.inspection.parts import completion, features, inference_gap
from vae_core.inspection.parts.registry import APPLICATIONS, PARTS
from vae_core.inspection.result import Result
from vae_core.inspection.subject import InspectedRun
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run


def test_the_nats_add_up_and_the_epochs_are_those_of_training(run: Run) -> None:
    result = store.read(run, "kl-decomposition")
    values = result.values
    parts = [values[name]["value"] for name in ("mutual_information", "total_correlation", "remainder")]
    assert sum(parts) + values["dimension_kl_total"] == pytest.approx(values["mean_kl"], abs=1e-9)
    assert values["mean_kl"] == pytest.approx(run.summary["test"]["kl"], abs=1e-4)
    stored = run.epochs()
    np.testing.assert_allclose(result.arrays["epochs_kl"], stored["kl_per_dim"])
    assert result.arrays["epochs_active"].tolist() == (stored["mu_variance"] > 0.01).sum(1).tolist()


def test_bounds_are_in_order_below_log_p_of_the_same_images(run: Run) -> None:
    bounds, gap = store.read(run, "bounds"), store.read(run, "inference-gap")
    values = bounds.values
    assert [row["k"] for row in values["bounds"]] == [1, 5, 50]
    assert [row["value"] for row in values["bounds"]] == sorted((row["value"] for row in values["bounds"]), reverse=True)
    assert bounds.arrays["rows"].tolist() == gap.arrays["rows"].tolist()
    assert bounds.arrays["iwae"].shape == (40, 3)
    assert (-bounds.arrays["iwae"][:, 2]).mean() < gap.values["log_p"]["value"] + 0.05
    assert bounds.arrays["iwae"][:, 0] == pytest.approx(-gap.arrays["elbo"], abs=3)
    assert bounds.arrays["iwae"][:, 0].mean() == pytest.approx(gap.values["negative_elbo"]["value"], abs=0.15)
    names = {row["name"]: row["kind"] for row in values["references"]}
    assert names == {"independent-pixels": "model", "class-mixture": "model", "entropy-floor": "floor"}
    assert values["published"] == [] and values["published_reason"] == "data" and not values["is_log_likelihood"]


def test_gaps_are_two_parts_and_the_examples_can_be_drawn(run: Run) -> None:
    result = store.read(run, "inference-gap")
    values, arrays = result.values, result.arrays
    assert values["gap"]["value"] == pytest.approx(values["amortisation"]["value"] + values["approximation"]["value"])
    assert (arrays["best_elbo"] >= arrays["elbo"] - 1e-9).all() and (arrays["log_p"] > arrays["best_elbo"] - 1e-3).all()
    drawn = inference_gap.stored_grids(result)
    beatable = [one for one in values["examples"] if one["why"] == "beatable"]
    assert len(drawn) == len(values["examples"]) >= 8 and len(beatable) == 6
    assert beatable[0]["amortisation"] == pytest.approx(values["amortisation"]["quantiles"][-1])
    for one, field in zip(values["examples"], drawn, strict=True):
        assert gap_of(field, field.mu, np.log(field.sigma)) == pytest.approx(one["gap"], abs=0.01)
        assert one["label"] == sources.load("digits").labels[one["row"]]
    again = inference_gap.grid_of_row(run, values["examples"][0]["row"])
    assert again.log_p == pytest.approx(drawn[0].log_p, abs=1e-4) and again.best_mu == pytest.approx(drawn[0].best_mu, abs=1e-3)


def test_holes_come_with_a_picture_and_their_nearest_row(run: Run) -> None:
    result = store.read(run, "prior-holes")
    holes = result.values["holes"]
    assert result.arrays["log_ratio"].shape == (168, 168) and result.arrays["region"].max() == len(holes)
    assert sum(hole["mass"] for hole in holes) <= result.values["mass"]["value"] + 1e-9
    if holes:
        assert result.arrays["pictures"].shape == (len(holes), 8, 8) and result.arrays["pictures"].dtype == np.uint8
        stored = run.latents()
        at = stored.rows.tolist().index(holes[0]["nearest_row"])
        assert np.linalg.norm(stored.mu[at] - holes[0]["z"]) == pytest.approx(holes[0]["nearest_distance"], rel=1e-5)


def test_redrawing_is_measured_beside_pca_and_beside_the_images_learned_from(run: Run) -> None:
    result = store.read(run, "redrawing")
    values, arrays = result.values, result.arrays
    parts, images = split(sources.load("digits"), run.config.data), sources.load("digits").values / 16
    assert arrays["rows"].tolist() == parts.test.tolist() and values["cost"]["value"] == pytest.approx(run.summary["test"]["negative_elbo"])
    drawn = run.decoder().decode_mean(run.latents().mu)
    assert arrays["model"] == pytest.approx(((drawn - images[parts.test]) ** 2).mean((1, 2)), rel=1e-4)
    flat = images.reshape(len(images), -1)
    assert arrays["pca"] == pytest.approx(baselines.pca_errors(flat[parts.train], flat[parts.test], 2), rel=1e-4)
    gaps = arrays["model"] - arrays["pca"]
    assert values["difference"]["value"] == pytest.approx(gaps.mean())
    assert values["difference"]["standard_error"] == pytest.approx(gaps.std(ddof=1) / np.sqrt(len(gaps)))
    assert values["share"] == pytest.approx((gaps < 0).mean()) and values["fitted"] == len(parts.train)
    learned = values["learned"]
    assert learned["n"] == len(arrays["learned"]) == len(parts.test) and learned["error"]["value"] == pytest.approx(
        arrays["learned"].mean()
    )
    assert abs(learned["cost"]["value"] - values["cost"]["value"]) < 3, "three epochs are too few to learn by heart"


@pytest.mark.parametrize("name", ["ae", "line", "linear"])
def test_redrawing_is_known_of_every_kind_of_run(all_runs: Path, name: str) -> None:
    run = load_run(all_runs, name)
    (result,) = process.run_parts(run, ["redrawing"])
    test = run.summary["test"]
    assert not result.unavailable and result.values["components"] == run.config.model.latent_size
    assert result.values["cost"]["value"] == pytest.approx(test["negative_elbo"] or test["reconstruction"], abs=1e-4)
    assert store.read(run, "redrawing").values == result.values


def test_of_training_images_nothing_stands_beside_them(fresh: Run) -> None:
    (result,) = process.run_parts(fresh, ["redrawing"], split="train")
    assert result.values["learned"] is None and len(store.read(fresh, "redrawing", "train").arrays["learned"]) == 0


def test_no_image_is_both_labelled_and_tested_where_there_is_no_test_set(all_runs: Path) -> None:
    for most, tested in ((300, 300), (10_000, 647)):
        known, rows = features.labelled_and_tested(InspectedRun(load_run(all_runs, "tiny-2d"), "train"), most)
        assert len(rows) == tested and len(known) == 1294 - tested and not set(known) & set(rows)


def test_completions_keep_what_is_visible_and_the_average_comes_nearest_of_them(run: Run) -> None:
    result = store.read(run, "completion")
    errors = {(one["erased"], one["method"]): one["value"] for one in result.values["found"]}
    assert len(errors) == 15 and all(errors[erased, "average"] < errors[erased, "one"] for erased in completion.ERASED)
    images, pictures = sources.load("digits").values[result.arrays["shown"]], result.arrays["pictures"]
    assert pictures.shape == (3, 7, 5, 8, 8) and not result.unavailable
    for at, erased in enumerate(completion.ERASED):
        seen = completion.visible(erased, (8, 8))
        assert 0.2 < seen.mean() < 0.8 and (pictures[at, 0][:, ~seen] == completion.GREY).all()
        assert (np.abs(pictures[at][..., seen] / 255 - images[:, seen] / 16) < 0.01).all()
    assert completion.visible("lower", (3, 4, 6)).sum() == 12 and completion.visible("middle", (4, 6)).sum() == 24 - 8


def test_editing_moves_towards_the_class_that_was_meant_and_no_test_image_leads_the_way(run: Run) -> None:
    result = store.read(run, "editing")
    values, arrays = result.values, result.arrays
    pairs = [(one["start"], one["end"]) for one in values["pairs"]]
    assert len(pairs) == 90 and len(set(pairs)) == 90 and set(arrays["shown"].ravel()) <= set(arrays["rows"])
    by_pixels = {one["strength"]: one["taken"]["value"] for one in values["found"] if one["method"] == "pixels"}
    assert by_pixels[0.0] < 0.1 and by_pixels[1.0] > 0.8 and values["judge"] > 0.9 and values["columns"] == []
    assert arrays["taken"].shape == (90, 2, 6) and arrays["drift"].shape == (90, 0, 2, 6)
    images = sources.load("digits").values[arrays["shown"]] / 16
    assert arrays["pictures"][:, 1, 0] / 255 == pytest.approx(images, abs=0.01), "by no strength the image itself"


def test_costs_per_image_are_those_of_the_summary(run: Run) -> None:
    result = store.read(run, "outliers")
    assert result.arrays["negative_elbo"].mean() == pytest.approx(run.summary["test"]["negative_elbo"], abs=1e-4)
    assert result.arrays["labels"].tolist() == run.latents().labels.tolist()
    worst = outliers.strangest(result, "reconstruction", 3)
    assert result.arrays["reconstruction"][worst[0]] == result.arrays["reconstruction"].max()
    assert len(outliers.to_csv(result).splitlines()) == len(result.arrays["rows"]) + 1


def test_the_training_images_can_be_looked_at_too(all_runs: Path, done: Result) -> None:
    run = load_run(all_runs, "tiny-2d")
    (result,) = process.run_parts(run, ["outliers"], "train")
    assert result.protocol["split"] == "train" and len(result.arrays["rows"]) == run.dataset["n_train"] == result.protocol["n"]
    assert not set(result.arrays["rows"]) & set(run.latents().rows.tolist())
    assert "-train" in result.file.name and store.read(run, "outliers").protocol["split"] == "test"


def test_of_a_draw_of_the_data_training_images_are_those_that_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vae_core.training.runner import train

    config = tiny_config("most", epochs=1)
    linear = replace(config.model, network="linear", likelihood="gaussian-learnt")
    run = train(replace(config, data=DataConfig(most=300), model=linear), tmp_path / "most")
    trained = split(sources.load("digits"), run.config.data).train
    assert len(trained) == run.dataset["n_train"] == 216 and run.dataset["n_validation"] == 24 and run.dataset["n_test"] == 60
    curve, strange = process.run_parts(run, ["outliers", "rate-distortion"], "train")
    assert strange.arrays["rows"].tolist() == trained.tolist() and curve.protocol["n"] == strange.protocol["of"] == 216
    (tested,) = process.run_parts(run, ["bounds"], **FEW | {"max_images": 60})
    assert {one["name"]: one["nats"] for one in tested.values["references"]} == {
        one["name"]: pytest.approx(one["nats"], abs=1e-9) for one in run.summary["references"]
    }, "fitted on what trained, as those of the summary are"
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    without = store.compute(InspectedRun(open_run(run.path), "train"), "bounds")
    assert reasons(without) == {"bounds": "no-data"} and without.protocol["of"] == 216


def test_one_dimension_has_everything(all_runs: Path) -> None:
    run = load_run(all_runs, "line")
    found = by_part(process.run_parts(run, ["kl-decomposition", "prior-holes", "inference-gap"], max_images=5))
    assert found["kl-decomposition"].values["total_correlation"] == {"value": 0.0, "standard_error": 0.0}
    assert found["prior-holes"].arrays["log_ratio"].ndim == found["prior-holes"].arrays["region"].ndim == 1
    field = inference_gap.stored_grids(found["inference-gap"])[0]
    assert field.levels[0].log_ratio.ndim == 1
    assert gap_of(field, field.mu, np.log(field.sigma)) == pytest.approx(found["inference-gap"].values["examples"][0]["gap"], abs=0.01)


def test_five_dimensions_keep_what_needs_no_grid(all_runs: Path) -> None:
    run = load_run(all_runs, "tiny-5d")
    found = by_part(process.run_parts(run, ["kl-decomposition", "bounds", "prior-holes", "inference-gap"], max_images=5, max_samples=5))
    assert reasons(found["inference-gap"]) == {"inference-gap": "dimensions"} and reasons(found["prior-holes"]) == {
        "prior-holes": "dimensions"
    }
    assert found["inference-gap"].values == found["prior-holes"].values == {}
    assert found["kl-decomposition"].values["mutual_information"] and found["bounds"].values["bounds"][-1]["k"] == 5
    with pytest.raises(RunError, match="2 latent dimensions"):
        inference_gap.grid_of_row(run, 0)


def test_a_linear_gaussian_run_stands_beside_theory(all_runs: Path) -> None:
    run = load_run(all_runs, "linear")
    curve, bounds = process.run_parts(run, ["bounds", "rate-distortion"], **FEW)
    values, x = curve.values, InspectedRun(run).images(InspectedRun(run).train_rows).flatten(1).double().numpy()
    assert values["eigenvalues"] == pytest.approx(np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1], abs=1e-9)
    assert values["theta"] == pytest.approx(2 * values["sigma2"]) and values["slope"] == -0.5
    # Two epochs are no optimum: its loss lies above the least, which theory gives.
    least, here = (at["error"] / (2 * values["sigma2"]) + 2 * at["rate"] for at in (values["theory"], values["here"]))
    assert here > least
    stored, layer = run.model().eval(), run.model().decoder[0]
    mu, log_var = (one.detach().double().numpy() for one in stored.encoder(torch.from_numpy(x).float().reshape(-1, 8, 8)))
    weight, bias = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
    error = ((x - mu @ weight.T - bias) ** 2).sum(1) + (weight**2 @ np.exp(log_var).T).sum(0)
    # Four draws of three latents for each of 1,294 images.
    assert values["here"]["error"] == pytest.approx(error.mean(), rel=0.01)
    assert {row["name"] for row in bounds.values["references"]} == {"independent-pixels", "ppca"}
    assert bounds.values["is_log_likelihood"] and bounds.values["published_reason"] == "data"


def test_an_autoencoder_keeps_what_has_a_meaning(all_runs: Path) -> None:
    run = load_run(all_runs, "ae")
    found = by_part(process.run_parts(run, QUICK, **FEW))
    for part in ("prior-holes", "bounds", "inference-gap", "completion"):
        assert found[part].values == {} and reasons(found[part]) == {part: "autoencoder"}
    assert reasons(found["kl-decomposition"]) == {"split": "autoencoder"} and "too_few" not in found["kl-decomposition"].values
    assert len(found["kl-decomposition"].values["mu_variance"]) == 2
    assert reasons(found["outliers"]) == {"log_density": "autoencoder"}
    assert np.isfinite(found["outliers"].arrays["reconstruction"]).all() and np.isnan(found["outliers"].arrays["negative_elbo"]).all()
    with pytest.raises(RunError, match="autoencoder"):
        inference_gap.grid_of_row(run, 0)


def test_without_its_data_a_run_shows_what_is_stored(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    found = by_part(process.run_parts(fresh, **FEW))
    assert reasons(found["bounds"]) == {"bounds": "no-data"} and reasons(found["inference-gap"]) == {"inference-gap": "no-data"}
    assert reasons(found["outliers"]) == {"reconstruction": "no-data"}
    assert np.isfinite(found["outliers"].arrays["log_density"]).all() and np.isnan(found["outliers"].arrays["reconstruction"]).all()
    assert not reasons(found["kl-decomposition"]) and not reasons(found["prior-holes"]) and found["prior-holes"].values["mass"]
    with pytest.raises(RunError, match="not on this computer"):
        inference_gap.grid_of_row(fresh, 0)
    assert store.missing(fresh) == ()
    monkeypatch.undo()
    now = ("redrawing", "outliers", "bounds", "inference-gap", *APPLICATIONS)
    assert store.missing(fresh) == now, "with the data at hand they can be computed"


def test_other_data_are_not_taken_for_the_runs_own(fresh: Run) -> None:
    other = replace(fresh, dataset={**fresh.dataset, "sha256": "0" * 64})
    assert reasons(store.compute(InspectedRun(other, **FEW), "inference-gap")) == {"inference-gap": "other-data"}


def shortened(run: Run, n: int, narrower: float = 0.0) -> Run:
    """Keep the first n test images of a run's latents, their log variances lowered."""
    with np.load(run.path / "latents.npz") as stored:
        arrays = {name: stored[name][:n] for name in stored.files}
    np.savez(run.path / "latents.npz", **{**arrays, "log_var": arrays["log_var"] - narrower})
    return replace(run, summary={**run.summary, "test": {**run.summary["test"], "n": n}})


def test_one_image(fresh: Run) -> None:
    found = by_part(process.run_parts(shortened(fresh, 1), **FEW))
    assert reasons(found["kl-decomposition"]) == {"split": "few-images"} and found["kl-decomposition"].values["mean_kl"] > 0
    assert reasons(found["prior-holes"]) == {"prior-holes": "few-images"}
    assert reasons(found["outliers"]) == {"log_density": "few-images"} and found["outliers"].values["duplicates"] == []
    assert found["bounds"].values["negative_elbo"]["standard_error"] is None
    for part in ("denoising", "completion"):
        assert {one["standard_error"] for one in found[part].values["found"]} == {None}
        assert "standard error" not in "".join(PARTS[part].lines(found[part].values))
    assert "cannot be told from one image" in "".join(PARTS["kl-decomposition"].lines(found["kl-decomposition"].values))
    assert len(inference_gap.stored_grids(found["inference-gap"])) == len(found["inference-gap"].values["examples"]) == 1


def test_few_images_cannot_tell(fresh: Run) -> None:
    found = by_part(process.run_parts(shortened(fresh, 3, 9.0), ["kl-decomposition", "prior-holes"]))
    assert found["kl-decomposition"].values["too_few"] and found["prior-holes"].values["too_few"]
    assert (
        reasons(found["kl-decomposition"]) == {"total_correlation": "too-few"}
        and "ln 3" in found["kl-decomposition"].unavailable[0]["sentence"]
    )


@pytest.mark.parametrize("labelled", [True, False])
def test_constant_images_and_no_labels(fresh: Run, labelled: bool) -> None:
    digits, inspected = sources.load("digits"), InspectedRun(fresh, **FEW)
    labels = {} if labelled else {"labels": None, "class_names": ()}
    inspected.__dict__["dataset"] = replace(digits, values=np.full_like(digits.values, 3), **labels)
    strange, bounds, gap = (store.compute(inspected, part) for part in ("outliers", "bounds", "inference-gap"))
    assert strange.values["constant"] and [len(group) for group in strange.values["duplicates"]] == [len(inspected.rows)]
    assert reasons(strange) == ({} if labelled else {"agreement": "no-labels"})
    assert reasons(bounds) == ({} if labelled else {"class-mixture": "no-labels"})
    assert gap.values["gap"]["standard_error"] == pytest.approx(0, abs=1e-6) and len(gap.values["examples"]) >= 6
    assert (gap.values["examples"][0]["label"] is None) == (not labelled)


def test_constant_images_have_no_curve(all_runs: Path) -> None:
    inspected, digits = InspectedRun(load_run(all_runs, "linear")), sources.load("digits")
    inspected.__dict__["dataset"] = replace(digits, values=np.full_like(digits.values, 3))
    found = inspected.run.path.parent / "linear" / "evaluations"
    before = sorted(found.glob("*")) if found.exists() else []
    result = store.compute(inspected, "rate-distortion")
    assert reasons(result) == {"rate-distortion": "constant"}
    for file in set(found.glob("*")) - set(before):
        file.unlink()


def test_a_row_that_is_not_there(run: Run) -> None:
    with pytest.raises(RunError, match="rows 0 to 1796"):
        inference_gap.grid_of_row(run, 1797)
