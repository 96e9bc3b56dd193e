"""One run, read: settings, history, latents, the film, the model; each file when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vae_core import place
from vae_core.arrays import Ints
from vae_core.config import RunConfig
from vae_core.data import sources
from vae_core.data.dataset import Dataset
from vae_core.data.errors import DataError
from vae_core.data.image_files import is_own
from vae_core.data.imported import ID, display_name
from vae_core.data.pictures import ImageShape
from vae_core.data.ranges import contains
from vae_core.latent.inference import AtlasDecoder, Decoder, NetworkDecoder
from vae_core.latent.latents import Latents
from vae_core.messages import Message, reason, say
from vae_core.registries import has_normal_prior
from vae_core.runs import contents
from vae_core.runs.columns import Column, columns_of
from vae_core.runs.errors import MissingImages, RunError
from vae_core.runs.layout import MISSING, RESTORE, UNFINISHED, UNUSABLE, check_links, guarded
from vae_core.runs.selections import Note, Selection, Selections
from vae_core.runs.side_columns import side_columns
from vae_core.storage import shapes
from vae_core.storage.files import sha256, write_npz
from vae_core.storage.reading import Unreadable, read_json, read_npz, read_png, read_weights

if TYPE_CHECKING:
    from vae_core.model.vae import VAE

MAX_FRAMES = 10_000
ATLAS = "atlas/0-1.npz"  # over the plane of dimensions 0 and 1
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """One readable run directory; arrays are read when asked for.

    >>> import vae_core
    >>> run = vae_core.open_run("digits-2d")
    >>> round(run.summary["test"]["negative_elbo"], 2)  # nats per image
    23.72
    >>> points = run.latents()  # q(z|x) of the test images: mu and log_var (N, d)
    >>> points.mu.shape, points.kl_per_dim.shape
    ((359, 2), (2,))

    Raises:
        RunError: what is read is missing or damaged; every method that reads a file may raise it.
    """

    path: Path
    config: RunConfig
    dataset: dict[str, Any]
    state: str
    sentence: Message
    summary: dict[str, Any]
    version: str  # changes when the run's files do: the key of every cache

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def name(self) -> str:
        """The display name: data, to be shown as text."""
        return self.config.name or self.id

    @property
    def image_shape(self) -> ImageShape | None:
        """The shape of one of the run's pictures; None where its data are no pictures."""
        return ImageShape.of(self.dataset["event_shape"])

    @property
    def has_kl(self) -> bool:
        """Whether KL, ELBO and prior mean anything here: in an autoencoder they do not."""
        return bool(self.summary) and self.summary["test"]["kl"] is not None

    @property
    def has_normal_prior(self) -> bool:
        """Whether p(z) is the standard normal: only then are KL per dimension, quantiles and draws of the prior known without the model."""
        return self.has_kl and has_normal_prior(self.config)

    @cached_property
    def weights_sha256(self) -> str:
        """SHA-256 of model.safetensors, the key of what was computed from it."""
        return self.summary.get("files", {}).get("model.safetensors") or self._read("model.safetensors", sha256)

    def _read(self, name: str, read: Callable[[Path], T]) -> T:
        """Return what a reader makes of a file of the run."""
        return guarded(self.path, name, read, RESTORE if self.summary else UNFINISHED)

    def _arrays(self, name: str, dims: shapes.Dims, **sizes: int) -> dict[str, NDArray[Any]]:
        """Return arrays of the run; `d` is the number of its latent dimensions."""
        return self._read(name, lambda path: read_npz(path, dims, d=self.config.model.latent_size, **sizes))

    def history(self) -> dict[str, NDArray[Any]]:
        """Return history.csv by column; empty fields are NaN, `split` is text."""
        return self._read("history.csv", contents.history)

    def progress(self) -> dict[str, float]:
        """Return how far training is (step, total, seconds, images_per_second); empty where nobody trains."""
        try:
            return read_json(self.path / "progress.json", shapes.PROGRESS) if self.state == "running" else {}
        except (OSError, Unreadable):
            return {}

    def latents(self) -> Latents:
        """Return the posteriors of the test set."""
        if not self.summary:
            raise RunError(MISSING, file="latents.npz", run=self.id, remedy=UNFINISHED)
        d, names, count = self.config.model.latent_size, self.dataset.get("class_names", ()), self.summary["test"]["n"]
        asked = {"has_kl": self.has_kl, "has_normal_prior": self.has_normal_prior}
        return self._read("latents.npz", lambda path: contents.latents(path, d, len(names), count, **asked))

    def epochs(self) -> dict[str, NDArray[Any]]:
        """Return per epoch and dimension: kl_per_dim and mu_variance, each (epochs, d); without validation there are none."""
        return self._read("epochs.npz", lambda path: contents.epochs(path, self.config.model.latent_size))

    def split(self) -> dict[str, NDArray[Any]]:
        """Return the row numbers of validation and test; those of training follow from the data: `split`."""
        return self._arrays("split.npz", shapes.SPLIT)

    def frames(self) -> list[str]:
        """Return the names of the files of the training film, oldest first."""
        files = sorted(p.name for p in (self.path / "snapshots").glob("[0-9]*.npz"))
        return [f"snapshots/{name}" for name in files[:MAX_FRAMES]]

    def snapshots(self) -> list[dict[str, NDArray[Any]]]:
        """Return the frames of the training film, oldest first."""
        d, shape = self.config.model.latent_size, self.dataset["event_shape"]
        return [self._read(name, lambda path: contents.frame(path, d, shape)) for name in self.frames()]

    def encoders(self) -> list[dict[str, NDArray[Any]]]:
        """Return the encoder's weights at every frame of the film; empty where they were not kept (large ones)."""
        return [self._arrays(name, shapes.ANY) for name in self._encoders()] if self.has_encoders() else []

    def has_encoders(self) -> bool:
        """Tell whether there is an encoder for every frame of the film."""
        return all(os.path.isfile(self.path / name) for name in self._encoders())

    def _encoders(self) -> list[str]:
        return [name.replace("/", "/encoder-") for name in self.frames()]

    def mosaic(self) -> bytes:
        """Return the manifold at the prior's quantiles as PNG bytes, drawn when training ended."""
        return self._read("mosaic.png", read_png)

    def map(self) -> bytes:
        """Return the map at true scale as PNG bytes, drawn when training ended."""
        return self._read("map.png", read_png)

    def weights(self) -> bytes:
        """Return model.safetensors as it lies on disk: what the browser decodes with."""
        return self._read("model.safetensors", read_weights)

    def writable(self, name: str) -> Path:
        """Return where a file of the run may be written.

        Raises:
            RunError: through a link it would lie in another place.
        """
        check_links(self.path)
        return self.path / name

    def evaluation_file(self, name: str) -> str:
        """Return where arrays that were computed from the weights lie in the run's folder, whether or not they do."""
        return f"evaluations/{name}-{self.weights_sha256[:16]}.npz"

    def projection(self, name: str) -> NDArray[np.float32] | None:
        """Return a stored flat picture of the test set's means (N, 2), or None where none was computed for these weights."""
        file = self.evaluation_file(name)
        if not (self.path / file).exists():
            return None
        n = self.summary["test"]["n"] if self.summary else 0
        return self._arrays(file, shapes.FLAT, n=n)["xy"]

    def store_projection(self, name: str, xy: NDArray[np.float32]) -> None:
        """Store a flat picture of the test set's means (N, 2) with the run.

        Raises:
            RunError: the folder cannot be written.
        """
        file = self.writable(self.evaluation_file(name))
        try:
            file.parent.mkdir(exist_ok=True)
            # Three decimals are more than a point on the screen shows, and pack a third smaller.
            write_npz(file, xy=np.round(xy, 3).astype(np.float32))
        except OSError as error:
            raise RunError(
                "The result cannot be stored in run {run!r} ({why}); it is shown but not kept.", run=self.id, why=reason(error)
            ) from error

    def columns(self) -> list[Column]:
        """Return what is known of each test image: see `runs/columns.py`; its costs where they were computed.

        Raises:
            RunError: the run is not finished, or its latents are damaged.
        """
        latents = self.latents()
        beside = side_columns(self.config.data.dataset, self.dataset.get("sha256", ""), latents.rows)
        return columns_of(latents, self.dataset.get("class_names", ()), self._factors(latents.rows), self.costs(), beside)

    @property
    def selections(self) -> Selections:
        """The named sets of test images that are kept beside the run."""
        return Selections(self.path, self.dataset["sha256"])

    def select(self, name: str, rows: Sequence[int] | Ints, colour: int | None = None, *, note: Note | None = None) -> Selection:
        """Keep test images, by their row numbers of the dataset, as a set under a name; see `Selections.put`.

        Raises:
            RunError: a row is of no test image of the run, or the set cannot be kept.
        """
        asked = np.asarray(rows, np.int64)
        if len(foreign := asked[~np.isin(asked, self.latents().rows)]):
            raise RunError("Row {row} is of no test image of run {run!r}; give rows of its test images.", row=foreign[0], run=self.id)
        return self.selections.put(name, asked, colour, note=note)

    def selection(self, name: str) -> Ints:
        """Return the row numbers of a named set's test images (n,), in the order of the run's latents.

        >>> import vae_core
        >>> run = vae_core.open_run("digits-2d")
        >>> kept = run.select("first three", run.latents().rows[:3])
        >>> run.selection("first three") == run.latents().rows[:3]
        array([ True,  True,  True])

        Raises:
            RunError: there is no such set, or the file of sets is damaged.
        """
        rows = self.latents().rows
        return rows[contains(self.selections.named(name).ranges, rows)]

    def costs(self) -> dict[str, NDArray[Any]]:
        """Return what each test image costs, reconstruction and kl (N,) in nats; empty where that was not computed or cannot be read."""
        try:
            costs = read_npz(self.path / self.evaluation_file("bills"), shapes.BILLS, n=self.summary["test"]["n"])
        except (OSError, Unreadable):  # it can be computed anew
            return {}
        is_sound = np.isfinite(costs["reconstruction"]).all() and np.isfinite(costs["kl"]).all() == self.has_kl
        return costs if is_sound else {}

    def _factors(self, rows: Ints) -> NDArray[Any] | None:
        """Return the true factors of these images (N, k), which only data have that are made and not collected."""
        name = self.config.data.dataset
        if is_own(name) or ID.fullmatch(name) or (name in sources.DATASETS and sources.DATASETS[name].download):
            return None
        try:
            factors = self.images().factors
        except MissingImages:
            return None
        return None if factors is None else factors[rows]

    def images(self, *, is_fetched: bool = False) -> Dataset:
        """Return the dataset that the run was trained on; where `is_fetched`, it is downloaded if it can be and is not there.

        Raises:
            MissingImages: it is not on this computer, it cannot be read, or it is not the one that the run was trained on.
        """
        name = self.config.data.dataset
        remedy = say("`{command} evaluate {run}` fetches them", command=place.COMMAND, run=self.id)
        if is_own(name):
            remedy = say("put the file into the folder that VAE_DATA_DIR names")
        elif ID.fullmatch(name):
            remedy = say("import them again with `{command} import`", command=place.COMMAND)
        try:
            if not is_fetched and not sources.is_available(name):
                raise MissingImages(
                    "no-data", "The images of {dataset} are not on this computer; {remedy}.", dataset=display_name(name), remedy=remedy
                )
            dataset = sources.load_with_hash(name, self.dataset.get("sha256", ""))
        except DataError as error:
            raise MissingImages("no-data", error.message) from error
        if dataset is None:
            raise self._other_images()
        if self.summary and self.latents().rows.max() >= len(dataset.values):
            why = say("it refers to images that do not exist")
            raise RunError(UNUSABLE, file="latents.npz", run=self.id, why=why, remedy=RESTORE)
        # Another value may have been taken for white when the run was trained, and its model knows no other images than those.
        divisor = float(self.dataset["divisor"])
        return dataset if dataset.divisor == divisor else replace(dataset, divisor=divisor, taken=None)

    def check_images(self, dataset: Dataset) -> None:
        """Raise MissingImages where the run was trained on another dataset, or another state of it."""
        if dataset.sha256 != self.dataset.get("sha256"):
            raise self._other_images()

    def _other_images(self) -> MissingImages:
        name = self.config.data.dataset
        own = "put the file that it was trained on into the folder that VAE_DATA_DIR names"
        return MissingImages(
            "other-data",
            "The images of {dataset} on this computer are not those that run {run!r} was trained on; {remedy}.",
            dataset=display_name(name),
            run=self.id,
            remedy=say(own if is_own(name) else "restore those"),
        )

    def model(self) -> VAE:
        """Return the trained VAE in evaluation mode; imports torch.

        Raises:
            RunError: the weights are missing, damaged, of another shape, or not finite.
        """
        from vae_core.model.trained import trained_vae

        return self._read("model.safetensors", lambda path: trained_vae(path, self.config.model, self.dataset))

    def atlas(self) -> AtlasDecoder | None:
        """Return the pictures that stand in for a decoder which only its owner has, or None: a run with weights needs no atlas."""
        if self.config.model.latent_size != 2 or os.path.exists(self.path / "model.safetensors") or not os.path.exists(self.path / ATLAS):
            return None
        return self._read(ATLAS, lambda path: contents.atlas(path, self.dataset["event_shape"]))

    def decoder(self) -> Decoder:
        """Return what draws the pictures that are shown: the trained VAE's decoder (imports torch), or an atlas.

        Raises:
            RunError: as `model`, or the atlas is damaged.
        """
        return self.atlas() or NetworkDecoder(self.model(), tuple(self.dataset["event_shape"]))
