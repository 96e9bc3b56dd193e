"""What the numbers of a finished run stand on, in sentences."""

from __future__ import annotations

import math
from dataclasses import fields

from dashboard.i18n.format import fixed, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import pixels_name, setting_value
from dashboard.i18n.texts import t, text_or
from dashboard.widgets.run_notes import density_note, is_held_out, neighbour_sentences
from vae_core.config import ObjectiveConfig
from vae_core.evaluation import stored_results
from vae_core.messages import Message
from vae_core.registries import traits
from vae_core.runs.run import Run


def protocol_sentences(run: Run) -> list[str]:
    """Return what the final numbers stand on: data, pixels and likelihood, whether they are log-likelihoods, how well classes part."""
    test, config = run.summary["test"], run.config
    pixels, likelihood = pixels_name(run), text_or(f"likelihood.{config.model.likelihood}", config.model.likelihood)
    counts = {"n": fixed(test["n"], 0), "epoch": run.summary["best_epoch"], "epochs": run.summary["epochs"]}
    images = t("losses.test_images" if is_held_out(run) else "losses.training_images")
    sentences = [t("losses.protocol", images=images, pixels=pixels, likelihood=likelihood, **counts)]
    if taken := run.dataset.get("taken"):
        sentences.append(plain(translated(Message.of(taken))))
    if traits("likelihood", config.model.likelihood).get("support") == "binary" and config.data.pixels == "grey":
        is_colour = run.image_shape is not None and run.image_shape.is_colour
        sentences.append(t("losses.coloured" if is_colour else "losses.grey"))
    if note := density_note(config.model.likelihood):
        sentences.append(note)
    if (bits := stored_results.bits_per_dimension(run)) is not None:
        sentences.append(t("losses.bits", bits=fixed(bits, 3), numbers=fixed(math.prod(run.dataset["event_shape"]), 0)))
    if traits("likelihood", config.model.likelihood).get("support") == "levels" and stored_results.references(run)[0]:
        sentences.append(t("losses.levels"))
    if run.has_kl and test["n"] > 1:  # the mean of a single image does not move
        sentences.append(t("losses.active", active=test["active_units"], d=config.model.latent_size))
    sentences += [*neighbour_sentences(run), *missing_references(run)]
    compared = run.summary.get("compared", {})
    if compared.get("test", test["n"]) < test["n"]:
        sentences.append(t("losses.compared", **{part: fixed(count, 0) for part, count in compared.items()}))
    return sentences


def minimised_sentences(config: ObjectiveConfig) -> list[str]:
    """Return what training minimised at its final weights, where that is not the total, and that the total counts both parts in full."""
    is_elbo = (config.objective == "iwae" and config.samples == 1) or (config.objective == "free-bits" and not config.free_bits)
    name = "elbo" if is_elbo else config.objective
    if name in ("elbo", "beta-tc") and config.beta == 1:
        return []
    key = "iwae-weighted" if name == "iwae" and config.beta != 1 else name
    values = {f.name: setting_value(f.name, getattr(config, f.name)) for f in fields(config)}
    return [t(f"losses.minimised.{key}", **values), t("losses.in_full")]


def missing_references(run: Run) -> list[str]:
    """Return which simpler models do not stand beside the run, and why."""
    found = stored_results.references(run)[1].items()
    return [t("losses.left_out", name=text_or(f"reference.{name}", plain(name)), sentence=plain(translated(why))) for name, why in found]
