"""What is computed of a run by key, in the order in which it is computed, the quick first: for Inspect and Report, and for Use."""

from __future__ import annotations

from vae_core.inspection.parts import (
    anomaly,
    bounds,
    completion,
    compression,
    denoising,
    editing,
    features,
    few_labels,
    generation,
    inference_gap,
    kl_decomposition,
    outliers,
    prior_holes,
    rate_distortion,
    redrawing,
    search,
)
from vae_core.inspection.parts.common import Part

INSPECTED: dict[str, Part] = {
    "kl-decomposition": kl_decomposition.PART,
    "rate-distortion": rate_distortion.PART,
    "redrawing": redrawing.PART,
    "prior-holes": prior_holes.PART,
    "outliers": outliers.PART,
    "bounds": bounds.PART,
    "inference-gap": inference_gap.PART,
}
APPLICATIONS: dict[str, Part] = {
    "search": search.PART,
    "compression": compression.PART,
    "features": features.PART,
    "few-labels": few_labels.PART,
    "denoising": denoising.PART,
    "anomaly": anomaly.PART,
    "completion": completion.PART,
    "editing": editing.PART,
    "generation": generation.PART,
}
PARTS = INSPECTED | APPLICATIONS
FORMER_KEYS = {"nats": "kl-decomposition", "holes": "prior-holes", "gap": "inference-gap"}  # which the command line still takes
