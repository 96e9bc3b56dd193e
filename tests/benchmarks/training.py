"""Print how long an epoch of MNIST takes, beside the usual example loop, pythae's trainer and the matrix products; then -ELBO by minute.

All train the same network, 784-400-20-400-784 with ReLU, under a Bernoulli likelihood (with --smoke: scikit-learn's digits and
64-400-20-400-64). pythae is no part of the requirements: pip install pythae. Run it from the root of the repository, on a machine that
does nothing else: python -m tests.benchmarks.training
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from tests.benchmarks.machine import machine, parser, table
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.batches import image_subset
from vae_core.data.dataset import Dataset, split
from vae_core.evaluation import scoring
from vae_core.model.architectures import NETWORKS, Activation, Dense, Flatten, Layer, Network
from vae_core.model.likelihoods import Bernoulli
from vae_core.model.networks import encoder_and_decoder
from vae_core.model.priors import StandardNormal
from vae_core.model.vae import VAE
from vae_core.seeding import TEST, keyed
from vae_core.training.trainer import Trainer

HIDDEN, LATENT, RATE = 400, 20, 1e-3
EXAMPLE, PYTHAE, OURS, PRODUCTS = "the usual example loop", "pythae's trainer", "ours", "the matrix products alone"
PLENTY = 10_000  # epochs: more than anybody waits for
Clock = Callable[[], float]


class Contender(Protocol):
    """Something that can be given an epoch of training images."""

    def epoch(self) -> None:
        """Go once through the training images."""


class UsualExample(Network):
    """Encoder and decoder of the usual example, in which every contender finds its layers."""

    settings = ()

    def encoder(self) -> list[Layer]:
        return [Flatten(), Dense(self.values, HIDDEN), Activation("relu"), Dense(HIDDEN, 2 * self.latent_size)]

    def decoder(self) -> list[Layer]:
        return self._to_image(Dense(self.latent_size, HIDDEN), Activation("relu"), Dense(HIDDEN, self.values))


# --- the contenders ----------------------------------------------------------------------------------------------------------


class Digits(torch.utils.data.Dataset[tuple[Tensor, int]]):
    """What torchvision's MNIST does with the transform ToTensor: a picture of Pillow's for each image, which becomes floats."""

    def __init__(self, dataset: Dataset, rows: np.ndarray) -> None:
        assert dataset.labels is not None
        self.data, self.targets = torch.from_numpy(dataset.values[rows]), torch.from_numpy(dataset.labels[rows])
        self.divisor = dataset.divisor

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture, target = Image.fromarray(self.data[index].numpy()), int(self.targets[index])
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True))
        pixels = pixels.view(picture.size[1], picture.size[0], len(picture.getbands())).permute((2, 0, 1)).contiguous()
        return pixels.to(dtype=torch.get_default_dtype()).div(self.divisor), target


class Example:
    """PyTorch's own example of a VAE: a DataLoader that shuffles, two heads, a sigmoid, Adam, the loss read in each step."""

    def __init__(self, dataset: Dataset, rows: np.ndarray, batch_size: int) -> None:
        self.loader = torch.utils.data.DataLoader(Digits(dataset, rows), batch_size=batch_size, shuffle=True)
        pixels = math.prod(dataset.event_shape)
        sizes = ((pixels, HIDDEN), (HIDDEN, LATENT), (HIDDEN, LATENT), (LATENT, HIDDEN), (HIDDEN, pixels))
        self.layers = nn.ModuleList(nn.Linear(*size) for size in sizes)
        self.optimizer = torch.optim.Adam(self.layers.parameters(), lr=RATE)

    def epoch(self) -> None:
        first, mean, spread, third, last = self.layers
        total = 0.0
        for data, _ in self.loader:
            self.optimizer.zero_grad()
            x = data.flatten(1)
            h = F.relu(first(x))
            mu, log_var = mean(h), spread(h)
            z = mu + torch.randn_like(mu) * torch.exp(0.5 * log_var)
            reconstruction = F.binary_cross_entropy(torch.sigmoid(last(F.relu(third(z)))), x, reduction="sum")
            loss = reconstruction - 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
            loss.backward()
            total += loss.item()
            self.optimizer.step()


class Pythae:
    """pythae's VAE and BaseTrainer, on floats in memory, with its defaults and our layers; its progress bar writes to nowhere."""

    def __init__(self, dataset: Dataset, rows: np.ndarray, batch_size: int) -> None:
        from pythae.data.datasets import BaseDataset
        from pythae.models import VAE as TheirVAE
        from pythae.models import VAEConfig
        from pythae.models.base.base_utils import ModelOutput
        from pythae.models.nn import BaseDecoder, BaseEncoder
        from pythae.trainers import BaseTrainer, BaseTrainerConfig

        self.encoder, self.decoder = encoder_and_decoder(UsualExample(dataset.event_shape, LATENT, (), 1))

        class TheirEncoder(BaseEncoder):
            def __init__(self, layers: nn.Module) -> None:
                super().__init__()
                self.layers = layers

            def forward(self, x: Tensor) -> Any:
                mu, log_var = self.layers(x)
                return ModelOutput(embedding=mu, log_covariance=log_var)

        class TheirDecoder(BaseDecoder):
            def __init__(self, layers: nn.Module) -> None:
                super().__init__()
                self.layers = layers

            def forward(self, z: Tensor) -> Any:
                return ModelOutput(reconstruction=torch.sigmoid(self.layers(z)))

        config = VAEConfig(input_dim=(1, *dataset.event_shape), latent_dim=LATENT, reconstruction_loss="bce")
        model = TheirVAE(config, encoder=TheirEncoder(self.encoder), decoder=TheirDecoder(self.decoder))
        data = BaseDataset(torch.from_numpy(dataset.values[rows]).float()[:, None] / dataset.divisor, torch.zeros(len(rows)))
        self.folder = tempfile.TemporaryDirectory()
        settings = {"learning_rate": RATE, "per_device_train_batch_size": batch_size, "no_cuda": True, "output_dir": self.folder.name}
        logging.disable(logging.WARNING)
        with contextlib.redirect_stderr(io.StringIO()):
            self.trainer = BaseTrainer(model, data, training_config=BaseTrainerConfig(**settings))
            self.trainer.prepare_training()

    def epoch(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()):
            self.trainer.train_step(1)


class Ours:
    """The trainer of vae_core on Lightning Fabric: keyed order and noise, a look at every number, AdamW."""

    def __init__(self, dataset: Dataset, batch_size: int, threads: int) -> None:
        steady = TrainConfig(learning_rate=RATE, lr_schedule="constant", lr_warmup=0.0, epochs=PLENTY, device="cpu")
        config = RunConfig(
            data=DataConfig(dataset=dataset.name, validation_fraction=0.0),
            model=ModelConfig(network="example", latent_size=LATENT, hidden=(HIDDEN,)),
            train=replace(steady, batch_size=batch_size, threads=threads),
        )
        self.trainer = Trainer(config, dataset, split(dataset, config.data))
        self.encoder, self.decoder, self.epochs = self.trainer.vae.encoder, self.trainer.vae.decoder, itertools.count(1)

    def epoch(self) -> None:
        for step, batch, noise in self.trainer.steps(next(self.epochs)):
            self.trainer.step(step, batch, noise)


class Products:
    """The matrix products of the forward and the backward pass and nothing else: no training can take less."""

    def __init__(self, count: int, pixels: int, batch_size: int) -> None:
        self.steps = -(-count // batch_size)
        wide, (narrow, flat) = torch.rand(batch_size, pixels), torch.rand(2, batch_size, HIDDEN)
        z, both = torch.rand(batch_size, LATENT), torch.rand(batch_size, 2 * LATENT)
        # (input, gradient of the output, weight, whether the gradient of the input is wanted)
        self.layers = [
            (wide, flat, torch.rand(HIDDEN, pixels), False),
            (narrow, both, torch.rand(2 * LATENT, HIDDEN), True),
            (z, flat, torch.rand(HIDDEN, LATENT), True),
            (narrow, wide, torch.rand(pixels, HIDDEN), True),
        ]

    def epoch(self) -> None:
        for _ in range(self.steps):
            for x, gradient, weight, wants_gradient in self.layers:
                x @ weight.t()
                gradient.t() @ x
                if wants_gradient:
                    gradient @ weight


# --- the tables --------------------------------------------------------------------------------------------------------------


def contenders(dataset: Dataset, rows: np.ndarray, batch_size: int, threads: int) -> dict[str, Contender]:
    """Return who takes part; pythae only where it is installed."""
    torch.set_num_threads(threads)
    made: dict[str, Callable[[], Contender]] = {
        EXAMPLE: lambda: Example(dataset, rows, batch_size),
        PYTHAE: lambda: Pythae(dataset, rows, batch_size),
        OURS: lambda: Ours(dataset, batch_size, threads),
        PRODUCTS: lambda: Products(len(rows), math.prod(dataset.event_shape), batch_size),
    }
    return {name: make() for name, make in made.items() if name != PYTHAE or has_pythae()}


def has_pythae() -> bool:
    """Return whether pythae can be imported."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            import pythae.trainers  # noqa: F401
    except ImportError:
        return False
    return True


def timed(call: Callable[[], None], clock: Clock) -> float:
    """Return the seconds that a call takes by the clock."""
    start = clock()
    call()
    return clock() - start


def epochs_in_turn(dataset: Dataset, rows: np.ndarray, epochs: int, clock: Clock, most_threads: int) -> Iterator[str]:
    """Yield the lines of the first table: everybody's epochs in turn, so that a busy moment meets all; ratios within a turn."""
    yield table(["batch", "threads", "", "seconds per epoch", "as fast as the example, times", "as pythae, times", "as the products"])
    for threads, batch_size in itertools.product(range(1, most_threads + 1), (128, 1024)):
        racing = contenders(dataset, rows, batch_size, threads)
        turns = [{name: timed(racer.epoch, clock) for name, racer in racing.items()} for _ in range(1 + epochs)][1:]  # the first warms up
        for name in racing:
            cells = [f"{statistics.median(turn[name] for turn in turns):.2f}"]
            for other, form in ((EXAMPLE, ".2f"), (PYTHAE, ".2f"), (PRODUCTS, ".0%")):
                ratio = statistics.median(turn[other] / turn[name] for turn in turns) if other in racing else None
                cells.append("" if ratio is None or other == name else f"{ratio:{form}}")
            yield f"| {batch_size} | {threads} | {name} | {' | '.join(cells)} |"


def scores_in_turn(dataset: Dataset, rows: np.ndarray, moments: list[float], clock: Clock, threads: int) -> Iterator[str]:
    """Yield the lines of the second table, one for each of the moments (seconds of training, ascending).

    Each whole epoch is scored, by the same code and noise, and scoring is not counted.
    """
    torch.manual_seed(0)
    racing = {name: racer for name, racer in contenders(dataset, rows, 128, threads).items() if isinstance(racer, Ours | Pythae)}
    test = image_subset(dataset, np.arange(len(rows), len(dataset.values)), RunConfig(), fixed=True).all()
    eps = torch.randn(1, len(test), LATENT, generator=keyed(0, TEST))
    seconds, found = dict.fromkeys(racing, 0.0), {name: [(0.0, math.nan)] for name in racing}
    while min(seconds.values()) < moments[-1]:
        name = min(seconds, key=lambda one: seconds[one])
        seconds[name] += timed(racing[name].epoch, clock)
        scored = VAE(racing[name].encoder, racing[name].decoder, Bernoulli(), StandardNormal(LATENT))
        found[name].append((seconds[name], scoring.score_images(scored, test, eps).negative_elbo))
    columns = [column for name in racing for column in (f"{name}: epochs", "-ELBO")]
    yield table(["seconds", *columns, *["ours ahead by"] * (PYTHAE in racing)])
    for moment in moments:
        done = {name: [score for at, score in found[name] if at <= moment] for name in racing}
        cells = [f"{len(scores) - 1} | {scores[-1]:.2f}" for scores in done.values()]
        ahead = [f"{done[PYTHAE][-1] - done[OURS][-1]:.2f}"] if PYTHAE in racing else []
        yield f"| {moment:g} | {' | '.join(cells + ahead)} |"


def main(arguments: list[str] | None = None) -> None:
    """Print both tables, and the machine they are of."""
    asked = parser("Race training loops on MNIST.")
    asked.add_argument("--epochs", type=int, default=5, help="epochs of each, of which the median is told")
    asked.add_argument("--minutes", type=int, default=5, help="minutes of training of each in the second table; 0: no second table")
    asked.add_argument("--busy", action="store_true", help="for a busy machine: one thread, and the processor's seconds, not the clock's")
    options = asked.parse_args(arguments)
    clock, threads = (time.process_time, 1) if options.busy or options.smoke else (time.perf_counter, 2)
    epochs, moments = (1, [0.5, 1.0]) if options.smoke else (options.epochs, [60.0 * n for n in range(1, options.minutes + 1)])
    NETWORKS["example"] = UsualExample
    dataset = replace(sources.load("digits"), official_test=300) if options.smoke else sources.load("mnist")
    rows = np.arange(len(dataset.values) - dataset.official_test)
    pixels, seconds = math.prod(dataset.event_shape), f"seconds of the {'clock' if clock is time.perf_counter else 'processor'}"
    print(f"{machine()}, torch {torch.__version__}, {seconds}")
    if not has_pythae():
        print("pythae is not installed, so it takes no part; install it with: pip install pythae")
    if epochs:
        print(f"\n{dataset.name}, {len(rows)} images, {pixels}-400-20-400-{pixels}, ReLU; medians of {epochs} epochs taken in turn\n")
        for line in epochs_in_turn(dataset, rows, epochs, clock, threads):
            print(line, flush=True)
    if moments:
        print(f"\nTest -ELBO, nats per image (grey pixels, one sample), batch 128, {threads} threads, Adam at {RATE:g}\n")
        for line in scores_in_turn(dataset, rows, moments, clock, threads):
            print(line, flush=True)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
