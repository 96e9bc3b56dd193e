"""Pieces of many pictures put together as one: can a model tell such a fake from a real digit? Three models, each by its own log p(x)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.data import sources
from vae_core.data.dataset import Dataset, split
from vae_core.evaluation import closed_forms
from vae_core.runs.run import Run
from vae_core.story.recipes import MAP, open_run
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {MAP: ("decoder",)}
MODELS = ("dots", "digit", "vae")  # independent dots; digit first, then dots; the VAE
CUTS = {"2": (1, 2), "16": (4, 4), "784": (28, 28)}  # pieces of a fake: rows and columns of equal pieces
SAMPLES = 100  # of the bound of log p(x)
JUDGED = 1000  # held-out pictures, and as many fakes of each kind
SEED = 0


class Judges:
    """The three models, fitted on or trained on the same training pictures."""

    def __init__(self, run: Run, dataset: Dataset, train: Ints) -> None:
        known = dataset.values[train].reshape(len(train), -1) / dataset.divisor
        assert dataset.labels is not None
        self.divisor, self.vae = dataset.divisor, run.model()
        self.dots = closed_forms.class_mixture(known, np.zeros(len(train), np.int64))
        self.digit = closed_forms.class_mixture(known, dataset.labels[train])

    def __call__(self, pictures: NDArray[np.uint8]) -> Floats:
        """Return log p(x) of pictures (N, H, W) under each model, (3, N), nats per picture; the VAE's is the bound of SAMPLES samples.

        Of grey pixels all three are minus a cross-entropy, so that they may be compared with one another alone.
        """
        import torch

        from vae_core.evaluation.importance import iwae_bound, log_weights

        x = (pictures / self.divisor).astype(np.float32)
        parts = [iwae_bound(log_weights(self.vae, torch.from_numpy(part), SAMPLES, SEED), SAMPLES).numpy() for part in np.split(x, 10)]
        flat = x.reshape(len(x), -1).astype(np.float64)
        return np.stack([self.dots.log_prob(flat), self.digit.log_prob(flat), np.concatenate(parts)])


def share_right(real: Floats, fake: Floats) -> dict[str, float]:
    """Return the share of all pairs of a real (N,) and a fake (M,) picture in which the real one scores higher, and its standard error.

    A tie counts half: the area under the ROC curve, with the error of DeLong et al. 1988.
    """
    wins = (real[:, None] > fake) + 0.5 * (real[:, None] == fake)
    error = wins.mean(1).var(ddof=1) / len(real) + wins.mean(0).var(ddof=1) / len(fake)
    return {"value": float(wins.mean()), "standard_error": float(np.sqrt(error))}


def pieced(pictures: NDArray[np.uint8], cut: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return as many fakes as there are pictures (N, H, W): each of cut = (rows, columns) equal pieces comes from another, drawn evenly."""
    count, height, width = pictures.shape
    rows, columns = cut
    tall, wide = height // rows, width // columns
    fakes = np.empty_like(pictures)
    for top in range(0, height, tall):
        for left in range(0, width, wide):
            part = np.s_[:, top : top + tall, left : left + wide]
            fakes[part] = pictures[rng.permutation(count)][part]
    return fakes


def build() -> tuple[Facts, Arrays]:
    """Return how often each model finds the fake, for fakes of few pieces and of many."""
    run = open_run(MAP)
    dataset = sources.load(run.config.data.dataset)
    parts = split(dataset, run.config.data)
    rng = np.random.default_rng(SEED)
    pictures = dataset.values[rng.permutation(parts.test)[:JUDGED]]
    judges = Judges(run, dataset, parts.train)
    real = judges(pictures)
    right = {}
    for name, cut in CUTS.items():
        fake = judges(pieced(pictures, cut, rng))
        right[name] = {model: share_right(*of) for model, of in zip(MODELS, zip(real, fake, strict=True), strict=True)}
    facts = {
        "run": run.id,
        "cuts": {name: list(cut) for name, cut in CUTS.items()},
        "right": right,
        "n_real": JUDGED,
        "n_fake": JUDGED,
        "n_train": len(parts.train),
        "samples": SAMPLES,
        "seed": SEED,
        "made": "all pairs of a held-out picture and a fake, each of whose pieces comes from a held-out picture drawn by itself",
    }
    return facts, {}
