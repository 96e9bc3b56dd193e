"""The parts of Inspect by key, in the order in which they are computed: the quick ones first."""

from __future__ import annotations

from vae_core.inspection.parts import bounds, inference_gap, kl_decomposition, outliers, prior_holes, rate_distortion, redrawing
from vae_core.inspection.parts.common import Part

PARTS: dict[str, Part] = {
    "kl-decomposition": kl_decomposition.PART,
    "rate-distortion": rate_distortion.PART,
    "redrawing": redrawing.PART,
    "prior-holes": prior_holes.PART,
    "outliers": outliers.PART,
    "bounds": bounds.PART,
    "inference-gap": inference_gap.PART,
}
FORMER_KEYS = {"nats": "kl-decomposition", "holes": "prior-holes", "gap": "inference-gap"}  # which the command line still takes
