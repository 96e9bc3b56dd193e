"""Strangers among test images: scores of the model, and of simpler ways, by how well they tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s, Floats
from vae_core.inspection.parts.common import Part, Values, some, within
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
FEW_PLACES = "The distance on the map is left out, since it needs at least {least} training images."


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Score test images and strangers by every method."""
    from vae_core.evaluation.detection import detection, roc
    from vae_core.evaluation.strangers import strangers

    rows = inspected.rows[inspected.subset(MOST_SCORED)]
    x = inspected.images(rows)
    kinds = dict(strangers(inspected.run, x, inspected.labels(rows)))
    if not kinds or len(x) < 10:
        raise Unavailable("no-strangers", NO_STRANGERS)
    size = int(inspected.run.config.model.latent_size)
    most = within(MOST_LEARNED, inspected.run.dataset["event_shape"], MOST_NUMBERS)
    learned = inspected.images(np.sort(some(inspected.train_rows, most)))
    simple = _SimpleWays(learned.flatten(1).numpy(), size)
    distance = LatentDistance.of(_places(inspected, learned))
    progress(0.2)
    known = {**_own_scores(inspected, x, distance), **simple.scores(x.flatten(1).numpy())}
    arrays: dict[str, NDArray[Any]] = {"rows": rows, **{f"known_{name}": values for name, values in known.items()}}
    found = []
    for done, (kind, images) in enumerate(kinds.items()):
        strange = {**_own_scores(inspected, images, distance), **simple.scores(images.flatten(1).numpy())}
        for name in known:
            found.append({"kind": kind, "method": name, "n": len(images), **asdict(detection(known[name], strange[name]))})
            arrays[f"roc_{kind}_{name}"] = roc(known[name], strange[name]).astype(np.float32)
            arrays[f"strange_{kind}_{name}"] = strange[name]
        progress(0.2 + 0.8 * (done + 1) / len(kinds))
    unavailable = [Unavailable("few-places", FEW_PLACES, "latent_distance", least=least(size))] if distance is None else []
    return Findings({"found": found, "size": size}, arrays, "detection", len(rows), samples=SAMPLES, unavailable=unavailable)


def _places(inspected: InspectedRun, x: Tensor) -> Float64s:
    """Return the means of q(z|x) of images x (N, *event), (N, d)."""
    from vae_core.evaluation.scoring import encode_images

    return encode_images(inspected.model, x, inspected.run.config)[0].astype(np.float64)


def least(d: int) -> int:
    """Return how many places of d dimensions a covariance is fitted to at least."""
    return 2 * d + 2


@dataclass(frozen=True)
class LatentDistance:
    """The Mahalanobis distance from places: how many standard deviations another one lies from their mean."""

    mean: Float64s  # (d,)
    precision: Float64s  # (d, d)

    @classmethod
    def of(cls, mu: Float64s) -> LatentDistance | None:
        """Return that from places (N, d), None where they are too few to tell.

        Ask about others: the places that it was fitted to have a mean square below d, new ones of their kind one above, and the fewer
        were fitted, the farther these lie apart.
        """
        if len(mu) < least(mu.shape[1]):
            return None
        covariance = np.atleast_2d(np.cov(mu.T)) + 1e-9 * np.eye(mu.shape[1])
        return cls(mu.mean(0), np.asarray(np.linalg.inv(covariance), np.float64))

    def to(self, mu: Float64s) -> Float64s:
        """Return the distances (M,) of places (M, d)."""
        off = mu - self.mean
        found: Float64s = np.sqrt(np.einsum("ni,ij,nj->n", off, self.precision, off))
        return found


def _own_scores(inspected: InspectedRun, x: Tensor, distance: LatentDistance | None) -> dict[str, Floats]:
    """Return the model's scores (N,) by method, the higher the stranger; of an autoencoder those that it has."""
    from vae_core.evaluation.importance import iwae_bound, log_weights
    from vae_core.evaluation.scoring import test_scores

    run, vae = inspected.run, inspected.model
    scores = test_scores(vae, x, run.config)
    found = {"reconstruction": scores.reconstructions}
    if distance is not None:
        found["latent_distance"] = distance.to(_places(inspected, x))
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


PART = Part(7, compute, lines, value_shapes, array_shapes, is_drawn=True, version=2)
