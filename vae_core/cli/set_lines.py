"""What a set of test images answers, in lines for the terminal, and as pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vae_core import rounding
from vae_core.evaluation import selected
from vae_core.evaluation.known_columns import known_columns
from vae_core.inspection.rules import of_ranges
from vae_core.printable import shown
from vae_core.runs.columns import date_in_words
from vae_core.runs.errors import RunError

if TYPE_CHECKING:
    from vae_core.evaluation.selected import Effect
    from vae_core.latent.regions import Mask
    from vae_core.runs.run import Run

MOST = 12  # lines of a list
STEPS = np.linspace(0, 1, 9)


def masks(run: Run, name: str, against: str | None) -> tuple[Mask, Mask]:
    """Return which test images are in a set, and what it is held against, a set or all others; what both hold counts for neither."""
    chosen = mask(run, name)
    if against is None:
        return chosen, ~chosen
    others = mask(run, against)
    return chosen & ~others, others & ~chosen


def mask(run: Run, name: str) -> Mask:
    """Return which test images are in a set, (N,)."""
    return of_ranges(run, run.selections.named(name).ranges)


def answers(run: Run, name: str, against: str | None) -> list[str]:
    """Return what a set answers, line by line."""
    chosen, others = masks(run, name, against)
    whole = mask(run, name)
    lines = [f"{name}: {whole.sum():,} of {len(whole):,} {run.summary['test_split']} images", *_classes(run, whole)]
    if against is not None and not (chosen.any() and others.any()):
        lines.append(f"  against {against}: one of the two has no image that the other has not")
    if chosen.any() and others.any():
        rest = "the rest" if against is None else against
        if against is not None:
            lines.append(f"  against {against}: {chosen.sum():,} and {others.sum():,} images, without those that are in both")
        lines += [*_nats(run, chosen, others, rest), *_effects(run, chosen, others, rest)]
        if against is not None:
            lines += _direction(run, chosen, others, rest)
    return [shown(line) for line in lines]


def _classes(run: Run, whole: Mask) -> Iterator[str]:
    """Yield the share of each class beside its share of all, the most frequent first."""
    labels, names = run.latents().labels, run.dataset.get("class_names", ())
    if labels is None or not whole.any():
        return
    inside, everywhere = selected.class_mix(labels, len(names), whole)
    order = [k for k in np.argsort(-inside, kind="stable") if inside[k]]
    for k in order[:MOST]:
        yield f"  class {names[k]:12s} {inside[k]:7,d}  {inside[k] / whole.sum():6.1%}, of all {everywhere[k] / len(whole):6.1%}"
    if len(order) > MOST:
        yield f"  and {len(order) - MOST:,} more classes"


def _nats(run: Run, chosen: Mask, others: Mask, rest: str) -> Iterator[str]:
    found = selected.contrasts(known_columns(run), chosen, others)
    ours = _printed({name: contrast.chosen.value for name, contrast in found.items()})
    theirs = _printed({name: contrast.others.value for name, contrast in found.items()})
    for name, contrast in found.items():
        label = name.replace("negative_elbo", "negative ELBO").replace("kl", "KL")
        one, other = _number(ours[name], contrast.chosen.standard_error), _number(theirs[name], contrast.others.standard_error)
        gap = _number(round(ours[name] - theirs[name], 2) + 0.0, contrast.standard_error)  # of what is printed; + 0.0: never "-0.00"
        yield f"  {label:18s} {one} nats per image, {rest} {other}, difference {gap}"


def _printed(means: dict[str, float]) -> dict[str, float]:
    """Return means to two decimals, reconstruction and KL such that they add up to the negative ELBO."""
    rounded = {name: round(value, 2) for name, value in means.items()}
    if "negative_elbo" in means:
        both = [means["reconstruction"], means["kl"]]
        reconstruction, kl = rounding.parts(both, 2)
        rounded |= {"reconstruction": reconstruction, "kl": kl, "negative_elbo": rounding.total(both, 2)}
    return rounded


def _number(value: float, standard_error: float) -> str:
    error = f" (standard error {standard_error:.2f})" if math.isfinite(standard_error) else ""
    return f"{value:.2f}{error}"


def _effects(run: Run, chosen: Mask, others: Mask, rest: str) -> Iterator[str]:
    """Yield which columns tell the set from other images, the largest effect first."""
    found = selected.effects(known_columns(run), chosen, others)
    if found:
        interval = f"effect size with its interval of {selected.CONFIDENCE:.0%}"
        yield f"  What tells it from {rest}, {interval}; it describes these images and proves nothing:"
    for effect in found[:MOST]:
        yield f"    {_label(effect):24s} {effect.size:6.2f} ({effect.low:.2f} to {effect.high:.2f})  {_both(effect)}"


def _label(effect: Effect) -> str:
    return f"{effect.column} = {effect.category}" if effect.category else effect.column


def _both(effect: Effect) -> str:
    if effect.category:
        return f"share {effect.chosen:.1%} against {effect.others:.1%}"
    if effect.is_date:
        return f"mean {date_in_words(round(effect.chosen))} against {date_in_words(round(effect.others))}"
    unit = f" {effect.unit}" if effect.unit else ""
    return f"mean {effect.chosen:.4g} against {effect.others:.4g}{unit}"


def _direction(run: Run, chosen: Mask, others: Mask, rest: str) -> Iterator[str]:
    way = selected.direction(run.latents().mu, chosen, others)
    assert way is not None  # neither is empty
    turn = "" if math.isnan(way.turn) else f"; other samples of these images turn it by {way.turn:.0f} degrees (median)"
    yield f"  The way to {rest} is {way.length:.3g} long in the units of z{turn}:"
    for dim in np.argsort(-abs(way.vector), kind="stable")[:MOST]:
        yield f"    z{dim + 1:<4d} {way.vector[dim]:8.3f} (standard error {way.standard_error[dim]:.3f})"


def pictures(run: Run, name: str, against: str | None, row: int | None, *, is_sheet: bool = False) -> bytes:
    """Return a PNG: a contact sheet; the mean picture and that of the mean place; or the way to another set, from an image on.

    Raises:
        RunError: the data are no pictures, a set is empty, or the row is of no test image.
    """
    from vae_core.data.pictures import mosaic_of, png

    if run.image_shape is None:
        raise RunError(f"The data of run {run.id!r} are no pictures.")
    chosen, others = masks(run, name, against)
    if not chosen.any():
        raise RunError(f"The set {name!r} has no images to draw.")
    if is_sheet:
        return png(selected.contact_sheet(run, run.selection(name)))
    if row is None:
        drawn = np.stack([selected.mean_picture(run, run.latents().rows[chosen]), selected.centroid(run, chosen)])
    else:
        latents, way = run.latents(), selected.direction(run.latents().mu, chosen, others)
        at = np.flatnonzero(latents.rows == row)
        if way is None or not len(at):
            raise RunError(f"Row {row} is of no test image of run {run.id!r}, or there is no other set to walk to; see --against.")
        drawn = selected.walk(run.decoder(), latents.mu[at[0]], way, STEPS.tolist())
    return png(mosaic_of(drawn[None]))
