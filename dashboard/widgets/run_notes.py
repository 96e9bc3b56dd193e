"""Sentences about a run that several pages show."""

from __future__ import annotations

from dashboard.i18n.format import percent, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t
from vae_core.diagnostics import advice
from vae_core.evaluation import stored_results
from vae_core.registries import traits
from vae_core.runs.run import Run


def is_held_out(run: Run) -> bool:
    """Tell whether the final numbers are of images that the model was not trained on."""
    return run.summary.get("test_split") != "train"


def collapse_warning(run: Run) -> str:
    """Return why a finished run has collapsed and what helps, or nothing."""
    sentence = advice.collapse(run.config, run.summary) if run.summary else None
    return plain(translated(sentence)) if sentence else ""


def density_note(likelihood: str) -> str:
    """Return that the nats of a likelihood over densities may lie below 0, or nothing."""
    return t("losses.density") if traits("likelihood", likelihood).get("support") in ("unit", "real") else ""


def status_sentence(run: Run) -> str:
    """Return how training goes or how it ended."""
    return plain(translated(run.sentence))


def neighbour_sentences(run: Run) -> list[str]:
    """Return how well neighbours tell the classes, of which images, and in how many dimensions."""
    if (found := stored_results.neighbour_votes(run)) is None:
        return []
    d, shown = run.config.model.latent_size, found.get("map_accuracy")
    key = "knn" if d <= 2 else "knn_all" if shown is None else "knn_both"
    images = t("losses.knn_training" if found.get("is_own_left_out") else "losses.knn_test")
    shares = {"accuracy": percent(found["accuracy"]), "shown": percent(shown or 0)}
    pca = found["pca_accuracy"]
    sentences = [t(f"losses.{key}", k=found["k"], d=d, images=images, **shares)]
    return sentences + ([] if pca is None else [t("losses.knn_pca", pca=percent(pca))])
