"""Strangers among test images: scores of the model, and of simpler ways, by how well they tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats
from vae_core.inspection.parts.common import Part, Values, within
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, SHARE, Shape

if TYPE_CHECKING:
    from torch import Tensor

SAMPLES = 16  # of the IWAE bound
MOST_SCORED, MOST_LEARNED, MOST_NUMBERS = 500, 5_000, 2**25
COMPONENTS, AXES = 10, 20  # of the Gaussian mixture, and the principal components that it sees
OWN = ("negative_elbo", "bound", "reconstruction", "latent_distance")
SIMPLE = ("pca_error", "gaussian_mixture", "isolation_forest")
METHODS = (*OWN, *SIMPLE)
NO_STRANGERS = "There are no strangers to tell apart: no other data of this size, and too few pictures to make some of."


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Score test images and strangers by every method."""
    from vae_core.evaluation.detection import detection, roc
    from vae_core.evaluation.strangers import strangers

    rows = inspected.rows[inspected.subset(MOST_SCORED)]
    x = inspected.images(rows)
    kinds = dict(strangers(inspected.run, x, inspected.labels(rows)))
    if not kinds or len(x) < 10:
        raise Unavailable("no-strangers", NO_STRANGERS)
    most = within(MOST_LEARNED, inspected.run.dataset["event_shape"], MOST_NUMBERS)
    learned = np.sort(np.random.default_rng(0).permutation(inspected.train_rows)[:most])
    simple = _SimpleWays(inspected.images(learned).flatten(1).numpy(), inspected.run.config.model.latent_size)
    progress(0.2)
    known = {**_own_scores(inspected, x), **simple.scores(x.flatten(1).numpy())}
    arrays: dict[str, NDArray[Any]] = {"rows": rows, **{f"known_{name}": values for name, values in known.items()}}
    found = []
    for done, (kind, images) in enumerate(kinds.items()):
        strange = {**_own_scores(inspected, images), **simple.scores(images.flatten(1).numpy())}
        for name in known:
            found.append({"kind": kind, "method": name, "n": len(images), **asdict(detection(known[name], strange[name]))})
            arrays[f"roc_{kind}_{name}"] = roc(known[name], strange[name]).astype(np.float32)
            arrays[f"strange_{kind}_{name}"] = strange[name]
        progress(0.2 + 0.8 * (done + 1) / len(kinds))
    return Findings({"found": found, "size": int(inspected.run.config.model.latent_size)}, arrays, "detection", len(rows), samples=SAMPLES)


def _own_scores(inspected: InspectedRun, x: Tensor) -> dict[str, Floats]:
    """Return the model's scores (N,) by method, the higher the stranger; of an autoencoder those that it has."""
    from vae_core.evaluation.importance import iwae_bound, log_weights
    from vae_core.evaluation.scoring import encode_images, test_scores

    run, vae = inspected.run, inspected.model
    scores = test_scores(vae, x, run.config)
    mu, _ = encode_images(vae, x, run.config)
    stored = run.latents().mu.astype(np.float64)
    covariance = np.atleast_2d(np.cov(stored.T)) + 1e-9 * np.eye(stored.shape[1])
    off = mu.astype(np.float64) - stored.mean(0)
    found = {"reconstruction": scores.reconstructions}
    found["latent_distance"] = np.sqrt(np.einsum("ni,ij,nj->n", off, np.linalg.inv(covariance), off))
    if run.has_kl:
        found["negative_elbo"] = scores.reconstructions + scores.kls
        found["bound"] = -iwae_bound(log_weights(vae, x, SAMPLES), SAMPLES).numpy()
    return {name: found[name] for name in OWN if name in found}


class _SimpleWays:
    """Simpler ways to tell strangers, fitted on training images."""

    def __init__(self, train: Floats, size: int) -> None:
        from sklearn.ensemble import IsolationForest
        from sklearn.mixture import GaussianMixture

        from vae_core.latent.projections import principal_axes

        few = min(train.shape[1], len(train) - 1)
        self.own, self.more = principal_axes(train, min(size, few)), principal_axes(train, min(AXES, few))
        components = max(1, min(COMPONENTS, len(train) // 20))
        self.mixture = GaussianMixture(components, reg_covar=1e-4, random_state=0, max_iter=50).fit(self.more.project(train))
        self.forest = IsolationForest(random_state=0, n_jobs=1).fit(train)

    def scores(self, x: Floats) -> dict[str, Floats]:
        """Return scores (N,) of images (N, P), the higher the stranger."""
        flat = self.own.project(x) @ self.own.directions + self.own.mean
        return {
            "pca_error": ((x - flat) ** 2).mean(1),
            "gaussian_mixture": -self.mixture.score_samples(self.more.project(x)),
            "isolation_forest": -self.forest.score_samples(x),
        }


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    for kind in dict.fromkeys(one["kind"] for one in values["found"]):
        yield f"strangers: {kind}; of 100 pairs the stranger scores higher in"
        for one in (one for one in values["found"] if one["kind"] == kind):
            low, high = (100 * end for end in one["auc_interval"])
            yield f"  {one['method']:20s}{100 * one['auc']:6.1f} (95 %: {low:.1f} to {high:.1f}), average precision {one['precision']:.3f}"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    interval = [SHARE, range(2, 3)]
    one = {
        "kind": str, "method": set(METHODS), "n": COUNT, "auc": SHARE, "auc_interval": interval, "precision": SHARE,
        "precision_interval": interval,
    }  # fmt: skip
    return {"found": [one, range(1, 100)], "size": COUNT}


def array_shapes(values: Mapping[str, Any], d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    shapes = {"rows": "iu n"}
    for at, one in enumerate(values["found"]):
        shapes |= {f"known_{one['method']}": "f n", f"roc_{one['kind']}_{one['method']}": "f 101"}
        shapes[f"strange_{one['kind']}_{one['method']}"] = f"f m{at}"
    return shapes


PART = Part(7, compute, lines, value_shapes, array_shapes, is_drawn=True)
