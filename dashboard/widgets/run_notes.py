"""What the numbers of a finished run stand on, in sentences."""

from __future__ import annotations

from dashboard.i18n.format import fixed, percent, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import t, text_or
from vae_core.diagnostics import advice
from vae_core.evaluation import stored_results
from vae_core.messages import Message
from vae_core.registries import traits
from vae_core.runs.run import Run


def is_held_out(run: Run) -> bool:
    """Tell whether the final numbers are on images that the model never learnt from."""
    return run.summary.get("test_split") != "train"


def collapse(run: Run) -> str:
    """Say of a finished run whose map says nothing why that is and what helps; nothing of others."""
    sentence = advice.collapse(run.config, run.summary) if run.summary else None
    return plain(translated(sentence)) if sentence else ""


def density(likelihood: str) -> str:
    """Say of a likelihood whose nats may lie below 0 that this is in order; nothing of others."""
    return "" if traits("likelihood", likelihood).get("support") == "binary" else t("losses.density")


def told(run: Run) -> str:
    """Say how training goes or how it ended."""
    return plain(translated(run.sentence))


def protocol(run: Run) -> list[str]:
    """Name data, pixels and likelihood behind the final numbers, say where they are no log-likelihood, and how well classes part."""
    test, config = run.summary["test"], run.config
    pixels, likelihood = t(f"pixels.{config.data.pixels}"), text_or(f"likelihood.{config.model.likelihood}", config.model.likelihood)
    counts = {"n": fixed(test["n"], 0), "epoch": run.summary["best_epoch"], "epochs": run.summary["epochs"]}
    images = t("losses.test_images" if is_held_out(run) else "losses.training_images")
    sentences = [t("losses.protocol", images=images, pixels=pixels, likelihood=likelihood, **counts)]
    if taken := run.dataset.get("taken"):
        sentences.append(plain(translated(Message.of(taken))))
    if traits("likelihood", config.model.likelihood).get("support") == "binary" and config.data.pixels == "grey":
        sentences.append(t("losses.grey"))
    if said := density(config.model.likelihood):
        sentences.append(said)
    if run.has_kl:
        sentences.append(t("losses.active", active=test["active_units"], d=config.model.latent_size))
    sentences += [*classes(run), *left_out(run)]
    compared = run.summary.get("compared", {})
    if compared.get("test", test["n"]) < test["n"]:
        sentences.append(t("losses.compared", **{part: fixed(count, 0) for part, count in compared.items()}))
    return sentences


def classes(run: Run) -> list[str]:
    """Say how well neighbours tell the classes, of which images, and in how many dimensions."""
    if (found := stored_results.neighbour_votes(run)) is None:
        return []
    d, shown = run.config.model.latent_size, found.get("map_accuracy")
    key = "knn" if d <= 2 else "knn_all" if shown is None else "knn_both"
    images = t("losses.knn_training" if found.get("is_own_left_out") else "losses.knn_test")
    shares = {"accuracy": percent(found["accuracy"]), "shown": percent(shown or 0)}
    pca = found["pca_accuracy"]
    sentences = [t(f"losses.{key}", k=found["k"], d=d, images=images, **shares)]
    return sentences + ([] if pca is None else [t("losses.knn_pca", pca=percent(pca))])


def left_out(run: Run) -> list[str]:
    """Say which simpler models do not stand beside the run, and why."""
    found = stored_results.references(run)[1].items()
    return [t("losses.left_out", name=text_or(f"reference.{name}", plain(name)), sentence=plain(translated(why))) for name, why in found]
