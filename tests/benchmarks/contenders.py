"""Who takes part in training.py: the usual example loop, pythae's trainer, ours, and the products alone, and what they train."""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data import sources
from vae_core.data.dataset import Dataset, split
from vae_core.model import dense
from vae_core.model.architectures import NETWORKS, Activation, Dense, Flatten, Layer, Network
from vae_core.model.dense import DenseLayer
from vae_core.model.networks import ChannelsLast, encoder_and_decoder
from vae_core.training.trainer import Trainer

HIDDEN, LATENT, RATE = 400, 20, 1e-3
EXAMPLE, PYTHAE, OURS, FIRST = "the usual example loop", "pythae's trainer", "ours", "ours, channels first"
PRODUCTS = "the products alone"  # of matrices, and convolutions, as torch has them unless it is told otherwise
FASTEST = "oneDNN's products alone"  # of matrices, where they are the faster ones
PLENTY = 10_000  # epochs: more than anybody waits for


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


@dataclass(frozen=True)
class Task:
    """What is trained: a network on a dataset whose last images are for the test."""

    words: str
    dataset: Dataset
    network: str = "example"
    hidden: tuple[int, ...] = (HIDDEN,)
    batch_sizes: tuple[int, ...] = (128, 1024)

    @property
    def rows(self) -> np.ndarray:
        """The training images."""
        return np.arange(len(self.dataset.values) - self.dataset.official_test)

    def halves(self) -> tuple[nn.Module, nn.Module]:
        """Return a new encoder and decoder."""
        return encoder_and_decoder(NETWORKS[self.network](self.dataset.event_shape, LATENT, self.hidden, 1))


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

    def __init__(self, task: Task, batch_size: int) -> None:
        self.loader = torch.utils.data.DataLoader(Digits(task.dataset, task.rows), batch_size=batch_size, shuffle=True)
        pixels = math.prod(task.dataset.event_shape)
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
    """pythae's VAE and BaseTrainer, on floats in memory, with its defaults and torch's layers; its progress bar writes to nowhere."""

    def __init__(self, task: Task, batch_size: int) -> None:
        from pythae.data.datasets import BaseDataset
        from pythae.models import VAE as TheirVAE
        from pythae.models import VAEConfig
        from pythae.models.base.base_utils import ModelOutput
        from pythae.models.nn import BaseDecoder, BaseEncoder
        from pythae.trainers import BaseTrainer, BaseTrainerConfig

        self.encoder, self.decoder = task.halves()
        for module in (*self.encoder.modules(), *self.decoder.modules()):
            if isinstance(module, DenseLayer):
                module.__class__ = nn.Linear  # what anybody would give pythae

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

        shape = task.dataset.event_shape
        config = VAEConfig(input_dim=shape if len(shape) == 3 else (1, *shape), latent_dim=LATENT, reconstruction_loss="bce")
        model = TheirVAE(config, encoder=TheirEncoder(self.encoder), decoder=TheirDecoder(self.decoder))
        pixels = torch.from_numpy(task.dataset.values[task.rows]).float() / task.dataset.divisor
        data = BaseDataset(pixels.reshape(len(pixels), *config.input_dim), torch.zeros(len(pixels)))
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

    def __init__(self, task: Task, batch_size: int, threads: int) -> None:
        steady = TrainConfig(learning_rate=RATE, lr_schedule="constant", lr_warmup=0.0, epochs=PLENTY, device="cpu")
        config = RunConfig(
            data=DataConfig(dataset=task.dataset.name, validation_fraction=0.0),
            model=ModelConfig(network=task.network, latent_size=LATENT, hidden=task.hidden),
            train=replace(steady, batch_size=batch_size, threads=threads),
        )
        self.trainer = Trainer(config, task.dataset, split(task.dataset, config.data))
        self.encoder, self.decoder, self.epochs = self.trainer.vae.encoder, self.trainer.vae.decoder, itertools.count(1)

    def epoch(self) -> None:
        for step, batch, noise in self.trainer.steps(next(self.epochs)):
            self.trainer.step(step, batch, noise)


class ChannelsFirst(Ours):
    """The same with each channel of a picture by itself in memory, as torch has it unless it is told otherwise."""

    def __init__(self, task: Task, batch_size: int, threads: int) -> None:
        super().__init__(task, batch_size, threads)
        for layers in (module for module in self.trainer.vae.modules() if isinstance(module, nn.Sequential)):
            for number, layer in enumerate(layers):
                if isinstance(layer, ChannelsLast):
                    layers[number] = nn.Unflatten(layer.dim, layer.unflattened_size)


class Products:
    """The matrix products and convolutions of the forward and the backward pass and nothing else: no training by them can take less."""

    def __init__(self, task: Task, batch_size: int, is_onednn: bool = False) -> None:
        self.is_onednn = is_onednn
        self.steps = -(-len(task.rows) // batch_size)
        self.layers: list[tuple[nn.Module, Tensor, Tensor, bool]] = []  # input, gradient of the output, whether the input's is wanted
        encoder, decoder = task.halves()
        for module in (*encoder.modules(), *decoder.modules()):
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                module.register_forward_hook(self._keep)
        count = min(batch_size, len(task.rows))
        with torch.no_grad():
            encoder(torch.rand(count, *task.dataset.event_shape))
            decoder(torch.rand(count, LATENT))

    def _keep(self, module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        self.layers.append((module, inputs[0], torch.rand_like(output), bool(self.layers)))

    @torch.no_grad()
    def epoch(self) -> None:
        for _ in range(self.steps):
            for module, x, gradient, wants_gradient in self.layers:
                weight = module.weight
                if self.is_onednn:
                    dense.product(x, weight)
                    dense.product_to_weight(gradient, x)
                    if wants_gradient:
                        dense.product(gradient, weight.t())
                elif isinstance(module, nn.Linear):
                    x @ weight.t()
                    gradient.t() @ x
                    if wants_gradient:
                        gradient @ weight
                else:
                    is_up = isinstance(module, nn.ConvTranspose2d)
                    how = (module.stride, module.padding, module.dilation, is_up, module.output_padding, module.groups)
                    torch.ops.aten.convolution(x, weight, None, *how)
                    torch.ops.aten.convolution_backward(gradient, x, weight, None, *how, (wants_gradient, True, False))


def tasks(is_smoke: bool) -> list[Task]:
    """Return what is trained: the usual example's network, and convolutions on pictures without and with colour, of which fewer will do."""
    grey = replace(sources.load("digits"), official_test=300) if is_smoke else sources.load("mnist")
    n_few, n_test, side = (64, 32, 8) if is_smoke else (4096, 128, 64)
    assert grey.labels is not None
    few = replace(grey, values=grey.values[: n_few + n_test], labels=grey.labels[: n_few + n_test], official_test=n_test)
    noise = np.random.default_rng(0).integers(0, 256, (n_few // 4 + n_test, 3, side, side), np.uint8)
    colour = Dataset("noise", noise, 255.0, "image", official_test=n_test)
    made, pixels = [], math.prod(grey.event_shape)
    for dataset, sides in ((few, "x".join(map(str, grey.event_shape))), (colour, f"{side}x{side}x3")):
        channels = NETWORKS["conv"].suited(dataset.event_shape)
        words = f"convolutions, {sides}, {', '.join(map(str, channels))} channels"
        made.append(Task(words, dataset, "conv", channels, (128,)))
    return [Task(f"{pixels}-{HIDDEN}-{LATENT}-{HIDDEN}-{pixels}", grey), *made]


def contenders(task: Task, batch_size: int, threads: int) -> dict[str, Contender]:
    """Return who takes part: pythae only where it is installed, the example with its own network alone."""
    torch.set_num_threads(threads)
    made: dict[str, Callable[[], Contender]] = {
        EXAMPLE: lambda: Example(task, batch_size),
        PYTHAE: lambda: Pythae(task, batch_size),
        OURS: lambda: Ours(task, batch_size, threads),
        FIRST: lambda: ChannelsFirst(task, batch_size, threads),
        PRODUCTS: lambda: Products(task, batch_size),
        FASTEST: lambda: Products(task, batch_size, is_onednn=True),
    }
    absent = {FIRST if task.network == "example" else EXAMPLE}
    absent |= set() if has_pythae() else {PYTHAE}
    absent |= set() if task.network == "example" and dense.has_wider_kernels() else {FASTEST}
    return {name: make() for name, make in made.items() if name not in absent}


def has_pythae() -> bool:
    """Return whether pythae can be imported."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            import pythae.trainers  # noqa: F401
    except ImportError:
        return False
    return True
