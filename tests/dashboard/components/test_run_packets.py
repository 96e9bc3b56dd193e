"""What the browser gets of a run arrives whole, small and ready for JSON."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load

from dashboard.components import run_packets
from dashboard.components.training_film import packets
from dashboard.i18n.texts import t
from tests.conftest import tiny_config
from tests.dashboard.packets import taken_apart
from tests.js.node import running
from tests.places import SHIPPED
from vae_core.data import sources
from vae_core.data.pictures import mosaic_of, png
from vae_core.latent import aggregate_posterior
from vae_core.model.weights import part_of
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

MEGABYTE = 1e6


def test_points_and_weights_arrive_whole_and_without_the_encoder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    points = run.latents()
    header, blobs = taken_apart(run_packets.points_packet(run, points))
    assert header["key"] == f"{run_packets.run_key(run)}/points"
    d = run.config.model.latent_size
    np.testing.assert_array_equal(np.frombuffer(blobs["mu"], "<f4").reshape(-1, d), points.mu)
    np.testing.assert_array_equal(np.frombuffer(blobs["labels"], "<i4"), points.labels)
    np.testing.assert_array_equal(np.frombuffer(blobs["rows"], "<i4"), points.rows)
    assert header["files"] == []
    monkeypatch.setattr(run_packets, "file_names", lambda name, sha256, rows: [f"{name}-{row}.png" for row in rows])
    named = taken_apart(run_packets.points_packet(run, points))[0]["files"]
    assert named == [f"digits-{row}.png" for row in points.rows]
    monkeypatch.setattr(run_packets.point_packets, "MOST_LETTERS", sum(map(len, named)) - 1)
    header, _ = taken_apart(run_packets.points_packet(run, points))
    assert header["files"] == [] and header["unnamed"] == sum(map(len, named))
    header, blobs = taken_apart(run_packets.weights_packet(run))
    assert header["key"] == f"{run_packets.run_key(run)}/weights"
    sent, stored = load(blobs["weights"]), load(run.weights())
    assert set(sent) == {name for name in stored if not name.startswith("encoder.")} and len(sent) < len(stored)
    for name, tensor in sent.items():
        np.testing.assert_array_equal(tensor, stored[name])


def test_the_stored_map_arrives_whole(run: Run) -> None:
    assert taken_apart(run_packets.picture_packet(run))[1]["map"] == run.map()


SHOW_THEN = """(scale) => {
    const told = [];
    const picture = { drawImage: (...where) => told.push(where.slice(1, 5)) };
    const decoder = { picture: { width: 4, height: 20 } };
    const made = new js.learning_film.Film({ data: { map: { film_reach: 3.3 } }, decoder, a: 1, b: 1, picture });
    made.reel = { bitmap: { width: 80 * scale, height: 240 * scale }, side: 4, frames: 3 };
    made.showThen(1);
    return told[0];
}"""


@pytest.mark.parametrize("scale", [1, 0.5])
def test_the_films_picture_of_z_is_found_in_a_film_of_any_size(scale: float) -> None:
    """Four pictures of 20 x 4 to a side, three frames: z lies in the third column, the second row, and it is the second frame."""
    with running("live_map/learning_film.js") as node:
        assert node.call(SHOW_THEN, scale) == [scale * 48, scale * 100, scale * 4, scale * 20]


@pytest.mark.parametrize("change", [{"grid": np.zeros((5, 8, 8), np.uint8)}, {"mu": np.zeros((3, 2), np.float16)}])
def test_frames_that_do_not_fit_together_are_one_sentence(tiny_root: Path, tmp_path: Path, change: dict[str, np.ndarray]) -> None:
    shutil.copytree(tiny_root / "tiny-2d", tmp_path / "run")
    file = tmp_path / "run" / "snapshots" / "0001.npz"
    with np.load(file) as stored:
        frame = {name: stored[name] for name in stored.files} | change
    np.savez(file, **{**frame, "log_var": np.zeros(frame["mu"].shape, np.float16)})
    with pytest.raises(RunError, match="snapshots of run 'run' has the wrong shape"):
        run_packets.film_packet(open_run(tmp_path / "run"))
    for other in file.parent.glob("[0-9]*.npz"):
        other.unlink()
    with pytest.raises(RunError, match="snapshots of run 'run' has the wrong shape"):
        run_packets.film_packet(open_run(tmp_path / "run"))


def test_the_film_arrives_whole(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    header, blobs = taken_apart(run_packets.film_packet(run))
    frames = run.snapshots()
    assert header["steps"] == [int(frame["step"]) for frame in frames] and len(frames) > 1
    np.testing.assert_array_equal(np.frombuffer(blobs["mu"], "<f4"), np.stack([frame["mu"] for frame in frames]).ravel())
    film = np.asarray(Image.open(BytesIO(blobs["film"])))
    side = film.shape[1] // 8
    assert film.shape == (len(frames) * side * 8, side * 8)
    # The second picture of the last frame stands beside the first.
    np.testing.assert_array_equal(film[-side * 8 :][:8, 8:16], frames[-1]["grid"][1])


def test_the_encoder_arrives_with_what_is_usual(run: Run) -> None:
    points = run.latents()
    usual = {"negative_elbo": [1.5, 2.5], "reconstruction": [1.0, 2.0], "kl": [0.5, 0.5]}
    run = replace(run, summary={**run.summary, "usual": usual})
    header, blobs = taken_apart(run_packets.encoder_packet(run, points))
    assert header["key"] == f"{run_packets.run_key(run)}/encoder" and header["usual"] == usual
    sent, stored = load(blobs["weights"]), load(run.weights())
    assert set(sent) == {name for name in stored if name.startswith("encoder.")}
    for name, tensor in sent.items():
        np.testing.assert_array_equal(tensor, stored[name])
    del run.summary["usual"]
    assert taken_apart(run_packets.encoder_packet(run, points))[0]["usual"] == {}


def test_what_a_map_is_trusted_by_arrives_with_the_spreads(run: Run) -> None:
    points = run.latents()
    header, blobs = taken_apart(run_packets.trust_packet(run, points))
    np.testing.assert_array_equal(np.frombuffer(blobs["log_var"], "<f4"), points.log_var.ravel())
    np.testing.assert_array_equal(header["quantiles"], aggregate_posterior.calibration(points.mu, points.log_var))
    assert header["key"] == f"{run_packets.run_key(run)}/trust" and header["rim"] == aggregate_posterior.rim(points.mu.shape[1])
    alone = replace(points, mu=points.mu[:1], log_var=points.log_var[:1])
    assert taken_apart(run_packets.trust_packet(run, alone))[0]["quantiles"] == []


def test_no_byte_of_the_weights_is_sent_twice(run: Run) -> None:
    parts = [set(load(part_of(run.weights(), is_encoder=which))) for which in (True, False)]
    assert parts[0].isdisjoint(parts[1]) and parts[0] | parts[1] == set(load(run.weights()))


def test_an_encoder_without_spread_has_no_kl_and_no_prior(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    points = run.latents()
    run = replace(run, summary={**run.summary, "test": {**run.summary["test"], "kl": None}})
    points = replace(points, log_var=np.full_like(points.log_var, np.nan))
    told = run_packets.run_facts(run, points)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["kl"] == [None, None] and not told["has_spread"] and not told["has_prior"]
    assert told["order"] == np.argsort(-points.mu.std(0)).tolist()


def test_data_that_are_dark_on_light_are_told_so(run: Run, tmp_path: Path) -> None:
    """By what the run draws: so nobody needs the images."""
    digits = sources.load("digits")
    negative = replace(digits, values=16 - digits.values)
    config = tiny_config(latent_size=len(run.latents().mu[0]), epochs=1, snapshots=2)
    dark = train(replace(config, name="Negative"), tmp_path / "negative", dataset=negative)
    for one, is_dark in ((run, False), (dark, True)):
        assert run_packets.run_facts(one, one.latents())["is_dark"] == is_dark
        assert packets.film_facts(one, packets.reel(one))["is_dark"] == is_dark


def test_cells_larger_than_their_pictures_do_not_count_as_paper(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = load_run(tiny_root, "tiny-2d")
    tall = np.full((30, 30, 8, 4), 0.2)
    tall[:, :, 1:-1, 1:-1] = 0.1
    for pictures, is_dark in ((tall, True), (0.3 - tall, False)):
        monkeypatch.setattr(Run, "map", lambda run, pictures=pictures: png(mosaic_of(pictures)))
        assert run_packets.is_dark_on_light(replace(run, dataset={**run.dataset, "event_shape": [8, 4]})) == is_dark


def test_the_umap_arrives_whole(tiny_root: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_root / "tiny-5d", tmp_path / "tiny-5d")
    run = load_run(tmp_path, "tiny-5d")
    assert not run_packets.has_umap(run) and taken_apart(run_packets.umap_packet(run))[1]["xy"] == b""
    xy = np.random.default_rng(0).standard_normal((len(run.latents().mu), 2)).astype(np.float32)
    run.store_projection("umap", xy)
    assert run_packets.has_umap(run)
    np.testing.assert_allclose(np.frombuffer(taken_apart(run_packets.umap_packet(run))[1]["xy"], "<f4").reshape(-1, 2), xy, atol=6e-4)
    assert not run_packets.has_umap(load_run(tiny_root, "tiny-2d"))


def test_the_payload_of_the_landing_run_is_small() -> None:
    run = load_run(SHIPPED, "mnist-2d")
    packets = run_packets.picture_packet(run), run_packets.points_packet(run, run.latents()), run_packets.weights_packet(run)
    assert sum(map(len, packets)) <= 3 * MEGABYTE


def test_the_facts_are_ready_for_json(run: Run) -> None:
    told = run_packets.run_facts(run, run.latents())
    d = run.config.model.latent_size
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert len(told["kl"]) == len(told["ranges"]) == d and sorted(told["order"]) == list(range(d))
    assert (told["axes"] is None) == (d < 3)
    assert all(low <= -2 and high >= 2 for low, high in told["ranges"])
    assert told["has_film"] == (d == 2)
    carried = [told["kl"][dim] for dim in told["order"]]
    assert carried == sorted(carried, reverse=True)


def test_the_facts_of_a_run_without_labels(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    points = replace(run.latents(), labels=None)
    run = replace(run, dataset={**run.dataset, "class_names": []}, summary={**run.summary, "reach": None})
    told = run_packets.run_facts(run, points)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (
        run_packets.map_data(run, told, {})["names"] == []
        and not told["has_labels"]
        and len(told["colours"]) == 1
        and told["reach"] is None
    )
    assert taken_apart(run_packets.points_packet(run, points))[1]["labels"] == b""


def test_the_noise_is_the_one_in_the_weights(one: Run, tiny_root: Path) -> None:
    sigma = run_packets.pixel_noise(one)
    assert sigma == pytest.approx(float(one.model().likelihood.variance.detach().sqrt()), rel=1e-6)
    assert sigma != pytest.approx(one.config.model.sigma, rel=1e-3), "training did not move it, so this shows nothing"
    assert run_packets.pixel_noise(load_run(tiny_root, "tiny-2d")) is None


@pytest.mark.parametrize("name", ["mnist", "digits", "fashion-mnist", "glyphs", "somebodys.npy"])
def test_every_dataset_has_words_for_its_pad(name: str, tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    words = run_packets.dataset_words(replace(run, config=replace(run.config, data=replace(run.config.data, dataset=name))))
    assert set(words) == {"draw", "framed", "things", "images"} and all(words.values())
    assert (words["framed"] == t("dataset.other.framed")) == (name == "somebodys.npy")
