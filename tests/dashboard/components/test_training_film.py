"""The training film without a browser's page: what is sent, the time line's arithmetic, the page."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from dashboard.components import training_film
from dashboard.components.training_film import packets
from dashboard.i18n.texts import section, t
from tests.conftest import tiny_config
from tests.dashboard.packets import taken_apart
from tests.dashboard.pages import Open, words
from tests.js.node import Engine, running
from tests.places import SHIPPED
from vae_core.config import ModelConfig, ObjectiveConfig
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.jobs import queue
from vae_core.latent.projections import principal_axes
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run
from vae_core.runs.run import Run
from vae_core.training.runner import train
from vae_core.training.snapshots import REACH

MEGABYTE = 1e6

# ------------------------------------------------------------------ what is sent


@pytest.fixture(scope="module")
def root(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs of every kind: one, two and five dimensions, an autoencoder, one frame, none, one that was cut off."""
    folder = tmp_path_factory.mktemp("kinds")
    for name in ("tiny-2d", "tiny-5d"):
        shutil.copytree(tiny_root / name, folder / name)
    train(tiny_config("One", 1), folder / "one-d")
    autoencoder = replace(tiny_config("AE", 2), objective=ObjectiveConfig(objective="ae"))
    train(replace(autoencoder, model=ModelConfig(latent_size=2, hidden=(32,))), folder / "ae")
    for name, kept in (("still", 1), ("none", 0)):
        shutil.copytree(folder / "tiny-2d", folder / name)
        for file in (folder / name / "snapshots").glob("*.npz"):
            if int(file.stem[-4:]) >= kept:
                file.unlink()
    shutil.copytree(folder / "tiny-5d", folder / "cut-off")
    for left in ("summary.json", "status.json", "latents.npz", "epochs.npz", "model.safetensors"):
        (folder / "cut-off" / left).unlink()
    return folder


KINDS = ("tiny-2d", "tiny-5d", "one-d", "ae", "still", "none", "cut-off")


@pytest.mark.parametrize("name", KINDS)
def test_the_facts_are_small_and_ready_for_json(root: Path, name: str) -> None:
    run = load_run(root, name)
    reel = packets.reel(run)
    told = packets.film_facts(run, reel)
    assert json.loads(json.dumps(told, allow_nan=False)) == told and len(json.dumps(told)) < 15_000
    assert told["steps"] == [int(frame["step"]) for frame in run.snapshots()]
    assert (told["kl"] is None) == (name == "ae") and told["has_kl"] == (name != "ae")
    assert told["curves"]["validation"]["step"] == [11, 22, 33]
    assert bool(told["grid_words"]) == bool(told["steps"]) and told["empty"] == ("" if told["steps"] else t("film.no_frames"))
    history = {key: values[run.history()["split"] == "validation"] for key, values in run.history().items()}
    ends = [f"{history['reconstruction'][place]:.1f}" for place in (0, -1)]
    assert "from {} to {}".format(*ends) in told["curves_words"] and ("KL" in told["curves_words"]) == (name != "ae")
    so_far = t("film.note_best_so_far", epoch="").rstrip(".")
    assert any(note["words"].startswith(so_far) for note in told["notes"]) == (name == "cut-off")
    if name == "ae":
        assert told["curves"]["train"]["kl"] == [None] * len(told["curves"]["train"]["step"])


@pytest.mark.parametrize("name", ["tiny-2d", "tiny-5d", "one-d", "ae", "cut-off"])
def test_frames_arrive_whole_and_only_once(root: Path, name: str) -> None:
    run = load_run(root, name)
    reel, stored = packets.reel(run), run.snapshots()
    for start in (0, len(stored) - 1):
        header, blobs = taken_apart(packets.film_packet(reel, start, start, {}, np.arange(359), np.arange(359) % 10))
        assert (header["start"], header["end"]) == (start, len(stored)) and header["key"].startswith(f"film/{reel.key}/")
        assert [blob for blob in blobs if blob.startswith("picture/")] == [f"picture/{n}" for n in range(start, len(stored))]
        spots = np.frombuffer(blobs["spots"], "<f4").reshape(-1, header["count"], 2)
        assert len(spots) == len(stored) - start == len(stored) - header["first"]
        grid = stored[-1]["grid"]
        rows, columns = packets.film_facts(run, reel)["grid"]
        picture = np.asarray(Image.open(BytesIO(blobs[f"picture/{len(stored) - 1}"])).convert("L"))
        assert picture.shape == (rows * 8, columns * 8) and rows * columns == len(grid)
        np.testing.assert_array_equal(picture[-8:, -8:], grid[-1])
        mu = stored[-1]["mu"].astype(np.float64)
        expected = principal_axes(mu).project(mu) if mu.shape[1] > 2 else mu
        np.testing.assert_allclose(spots[-1][:, : expected.shape[1]], expected, atol=1e-5)


def test_the_kl_of_a_frame_is_that_of_its_images(root: Path) -> None:
    run = load_run(root, "tiny-5d")
    for told, frame in zip(packets.film_facts(run, packets.reel(run))["kl"], run.snapshots(), strict=True):
        mu, log_var = frame["mu"].astype(float), frame["log_var"].astype(float)
        assert told == pytest.approx(np.mean([sum((m**2 + np.exp(v) - 1 - v) / 2) for m, v in zip(mu, log_var, strict=True)]), abs=1e-4)


def test_sixty_frames_of_mnist_take_less_than_four_megabytes(tmp_path: Path) -> None:
    run = load_run(SHIPPED, "mnist-2d")
    files = sorted((run.path / "snapshots").glob("*.npz"))
    (tmp_path / "snapshots").mkdir()
    for n in range(60):
        shutil.copy(files[n * len(files) // 60], tmp_path / "snapshots" / f"{n:04d}.npz")
    reel = packets.reel(replace(run, path=tmp_path))
    told = packets.film_facts(run, reel)
    assert len(reel.frames) == 60 and all(frame.count == 225 for frame in reel.frames)
    assert len(packets.film_packet(reel, 0, 0, told, np.arange(600), np.arange(600))) <= 4 * MEGABYTE
    assert len(packets.film_packet(reel, 59, 59, told, np.arange(600), np.arange(600))) <= 0.06 * MEGABYTE, "a single new frame"


def test_a_new_frame_is_read_and_a_changed_one_too(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "tiny-2d", tmp_path / "grows")
    run = load_run(tmp_path, "grows")
    files = sorted((run.path / "snapshots").glob("[0-9]*.npz"))
    late = files[-1].read_bytes()
    files[-1].unlink()
    before = packets.reel(run)
    files[-1].write_bytes(late)
    after = packets.reel(run)
    assert len(after.frames) == len(before.frames) + 1 == len(files) and after.key == before.key
    files[-1].write_bytes(late[:-100])
    with pytest.raises(RunError, match=f"snapshots/{files[-1].name} of run 'grows' cannot be used"):
        packets.reel(run)


def test_axes_turn_only_when_the_frames_of_a_run_that_goes_on_have_doubled(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "cut-off", tmp_path / "goes-on")
    run = load_run(tmp_path, "goes-on")
    (file,) = (run.path / "snapshots").glob("0003.npz")
    seen = []
    for n in range(4, 18):
        seen.append(packets.reel(run).seen_from)
        shutil.copy(file, file.with_name(f"{n:04d}.npz"))
    assert seen == [3] * 4 + [7] * 8 + [15] * 2
    finished = replace(run, summary={"x": 1})
    assert packets.reel(finished).seen_from == 17
    reel = packets.reel(finished)
    header, blobs = taken_apart(packets.film_packet(reel, 18, 0, {}, np.arange(359), None))
    assert len(blobs["spots"]) == 18 * 359 * 2 * 4 and not [blob for blob in blobs if blob.startswith("picture/")]
    assert (header["first"], header["start"], header["end"]) == (0, 18, 18)
    assert packets.reel(load_run(root, "tiny-2d")).seen_from == 0


def test_data_that_are_no_pictures_have_places_but_no_pictures(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "tiny-2d", tmp_path / "table")
    for file in (tmp_path / "table" / "snapshots").glob("[0-9]*.npz"):
        with np.load(file) as stored:
            np.savez(file, **{key: stored[key] for key in stored.files if key != "grid"})
    run = load_run(tmp_path, "table")
    run = replace(run, dataset={**run.dataset, "event_shape": [64]})
    reel = packets.reel(run)
    told = packets.film_facts(run, reel)
    assert told["picture"] is None and told["grid_words"] == t("film.pictures_none")
    header, blobs = taken_apart(packets.film_packet(reel, 0, 0, told, np.arange(359), None))
    assert header["end"] > 1 and blobs["labels"] == b"" and {blobs[name] for name in blobs if name.startswith("picture/")} == {b""}


def test_the_map_is_not_blown_up_by_one_wild_frame(root: Path) -> None:
    reel = packets.reel(load_run(root, "tiny-2d"))
    wild = replace(reel, frames=[*reel.frames[:1], replace(reel.frames[1], mu=reel.frames[1].mu + 100), *reel.frames[2:]])
    assert REACH == packets.FILM_REACH <= packets.reach(wild, has_prior=True) < 1.5 * packets.reach(reel, has_prior=True)
    tight = replace(reel, frames=[replace(frame, mu=0 * frame.mu) for frame in reel.frames])
    assert 0 < packets.reach(tight, has_prior=False) < 1


def test_what_is_unchanged_is_sent_without_frames(root: Path) -> None:
    run = load_run(root, "tiny-5d")
    reel = packets.reel(run)
    told = packets.film_facts(run, reel)
    header, blobs = taken_apart(packets.film_packet(reel, 4, 4, told, np.arange(359), None))
    assert header["facts"] == told and header["start"] == header["first"] == header["end"] and blobs == {"spots": b""}
    other = packets.film_packet(reel, 4, 4, {**told, "trail": None}, np.arange(359), None)
    assert taken_apart(other)[0]["key"] != header["key"], "another content under the same name would not be read"


# ------------------------------------------------------------------ a picture that is followed


@pytest.mark.parametrize("name", ["tiny-2d", "tiny-5d", "one-d", "ae", "cut-off"])
def test_the_way_of_a_test_image_is_that_of_the_frames(root: Path, name: str) -> None:
    run = load_run(root, name)
    reel = packets.reel(run)
    rows = run.split()["test"].astype(np.int64)[:3]
    x = image_subset(sources.load("digits"), rows, run.config, fixed=True).all()[2]
    spots = training_film._trail(run, reel.key, len(reel.frames), tuple(x.flatten().tolist()))
    # The encoders are kept in half precision.
    np.testing.assert_allclose(spots, np.stack([frame.mu[2] for frame in reel.frames]), atol=0.02)
    assert np.ptp(spots, axis=0).max() > 0.02, "the image has not moved, so this shows nothing"


# ------------------------------------------------------------------ the files fit together

SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in training_film.HERE.glob("*.js")}


def test_every_word_is_there_and_none_is_left_over() -> None:
    code, own = "\n".join(SOURCES.values()), set(section("film"))
    markup = (training_film.HERE / "training_film.html").read_text(encoding="utf-8")
    python = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (training_film.HERE / "packets.py", training_film.HERE.parents[1] / "views" / "film.py")
    )
    calls = re.findall(r"\.text\(((?:[^()]|\([^()]*\))*)\)", code)
    asked = {name for call in calls for name in re.findall(r'"(\w+)"', re.sub(r"\{.*\}", "", call))}
    asked |= set(re.findall(r'data-text="(\w+)"', markup)) | {"reconstruction", "kl", "reconstruction_short", "kl_short"}
    assert asked <= set(training_film.texts()), asked - set(training_film.texts())
    said_by_python = {name for name in own if f'"film.{name}"' in python}
    patterns = [re.escape(found).replace("X", r"\w+") for found in re.findall(r'f"film\.(\w*)\{', python)]
    said_by_python |= {name for name in own if any(re.match(pattern, name) for pattern in patterns if pattern)}
    assert own - asked - said_by_python == {"nav", "tool_point"}, "the choice asks for tools by their names"


# ------------------------------------------------------------------ the arithmetic


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has curves.js loaded."""
    with running("training_film/curves.js") as node:
        yield node


def test_place_and_moment_are_each_others_inverse(engine: Engine) -> None:
    steps, last = [0, 1, 2, 5, 40, 300, 301, 4220], 5000
    places = engine.call("([t, steps, last]) => t.map((one) => js.curves.placeAt(one, steps, last))", [[0, 2, 2.5, 5.25, 7], steps, last])
    expected = np.log1p(steps) / np.log1p(last)
    assert places == pytest.approx([0, expected[2], (expected[2] + expected[3]) / 2, 0.75 * expected[5] + 0.25 * expected[6], expected[7]])
    back = engine.call("([places, steps, last]) => places.map((one) => js.curves.momentAt(one, steps, last))", [places, steps, last])
    assert back == pytest.approx([0, 2, 2.5, 5.25, 7])
    ends = engine.call("([steps, last]) => [js.curves.momentAt(-1, steps, last), js.curves.momentAt(2, steps, last)]", [steps, last])
    assert ends == [0, 7], "beyond the last frame there is nothing to show"
    assert engine.call("() => js.curves.momentAt(0.5, [0], 10)", None) == 0


def test_the_panel_spans_what_is_known(engine: Engine) -> None:
    def span(lines: list[list[float | None]], is_from_zero: bool = False) -> Any:
        return engine.call("([lines, zero]) => js.curves.spanOf(lines, zero)", [lines, is_from_zero])

    assert span([[]]) is None and span([[None, None, None]]) is None
    low, high = span([[900, 140, 130, 120]])
    assert low < 120 and 140 < high < 145, "the first epoch presses all others flat"
    assert span([[150, 140, 130, 120]])[1] > 150, "the first epoch is not far above"
    assert span([[0, 5, 6], [9]], True) == [0, pytest.approx(9.72)]
    assert span([[7]])[0] < 7 < span([[7]])[1]
    assert span([[0.02, 0.0004, 0.0003]], True) == [0, 0.1], "a KL near 0 lies near 0"


def test_a_value_without_another_beside_it_is_drawn_as_a_dot(engine: Engine) -> None:
    curves = [[7], [7, 6, 5], [None, 7, None, 6, 5, None, 4], [None], []]
    assert engine.call("(curves) => curves.map((one) => js.curves.lonely(one))", curves) == [[0], [], [1, 6], [], []]


# ------------------------------------------------------------------ the page


def told(at: Any) -> dict[str, Any]:
    """Return what the page's film was told: what stays the same, and what the packet holds."""
    protos = [element.proto for element in at.get("bidi_component")]
    (constant,) = [json.loads(proto.json) for proto in protos if proto.component_name == "latent_lens_film"]
    carried = [taken_apart(proto.bytes)[0] for proto in protos if proto.WhichOneof("data") == "bytes"]
    (header,) = [one for one in carried if one["key"].startswith("film/")]
    return dict(constant | header["facts"])


@pytest.mark.parametrize("name", KINDS)
def test_the_page_shows_the_film_of_every_kind_of_run(root: Path, name: str, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(root))
    at = visit("film", run=name)
    assert not at.exception and t("film.title") in words(at)
    data = told(at)
    assert data["run"].startswith(f"{name}@") and data["texts"] == training_film.texts() and data["mode"] == "film"
    assert len(data["steps"]) == {"none": 0, "still": 1}.get(name, 4)
    assert data["can_follow"] == (len(data["steps"]) > 1) and data["trail"] is None


@pytest.mark.parametrize(
    ("state", "snapshots", "said"),
    [("queued", 4, "_yet"), ("running", 4, "_yet"), ("running", 0, ""), ("failed", 4, "_stopped"), ("paused", 4, "_stopped")],
)
def test_a_film_without_frames_promises_only_what_will_come(root: Path, state: str, snapshots: int, said: str) -> None:
    run = load_run(root, "none")
    run = replace(run, state=state, summary={}, config=run.config.with_settings(snapshots=snapshots))
    assert packets.film_facts(run, packets.reel(run))["empty"] == t(f"film.no_frames{said}")


def test_the_page_looks_again_as_long_as_a_run_waits_or_trains(tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path))
    run, clocks, fragment, title = queue.enqueue(tiny_config("Mine"), tmp_path).id, [], st.fragment, st.title

    def watched(*show: Any, run_every: float | None = None) -> Any:
        clocks.append(run_every)
        return fragment(*show, run_every=run_every)

    def fails(*words: Any, **how: Any) -> Any:  # below its title the page looks at the run once more
        (tmp_path / run / "status.json").write_text(json.dumps({"state": "failed", "sentence": "No space left."}))
        return title(*words, **how)

    monkeypatch.setattr(st, "fragment", watched)
    assert told(visit("film", run=run))["empty"] == t("film.no_frames_yet") and clocks == [1.0]
    monkeypatch.setattr(st, "title", fails)
    assert told(visit("film", run=run))["empty"] == t("film.no_frames_stopped") and clocks == [1.0, 1.0, None]


def test_shipped_runs_say_whether_a_drawing_can_be_followed(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LENS_RUNS", str(SHIPPED))
    assert told(visit("film", run="digits-2d"))["can_follow"]
    data = told(visit("film", run="mnist-2d"))
    assert not data["can_follow"] and data["texts"]["cannot_follow"]


@pytest.mark.parametrize("pixels", [[], [0.5] * 63, [float("nan")] * 64, [2.0] * 64, "drawing", None])
def test_a_picture_that_is_none_is_not_followed(root: Path, pixels: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {"film": {"picture": {"id": 1, "pixels": pixels}}}
    monkeypatch.setattr(training_film.st, "session_state", session)
    run = load_run(root, "tiny-2d")
    reel = packets.reel(run)
    training_film._chosen("film", reel.key)
    assert training_film._followed(run, reel, "film", "film")["trail"] is None
    session["film"]["picture"]["pixels"] = [0.5] * 64
    training_film._chosen("film", reel.key)
    assert len(training_film._followed(run, reel, "film", "film")["trail"]["spots"]) == 4, "the control"


def test_a_run_of_another_name_takes_no_frames_for_its_own(root: Path) -> None:
    keys = {packets.reel(load_run(root, name)).key for name in KINDS}
    assert len(keys) == len(KINDS)


def test_labels_of_an_unfinished_run_are_those_of_its_dataset(root: Path) -> None:
    whole: Run = load_run(root, "tiny-5d")
    cut_off = load_run(root, "cut-off")
    rows, labels = training_film._probes(cut_off, packets.reel(cut_off))
    points = whole.latents()
    np.testing.assert_array_equal(rows, points.rows)
    np.testing.assert_array_equal(labels, points.labels)
