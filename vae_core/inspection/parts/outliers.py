"""The worst and strangest images: per image its cost, its density without it, its neighbours' labels, its duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.evaluation import outliers
from vae_core.inspection.parts.common import Part, Values
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, Shape


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Compute what the latent positions tell of each image, and where the data are at hand what the images themselves tell."""
    mu, log_var = inspected.posteriors()
    n, rows = len(mu), inspected.rows
    nothing = np.full(n, np.nan)
    arrays = {"rows": rows, "labels": np.full(n, -1), "group": np.full(n, -1), "reconstruction": nothing, "negative_elbo": nothing}
    arrays |= outliers.neighbour_agreement(mu, None)
    arrays["log_density"] = outliers.leave_one_out(mu, log_var, lambda share: progress(0.4 * share))
    values: dict[str, Any] = {"duplicates": [], "identical": 0, "tolerance": outliers.TOLERANCE, "constant": False}
    values["classes"] = list(inspected.run.dataset.get("class_names", ()))
    found = Findings(values, arrays, "per-image", n, samples=4)
    if np.isnan(arrays["log_density"]).all():
        why = "One image has no others beside it" if n < 2 else "An autoencoder gives points and no spread"
        found.unavailable.append(Unavailable("few-images" if n < 2 else "autoencoder", f"{why}, so there is no density.", "log_density"))
    try:
        _look_at_images(inspected, mu, found, progress)
    except Unavailable as error:
        found.unavailable.append(Unavailable(error.reason, error.message, "reconstruction"))
    return found


def _look_at_images(inspected: InspectedRun, mu: NDArray[Any], found: Findings, progress: Progress) -> None:
    """Add what needs the images themselves."""
    from vae_core.evaluation.scoring import test_scores

    x, labels = inspected.images(inspected.rows), inspected.labels(inspected.rows)
    scores = test_scores(inspected.model, x, inspected.run.config)
    found.arrays |= {"reconstruction": scores.reconstructions, "negative_elbo": scores.reconstructions + scores.kls}
    progress(0.6)
    if labels is None:
        found.unavailable.append(
            Unavailable("no-labels", "The images have no classes, so neighbours cannot disagree about them.", "agreement")
        )
    else:
        found.arrays |= {"labels": labels, **outliers.neighbour_agreement(mu, labels)}
    groups, identical = outliers.duplicates(x.flatten(1).numpy(), progress=lambda share: progress(0.7 + 0.3 * share))
    found.arrays["group"] = found.arrays["group"].copy()
    for number, members in enumerate(groups):
        found.arrays["group"][members] = number
    found.values |= {"duplicates": [inspected.rows[members].tolist() for members in groups], "identical": identical}
    found.values["constant"] = bool(len(x) > 1 and (x == x[0]).all())


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    if values["constant"]:
        yield "All images are the same."
    groups = values["duplicates"]
    yield f"{len(groups)} groups of duplicates, {values['identical']} of them identical"
    for group in groups[:10]:
        yield f"rows {', '.join(map(str, group[:10]))}" + (f" and {len(group) - 10} more" if len(group) > 10 else "")


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    return {"duplicates": [[COUNT]], "identical": COUNT, "constant": bool, "classes": [str]}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays, one entry per image."""
    numbers = ("reconstruction", "negative_elbo", "log_density", "agreement", "majority_share")
    return {name: "iu n" for name in ("rows", "labels", "group", "majority")} | {name: "f n" for name in numbers}


PART = Part(5, compute, lines, value_shapes, array_shapes, growth=2)
