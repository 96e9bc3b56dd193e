"""Half of one digit glued to half of another: can a model tell it from a real one? Three models, each by its own log p(x)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.data import sources, synthetic
from vae_core.data.dataset import Dataset, split
from vae_core.evaluation import closed_forms
from vae_core.runs.run import Run
from vae_core.story.recipes import HALVES, open_run
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {HALVES: ()}
MODELS = ("dots", "digit", "vae")  # independent dots; digit first, then dots; the VAE
SAMPLES = 200  # of the bound of log p(x); at least 100, so that it is tight
ROUNDS = 10  # fakes per held-out picture
SEED = 0
PAIRS = 40  # for a viewer to judge
TWINS = 20  # stitched of one digit twice
OWN = 20  # pictures whose halves a viewer joins: two of each digit


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
        bound = iwae_bound(log_weights(self.vae, torch.from_numpy(x), SAMPLES, SEED), SAMPLES).numpy()
        flat = x.reshape(len(x), -1).astype(np.float64)
        return np.stack([self.dots.log_prob(flat), self.digit.log_prob(flat), bound])


def share_right(real: Floats, fake: Floats) -> dict[str, float]:
    """Return the share of all pairs of a real (N,) and a fake (M,) picture in which the real one scores higher, and its standard error.

    A tie counts half: the area under the ROC curve, with the error of DeLong et al. 1988.
    """
    wins = (real[:, None] > fake) + 0.5 * (real[:, None] == fake)
    error = wins.mean(1).var(ddof=1) / len(real) + wins.mean(0).var(ddof=1) / len(fake)
    return {"value": float(wins.mean()), "standard_error": float(np.sqrt(error))}


def build() -> tuple[Facts, Arrays]:
    """Return how often each model picks the fake, and prepared pairs with the nats of all three."""
    run = open_run(HALVES)
    dataset = sources.load(run.config.data.dataset)
    assert dataset.labels is not None
    parts = split(dataset, run.config.data)
    pictures, labels = dataset.values[parts.test], dataset.labels[parts.test]
    judges, rng = Judges(run, dataset, parts.train), np.random.default_rng(SEED)
    left = np.tile(np.arange(len(labels)), ROUNDS)
    fakes = synthetic.stitched(pictures, left, synthetic.partners(labels[left], labels, rng))
    twins = synthetic.stitched(pictures, left, synthetic.partners(labels[left], labels, rng, is_same=True, rows=left))
    real, scores, twin_scores = judges(pictures), judges(fakes.pictures), judges(twins.pictures)
    facts = {
        "models": list(MODELS),
        "run": run.id,
        "right": {name: share_right(*of) for name, of in zip(MODELS, zip(real, scores, strict=True), strict=True)},
        "right_twins": {name: share_right(*of) for name, of in zip(MODELS, zip(real, twin_scores, strict=True), strict=True)},
        "n_real": len(real[0]),
        "n_fake": len(scores[0]),
        "n_train": len(parts.train),
        "samples": SAMPLES,
        "seed": SEED,
        "made": "all pairs of a held-out picture and a stitched one: left half of a held-out picture, right half of one of another digit",
        "twins_made": "the same with the right half of another picture of the same digit",
        "seam": int(pictures.shape[2] // 2),
        "divisor": dataset.divisor,
        "usual": {
            name: np.quantile(-scores_of, np.linspace(0.005, 0.995, 100)).tolist() for name, scores_of in zip(MODELS, real, strict=True)
        },
        "usual_made": "what held-out pictures cost each model, nats: 100 quantiles, so that a count of those below is a share in 100",
        "own_labels": labels[own_rows(labels)].tolist(),
    }
    arrays = _pairs(pictures, labels, fakes, real, scores, rng)
    first = rng.permutation(len(labels))[:TWINS]
    arrays |= {"twins": twins.pictures[first], "twin_nats": twin_scores[:, first].T.astype(np.float32)}
    arrays |= {"twin_labels": labels[first].astype(np.uint8)}
    return facts, arrays | _own(pictures, labels, judges)


def _pairs(
    pictures: NDArray[np.uint8], labels: Ints, fakes: synthetic.Stitched, real: Floats, scores: Floats, rng: np.random.Generator
) -> Arrays:
    """Return PAIRS pairs as drawn, not chosen: `pairs` (P, 2, H, W), which is the fake (P,), `pair_nats` (P, 2, 3), `pair_labels` (P, 3).

    The labels are those of the real picture and of the fake's left and right half.
    """
    one, other = rng.permutation(len(pictures))[:PAIRS], rng.permutation(len(fakes.pictures))[:PAIRS]
    place = rng.integers(0, 2, PAIRS)
    shown = np.stack([pictures[one], fakes.pictures[other]], 1)
    nats = np.stack([real[:, one].T, scores[:, other].T], 1)
    is_first = (place == 0)[:, None, None]
    return {
        "pairs": np.where(is_first[..., None], shown[:, ::-1], shown),
        "pair_fake": place.astype(np.uint8),
        "pair_nats": np.where(is_first, nats[:, ::-1], nats).astype(np.float32),
        "pair_labels": np.stack([labels[one], labels[fakes.left[other]], labels[fakes.right[other]]], 1).astype(np.uint8),
    }


def own_rows(labels: Ints) -> Sequence[int]:
    """Return the first two pictures of each digit."""
    return [int(row) for label in np.unique(labels) for row in np.flatnonzero(labels == label)[: OWN // 10]]


def _own(pictures: NDArray[np.uint8], labels: Ints, judges: Judges) -> Arrays:
    """Return pictures to take halves of, `own` (O, H, W), and the nats of every left half with every right one, (O, O, 3)."""
    chosen = pictures[own_rows(labels)]
    left, right = np.indices((len(chosen), len(chosen))).reshape(2, -1)
    nats = judges(synthetic.stitched(chosen, left, right).pictures)
    return {"own": chosen, "own_nats": nats.T.reshape(len(chosen), len(chosen), len(MODELS)).astype(np.float32)}
