"""What a run scores and what Inspect found, in lines for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vae_core import rounding
from vae_core.evaluation import summary as summaries
from vae_core.printable import shown

if TYPE_CHECKING:
    from vae_core.inspection.store import Result
    from vae_core.runs.run import Run

Values = Mapping[str, Any]
REFERENCES = {"independent-pixels": "independent pixels", "ppca": "pPCA, same size", "entropy-floor": "entropy floor"}


def table(run: Run) -> list[str]:
    """Return a finished run's test scores and their references, in nats per image with the protocol."""
    summary, test = run.summary, run.summary["test"]
    kept = f"kept epoch {summary['best_epoch']} of {summary['epochs']}, {summary['seconds']:.1f} s"
    protocol = f"{test['n']} {summary['test_split']} images, {summary['protocol']} pixels, {test['samples']} samples each"
    rows = [f"Nats per image: {protocol}; {kept}", *_scores(test), *_references(run)]
    compared = summary.get("compared", {})
    if (votes := summaries.votes(run)) is not None:
        rows.append(_votes(run, votes, compared.get("test", test["n"])))
    if compared.get("test", test["n"]) < test["n"]:
        rows.append(
            f"  simpler models and neighbours: fitted on {compared['train']} images and tested on {compared['test']}, drawn at random"
        )
    return [shown(row) for row in rows]


def _scores(test: Values) -> Iterator[str]:
    error = f" (standard error {test['standard_error']:.2f})" if test["standard_error"] else ""
    if test["kl"] is None:
        yield f"  reconstruction     {test['reconstruction']:10.2f}{error}; an autoencoder has neither KL nor ELBO"
        return
    both = test["reconstruction"], test["kl"]
    reconstruction, kl = rounding.parts(both, 2)
    yield f"  negative ELBO      {rounding.total(both, 2):10.2f} = reconstruction {reconstruction:.2f} + KL {kl:.2f}{error}"
    per_dim = ", ".join(f"{value:.2f}" for value in sorted(rounding.parts(test["kl_per_dim"], 2, kl), reverse=True))
    yield f"  KL per dimension   {per_dim}"
    yield f"  active units       {test['active_units']} of {len(test['kl_per_dim'])}; asleep (KL below 0.01): {test['asleep']}"


def _references(run: Run) -> Iterator[str]:
    kept, left_out = summaries.references(run)
    for reference in kept:
        yield f"  {REFERENCES.get(reference['name'], reference['name']):18s} {reference['nats']:10.2f}"
    for name, sentence in left_out.items():
        yield f"  {REFERENCES.get(name, name):18s} left out: {sentence}"
    if run.config.model.likelihood == "bernoulli":
        yield "  pPCA               not comparable: it is a density over grey levels, and these are costs of black-or-white pixels"
        if run.summary["protocol"] == "grey":
            yield "  These are cross-entropies: grey pixels under a Bernoulli likelihood have no log-likelihood, and no published table."


def _votes(run: Run, votes: Values, n: int) -> str:
    """Say how well neighbours tell the classes, of which images, and by which places."""
    d = run.config.model.latent_size
    whose = "other training images" if votes.get("is_own_left_out") else "training images"
    by = {1: "the latent dimension", 2: "both latent dimensions"}.get(d, f"all {d} latent dimensions")
    shares = [f"{votes['accuracy']:.1%} by {by}"]
    if votes.get("map_accuracy") is not None:
        shares.append(f"{votes['map_accuracy']:.1%} by the two that the map shows")
    if votes["pca_accuracy"] is not None:
        shares.append(f"{votes['pca_accuracy']:.1%} by PCA of the same size")
    split = run.summary["test_split"]
    return f"  classes of {n} {split} images told by their {votes['k']} nearest neighbours among the {whose}: {', '.join(shares)}"


def lines(result: Result) -> list[str]:
    """Return a head with the protocol, the figures, and what could not be given."""
    told = result.protocol
    samples = "" if told["samples"] is None else f", {told['samples']} samples"
    head = f"{result.part}: {told['n']} of {told['of']} {told['split']} images{samples}, {told['pixels']} pixels, seed {told['seed']}"
    body = LINES[result.part](result.values) if result.values else iter(())
    told_in_full = [f"{head}, {told['seconds']:.1f} s", *(f"  {line}" for line in body), *(f"  {one['sentence']}" for one in result.cannot)]
    return [shown(line) for line in told_in_full]


def _row(name: str, value: Values | float | None, unit: str = "nats") -> str:
    error = value.get("standard_error") if isinstance(value, Mapping) else None
    number = value["value"] if isinstance(value, Mapping) else value
    told = "not defined" if number is None else f"{number:10.3f} {unit}"
    return f"{name:34s}{told}" + (f" (standard error {error:.3f})" if error is not None else "")


def _adding_up(parts: Sequence[Values]) -> list[Values]:
    """Return parts of one sum, rounded as they are printed so that they add up."""
    rounded = rounding.parts([part["value"] for part in parts], 3)
    return [{**part, "value": value} for part, value in zip(parts, rounded, strict=True)]


def _nats(values: Values) -> Iterator[str]:
    yield f"active dimensions {len(values['active'])} of {len(values['mu_variance'])}, asleep {len(values.get('asleep', ()))}"
    if "mean_kl" in values:
        yield _row("mean KL", values["mean_kl"])
    if "mutual_information" in values:
        told = [values["mutual_information"], values["total_correlation"], {"value": values["dimension_kl_total"]}, values["remainder"]]
        information, correlation, dimensions, rest = _adding_up(told)
        yield _row("mutual information", information) + f", at most ln N = {values['log_n']:.3f}"
        yield _row("  of more images at most", values["at_most"])
        yield _row("total correlation", correlation)
        yield _row("dimension-wise KL", dimensions)
        yield _row("mean KL minus the three", rest)


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
    amortisation, approximation = _adding_up([values["amortisation"], values["approximation"]])
    for name, part in (("gap", values["gap"]), ("amortisation", amortisation), ("approximation", approximation)):
        quantiles = values[name]["quantiles"]
        yield _row(name, part) + f", median {quantiles[50]:.3f}, 90 % below {quantiles[90]:.3f}, largest {quantiles[100]:.3f}"
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
