"""A mat that is bent: with which power of its length the bump of a small piece of it shrinks."""

from __future__ import annotations

from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {}


def build() -> tuple[Facts, Arrays]:
    """Return the powers: of a smooth mat, and where it is folded."""
    facts = {
        "smooth": 2,
        "fold": 1,
        "made": "Taylor's theorem: what a tangent plane leaves over is of second order; across a fold it is of first order",
    }
    return facts, {}
