"""How long a part of Inspect takes for a run, about: what it takes for MNIST, scaled by what it grows with."""

from __future__ import annotations

import math

from vae_core.inspection.parts.registry import PARTS
from vae_core.model.architectures import network_of
from vae_core.runs.run import Run

CHEAP_SECONDS = 8.0  # within which a part is computed without being asked for
SOME, MANY = 1_000, 10_000  # images that the parts' seconds were measured with: those that draw, and those that compare all places
PIXELS, OTHERS = 28 * 28, 64  # of MNIST, and what an image costs besides, in pixels
CONVOLUTION = 3.0  # times as long with a convolution, which draws thirty times slower and is given fewer samples


def expected_seconds(run: Run, part: str, split: str = "test") -> float:
    """Return about how many seconds of a CPU core a part takes for these images of a finished run; none where it is not defined."""
    known = PARTS[part]
    if run.config.model.latent_size > known.most_dimensions or (known.needs_prior and not run.has_normal_prior):
        return 0.0
    count = run.summary["test"]["n"] if split == "test" else int(run.dataset["n_train"])
    if not known.is_drawn:
        return known.seconds * (count / MANY) ** known.growth
    shape = run.dataset["event_shape"]
    slowness = CONVOLUTION if network_of(run.config.model, shape).is_convolutional else 1.0
    return known.seconds * slowness * min(count, SOME) / SOME * (math.prod(shape) + OTHERS) / (PIXELS + OTHERS)


def cheap_parts(run: Run, split: str = "test") -> tuple[str, ...]:
    """Return the parts that take so little time that nobody needs to ask for them."""
    return tuple(part for part in PARTS if expected_seconds(run, part, split) <= CHEAP_SECONDS)
