"""What a run scores, in lines for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vae_core import rounding
from vae_core.evaluation import stored_results
from vae_core.printable import shown
from vae_core.registries import traits

if TYPE_CHECKING:
    from vae_core.runs.run import Run

Values = Mapping[str, Any]
REFERENCES = {"independent-pixels": "independent pixels", "ppca": "pPCA, same size", "entropy-floor": "entropy floor"}


def results_table(run: Run) -> list[str]:
    """Return a finished run's test scores and their references, in nats per image with the protocol."""
    summary, test = run.summary, run.summary["test"]
    kept = f"kept epoch {summary['best_epoch']} of {summary['epochs']}, {summary['seconds']:.1f} s"
    protocol = f"{test['n']} {summary['test_split']} images, {summary['protocol']} pixels, {test['samples']} samples each"
    rows = [f"Nats per image: {protocol}; {kept}", *_scores(test), *_bits(run), *_references(run)]
    compared = summary.get("compared", {})
    if (votes := stored_results.neighbour_votes(run)) is not None:
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
    if None in test["kl_per_dim"]:  # of a prior whose KL has no closed form
        return
    per_dim = ", ".join(f"{value:.2f}" for value in sorted(rounding.parts(test["kl_per_dim"], 2, kl), reverse=True))
    yield f"  KL per dimension   {per_dim}"
    active = f"{test['active_units']} of {len(test['kl_per_dim'])}" if test["n"] > 1 else "cannot be told from one image"
    yield f"  active units       {active}; inactive (KL below 0.01): {test['asleep']}"


def _bits(run: Run) -> Iterator[str]:
    if (bits := stored_results.bits_per_dimension(run)) is not None:
        yield f"  bits per dimension {bits:10.3f} = negative ELBO / ({math.prod(run.dataset['event_shape'])} numbers x ln 2)"


def _references(run: Run) -> Iterator[str]:
    kept, left_out = stored_results.references(run)
    for reference in kept:
        yield f"  {REFERENCES.get(reference['name'], reference['name']):18s} {reference['nats']:10.2f}"
    for name, sentence in left_out.items():
        yield f"  {REFERENCES.get(name, name):18s} left out: {sentence}"
    support = traits("likelihood", run.config.model.likelihood).get("support")
    if support == "levels" and kept:
        yield "  Simpler models are normal densities here, each summed over a level's width: they cost at most so much."
    if support == "binary":
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
        shares.append(f"{votes['map_accuracy']:.1%} in the two that the map shows")
    if votes["pca_accuracy"] is not None:
        shares.append(f"{votes['pca_accuracy']:.1%} by PCA of the same size")
    split = run.summary["test_split"]
    return f"  classes of {n} {split} images told by their {votes['k']} nearest neighbours among the {whose}: {', '.join(shares)}"
