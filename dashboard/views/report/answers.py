"""What the report says to each question: a verdict, the numbers that it rests on with their errors, and where more of them stand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dashboard.i18n.format import axis, fixed, number, percent, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import listed, prose, t
from dashboard.widgets.run_notes import is_held_out
from vae_core.diagnostics.advice import CLEAR, gap_of, is_even
from vae_core.diagnostics.events import History
from vae_core.diagnostics.trends import find_trends
from vae_core.evaluation import stored_results
from vae_core.inspection.result import Result
from vae_core.latent.latents import ASLEEP, Latents
from vae_core.messages import Message
from vae_core.runs.run import Run

LITTLE, MUCH = 1.1, 1.5  # times the squared error of images learned from: up to the one it is no overfitting, beyond the other it is
APART, MIXED = 0.75, 0.3  # of the way from guessing the largest class to no mistake
TOGETHER = "\u00a0"  # a space at which no line is broken
LISTED = 8  # dimensions that are named one by one


@dataclass(frozen=True)
class Answer:
    """An answer: its section in the texts below `report`, the verdict's key there, sentences in Markdown, and where more stands."""

    key: str
    verdict: str
    sentences: list[str]
    more: str = ""  # a page, or a part of Inspect after a slash

    @property
    def question(self) -> str:
        """The question, in words."""
        return t(f"report.{self.key}.question")

    @property
    def short(self) -> str:
        """The verdict, in a word or two."""
        return t(f"report.{self.key}.{self.verdict}")


def with_error(part: Mapping[str, Any], most: int = 6) -> str:
    """Return a mean with its standard error, to two digits of the error and so many places at most; without an error, to three digits."""
    value, error = part["value"], part["standard_error"]
    if not error:
        return number(value, 3)
    places = min(most, max(0, 1 - math.floor(math.log10(error))))
    return f"{fixed(value, places)}{TOGETHER}±{TOGETHER}{fixed(error, places)}"


def reason(result: Result) -> str:
    """Return why a part could give nothing, as the core says it: with the way to get back what is missing."""
    return prose(*dict.fromkeys(plain(translated(Message.of(entry))) for entry in result.unavailable))


def redraws(run: Run, found: Result) -> Answer:
    """Answer whether the model redraws images better than PCA of the same size."""
    values = found.values
    if not values:
        return Answer("redraws", "unknown", [reason(found)])
    model, pca, difference = (values[name]["value"] for name in ("model", "pca", "difference"))
    error = values["difference"]["standard_error"]
    verdict = "unknown" if error is None else "even" if abs(difference) <= CLEAR * error else "yes" if difference < 0 else "no"
    less = 100 * (1 - model / pca) if pca else 0.0
    said = {"percent": number(abs(less), 2), "images": _images(run, found.protocol["n"]), "d": values["components"]}
    numbers = {name: with_error(values[name]) for name in ("model", "pca", "difference")}
    shares = {"share": percent(values["share"]), "fitted": fixed(values["fitted"], 0)}
    return Answer(
        "redraws",
        verdict,
        [t(f"report.redraws.said_{verdict}", **said), t("report.redraws.numbers", **said, **numbers, **shares)],
        "losses",
    )


def _images(run: Run, n: int) -> str:
    return t("report.unseen" if is_held_out(run) else "report.learned_from", n=fixed(n, 0))


def overfitted(run: Run, history: History, found: Result | None) -> Answer:
    """Answer whether the model knows its training images by heart, from what images of either kind cost it, else from its curves.

    The curves are of all epochs, and the weights that were kept may be from before they part: what is measured on these decides.
    """
    trends = {trend.kind: trend.values for trend in find_trends(history, run.config.model.latent_size)}
    rising, sentences, verdict = trends.get("overfitting"), [], ""
    if rising is not None:
        said = {"epoch": fixed(rising["epoch"], 0), "worse": number(rising["worse"], 2), "best": run.summary["best_epoch"]}
        sentences.append(t("report.overfitted.rising", **said))
        verdict = "yes"
    if found is not None and (learned := found.values.get("learned")):
        held, known = found.values["cost"], learned["cost"]
        gap, times = gap_of(held, known), _times(found.values["model"]["value"], learned["error"]["value"])
        verdict = _degree(found, times)
        numbers = {"held": with_error(held), "learned": with_error(known), "gap": with_error(asdict(gap))}
        sentences += [t(f"report.overfitted.said_{verdict}"), t("report.overfitted.numbers", times=number(times, 3), **numbers)]
    elif not verdict and run.summary["validation_score"] is not None:
        verdict = "no"
        sentences.append(t("report.overfitted.flat", epoch=run.summary["best_epoch"], epochs=run.summary["epochs"]))
    if not verdict:
        return Answer("overfitted", "unknown", [t("report.overfitted.none_held_out")])
    return Answer("overfitted", verdict, sentences, "losses")


def _times(held: float, learned: float) -> float:
    return held / learned if learned else 1.0


def _degree(found: Result, times: float) -> str:
    if any(one["cost"]["standard_error"] is None for one in (found.values, found.values["learned"])):  # one image
        return "unknown"
    if is_even(found.values) or times <= LITTLE:
        return "no"
    return "yes" if times > MUCH else "little"


def asleep(run: Run, points: Latents) -> Answer:
    """Answer which dimensions carry nothing, in nats of KL; without a KL by how many means move with the image."""
    d, test = run.config.model.latent_size, run.summary["test"]
    if not run.has_normal_prior:
        if test["n"] == 1:
            return Answer("asleep", "unknown", [t("report.asleep.without_kl_unknown")])
        values = {"active": test["active_units"], "d": d}
        return Answer("asleep", "no" if test["active_units"] == d else "some", [t("report.asleep.without_kl", **values)])
    each = 0.5 * (points.mu.astype(np.float64) ** 2 + np.exp(points.log_var.astype(np.float64)) - 1 - points.log_var)
    errors = each.std(0, ddof=1) / math.sqrt(len(each)) if len(each) > 1 else np.zeros(d)
    kl = each.mean(0)
    sleeping, awake = np.flatnonzero(kl < ASLEEP).tolist(), np.flatnonzero(kl >= ASLEEP).tolist()
    verdict = "no" if not sleeping else "all" if len(sleeping) == d else "some"
    named = {name: _named(dims, kl, errors) for name, dims in (("sleeping", sleeping), ("awake", awake))}
    kind = "no_one" if d == 1 and not sleeping else verdict
    counts = {"n": len(sleeping), "d": d, "asleep": ASLEEP}
    return Answer("asleep", verdict, [t(f"report.asleep.said_{kind}", **named, **counts)], "inspect/kl-decomposition")


def _named(dims: list[int], kl: Any, errors: Any) -> str:
    """Name dimensions with what each of them carries; of many the first ones."""
    words = [f"{axis(dim)}{TOGETHER}{with_error({'value': kl[dim], 'standard_error': errors[dim]}, 4)}" for dim in dims]
    return listed(words, LISTED)


def separates(run: Run, points: Latents) -> Answer:
    """Answer whether neighbours in latent space are of one class."""
    votes = stored_results.neighbour_votes(run)
    if votes is None:
        has_classes = len(run.dataset.get("class_names", ())) > 1
        return Answer("separates", "unknown", [t("report.separates.not_known" if has_classes else "report.separates.no_classes")])
    n, share = run.summary.get("compared", {}).get("test", run.summary["test"]["n"]), votes["accuracy"]
    largest = 0.0 if points.labels is None else float(np.bincount(points.labels).max() / len(points.labels))
    gained = (share - largest) / (1 - largest) if largest < 1 else 0.0
    verdict = "yes" if gained >= APART else "partly" if gained >= MIXED else "no"
    said = {"accuracy": _share(share, n), "k": votes["k"], "largest": percent(largest), "d": run.config.model.latent_size}
    sentences = [t("report.separates.said", **said)]
    if votes.get("map_accuracy") is not None:
        sentences.append(t("report.separates.map", accuracy=_share(votes["map_accuracy"], n)))
    if votes["pca_accuracy"] is not None:
        sentences.append(t("report.separates.pca", accuracy=_share(votes["pca_accuracy"], n)))
    return Answer("separates", verdict, sentences, "inspect/outliers")


def _share(share: float, n: int) -> str:
    """Return a share of n images in percent, with its standard error."""
    return with_error({"value": 100 * share, "standard_error": 100 * math.sqrt(share * (1 - share) / n)})
