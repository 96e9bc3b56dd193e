"""The rate-distortion curve that no linear Gaussian model can beat, the water level, and where a run of this kind stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict

from vae_core.evaluation import closed_forms, rate_distortion
from vae_core.inspection.parts.common import Part, Values
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.messages import reason
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, Shape

POINT = {"rate": float, "error": float, "active": COUNT}


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Compute the curve, the water level and the run's own point on the images that it learned from."""
    if sentence := rate_distortion.no_curve_because(inspected.run):
        raise Unavailable("not-linear-gaussian", sentence)
    from vae_core.evaluation.scoring import test_scores
    from vae_core.model.likelihoods import NormalNoise

    pixels = math.prod(inspected.run.dataset["event_shape"])
    if min(pixels, len(inspected.train_rows)) > closed_forms.MAX_NUMBERS:
        raise Unavailable(
            "too-large",
            f"Shannon's curve takes the covariance of all {pixels} pixels, which is done for {closed_forms.MAX_NUMBERS} at most.",
        )
    x, vae, beta = inspected.images(inspected.train_rows), inspected.model, inspected.run.config.objective.beta
    latent_size = inspected.run.config.model.latent_size
    scores = test_scores(vae, x, inspected.run.config)
    progress(0.5)
    assert isinstance(vae.likelihood, NormalNoise)  # refusal lets no other pass
    sigma2 = vae.likelihood.variance.item()
    try:
        theory = rate_distortion.shannon(x.flatten(1).numpy(), beta, sigma2, latent_size)
    except ValueError as error:
        raise Unavailable("constant", reason(error)) from error
    squares = 2 * sigma2 * (scores.reconstruction - 0.5 * pixels * math.log(2 * math.pi * sigma2))
    values = {
        "eigenvalues": theory.eigenvalues.tolist(),
        "sigma2": sigma2,
        "beta": beta,
        "theta": theory.level,
        "slope": -1 / beta,
        "theory": asdict(theory.theory),
        "here": {"rate": scores.kl, "error": squares, "active": len(scores.kl_per_dim) - scores.asleep},
        "latent_size": latent_size,
    }
    curves = {"curve": theory.curve, "reachable": theory.reachable}
    arrays = {f"{name}_{key}": line[:, i] for name, line in curves.items() for i, key in enumerate(("rate", "error"))}
    return Findings(values, arrays, "water-filling", len(x), "train", 4)


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    yield f"water level {values['theta']:.4g}, slope {values['slope']:.3g}"
    for name in ("theory", "here"):
        at = values[name]
        yield f"{name:7s} rate {at['rate']:.4f} nats, squared error {at['error']:.4f}, {at['active']} directions in use"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    numbers = {name: float for name in ("sigma2", "beta", "theta", "slope")}
    return {"eigenvalues": [float, range(1, 10**6)], "theory": POINT, "here": POINT, "latent_size": COUNT, **numbers}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    return {"curve_rate": "f n", "curve_error": "f n", "reachable_rate": "f r", "reachable_error": "f r"}


PART = Part(3, compute, lines, value_shapes, array_shapes)
