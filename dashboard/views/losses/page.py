"""Losses: what the model pays for an image, epoch by epoch, and on the test set in the end."""

from __future__ import annotations

import streamlit as st

from dashboard.figures.loss_curves import has_kl, shown_split, varies
from dashboard.i18n.format import cost_parts, fixed, number, plain
from dashboard.i18n.names import run_name, weighed_name
from dashboard.i18n.texts import prose, t, text_or
from dashboard.session import cache
from dashboard.session.run_choice import current_run
from dashboard.views.losses import curves, reconstructions
from dashboard.views.losses.protocol import minimised_sentences, protocol_sentences
from dashboard.widgets.run_notes import density_note, status_sentence
from vae_core.evaluation import stored_results

run = current_run()
history = cache.history(run)
summary = run.summary
references = [(text_or(f"reference.{row['name']}", row["name"]), float(row["nats"])) for row in stored_results.references(run)[0]]


def in_full(value: float, key: str) -> str:
    """Return a cost with all its digits and, as the text `key` says, with its error; the mean of one image has none."""
    error, n = summary["test"]["standard_error"], fixed(summary["test"]["n"], 0)
    if error is None:
        return t("losses.all_digits_one", value=fixed(value, 6))
    return t(f"losses.{key}", value=fixed(value, 6), error=number(error, 2), n=n)


def final_numbers() -> None:
    """Show the cost of a test image and its two parts; all digits and the error stand behind the question mark."""
    test = summary["test"]
    if not run.has_kl:
        digits = in_full(test["reconstruction"], "all_digits_reconstruction")
        st.metric(t("losses.metric_reconstruction"), t("losses.nats", value=fixed(test["reconstruction"], 1)), help=digits)
        st.write(t("losses.no_kl"))
        return
    printed = cost_parts(test["reconstruction"], test["kl"])
    for column, key, short in zip(st.columns(3), ("reconstruction", "kl", "sum"), printed, strict=True):
        digits = in_full(test["negative_elbo" if key == "sum" else key], "all_digits")
        column.metric(t(f"losses.metric_{key}"), t("losses.nats", value=short), help=digits)


def reading_help() -> None:
    """Explain lines, parts and weight in plain words."""
    st.markdown(t("losses.lines_both" if shown_split(history) == "validation" else "losses.lines_train"))
    if not has_kl(history):
        return
    key, last = "varies" if varies(history) else "fixed", f"{history['kl_weight'][-1]:.3g}"
    weight = t(f"losses.weight_{key}", what=weighed_name(run.config), weight=last)
    with st.expander(t("losses.help")):
        st.markdown(t("losses.help_text", weight=prose(weight, *minimised_sentences(run.config.objective))))
        if shown_split(history) == "validation":  # else there is no dashed line
            st.markdown(t("losses.help_overfitting"))


st.title(t("losses.title"), anchor=False)
st.write(t("losses.lead" if has_kl(history) or not len(history["epoch"]) else "losses.lead_without_kl"))
if not summary:
    key = "losses.unfinished" if len(history["epoch"]) else "losses.none_yet"
    st.info(t(key, name=plain(run_name(run.name)), sentence=status_sentence(run)))
else:
    final_numbers()
if len(history["epoch"]):
    curves.show(run, history, references)
    reading_help()
if summary:
    reconstructions.show(run)
st.markdown("\n\n".join(protocol_sentences(run)) if summary else density_note(run.config.model.likelihood))
