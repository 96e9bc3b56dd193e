"""The true posterior against the encoder's q: log p(x) by quadrature, and what the bound loses to the encoder and to the shape of q."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_core.evaluation import posterior_grid
from vae_core.evaluation.posterior_grid import PosteriorGrid
from vae_core.inspection.parts.common import MEAN, Part, Values, line_of, mean_of, quantiles_of, rounded
from vae_core.inspection.result import Result
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable, require_finished
from vae_core.progress import Progress
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.storage.shapes import COUNT, Shape

if TYPE_CHECKING:
    from vae_core.evaluation.inference_gap import InferenceGaps

BEATABLE, MEDIAN, TIGHT = 6, 2, 2  # images whose posterior is stored on a grid
# Where no matrix product compares all places with all images: so many numbers of images at most, about five minutes, but these images.
NUMBERS, LEAST_IMAGES = 300_000, 10
GAPS = ("gap", "amortisation", "approximation")


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Compute the gaps of at most `max_images` images, and the posterior of a few of them on a grid."""
    inspected.require_kl()
    inspected.require_dimensions(2, "for more there is the bound of many samples")
    from vae_core.evaluation.inference_gap import STARTS, inference_gaps, subset_of
    from vae_core.evaluation.posterior_grid import grids_of

    size = math.prod(inspected.run.dataset["event_shape"])
    most = None if inspected.model.likelihood.is_exponential else max(LEAST_IMAGES, NUMBERS // size)
    rows = inspected.rows[inspected.subset(most)]
    x = inspected.images(rows)
    found = inference_gaps(inspected.model, x, lambda share: progress(0.9 * share))
    chosen = _examples(found)
    positions = [i for i, _ in chosen]
    drawn = grids_of(inspected.model, x[positions], subset_of(found, positions))
    labels = inspected.labels(rows)
    parts = {name: getattr(found, name) for name in GAPS}
    values: dict[str, Any] = {
        "log_p": {**mean_of(found.log_p), "error": float(found.error.max())},
        "negative_elbo": mean_of(-found.elbo),
        **{name: {**mean_of(part), "quantiles": quantiles_of(part)} for name, part in parts.items()},
        "not_converged": int((~found.is_settled).sum()),
        "starts": {name: int((found.start == i).sum()) for i, name in enumerate(STARTS)},
        "examples": [
            {
                "row": int(rows[i]),
                "why": why,
                "label": None if labels is None else int(labels[i]),
                **{name: float(part[i]) for name, part in parts.items()},
            }
            for i, why in chosen
        ],
    }
    stored = ("log_p", "error", "elbo", "best_elbo", "mu", "sigma", "best_mu", "best_sigma")
    arrays = {"rows": rows, **{name: getattr(found, name) for name in stored}}
    arrays |= {f"field_{i}_{name}": array for i, one in enumerate(drawn) for name, array in one.arrays().items()}
    return Findings(values, arrays, "quadrature", len(rows))


def _examples(found: InferenceGaps) -> list[tuple[int, str]]:
    """Return positions of images worth looking at, and why: the encoder can be beaten, the gap is usual, the gap is small."""
    by_amortisation = np.argsort(-found.amortisation, kind="stable")[:BEATABLE].tolist()
    by_gap = np.argsort(found.gap, kind="stable").tolist()
    middle = len(by_gap) // 2
    wanted = [(i, "beatable") for i in by_amortisation]
    wanted += [(i, "median") for i in by_gap[middle : middle + MEDIAN]] + [(i, "tight") for i in by_gap[:TIGHT]]
    return list({i: (i, why) for i, why in reversed(wanted)}.values())[::-1]


def stored_grids(result: Result) -> list[PosteriorGrid]:
    """Return the grids that were stored, in the order of the examples.

    Raises:
        RunError: they are damaged.
    """
    found = []
    for i in range(len(result.values.get("examples", ()))):
        mark = f"field_{i}_"
        own = {key[len(mark) :]: value for key, value in result.arrays.items() if key.startswith(mark)}
        try:
            found.append(posterior_grid.from_arrays(own))
        except (KeyError, ValueError, IndexError) as error:
            raise RunError("{file} is damaged; compute this part again.", file=result.file.name) from error
    return found


def grid_of_row(run: Run, row: int) -> PosteriorGrid:
    """Compute the grid of any row of the dataset; imports torch, about half a second.

    Raises:
        RunError: it cannot be given, in a sentence: data not at hand, no such row, too many dimensions, an autoencoder.
    """
    inspected = InspectedRun(require_finished(run))
    try:
        inspected.require_kl()
        inspected.require_dimensions(2, "so its posterior cannot be drawn on a grid")
        if not 0 <= row < len(inspected.dataset.values):
            raise RunError(
                "There is no row {row}; {dataset} has rows 0 to {last}.",
                row=row,
                dataset=run.dataset["name"],
                last=len(inspected.dataset.values) - 1,
            )
        return posterior_grid.grid_of(inspected.model, inspected.images(np.array([row]))[0])
    except Unavailable as error:
        raise RunError(error.message) from error


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    log_p = values["log_p"]
    yield line_of("log p(x) by quadrature", log_p) + f", largest error {log_p['error']:.1g}"
    amortisation, approximation = rounded([values["amortisation"], values["approximation"]])
    for name, part in zip(GAPS, (values["gap"], amortisation, approximation), strict=True):
        quantiles = values[name]["quantiles"]
        yield line_of(name, part) + f", median {quantiles[50]:.3f}, 90 % below {quantiles[90]:.3f}, largest {quantiles[100]:.3f}"
    yield f"{values['not_converged']} searches did not converge"
    beatable = [str(one["row"]) for one in values["examples"] if one["why"] == "beatable"]
    yield f"rows on which the encoder is easiest to beat: {', '.join(beatable)}"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    part = {**MEAN, "quantiles": [float, 101]}
    example = {"row": COUNT, "why": {"beatable", "median", "tight"}, "label": (COUNT, None), "gap": float}
    gaps = {name: part for name in GAPS}
    return {"log_p": {**MEAN, "error": float}, "negative_elbo": MEAN, "not_converged": COUNT, "examples": [example, range(1000)], **gaps}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of the arrays of each example's grid."""
    each = {"log_p": "f 2", "normals": f"f 6 {d}", "box_*": f"f 2 {d}", "log_ratio_*": "f ..."}
    return {f"field_{i}_{name}": shape for i in range(len(values["examples"])) for name, shape in each.items()}


PART = Part(100, compute, lines, value_shapes, array_shapes, is_drawn=True, most_dimensions=2, needs_prior=True)
