"""What Inspect found, in lines for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_core.inspection import Result

Values = Mapping[str, Any]


def lines(result: Result) -> list[str]:
    """Return a head with the protocol, the figures, and what could not be given."""
    told = result.protocol
    samples = "" if told["samples"] is None else f", {told['samples']} samples"
    head = f"{result.part}: {told['n']} of {told['of']} {told['split']} images{samples}, {told['pixels']} pixels, seed {told['seed']}"
    body = LINES[result.part](result.values) if result.values else iter(())
    return [f"{head}, {told['seconds']:.1f} s", *(f"  {line}" for line in body), *(f"  {one['sentence']}" for one in result.cannot)]


def _row(name: str, value: Values | float | None, unit: str = "nats") -> str:
    error = value.get("standard_error") if isinstance(value, Mapping) else None
    number = value["value"] if isinstance(value, Mapping) else value
    shown = "not defined" if number is None else f"{number:10.3f} {unit}"
    return f"{name:34s}{shown}" + (f" (standard error {error:.3f})" if error is not None else "")


def _nats(values: Values) -> Iterator[str]:
    yield f"active dimensions {len(values['active'])} of {len(values['mu_variance'])}, asleep {len(values.get('asleep', ()))}"
    if "mean_kl" in values:
        yield _row("mean KL", values["mean_kl"])
    if "mutual_information" in values:
        yield _row("mutual information", values["mutual_information"]) + f", at most ln N = {values['log_n']:.3f}"
        yield _row("  its own image left out", values["leave_one_out"])
        yield _row("total correlation", values["total_correlation"])
        yield _row("dimension-wise KL", values["dimension_kl_total"])
        yield _row("mean KL minus the three", values["remainder"])


def _shannon(values: Values) -> Iterator[str]:
    yield f"water level {values['theta']:.4g}, slope {values['slope']:.3g}"
    for name in ("theory", "here"):
        at = values[name]
        yield f"{name:7s} rate {at['rate']:.4f} nats, squared error {at['error']:.4f}, {at['active']} directions in use"


def _bounds(values: Values) -> Iterator[str]:
    for bound in values["bounds"]:
        yield _row("negative ELBO" if bound["k"] == 1 else f"-log p(x), bound of {bound['k']} samples", bound)
    effective = values["effective_samples"]
    yield f"effective samples: {effective['median']:.0f} at the median; {effective['low']:.1%} of the images have fewer than 10"
    for reference in values["references"]:
        yield _row(reference["name"].replace("-", " "), reference)
    for one in values["published"]:
        yield f"published: {one['nats']:.2f} {one['model']} ({one['source']}; {one['note']})"
    if values["published_sentence"]:
        yield values["published_sentence"]


def _gap(values: Values) -> Iterator[str]:
    log_p = values["log_p"]
    yield _row("log p(x) by quadrature", log_p) + f", largest error {log_p['error']:.1g}"
    for name in ("gap", "amortisation", "approximation"):
        quantiles = values[name]["quantiles"]
        yield _row(name, values[name]) + f", median {quantiles[50]:.3f}, 90 % below {quantiles[90]:.3f}, largest {quantiles[100]:.3f}"
    yield f"{values['not_converged']} searches did not converge"
    beatable = [str(one["row"]) for one in values["examples"] if one["why"] == "beatable"]
    yield f"rows on which the encoder is easiest to beat: {', '.join(beatable)}"


def _holes(values: Values) -> Iterator[str]:
    mass = values["mass"]
    yield f"{mass['value']:.2%} of the bell (standard error {mass['standard_error']:.2%}) is empty; 1 % would be if the cloud were the bell"
    for hole in values["holes"]:
        place = ", ".join(f"{value:.2f}" for value in hole["z"])
        rim = ", on the rim" if hole["is_rim"] else ""
        share = f"{hole['mass']:.2%} (standard error {hole['standard_error']:.2%})"
        yield f"{share} round ({place}){rim}; nearest row {hole['nearest_row']}, {hole['nearest_distance']:.2f} away"
    if values["holes"]:
        yield f"these {len(values['holes'])} together {sum(hole['mass'] for hole in values['holes']):.2%}; smaller gaps hold the rest"


def _outliers(values: Values) -> Iterator[str]:
    if values["constant"]:
        yield "All images are the same."
    groups = values["duplicates"]
    yield f"{len(groups)} groups of duplicates, {values['identical']} of them identical"
    for group in groups[:10]:
        yield f"rows {', '.join(map(str, group[:10]))}" + (f" and {len(group) - 10} more" if len(group) > 10 else "")


LINES: dict[str, Callable[[Values], Iterator[str]]] = {
    "nats": _nats,
    "rate-distortion": _shannon,
    "bounds": _bounds,
    "gap": _gap,
    "holes": _holes,
    "outliers": _outliers,
}
