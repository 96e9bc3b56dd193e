"""Inspect from beginning to end on small trained runs: computed once, stored, watched, read without torch, and honest about bad input."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import tiny_config
from tests.places import ROOT
from vae_core.cli.main import main
from vae_core.config import DataConfig, ObjectiveConfig
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.evaluation import outliers
from vae_core.evaluation.posterior_grid import gap_of
from vae_core.inspection import process, store
from vae_core.inspection.parts import inference_gap
from vae_core.inspection.parts.registry import PARTS
from vae_core.inspection.process import InspectionProgress
from vae_core.inspection.store import Result
from vae_core.inspection.subject import Findings, Subject
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run

FEW = {"most_images": 40, "most_samples": 50}
PROTOCOL = {"split", "n", "of", "samples", "seed", "estimator", "pixels", "likelihood", "seconds", "weights", "dataset"}


@pytest.fixture(scope="module")
def all_runs(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with runs of two, five and one dimension, an autoencoder, and a linear gaussian one."""
    from vae_core.training.runner import train

    root = tmp_path_factory.mktemp("inspect") / "runs"
    shutil.copytree(tiny_root, root)
    one = tiny_config("line", 1, epochs=2)
    train(one, root / "line")
    train(replace(one, model=replace(one.model, latent_size=2), objective=ObjectiveConfig(objective="ae")), root / "ae")
    linear = replace(one.model, latent_size=3, network="linear", likelihood="gaussian-learnt")
    train(replace(one, model=linear, objective=ObjectiveConfig(beta=2.0)), root / "linear")
    return root


@pytest.fixture(scope="module")
def done(all_runs: Path) -> Result:
    """Compute every part of the two-dimensional run; return the last one."""
    return process.run_parts(load_run(all_runs, "tiny-2d"), **FEW)[-1]


@pytest.fixture
def run(all_runs: Path, done: Result) -> Run:
    """Return the two-dimensional run, computed."""
    return load_run(all_runs, "tiny-2d")


@pytest.fixture
def fresh(tiny_root: Path, tmp_path: Path) -> Run:
    """Return a run of which nothing is computed."""
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "tiny-2d")
    return open_run(tmp_path / "tiny-2d")


def reasons(result: Result) -> dict[str, str]:
    """Return what could not be given, with the reason; every sentence must be one."""
    for entry in result.cannot:
        assert entry["sentence"].endswith(".") and entry["sentence"][0].isupper() and "Error" not in entry["sentence"]
    return {entry["what"]: entry["reason"] for entry in result.cannot}


# ---- what is computed


def test_every_part_is_stored_with_its_protocol(run: Run) -> None:
    assert store.missing(run) == ()
    for part in PARTS:
        result = store.read(run, part)
        assert result is not None and result.protocol.keys() == PROTOCOL
        assert result.protocol["weights"] == run.weights_sha256 and result.protocol["split"] == "test"
        assert bool(result.values) == (part != "rate-distortion")
        text = result.file.with_suffix(".json").read_text()
        assert "NaN" not in text and "Infinity" not in text
        assert run.weights_sha256[:16] in result.file.name


def test_the_nats_add_up_and_the_epochs_are_those_of_training(run: Run) -> None:
    result = store.read(run, "nats")
    values = result.values
    parts = [values[name]["value"] for name in ("mutual_information", "total_correlation", "remainder")]
    assert sum(parts) + values["dimension_kl_total"] == pytest.approx(values["mean_kl"], abs=1e-9)
    assert values["mean_kl"] == pytest.approx(run.summary["test"]["kl"], abs=1e-4)
    stored = run.epochs()
    np.testing.assert_allclose(result.arrays["epochs_kl"], stored["kl_per_dim"])
    assert result.arrays["epochs_active"].tolist() == (stored["mu_variance"] > 0.01).sum(1).tolist()


def test_bounds_are_in_order_below_log_p_of_the_same_images(run: Run) -> None:
    bounds, gap = store.read(run, "bounds"), store.read(run, "gap")
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
    result = store.read(run, "gap")
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
    result = store.read(run, "holes")
    holes = result.values["holes"]
    assert result.arrays["log_ratio"].shape == (168, 168) and result.arrays["region"].max() == len(holes)
    assert sum(hole["mass"] for hole in holes) <= result.values["mass"]["value"] + 1e-9
    if holes:
        assert result.arrays["pictures"].shape == (len(holes), 8, 8) and result.arrays["pictures"].dtype == np.uint8
        stored = run.latents()
        at = stored.rows.tolist().index(holes[0]["nearest_row"])
        assert np.linalg.norm(stored.mu[at] - holes[0]["z"]) == pytest.approx(holes[0]["nearest_distance"], rel=1e-5)


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
    (tested,) = process.run_parts(run, ["bounds"], **FEW | {"most_images": 60})
    assert {one["name"]: one["nats"] for one in tested.values["references"]} == {
        one["name"]: pytest.approx(one["nats"], abs=1e-9) for one in run.summary["references"]
    }, "fitted on what trained, as those of the summary are"
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    without = store.compute(Subject(open_run(run.path), "train"), "bounds")
    assert reasons(without) == {"bounds": "no-data"} and without.protocol["of"] == 216


def test_one_dimension_has_everything(all_runs: Path) -> None:
    run = load_run(all_runs, "line")
    found = {result.part: result for result in process.run_parts(run, ["nats", "holes", "gap"], most_images=5)}
    assert found["nats"].values["total_correlation"] == {"value": 0.0, "standard_error": 0.0}
    assert found["holes"].arrays["log_ratio"].ndim == found["holes"].arrays["region"].ndim == 1
    field = inference_gap.stored_grids(found["gap"])[0]
    assert field.levels[0].log_ratio.ndim == 1
    assert gap_of(field, field.mu, np.log(field.sigma)) == pytest.approx(found["gap"].values["examples"][0]["gap"], abs=0.01)


def test_five_dimensions_keep_what_needs_no_grid(all_runs: Path) -> None:
    run = load_run(all_runs, "tiny-5d")
    found = {result.part: result for result in process.run_parts(run, ["nats", "bounds", "holes", "gap"], most_images=5, most_samples=5)}
    assert reasons(found["gap"]) == {"gap": "dimensions"} and reasons(found["holes"]) == {"holes": "dimensions"}
    assert found["gap"].values == found["holes"].values == {}
    assert found["nats"].values["mutual_information"] and found["bounds"].values["bounds"][-1]["k"] == 5
    with pytest.raises(RunError, match="2 latent dimensions"):
        inference_gap.grid_of_row(run, 0)


def test_a_linear_gaussian_run_stands_beside_theory(all_runs: Path) -> None:
    run = load_run(all_runs, "linear")
    curve, bounds = process.run_parts(run, ["bounds", "rate-distortion"], **FEW)
    values, x = curve.values, Subject(run).images(Subject(run).train_rows).flatten(1).double().numpy()
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


# ---- bad input


def test_an_autoencoder_keeps_what_has_a_meaning(all_runs: Path) -> None:
    run = load_run(all_runs, "ae")
    found = {result.part: result for result in process.run_parts(run, **FEW)}
    for part in ("holes", "bounds", "gap"):
        assert found[part].values == {} and reasons(found[part]) == {part: "autoencoder"}
    assert reasons(found["nats"]) == {"split": "autoencoder"} and "too_few" not in found["nats"].values
    assert len(found["nats"].values["mu_variance"]) == 2
    assert reasons(found["outliers"]) == {"log_density": "autoencoder"}
    assert np.isfinite(found["outliers"].arrays["reconstruction"]).all() and np.isnan(found["outliers"].arrays["negative_elbo"]).all()
    with pytest.raises(RunError, match="autoencoder"):
        inference_gap.grid_of_row(run, 0)


def test_without_its_data_a_run_shows_what_is_stored(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "is_available", lambda name: False)
    found = {result.part: result for result in process.run_parts(fresh, **FEW)}
    assert reasons(found["bounds"]) == {"bounds": "no-data"} and reasons(found["gap"]) == {"gap": "no-data"}
    assert reasons(found["outliers"]) == {"reconstruction": "no-data"}
    assert np.isfinite(found["outliers"].arrays["log_density"]).all() and np.isnan(found["outliers"].arrays["reconstruction"]).all()
    assert not reasons(found["nats"]) and not reasons(found["holes"]) and found["holes"].values["mass"]
    with pytest.raises(RunError, match="not on this computer"):
        inference_gap.grid_of_row(fresh, 0)
    assert store.missing(fresh) == ()
    monkeypatch.undo()
    assert store.missing(fresh) == ("outliers", "bounds", "gap"), "with the data at hand they can be computed"


def test_other_data_are_not_taken_for_the_runs_own(fresh: Run) -> None:
    other = replace(fresh, dataset={**fresh.dataset, "sha256": "0" * 64})
    assert reasons(store.compute(Subject(other, **FEW), "gap")) == {"gap": "other-data"}


def shortened(run: Run, n: int, narrower: float = 0.0) -> Run:
    """Keep the first n test images of a run's latents, their log variances lowered."""
    with np.load(run.path / "latents.npz") as stored:
        arrays = {name: stored[name][:n] for name in stored.files}
    np.savez(run.path / "latents.npz", **{**arrays, "log_var": arrays["log_var"] - narrower})
    return replace(run, summary={**run.summary, "test": {**run.summary["test"], "n": n}})


def test_one_image(fresh: Run) -> None:
    found = {result.part: result for result in process.run_parts(shortened(fresh, 1), **FEW)}
    assert reasons(found["nats"]) == {"split": "few-images"} and found["nats"].values["mean_kl"] > 0
    assert reasons(found["holes"]) == {"holes": "few-images"}
    assert reasons(found["outliers"]) == {"log_density": "few-images"} and found["outliers"].values["duplicates"] == []
    assert found["bounds"].values["negative_elbo"]["standard_error"] is None
    assert len(inference_gap.stored_grids(found["gap"])) == len(found["gap"].values["examples"]) == 1


def test_few_images_cannot_tell(fresh: Run) -> None:
    found = {result.part: result for result in process.run_parts(shortened(fresh, 3, 9.0), ["nats", "holes"])}
    assert found["nats"].values["too_few"] and found["holes"].values["too_few"]
    assert reasons(found["nats"]) == {"total_correlation": "too-few"} and "ln 3" in found["nats"].cannot[0]["sentence"]


@pytest.mark.parametrize("labelled", [True, False])
def test_constant_images_and_no_labels(fresh: Run, labelled: bool) -> None:
    digits, subject = sources.load("digits"), Subject(fresh, **FEW)
    labels = {} if labelled else {"labels": None, "class_names": ()}
    subject.__dict__["dataset"] = replace(digits, values=np.full_like(digits.values, 3), **labels)
    strange, bounds, gap = (store.compute(subject, part) for part in ("outliers", "bounds", "gap"))
    assert strange.values["constant"] and [len(group) for group in strange.values["duplicates"]] == [len(subject.rows)]
    assert reasons(strange) == ({} if labelled else {"agreement": "no-labels"})
    assert reasons(bounds) == ({} if labelled else {"class-mixture": "no-labels"})
    assert gap.values["gap"]["standard_error"] == pytest.approx(0, abs=1e-6) and len(gap.values["examples"]) >= 6
    assert (gap.values["examples"][0]["label"] is None) == (not labelled)


def test_constant_images_have_no_curve(all_runs: Path) -> None:
    subject, digits = Subject(load_run(all_runs, "linear")), sources.load("digits")
    subject.__dict__["dataset"] = replace(digits, values=np.full_like(digits.values, 3))
    found = subject.run.path.parent / "linear" / "evaluations"
    before = sorted(found.glob("*")) if found.exists() else []
    result = store.compute(subject, "rate-distortion")
    assert reasons(result) == {"rate-distortion": "constant"}
    for file in set(found.glob("*")) - set(before):
        file.unlink()


def test_an_unfinished_run_is_refused(fresh: Run) -> None:
    bare = replace(fresh, summary={})
    for ask in (process.run_parts, process.start, lambda run: inference_gap.grid_of_row(run, 0)):
        with pytest.raises(RunError, match="not finished"):
            ask(bare)


def test_a_row_that_is_not_there(run: Run) -> None:
    with pytest.raises(RunError, match="rows 0 to 1796"):
        inference_gap.grid_of_row(run, 1797)


def test_a_full_disk_is_one_sentence(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "write_npz", full)
    with pytest.raises(RunError, match="No space left"):
        process.run_parts(fresh, ["nats"])
    assert store.read(fresh, "nats") is None and process.progress(fresh).state == "failed"


def test_a_part_that_fails_keeps_no_other_from_being_computed(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(subject: Subject, progress: object) -> Findings:
        raise ZeroDivisionError("no luck")

    monkeypatch.setitem(PARTS, "holes", replace(PARTS["holes"], compute=fails))
    with pytest.raises(RunError, match=r"Computing holes failed \(ZeroDivisionError\): no luck"):
        process.run_parts(fresh, ["nats", "holes", "outliers"])
    assert store.missing(fresh) == ("rate-distortion", "holes", "bounds", "gap")
    assert process.progress(fresh).state == "failed" and "no luck" in process.progress(fresh).sentence


# ---- storage


def test_what_is_stored_is_read_and_not_computed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "compute", lambda *args: pytest.fail("computed again"))
    assert [result.part for result in process.run_parts(run, ["gap", "nats"])] == ["nats", "gap"]


def test_other_weights_damaged_files_and_other_formats_count_as_missing(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = process.run_parts(fresh, ["nats"])
    other = replace(fresh, summary={**fresh.summary, "files": {**fresh.summary["files"], "model.safetensors": "f" * 64}})
    assert store.read(fresh, "nats") is not None and store.read(other, "nats") is None
    stored, file = json.loads(result.file.with_suffix(".json").read_text()), result.file.with_suffix(".json")
    for text in ("", "[]", "{", json.dumps({**stored, "format": 0})):
        file.write_text(text)
        assert store.read(fresh, "nats") is None
    file.write_text(json.dumps(stored))
    result.file.write_bytes(b"no zip")
    with pytest.raises(RunError, match="compute this part again"):
        _ = store.read(fresh, "nats").arrays


def test_reading_needs_no_torch(run: Run) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from vae_core.inspection import process, store; from vae_core.inspection.parts import inference_gap\n"
        "from vae_core.inspection.parts.registry import PARTS; from vae_core.runs.listing import open_run\n"
        "from vae_core.evaluation import outliers, rate_distortion; from vae_core.evaluation.posterior_grid import gap_of\n"
        f"run = open_run(Path({str(run.path)!r}))\n"
        "results = [store.read(run, part) for part in PARTS]; assert all(results); [one.arrays for one in results]\n"
        "field = inference_gap.stored_grids(store.read(run, 'gap'))[0]; gap_of(field, field.mu, field.sigma * 0 - 2)\n"
        "rate_distortion.compare_runs(run, [run]); process.progress(run); store.missing(run)\n"
        "print(sorted({'torch', 'sklearn', 'umap'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (result.stdout.strip(), result.returncode) == ("[]", 0), result.stderr


# ---- the process


def test_progress_rises_through_all_parts(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "WRITING_SECONDS", 0.0)
    told: list[InspectionProgress] = []
    process.run_parts(fresh, ["nats", "holes"], report=told.append)
    shares = [now.whole for now in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and told[-1].state == "done"
    assert {now.part for now in told} == {"nats", "holes"} and any(0 < now.share < 1 for now in told)
    assert process.progress(fresh).state == "done"


def wait_until(run: Run, is_so: object, seconds: float = 60.0) -> InspectionProgress:
    deadline = time.monotonic() + seconds
    while not is_so(now := process.progress(run)):
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    return now


def test_a_process_of_its_own_computes_and_can_be_stopped(fresh: Run) -> None:
    assert process.progress(fresh) is None
    worker = process.start(fresh)
    assert worker is not None and process.progress(fresh).state == "running"
    assert process.start(fresh) is None, "one process at a time"
    wait_until(fresh, lambda now: now.part == "bounds" and now.share > 0)
    with pytest.raises(RunError, match="Another process"):
        process.run_parts(fresh, ["gap"])
    process.stop(fresh)
    assert wait_until(fresh, lambda now: now.state != "running").state == "stopped"
    assert worker.wait(30) == 0
    assert store.missing(fresh) in (("bounds", "gap"), ("gap",)), "what was done is kept, what was not is not there"
    assert not (fresh.path / "control" / "stop-inspecting").exists()
    assert process.start(fresh, ["nats"]).wait(60) == 0 and process.progress(fresh).state == "done"


def test_a_killed_process_was_interrupted(fresh: Run) -> None:
    worker = process.start(fresh, ["bounds"])
    wait_until(fresh, lambda now: now.share > 0)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(30)
    assert process.progress(fresh).state == "interrupted"
    assert store.missing(fresh) == tuple(PARTS)
    assert process.run_parts(fresh, ["nats"])[0].values


# ---- the command line


def test_the_command_prints_what_is_stored(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(run.path)]) == 0
    text = capsys.readouterr().out
    for part in PARTS:
        assert f"{part}: " in text
    value = store.read(run, "gap").values["log_p"]["value"]
    assert f"{value:.3f}" in text and "mutual information" in text and "entropy floor" in text


def test_the_command_refuses_in_one_sentence(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(run.path), "magic"]) == 1
    assert main(["inspect", str(run.path), "--images", "0"]) == 1
    assert main(["inspect", "nobody"]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line and "%|" not in line]
    assert "choose among nats, rate-distortion" in errors[0] and "at least 1" in errors[1] and "There is no run 'nobody'" in errors[2]
