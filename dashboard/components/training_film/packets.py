"""What the browser gets of a run's film: small facts with every call, and the frames that it does not have yet. No Streamlit here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.components.packet import pack
from dashboard.components.run_packets import grey_levels
from dashboard.figures.colours import class_colours
from dashboard.i18n.format import axis, fixed
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import listed, t
from vae_core.data.binarisation import is_ink_dark
from vae_core.data.pictures import ImageShape, frame_file, mosaic_of
from vae_core.diagnostics.events import Event, find_events
from vae_core.jobs.queue import ACTIVE
from vae_core.latent.projections import PrincipalAxes, principal_axes
from vae_core.registries import has_normal_prior, is_deterministic
from vae_core.runs import contents
from vae_core.runs.errors import RunError
from vae_core.runs.layout import MISSHAPEN, guarded
from vae_core.runs.run import Run

GREYS = 16  # levels that a frame keeps
MOST_BYTES = 2**28  # of the places in all frames
MOST_ROWS = 200  # of the history: as many as a curve has pixels to show
FILM_REACH = 3.3  # where the edge of a frame's grid lies; older runs do not say it
WILDEST = 1.15  # an early frame may widen the map by so much
LEAST_REACH = 0.5  # of the map: all points of an untrained model lie on one spot


@dataclass(frozen=True)
class Frame:
    """One moment of training: where the probes lie, mu (P, d), their mean KL (NaN where it is not defined) and the pictures as one PNG."""

    step: int
    epoch: int
    mu: NDArray[np.float32]
    kl: float
    picture: bytes
    count: int  # pictures on it
    is_dark: bool  # whether they are dark on light


@dataclass(frozen=True)
class Reel:
    """The frames of a run, and on which axes more than two dimensions are seen."""

    key: str
    frames: list[Frame]
    axes: PrincipalAxes | None
    seen_from: int  # the frame whose principal axes they are

    def flat(self, mu: NDArray[Any]) -> NDArray[np.float32]:
        """Return map coordinates (..., 2) of means (..., d); one dimension gets a height without meaning, by which it stays readable."""
        if self.axes is not None:
            return self.axes.project(mu).astype(np.float32)
        if mu.shape[-1] == 2:
            return mu.astype(np.float32)
        height = ((np.arange(mu.shape[-2]) * 0.6180339887) % 1 * 2 - 1) * 2
        return np.stack([mu[..., 0], np.broadcast_to(height, mu.shape[:-1])], -1).astype(np.float32)


def reel(run: Run) -> Reel:
    """Return the frames that lie in the run's folder; only new ones are read.

    Raises:
        RunError: a frame is damaged.
    """
    files, d, shape = run.frames(), run.config.model.latent_size, tuple(run.dataset["event_shape"])
    frames = [_frame(run.path, name, _stamp(run.path / name), d, shape) for name in files]
    for name, frame in zip(files, frames, strict=True):
        if frame.mu.shape != frames[0].mu.shape or frame.count != frames[0].count:
            raise RunError(MISSHAPEN, file=name, run=run.id)
    if sum(frame.mu.nbytes for frame in frames) > MOST_BYTES:
        raise RunError(t("app.film_too_large", n=len(frames)))
    # The axes of a run that goes on turn only when its frames have doubled: with them the places in all frames have to be sent again.
    seen_from = len(frames) - 1 if run.summary else 2 ** max(0, len(frames).bit_length() - 1) - 1
    mu = frames[seen_from].mu.astype(np.float64) if frames else np.zeros((0, 0))
    axes = principal_axes(mu) if mu.shape[1] > 2 else None
    return Reel(f"{run.id}@{_stamp(run.path / files[0]) if files else 0:x}", frames, axes, seen_from if axes else 0)


def _stamp(file: Path) -> int:
    """Return a file's time; 0 where it has gone."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _frame(run: Path, name: str, stamp: int, d: int, shape: tuple[int, ...]) -> Frame:
    """Return a stored frame; `stamp` is the file's time, so that a new file is read anew."""
    arrays = guarded(run, name, lambda path: contents.frame(path, d, shape))
    mu, log_var = arrays["mu"].astype(np.float32), arrays["log_var"].astype(np.float64)
    grid, picture = arrays.get("grid"), ImageShape.of(shape)
    kl = float(0.5 * (mu**2 + np.exp(np.minimum(log_var, 99.0)) - 1 - log_var).sum(1).mean())
    step, epoch = int(arrays["step"]), int(arrays["epoch"])
    if grid is None or picture is None:
        return Frame(step, epoch, mu, kl, b"", 0, False)
    packed = frame_file(joined(grid), greys=GREYS)
    return Frame(step, epoch, mu, kl, packed, len(grid), not picture.is_colour and is_ink_dark(grid))


def joined(grid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Join the pictures of a frame (G, [3,] H, W) row by row: a square where there are so many, else one row."""
    side = round(len(grid) ** 0.5)
    rows = side if side**2 == len(grid) else 1
    return mosaic_of(grid.reshape(rows, len(grid) // rows, *grid.shape[1:]))


def film_packet(
    film: Reel,
    start: int,
    first: int,
    facts: dict[str, Any],
    rows: NDArray[Any],
    labels: NDArray[Any] | None,
    files: Sequence[str] = (),
) -> bytes:
    """Return the packet of the facts, of the pictures from frame `start` on, and of the points from frame `first` on.

    What changes travels here, and not beside the component's script, which would be sent again with it.

    Args:
        film: the frames.
        start: how many of them the browser has.
        first: the same, or 0 where the axes have turned.
        facts: `film_facts`, and what a followed picture adds.
        rows, labels, files: row numbers, classes and names of files of the probes, as many as are known.
    """
    end = len(film.frames)
    spots = np.stack([film.flat(frame.mu) for frame in film.frames[first:]]) if first < end else np.zeros((0, 0, 2))
    blobs = {"spots": spots.astype("<f4").tobytes()}
    if first < end:
        blobs |= {"rows": np.asarray(rows, "<i4").tobytes(), "labels": b"" if labels is None else np.asarray(labels, "<i4").tobytes()}
    blobs |= {f"picture/{number}": frame.picture for number, frame in enumerate(film.frames[start:], start)}
    header = {
        "facts": facts,
        "first": first,
        "start": start,
        "end": end,
        "count": spots.shape[1],
        "files": list(files) if first < end else [],
    }
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode() + blobs["spots"]).hexdigest()[:16]
    return pack(f"film/{film.key}/{digest}", blobs, **header)


def film_facts(run: Run, film: Reel) -> dict[str, Any]:
    """Return what the film needs to know beside its frames, all of it small and JSON-ready."""
    history = run.history()
    has_kl = not is_deterministic(run.config)
    names = class_names(run)
    return {
        "run": film.key,
        "steps": [frame.step for frame in film.frames],
        "epochs": [frame.epoch for frame in film.frames],
        "kl": [round(frame.kl, 4) if np.isfinite(frame.kl) else None for frame in film.frames] if has_normal_prior(run.config) else None,
        "curves": {split: curve for split in ("train", "validation") if (curve := _curve(history, split))},
        "curves_words": _in_words(history),
        "has_kl": has_kl,
        "notes": [
            {"step": event.step, "words": sentence(event, is_finished=bool(run.summary))}
            for event in find_events(history, _kl_per_dim(run))
        ],
        "names": names,
        "colours": class_colours(len(names)),
        "levels": grey_levels(run),
        "is_dark": bool(film.frames) and film.frames[-1].is_dark,
        "pixels": run.config.data.pixels,
        "dataset": run.config.data.dataset,
        "empty": "" if film.frames else _why_empty(run),
        **_looks(run, film),
    }


def _why_empty(run: Run) -> str:
    """Say why there is no frame, and whether one will come."""
    if run.summary or not run.config.train.snapshots:
        return t("film.no_frames")
    return t("film.no_frames_yet" if run.state in ACTIVE else "film.no_frames_stopped")


def _looks(run: Run, film: Reel) -> dict[str, Any]:
    """Return how frames are laid out: size of a picture, how many, the map's reach and its axes' names, and what is said below both."""
    d, picture = run.config.model.latent_size, run.image_shape
    count = film.frames[-1].count if film.frames else 0
    side = round(count**0.5)
    rows = side if side**2 == count else 1
    spread = film.axes.explained if film.axes is not None else np.zeros(2)
    shares = [fixed(100 * share, 0) for share in spread]
    edge = fixed(run.summary.get("map", {}).get("film_reach", FILM_REACH), 1)
    seen = {"d": d, "share": fixed(100 * float(spread.sum()), 0), "step": fixed(film.frames[film.seen_from].step, 0) if film.frames else 0}
    kind = "" if not count else "row" if d == 1 else "grid" if d == 2 else "draws"
    return {
        "picture": asdict(picture) if count and picture else None,
        "grid": [rows, count // rows] if count else [0, 0],
        "reach": reach(film, has_prior=has_normal_prior(run.config)),
        "axes": [t("film.axis", n=n + 1, share=share) for n, share in enumerate(shares)] if d > 2 else [axis(0), axis(1) if d > 1 else ""],
        "map_words": "" if not film.frames else t(f"film.map_{min(d, 3)}", **seen),
        "grid_words": "" if not film.frames else t(f"film.pictures_{kind or 'none'}", edge=edge, n=count),
    }


def reach(film: Reel, *, has_prior: bool) -> float:
    """Return where the map's edge lies: beyond nearly all points of the last frame, and not for the sake of a wild early one alone."""
    if not film.frames:
        return FILM_REACH
    least = FILM_REACH if has_prior else LEAST_REACH
    edges = [max(least, float(np.quantile(np.abs(film.flat(frame.mu)), 0.995))) for frame in film.frames]
    return round(1.05 * min(max(edges), WILDEST * edges[-1]), 3)


def _curve(history: dict[str, NDArray[Any]], split: str) -> dict[str, list[float | None]]:
    """Return the steps, reconstruction and KL of one split, thinned; nothing where the split has no rows."""
    rows = np.flatnonzero(history["split"] == split)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_ROWS)).round().astype(int))] if len(rows) else rows
    curve = {key: [_number(value) for value in history[key][rows]] for key in ("step", "reconstruction", "kl")}
    return curve if len(rows) else {}


def _in_words(history: dict[str, NDArray[Any]]) -> str:
    """Say in words where the curves begin and end, for those who cannot see them."""
    rows = history["split"] == ("validation" if (history["split"] == "validation").any() else "train")
    if not rows.any():
        return t("film.no_curve")
    ends = {column: [fixed(value, 1) for value in history[column][rows][[0, -1]]] for column in ("reconstruction", "kl")}
    values = {f"{column}_{place}": value for column, pair in ends.items() for place, value in zip(("first", "last"), pair, strict=True)}
    key = "film.alt" if np.isfinite(history["kl"][rows][-1]) else "film.alt_without_kl"
    return t(key, epochs=fixed(history["epoch"][rows][-1], 0), **values)


def _number(value: float) -> float | None:
    return float(f"{value:.5g}") if np.isfinite(value) else None


def _kl_per_dim(run: Run) -> NDArray[Any] | None:
    """Return the KL per epoch and dimension; it is written when training ends."""
    return run.epochs().get("kl_per_dim") if run.summary else None


def sentence(event: Event, *, is_finished: bool) -> str:
    """Return what happened, in words; while a run goes on its best epoch is only the best so far."""
    values = dict(event.values)
    if "dims" in values:
        dims = values["dims"]
        values = {"names": listed(map(axis, dims), 8), "n": len(dims)}
        return t(f"film.note_{event.kind}" + ("_one" if len(dims) == 1 else ""), epoch=event.epoch, **values)
    if event.kind == "best":
        key = "note_best_so_far" if not is_finished else "note_best_last" if values["is_last"] else "note_best"
        return t(f"film.{key}", epoch=event.epoch)
    if event.kind == "bend":
        return t("film.note_bend", epoch=event.epoch, share=fixed(100 * values["share"], 0))
    return t(f"film.note_{event.kind}", epoch=event.epoch, **{name: fixed(value, 1) for name, value in values.items()})
