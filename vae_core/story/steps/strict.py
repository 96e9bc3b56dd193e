"""How strict to be: the VAE and three models that minimise something else, compared on the same images and by blind draws."""

from __future__ import annotations

import numpy as np

from vae_core.arrays import Floats, Ints
from vae_core.data import sources
from vae_core.data.dataset import split
from vae_core.story.recipes import MAP, STRICT, open_run
from vae_core.story.step import Arrays, Facts, Runs
from vae_core.story.steps.map import NEIGHBOUR, SEED, shown_images

RUNS: Runs = dict.fromkeys(STRICT, ("decoder",))
DRAWS = 10_000  # from the prior
JUDGED = 1000  # test images that must come out of blind draws, and draws whose pictures are looked at


MADE = {
    "reconstruction, kl, total": "mean nats per test image; total = reconstruction + kl, the negative ELBO; an autoencoder has no KL",
    "turn": "(2, 2) orthogonal; rows of a model's own map times it lie as on the VAE's (Procrustes, no scaling); the origin stays",
    "points": "test images' means, already turned; the same images for all four",
    "near": f"share of {DRAWS} draws of the bell whose {NEIGHBOUR}th nearest test image lies within the model's own reach",
    "found": f"share of test images whose {NEIGHBOUR}th nearest draw lies within the draws' own reach",
    "surprise": f"-log p(x) guessed from {DRAWS} blind draws, mean nats over the first {JUDGED} test images, with its standard error",
    "off": f"median distance of {JUDGED} drawn pictures to the nearest test image, root mean square per pixel, white is 1",
    "clear": f"share of them whose {NEIGHBOUR} nearest test images all show one digit",
    "digits": "how many of them have each digit as nearest test image",
    "sample_from": "the model whose blind draws make test images least surprising; the next one, and their paired difference in nats",
    "seed": SEED,
}


def build() -> tuple[Facts, Arrays]:
    """Return what the four models cost on the same test images, their maps turned onto the VAE's, and how blind draws fare on each."""
    target = open_run(MAP).latents()
    assert target.labels is not None
    shown = shown_images(len(target.mu))
    models, points, costs = {}, [], {}
    for name, beta in STRICT.items():
        models[name], turned = _model(name, target.mu.astype(np.float64))
        drawn, costs[name] = judged(name)
        models[name] |= {"beta": beta, **drawn}
        points.append(turned[shown])
    arrays: Arrays = {"points": np.stack(points).astype(np.float32), "labels": target.labels[shown].astype(np.uint8)}
    return {"map": MAP, "models": models, "sample_from": least(costs), "made": MADE}, arrays


def _model(name: str, target: Floats) -> tuple[Facts, Floats]:
    """Return the facts of one model, and its test means turned onto those of the map `target` (N, 2)."""
    from vae_core.latent.projections import agreement, procrustes

    run = open_run(name)
    mu, test = run.latents().mu.astype(np.float64), run.summary["test"]
    alignment = procrustes(target, mu)
    facts = {
        "reconstruction": test["reconstruction"],
        "kl": test["kl"],
        "total": test["negative_elbo"],
        "standard_error": test["standard_error"],
        "n": test["n"],
        "samples": test["samples"],
        "active": test["active_units"],
        "knn": run.summary["knn"]["accuracy"],
        "turn": alignment.turn.tolist(),
        "is_mirrored": alignment.is_mirrored,
        "agreement": agreement(target, alignment(mu)),
        "middle": (mu.mean(0) @ alignment.turn).tolist(),
        "spread": float(np.sqrt(mu.var(0).mean())),
        "edge": float(np.quantile(np.linalg.norm(mu, axis=1), 0.99)),
        **blind(mu),
    }
    return facts, mu @ alignment.turn


def blind(mu: Floats) -> Facts:
    """Return how blind draws of the bell and the images' places mu (N, 2) overlap: each side's share that lies near the other.

    Near: the tenth nearest of the others is no farther than is usual among the others themselves (99 % of them).
    """
    from vae_core.evaluation.neighbours import neighbour_reach

    draws = np.random.default_rng(SEED).standard_normal((DRAWS, mu.shape[1]))
    reach, bell = neighbour_reach(mu, NEIGHBOUR), neighbour_reach(draws, NEIGHBOUR)
    return {"reach": reach, "near": near(draws, mu, reach), "found": near(mu, draws, bell)}


def near(places: Floats, others: Floats, reach: float | None) -> float:
    """Return the share of places (N, d) whose tenth nearest of the others (M, d) lies within reach."""
    from sklearn.neighbors import NearestNeighbors

    distances = NearestNeighbors(n_neighbors=NEIGHBOUR).fit(others).kneighbors(places)[0][:, -1]
    return float((distances <= (reach or 0.0)).mean())


def judged(name: str) -> tuple[Facts, Floats]:
    """Return how well a model fares that is sampled from blindly: facts (see MADE), and each judged image's surprise (JUDGED,), nats."""
    import torch

    from vae_core.evaluation.marginal_likelihood import grid_log_prob

    run = open_run(name)
    vae, dataset = run.model(), sources.load(run.config.data.dataset)
    rows = split(dataset, run.config.data).test
    x = (dataset.values[rows] / dataset.divisor).astype(np.float32)
    z = torch.from_numpy(np.random.default_rng(SEED).standard_normal((DRAWS, vae.prior.latent_size)).astype(np.float32))
    with torch.inference_mode():
        real = torch.from_numpy(x[:JUDGED])
        log_px = torch.cat([grid_log_prob(vae, real, part) for part in z.split(2000)], 1)
        surprise = (np.log(DRAWS) - log_px.logsumexp(1)).numpy()
        pictures = vae.likelihood.mean(vae.decode(z[:JUDGED])).numpy()
    assert dataset.labels is not None
    facts = {"surprise": float(surprise.mean()), "surprise_error": float(surprise.std(ddof=1) / JUDGED**0.5)}
    return facts | seen(pictures, x, dataset.labels[rows]), surprise


def seen(pictures: Floats, real: Floats, labels: Ints) -> Facts:
    """Return what drawn pictures (M, H, W) look like beside real ones (N, H, W) with labels (N,): how near, how clear, which digits."""
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=NEIGHBOUR, algorithm="brute").fit(real.reshape(len(real), -1))
    distances, rows = nearest.kneighbors(pictures.reshape(len(pictures), -1))
    shown = labels[rows]
    return {
        "off": float(np.median(distances[:, 0]) / np.sqrt(real[0].size)),
        "clear": float((shown == shown[:, :1]).all(1).mean()),
        "digits": np.bincount(shown[:, 0], minlength=labels.max() + 1).tolist(),
    }


def least(costs: dict[str, Floats]) -> Facts:
    """Return which model's costs (N,) are least in the mean, which is next, and by how much, with the paired standard error."""
    best, following = sorted(costs, key=lambda name: float(costs[name].mean()))[:2]
    gap = costs[following] - costs[best]
    return {"best": best, "next": following, "difference": float(gap.mean()), "standard_error": float(gap.std(ddof=1) / len(gap) ** 0.5)}
