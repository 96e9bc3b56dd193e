"""What the numbers of a finished run stand on, in sentences."""

from __future__ import annotations

from dashboard.text import fixed, known, t
from vae_core.runs import Run


def is_held_out(run: Run) -> bool:
    """Tell whether the final numbers are on images that the model never learnt from."""
    return run.summary.get("test_split") != "train"


def protocol(run: Run) -> list[str]:
    """Name data, pixels and likelihood behind the final numbers, say where they are no log-likelihood, and how well classes part."""
    test, config = run.summary["test"], run.config
    pixels, likelihood = t(f"pixels.{config.data.pixels}"), known(f"likelihood.{config.model.likelihood}", config.model.likelihood)
    counts = {"n": fixed(test["n"], 0), "epoch": run.summary["best_epoch"], "epochs": run.summary["epochs"]}
    images = t("losses.test_images" if is_held_out(run) else "losses.training_images")
    sentences = [t("losses.protocol", images=images, pixels=pixels, likelihood=likelihood, **counts)]
    if config.model.likelihood == "bernoulli" and config.data.pixels == "grey":
        sentences.append(t("losses.grey"))
    if run.has_kl:
        sentences.append(t("losses.active", active=test["active_units"], d=config.model.latent_size))
    if knn := run.summary.get("knn"):
        shares = {"accuracy": fixed(100 * knn["accuracy"], 0), "pca": fixed(100 * knn["pca_accuracy"], 0)}
        sentences.append(t("losses.knn", k=knn["k"], **shares))
    return sentences
