"""What of a finished run's summary may be shown: numbers that earlier versions stored with another meaning are left out, by name."""

from __future__ import annotations

import math
from typing import Any

from vae_core.evaluation.closed_forms import MEANINGLESS, is_reference
from vae_core.messages import Message
from vae_core.registries import traits
from vae_core.runs.run import Run


def neighbour_votes(run: Run) -> dict[str, Any] | None:
    """Return how often neighbours in latent space vote for an image's own class, or None where that is not known.

    Returns:
        k; accuracy, by places in all latent dimensions; map_accuracy, in the two that the map shows, where there are more and the run says;
        pca_accuracy or None; is_own_left_out, where the training images stand in for a test set.
    """
    known: dict[str, Any] | None = run.summary.get("knn")
    if known is None or (run.summary.get("test_split") == "train" and not known.get("is_own_left_out")):
        return None  # earlier versions counted a training image among its own neighbours
    return known


def bits_per_dimension(run: Run) -> float | None:
    """Return what a number of a test image costs, as the negative ELBO says, in bits; None where the cost is no probability of levels.

    Densities have no such bits: how many they are depends on what is taken for one unit.
    """
    support, total = traits("likelihood", run.config.model.likelihood).get("support"), run.summary["test"]["negative_elbo"]
    if total is None or not (support == "levels" or (support == "binary" and run.config.data.pixels != "grey")):
        return None
    return float(total / math.prod(run.dataset["event_shape"]) / math.log(2))


def references(run: Run) -> tuple[list[dict[str, Any]], dict[str, Message]]:
    """Return what simpler models score on the same images, [{"name", "nats"}], and by name why others are not among them."""
    numbers, is_fitted = math.prod(run.dataset["event_shape"]), traits("likelihood", run.config.model.likelihood).get("learns_sigma")
    left_out = {entry["name"]: Message.of(entry) for entry in run.summary.get("left_out", ())}
    kept = []
    for row in run.summary.get("references", ()):
        if is_fitted and not is_reference(row["nats"], numbers):
            left_out[row["name"]] = MEANINGLESS
        else:
            kept.append(row)
    return kept, left_out
