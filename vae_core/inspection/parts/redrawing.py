"""How well the model redraws images: beside PCA of the same size on the same images, and beside the images that it has learned from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Float64s
from vae_core.inspection.parts.common import MEAN, Part, Values, error_words, line_of, mean_of, some
from vae_core.inspection.subject import Findings, InspectedRun
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, SHARE, Shape

if TYPE_CHECKING:
    from torch import Tensor


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Compute the mean square error of each image under the model and PCA, and of as many images that it has learned from."""
    from vae_core.evaluation import baselines

    pixels, d = math.prod(inspected.run.dataset["event_shape"]), inspected.run.config.model.latent_size
    _, most = baselines.most_compared(inspected.run.dataset["event_shape"])
    rows = np.sort(some(inspected.rows, most))
    x = inspected.images(rows)
    error, cost = _errors_and_costs(inspected, x)
    progress(0.3)
    known = inspected.reference_images()
    pca = baselines.pca_errors(known.all().flatten(1).numpy(), x.flatten(1).numpy(), d)
    progress(0.7)
    values: dict[str, Any] = {
        "model": mean_of(error),
        "pca": mean_of(pca),
        "difference": mean_of(error - pca),
        "share": float((error < pca).mean()),
        "components": min(d, len(known), pixels),
        "fitted": len(known),
        "cost": mean_of(cost),
        "learned": None,
    }
    arrays: dict[str, NDArray[Any]] = {"rows": rows, "model": error, "pca": pca, "learned": np.zeros(0)}
    if inspected.split_name == "test":
        learned, learned_cost = _errors_and_costs(inspected, inspected.images(np.sort(some(inspected.train_rows, len(rows)))))
        values["learned"] = {"error": mean_of(learned), "cost": mean_of(learned_cost), "n": len(learned)}
        arrays["learned"] = learned
    return Findings(values, arrays, "per-image", len(rows), samples=4)


def _errors_and_costs(inspected: InspectedRun, x: Tensor) -> tuple[Float64s, Float64s]:
    """Return the mean square error of each image (n,), and what it costs in nats: without a KL its reconstruction alone."""
    from vae_core.evaluation import scoring

    scores = scoring.test_scores(inspected.model, x, inspected.run.config)
    costs = scores.reconstructions if math.isnan(scores.kl) else scores.reconstructions + scores.kls
    return scoring.squared_errors(inspected.model, x), costs


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    for name in ("model", "pca", "difference"):
        at, error = values[name]["value"], values[name]["standard_error"]
        yield f"{'mean square error: ' + name:34s}{at:10.5f}" + error_words(error, ".5f")
    yield f"nearer than PCA of {values['components']} axes on {values['share']:.1%} of the images; PCA fitted on {values['fitted']} of them"
    yield line_of("cost of these images", values["cost"])
    if learned := values["learned"]:
        yield line_of("cost of images learned from", learned["cost"])


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    learned = {"error": MEAN, "cost": MEAN, "n": COUNT}
    means = {name: MEAN for name in ("model", "pca", "difference", "cost")}
    return {**means, "share": SHARE, "components": COUNT, "fitted": COUNT, "learned": (learned, None)}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    return {"rows": "iu n", "model": "f n", "pca": "f n", "learned": "f m"}


PART = Part(6, compute, lines, value_shapes, array_shapes)
