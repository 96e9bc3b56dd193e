"""The live map without a browser's page: what is sent, the arithmetic of its JavaScript, and the two pages that show it."""

from __future__ import annotations

import json
import re
import shutil
import struct
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load
from streamlit.testing.v1 import AppTest

from dashboard.components import album, live_map, run_packets
from dashboard.components.bundler import bundled
from dashboard.components.registry import refusals
from dashboard.components.training_film import packets
from dashboard.i18n.texts import section, t
from dashboard.views.inspect import thumbnails
from tests.conftest import tiny_config
from tests.dashboard.pages import open_page
from tests.js.node import Engine, running
from tests.places import SHIPPED
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.data.pictures import mosaic_of, png
from vae_core.latent import aggregate_posterior
from vae_core.model.weights import part_of
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run, open_run
from vae_core.runs.run import Run
from vae_core.training.runner import train

MEGABYTE = 1e6


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of one dimension with a learnt sigma."""
    config = tiny_config("One", 1, epochs=2)
    root = tmp_path_factory.mktemp("one")
    train(replace(config, model=replace(config.model, likelihood="gaussian-learnt")), root / "one")
    return load_run(root, "one")


@pytest.fixture(params=["tiny-1d", "tiny-2d", "tiny-5d"])
def run(request: pytest.FixtureRequest, tiny_root: Path, one: Run) -> Run:
    """Runs of one, two and five dimensions."""
    return one if request.param == "tiny-1d" else load_run(tiny_root, request.param)


def taken_apart(packet: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the header of a packet and its blobs, as store.js finds them."""
    (length,) = struct.unpack("<I", packet[:4])
    header = json.loads(packet[4 : 4 + length])
    blobs, at = {}, 4 + length
    for name, size in header["sizes"]:
        blobs[name] = packet[at : at + size]
        at += size
    assert at == len(packet)
    return header, blobs


# ------------------------------------------------------------------ what is sent


def test_the_weights_arrive_whole_and_without_the_encoder(run: Run) -> None:
    points = run.latents()
    header, blobs = taken_apart(run_packets.weights_packet(run, points))
    assert header["key"] == f"{run_packets.run_key(run)}/weights"
    d = run.config.model.latent_size
    np.testing.assert_array_equal(np.frombuffer(blobs["mu"], "<f4").reshape(-1, d), points.mu)
    np.testing.assert_array_equal(np.frombuffer(blobs["labels"], "<i4"), points.labels)
    np.testing.assert_array_equal(np.frombuffer(blobs["rows"], "<i4"), points.rows)
    sent, stored = load(blobs["weights"]), load(run.weights())
    assert set(sent) == {name for name in stored if not name.startswith("encoder.")} and len(sent) < len(stored)
    for name, tensor in sent.items():
        np.testing.assert_array_equal(tensor, stored[name])


def test_the_stored_map_arrives_whole(run: Run) -> None:
    assert taken_apart(run_packets.picture_packet(run))[1]["map"] == run.map()


SHOW_THEN = """(scale) => {
    const told = [];
    const picture = { drawImage: (...where) => told.push(where.slice(1, 5)) };
    const made = new js.learning_film.Film({ data: { map: { film_reach: 3.3 } }, decoder: { width: 4, height: 20 }, a: 1, b: 1, picture });
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


def test_the_encoder_arrives_with_spreads_and_what_is_usual(run: Run) -> None:
    points = run.latents()
    usual = {"negative_elbo": [1.5, 2.5], "reconstruction": [1.0, 2.0], "kl": [0.5, 0.5]}
    run = replace(run, summary={**run.summary, "usual": usual})
    header, blobs = taken_apart(run_packets.encoder_packet(run, points))
    assert header["key"] == f"{run_packets.run_key(run)}/encoder" and header["usual"] == usual
    sent, stored = load(blobs["weights"]), load(run.weights())
    assert set(sent) == {name for name in stored if name.startswith("encoder.")}
    for name, tensor in sent.items():
        np.testing.assert_array_equal(tensor, stored[name])
    np.testing.assert_array_equal(np.frombuffer(blobs["log_var"], "<f4"), points.log_var.ravel())
    np.testing.assert_array_equal(np.frombuffer(blobs["places"], "<f8"), aggregate_posterior.calibration_sample(points.mu, points.log_var))
    del run.summary["usual"]
    assert taken_apart(run_packets.encoder_packet(run, points))[0]["usual"] == {}


def test_no_byte_of_the_weights_is_sent_twice(run: Run) -> None:
    parts = [set(load(part_of(run.weights(), is_encoder=which))) for which in (True, False)]
    assert parts[0].isdisjoint(parts[1]) and parts[0] | parts[1] == set(load(run.weights()))


def test_an_encoder_without_spread_sends_no_places(tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    points = run.latents()
    run = replace(run, summary={**run.summary, "test": {**run.summary["test"], "kl": None}})
    points = replace(points, log_var=np.full_like(points.log_var, np.nan))
    assert taken_apart(run_packets.encoder_packet(run, points))[1]["places"] == b""
    told = run_packets.run_facts(run, points)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["kl"] == [None, None] and not told["has_spread"] and not told["has_prior"]
    assert told["order"] == np.argsort(-points.mu.std(0)).tolist()


def offered(run: Run) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return the datasets to pick from as the browser gets them, and their bytes."""
    header, blobs = taken_apart(album.album_packet(run, run.latents()))
    return header["sources"], blobs


def pictures(source: dict[str, Any], blobs: dict[str, bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pictures in [0, 1], rows and labels of one of them."""
    name = source["name"]
    values = np.frombuffer(blobs[f"values/{name}"], np.uint8).reshape(-1, source["height"], source["width"]) / source["divisor"]
    return values, np.frombuffer(blobs[f"rows/{name}"], "<i4"), np.frombuffer(blobs[f"labels/{name}"], "<i4")


def test_there_are_pictures_to_pick_from(run: Run) -> None:
    found, blobs = offered(run)
    assert [(source["name"], source["own"]) for source in found] == [("digits", True), ("glyphs", False)]
    own, rows, labels = pictures(found[0], blobs)
    data, points = sources.load("digits"), run.latents()
    assert 100 < len(own) <= album.MAX_IMAGES and set(rows.tolist()) <= set(points.rows.tolist())
    np.testing.assert_array_equal(own, data.values[rows] / 16)
    np.testing.assert_array_equal(labels, data.labels[rows])
    letters, rows, labels = pictures(found[1], blobs)
    assert letters.shape == (album.MAX_IMAGES, 28, 28) and len(np.unique(labels)) == 10 and found[1]["names"][0] == "A"
    assert sum(map(len, blobs.values())) < MEGABYTE


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


def test_real_numbers_are_sent_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Float32 images are drawn, picked and priced, and a drawing for them is not made black or white."""
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    digits, config = sources.load("digits"), tiny_config(epochs=1)
    np.save(tmp_path / "real.npy", (digits.values / 17).astype(np.float32))
    run = train(replace(config, data=replace(config.data, dataset=str(tmp_path / "real.npy"))), tmp_path / "run")
    (own, *others), blobs = offered(run)
    assert own["own"] and own["is_real"] and not any(other["is_real"] for other in others)
    values = np.frombuffer(blobs["values/real"], "<f4").reshape(-1, 8, 8)
    rows = np.frombuffer(blobs["rows/real"], "<i4")
    np.testing.assert_array_equal(values, run.images().values[rows])
    shown, reason = thumbnails.real(run, rows[:3])
    np.testing.assert_array_equal(shown, np.round(values[:3] * 255))
    assert reason == "" and run_packets.grey_levels(run) == 0
    for divisor, more, levels in ((16, {}, 16), (1, {}, 0), (1, {"taken": "masks", "type": ""}, 1)):
        old = {key: value for key, value in run.dataset.items() if key not in ("taken", "type")}
        assert run_packets.grey_levels(replace(run, dataset={**old, "divisor": divisor, **more})) == levels


def test_of_large_pictures_fewer_are_sent() -> None:
    dataset = replace(sources.load("digits"), values=np.zeros((1797, 200, 200), np.uint8))
    assert len(album._spread(dataset, np.arange(1797))) == 25


@pytest.mark.parametrize("pixels", ["thresholded", "static", "dynamic"])
def test_own_pictures_are_treated_as_they_were_when_the_run_was_tested(pixels: str, tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    run = replace(run, config=replace(run.config, data=replace(run.config.data, pixels=pixels)))
    found, blobs = offered(run)
    own, rows, _ = pictures(found[0], blobs)
    tested = image_subset(sources.load("digits"), rows.astype(np.int64), run.config, fixed=True).all().numpy()
    np.testing.assert_array_equal(own, tested)
    assert set(np.unique(own)) == {0, 1}


def test_pictures_of_a_run_whose_data_are_not_at_hand(tiny_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    changed = replace(run, dataset={**run.dataset, "sha256": "0" * 64})
    assert [(source["name"], source["own"]) for source in offered(changed)[0]] == [("digits", False), ("glyphs", False)]
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sources, "is_available", lambda name: name == "digits")
    absent = replace(run, config=replace(run.config, data=replace(run.config.data, dataset="mnist")))
    assert not any(source["own"] for source in offered(absent)[0])


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
    assert len(run_packets.picture_packet(run)) + len(run_packets.weights_packet(run, run.latents())) <= 3 * MEGABYTE


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
    assert taken_apart(run_packets.weights_packet(run, points))[1]["labels"] == b""


def test_the_noise_is_the_one_in_the_weights(one: Run, tiny_root: Path) -> None:
    sigma = run_packets.pixel_noise(one)
    assert sigma == pytest.approx(float(one.model().likelihood.variance.detach().sqrt()), rel=1e-6)
    assert sigma != pytest.approx(one.config.model.sigma, rel=1e-3), "training did not move it, so this shows nothing"
    assert run_packets.pixel_noise(load_run(tiny_root, "tiny-2d")) is None


# ------------------------------------------------------------------ the files fit together


def test_every_word_is_there_and_none_is_left_over() -> None:
    markup = (live_map.HERE / "live_map.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'data-(?:text|title)="(\w+)"', markup))
    code = bundled(live_map.HERE / "live_map.js")
    calls = re.findall(r"(?<![\w.])(?:\w+\.)*text\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", code)
    asked |= {name for call in calls for name in re.findall(r'"(\w+)"', re.sub(r"\{.*\}", "", call))}
    known = set(section("explorer"))
    of_dataset = {"draw", "framed", "things"}  # these widgets/live_map.py adds
    assert asked - known == of_dataset
    # Names that the code puts together, or chooses before it asks for the words.
    chosen = {name for name in known - asked if f'"{name}"' in code}
    made = {f"{name}_label" for name in ("x", "redrawn", "error", "nats", "source", "class")}
    made |= {f"source_{name}" for name in ("digits", "glyphs")}
    assert made <= known
    assert known - asked - made - chosen == {"not_pictures"}, "words that nobody says (Python itself says not_pictures)"
    assert t("explorer.not_pictures")


@pytest.mark.parametrize("name", ["mnist", "digits", "fashion-mnist", "glyphs", "somebodys.npy"])
def test_every_dataset_has_words_for_its_pad(name: str, tiny_root: Path) -> None:
    run = load_run(tiny_root, "tiny-2d")
    words = run_packets.dataset_words(replace(run, config=replace(run.config, data=replace(run.config.data, dataset=name))))
    assert set(words) == {"draw", "framed", "things"} and all(words.values())
    assert (words["framed"] == t("dataset.other.framed")) == (name == "somebodys.npy")


# ------------------------------------------------------------------ the arithmetic


ENGINE = ("plane", "density", "numbers", "gaussian", "likelihoods")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the map's arithmetic loaded."""
    with running("live_map/captions.js", *(f"js/engine/{name}.js" for name in ENGINE)) as node:
        yield node


def test_a_move_keeps_what_lies_across_the_plane(engine: Engine) -> None:
    axes, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 2)))
    z = np.random.default_rng(2).standard_normal(5)
    move = """([u, v, z, a, b]) => {
        const plane = new js.plane.Plane(u, v);
        plane.moveTo(z, a, b);
        return [z, js.plane.Plane.along(u, z), js.plane.Plane.along(v, z), Array.from(plane.project(z, 1))];
    }"""
    moved, a, b, flat = engine.call(move, [axes[:, 0].tolist(), axes[:, 1].tolist(), z.tolist(), 0.7, -1.3])
    assert (a, b) == (pytest.approx(0.7), pytest.approx(-1.3)) and flat == pytest.approx([0.7, -1.3], rel=1e-6)
    across = np.eye(5) - axes @ axes.T
    np.testing.assert_allclose(across @ moved, across @ z, atol=1e-12)
    in_one = "(z) => { const p = js.plane.Plane.ofAxes(1, 0, 0); p.moveTo(z, 2, 9); return [z, p.v, Array.from(p.project([5], 1))]; }"
    assert engine.call(in_one, [0.5]) == [[2], None, [5, -1]]


def test_the_nearest_are_those_that_brute_force_finds(engine: Engine) -> None:
    rng = np.random.default_rng(3)
    points, z = rng.standard_normal((500, 4)), rng.standard_normal(4)
    find = """([points, z, k]) => {
        const [rows, distances] = [new Int32Array(k), new Float64Array(k)];
        js.plane.nearest(points.flat(), points.length, z, rows, distances);
        return [Array.from(rows), Array.from(distances, (far) => Number.isFinite(far) ? far : null)];
    }"""
    rows, distances = engine.call(find, [points.tolist(), z.tolist(), 20])
    far = np.linalg.norm(points - z, axis=1)
    assert rows == np.argsort(far)[:20].tolist()
    np.testing.assert_allclose(distances, np.sort(far)[:20])
    rows, distances = engine.call(find, [points[:2].tolist(), z.tolist(), 3])
    assert rows[2] == -1 and distances[2] is None
    vote = "([labels, rows]) => js.plane.vote(labels, rows, new Int32Array(3))"
    assert engine.call(vote, [[0, 2, 2, 1], [0, 1, 2, -1]]) == 2


def test_the_arc_keeps_the_length_and_the_line_is_straight(engine: Engine) -> None:
    rng = np.random.default_rng(4)
    a, b = (vector / np.linalg.norm(vector) * 3 for vector in rng.standard_normal((2, 6)))
    way = "([a, b, shares, arc]) => shares.map((t) => js.plane.between(a, b, t, arc, new Array(a.length)))"
    shares = np.linspace(0, 1, 9)
    arc = np.array(engine.call(way, [a.tolist(), b.tolist(), shares.tolist(), True]))
    np.testing.assert_allclose(np.linalg.norm(arc, axis=1), 3)
    np.testing.assert_allclose(np.linalg.norm(np.diff(arc, axis=0), axis=1), np.linalg.norm(arc[1] - arc[0]))
    line = np.array(engine.call(way, [a.tolist(), b.tolist(), shares.tolist(), False]))
    np.testing.assert_allclose(line, a + shares[:, None] * (b - a), atol=1e-12)
    for ends in ([a, -a], [a, a], [0 * a, a]):  # no arc is defined
        path = engine.call(way, [*[end.tolist() for end in ends], shares.tolist(), True])
        np.testing.assert_allclose(path, ends[0] + shares[:, None] * (ends[1] - ends[0]), atol=1e-12)


def test_class_names_stand_where_the_class_is_densest_and_apart(engine: Engine) -> None:
    rng = np.random.default_rng(5)
    # Class 0 has a dense spot and a far outlier, so that its mean lies elsewhere; class 1 lies on the same spot; class 2 has no point.
    cloud = np.concatenate([rng.normal((1, -1), 0.1, (200, 2)), np.full((60, 2), -2.5), rng.normal((1, -1), 0.1, (100, 2))])
    labels = [0] * 260 + [1] * 100
    spots = engine.call("([flat, labels]) => js.density.densest(flat, labels, 3, -3, 3, 0.5)", [cloud.ravel().tolist(), labels])
    assert np.linalg.norm(np.subtract(spots[0], (1, -1))) < 0.2
    assert 0.5 <= np.linalg.norm(np.subtract(spots[0], spots[1])) < 1
    assert spots[2] is None
    cells = engine.call("(flat) => Array.from(js.density.density(flat, 40, -3, 3))", cloud.ravel().tolist())
    row, column = divmod(int(np.argmax(cells)), 40)
    assert max(cells) == 1 and (-3 + (column + 0.5) * 0.15, 3 - (row + 0.5) * 0.15) == pytest.approx((1, -1), abs=0.2)


def test_on_one_spot_no_class_has_a_name(engine: Engine) -> None:
    cloud = np.random.default_rng(6).normal((0.1, 0.2), 0.1, (300, 2))
    spread, none, some = (
        engine.call(f"([flat, labels]) => js.density.{what}", [cloud.ravel().tolist(), [row % 3 for row in range(300)]])
        for what in ("spread(flat)", "densest(flat, labels, 3, -3, 3, 0.2)", "densest(flat, labels, 3, -3, 3, 0.1)")
    )
    assert spread == pytest.approx(float(np.hypot(*cloud.std(0)))) and none == [] and len(some) == 3


def test_a_collapsed_map_says_that_it_says_nothing(engine: Engine, tiny_root: Path) -> None:
    trust = """([collapsed, isOutside]) => {
        const data = { collapsed, names: ["zero", "one"], reach: 1 };
        const near = { labels: [0, 1, 1], rows: [1, 2], votes: new Int32Array(2), count: 3 };
        return js.captions.trust({ data, ...near, text: (key) => key }, isOutside);
    }"""
    said = [engine.call(trust, case) for case in ((True, False), (True, True), (False, False), (False, True))]
    assert said == ["collapsed", "collapsed", "near", "outside"]
    run = load_run(tiny_root, "tiny-2d")
    lost = replace(run, summary=run.summary | {"test": run.summary["test"] | {"asleep": 2}})
    assert [run_packets.run_facts(one, one.latents())["collapsed"] for one in (run, lost)] == [False, True]


def test_ticks_are_round_and_far_enough_apart(engine: Engine) -> None:
    assert engine.call("() => js.numbers.ticks(-3.3, 3.3, 640)", None) == [-3, -2, -1, 0, 1, 2, 3]
    for low, high, pixels in ((-0.013, 0.011, 300), (-40, 90, 640), (1e-7, 3e-7, 500)):
        found = engine.call("([low, high, pixels]) => js.numbers.ticks(low, high, pixels)", [low, high, pixels])
        assert len(found) > 1 and min(found) >= low and max(found) <= high
        step = (found[1] - found[0]) * pixels / (high - low)
        assert step >= 63.9 and np.diff(found) == pytest.approx(found[1] - found[0], rel=1e-3)


def test_axis_names_are_those_of_python(engine: Engine) -> None:
    from dashboard.i18n.format import axis

    assert engine.call("() => [0, 8, 9, 127].map(js.numbers.axisName)", None) == [axis(dim) for dim in (0, 8, 9, 127)]


@pytest.mark.parametrize(("support", "name"), [("binary", "bernoulli"), ("unit", "continuous-bernoulli"), ("real", "gaussian")])
def test_samples_have_the_mean_of_their_likelihood(engine: Engine, support: str, name: str) -> None:
    import torch

    from vae_core.model.likelihoods import LIKELIHOODS

    params = np.linspace(-4, 4, 9) if support != "real" else np.linspace(0, 1, 9)
    means = LIKELIHOODS[name]().mean(torch.tensor(params)[None]).numpy()
    draw = """([support, params, means, often]) => {
        let seed = 1;
        const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
        const sums = means.map(() => [0, 0]);
        for (let n = 0; n < often; n++) {
            const noise = { uniform: means.map(random), bell: means.map(() => js.gaussian.normal(random)) };
            const drawn = js.likelihoods.sample({ support, sigma: 0.3 }, params, means, noise, []);
            drawn.forEach((x, i) => { sums[i][0] += x; sums[i][1] += x * x; });
        }
        return sums.map(([sum, squares]) => [sum / often, squares / often]);
    }"""
    often = 20_000
    found = np.array(engine.call(draw, [support, params.tolist(), means.tolist(), often]))
    np.testing.assert_allclose(found[:, 0], means, atol=5 * 0.5 / often**0.5)
    if support == "real":
        np.testing.assert_allclose(found[:, 1] - found[:, 0] ** 2, 0.09, rtol=0.06)
    if support == "binary":
        np.testing.assert_allclose(found[:, 0], found[:, 1])


# ------------------------------------------------------------------ the pages


def opened(page: str, root: Path, monkeypatch: pytest.MonkeyPatch, **query: str) -> tuple[AppTest, list[dict[str, Any]]]:
    """Open a page and return it with what its maps were told."""
    monkeypatch.setenv("LATENT_LENS_RUNS", str(root))
    at = open_page(page, query)
    assert not at.exception
    return at, maps(at)


def maps(at: AppTest) -> list[dict[str, Any]]:
    """Return what each map on the page was told."""
    protos = [element.proto for element in at.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name.endswith("latent_lens_map")]


@pytest.mark.parametrize(("page", "mode"), [("home", "landing"), ("explore", "explore")])
def test_a_page_shows_the_map_at_the_point_of_the_address(page: str, mode: str, tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at, told = opened(page, tiny_root, monkeypatch, run="tiny-5d", z="1.5,-0.75,0,0,0.25")
    assert [title.value for title in at.title] == [t(f"{page}.title")]
    assert len(told) == 1
    (data,) = told
    assert data["z"] == [1.5, -0.75, 0, 0, 0.25] and data["mode"] == mode and data["touched"]
    assert data["run"].startswith("tiny-5d@")
    assert data["texts"] == section("explorer") | run_packets.dataset_words(load_run(tiny_root, "tiny-5d")) | refusals()


def test_without_a_point_the_map_may_wander_and_a_rerun_is_no_order(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at, (data,) = opened("home", tiny_root, monkeypatch, run="tiny-2d")
    assert data["z"] == [0, 0] and not data["touched"]
    revisions = [data["revision"]]
    for z, released in (("1,1", None), ("2,2", "2,2"), ("1,1", "2,2")):
        at.session_state["z"] = z
        if released:
            at.session_state["z_released"] = released
        at.run()
        revisions.append(maps(at)[0]["revision"])
    # From elsewhere; let go of by the map itself; from elsewhere again.
    assert revisions[1] > revisions[0] and revisions[2] == revisions[1] and revisions[3] > revisions[2]
