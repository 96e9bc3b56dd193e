"""A plain autoencoder beside a run, of the same data and size: one that is at hand, or one that is trained briefly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_core.arrays import Floats, Ints
from vae_core.config import ObjectiveConfig, RunConfig, TrainConfig
from vae_core.data.dataset import Split
from vae_core.inspection.subject import InspectedRun, Unavailable
from vae_core.messages import Refusal
from vae_core.progress import Progress
from vae_core.registries import is_deterministic
from vae_core.runs.errors import RunError
from vae_core.runs.listing import list_runs
from vae_core.runs.run import Run

if TYPE_CHECKING:
    from torch import Tensor

    from vae_core.model.vae import VAE

MOST_WORK = 6e10  # multiply-adds of all passes forward: about 4 seconds of one core
MOST_EPOCHS, FEWEST_EPOCHS = 30, 3
TOO_SLOW = "A plain autoencoder is left out: none of the same data and size is at hand, and training one takes too long here."


@dataclass(frozen=True)
class Autoencoder:
    """A trained autoencoder and where it is from.

    Attributes:
        run: the run that it was taken from; "" where it was trained beside the measurement.
        epochs: passes through the training images, `images` of them.
        seconds: that its training took.
    """

    vae: VAE
    config: RunConfig
    run: str
    epochs: int
    images: int
    seconds: float

    def features(self, x: Tensor) -> Floats:
        """Return where it puts images x (N, *event), (N, d)."""
        from vae_core.latent.inference import encode

        found: Floats = encode(self.vae, x).mu.numpy()
        return found

    def record(self) -> dict[str, Any]:
        """Return where it is from as JSON-ready values."""
        return {"run": self.run, "epochs": self.epochs, "images": self.images, "seconds": round(self.seconds, 1)}


def autoencoder_beside(inspected: InspectedRun, known: Ints, progress: Progress) -> Autoencoder:
    """Return an autoencoder of the run's data, split and number of latent dimensions; where none is at hand, train one on rows `known`.

    Raises:
        Unavailable: none is at hand, and training one takes too long or does not come to a good end.
    """
    for run in _others(inspected.run):
        try:
            vae = run.model()
        except RunError:
            continue
        return Autoencoder(vae, run.config, run.id, int(run.summary["epochs"]), int(run.dataset["n_train"]), float(run.summary["seconds"]))
    return _trained(inspected, known, progress)


def _others(run: Run) -> Iterator[Run]:
    """Yield finished autoencoders in the run's folder on the same images and with as many dimensions, those of the same network first."""
    try:
        runs, _ = list_runs(run.path.parent)
    except RunError:
        return
    fitting = [
        other
        for other in runs
        if other.id != run.id
        and other.summary
        and is_deterministic(other.config)
        and other.dataset["sha256"] == run.dataset["sha256"]
        and other.config.data == run.config.data
        and other.config.model.latent_size == run.config.model.latent_size
    ]
    yield from sorted(fitting, key=lambda other: other.config.model != run.config.model)


def _trained(inspected: InspectedRun, known: Ints, progress: Progress) -> Autoencoder:
    """Train one of the run's network for as many epochs as MOST_WORK allows, the same each time."""
    import torch

    from vae_core.training.interrupts import Stopped
    from vae_core.training.trainer import Trainer

    work = len(known) * multiply_adds(inspected.model, inspected.images(known[:1]))
    epochs = min(MOST_EPOCHS, int(MOST_WORK // work))
    if epochs < FEWEST_EPOCHS:
        raise Unavailable("slow-autoencoder", TOO_SLOW, "autoencoder")
    settings = TrainConfig(epochs=epochs, clip=1.0, snapshots=0, seed=inspected.run.config.train.seed, threads=1, device="cpu")
    config = replace(inspected.run.config, objective=ObjectiveConfig(objective="ae"), train=settings)
    threads, start, nothing = torch.get_num_threads(), time.perf_counter(), np.empty(0, np.int64)
    try:
        trainer = Trainer(config, inspected.dataset, Split(known, nothing, nothing))
        trainer.fit(reporter=_Steps(progress))
    except Stopped:  # it catches Ctrl-C so as to end between two steps
        raise KeyboardInterrupt from None
    except Refusal as error:
        raise Unavailable("no-autoencoder", error.message, "autoencoder") from error
    finally:
        torch.set_num_threads(threads)
    return Autoencoder(trainer.vae, config, "", epochs, len(known), time.perf_counter() - start)


@dataclass
class _Steps:
    """Hands the steps of a training on as progress."""

    progress: Progress
    total: int = 1

    def start(self, total_steps: int, n_train: int, done: int) -> None:
        self.total = total_steps

    def step(self, step: int) -> None:
        self.progress(step / self.total)

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None:
        pass


def multiply_adds(vae: VAE, x: Tensor) -> int:
    """Return how many multiply-adds one image x (1, *event) takes through encoder and decoder."""
    import torch
    from torch import nn

    counts: list[int] = []

    def count(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        weight = module.weight
        assert isinstance(weight, torch.Tensor)
        counts.append((given[0] if isinstance(module, nn.ConvTranspose2d) else output).numel() * weight[0].numel())

    layers = [module for module in vae.modules() if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    try:
        with torch.inference_mode():
            vae.decode(vae.encode(x).mu)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(counts)
