"""The parts of Inspect by key, in the order in which they are computed: the quick ones first."""

from __future__ import annotations

from vae_core.inspection.parts import bounds, inference_gap, kl_decomposition, outliers, prior_holes, rate_distortion

PARTS = {
    part.key: part
    for part in (
        kl_decomposition.PART,
        rate_distortion.PART,
        prior_holes.PART,
        outliers.PART,
        bounds.PART,
        inference_gap.PART,
    )
}
FORMER_KEYS = {"nats": "kl-decomposition", "holes": "prior-holes", "gap": "inference-gap"}  # which the command line still takes
