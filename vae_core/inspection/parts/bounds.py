"""How good the model is: -ELBO and tighter bounds of one sample, beside simpler models on the same images and published numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from vae_core.arrays import Float64s
from vae_core.evaluation import published_results
from vae_core.inspection.parts.common import MEAN, Part, Values, line_of, mean_of, quantiles_of
from vae_core.inspection.subject import SEED, Findings, InspectedRun, Unavailable
from vae_core.model.architectures import network_of
from vae_core.progress import Progress
from vae_core.registries import traits
from vae_core.storage.shapes import SHARE, Shape

BLOCKS = (1, 5, 50, 500, 5000)  # samples of a bound, each a multiple of those before
SLOW_SAMPLES = 500  # latent samples per image where the decoder is a convolution, thirty times slower
LOW_SAMPLES = 10  # effective ones, below which a bound's error bar is not to be trusted
FEW = range(1, 1000)
PUBLISHED = {"model": str, "nats": float, "source": str, "note": str}


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Compute the bounds of at most `max_images` images, and what simpler models score on them."""
    inspected.require_kl()
    from vae_core.evaluation import importance

    rows = inspected.rows[inspected.subset()]
    x = inspected.images(rows)
    is_slow = network_of(inspected.run.config.model, inspected.run.dataset["event_shape"]).is_convolutional
    samples = min(inspected.max_samples, SLOW_SAMPLES if is_slow else BLOCKS[-1])
    log_w = importance.log_weights(inspected.model, x, samples, SEED, lambda share: progress(0.9 * share))
    sizes = [k for k in BLOCKS if k <= samples]
    iwae = np.stack([-importance.iwae_bound(log_w, k).numpy() for k in sizes], 1)
    effective = importance.effective_sample_size(log_w).numpy()
    costs, unavailable = _references(inspected, x)
    values = {
        "negative_elbo": mean_of(iwae[:, 0]),
        "bounds": [{"k": k, **mean_of(column)} for k, column in zip(sizes, iwae.T, strict=True)],
        "effective_samples": {
            "median": float(np.median(effective)),
            "low": float((effective < LOW_SAMPLES).mean()),
            "quantiles": quantiles_of(effective),
        },
        "references": [_reference(name, mean_of(values)) for name, values in costs.items()],
        "is_log_likelihood": inspected.model.likelihood.is_log_likelihood(inspected.run.config.data.pixels),
        **_published(inspected),
    }
    arrays = {"rows": rows, "iwae": iwae, "effective_samples": effective}
    arrays |= {name.replace("-", "_"): values for name, values in costs.items()}
    return Findings(values, arrays, "block-means", len(rows), samples=samples, unavailable=unavailable)


def _reference(name: str, cost: dict[str, float]) -> dict[str, Any]:
    return {"name": name, "kind": "floor" if name == "entropy-floor" else "model", "nats": cost["value"], **cost}


def _published(inspected: InspectedRun) -> dict[str, Any]:
    """Return the published numbers that may stand beside the run's, or why there are none."""
    shown, reason = published_results.comparable_results(inspected.run.config, inspected.run.dataset, inspected.split_name)
    sentence = published_results.REASONS.get(reason, "")
    return {"published": [asdict(one) for one in shown], "published_reason": reason, "published_sentence": sentence}


def _references(inspected: InspectedRun, x: Any) -> tuple[dict[str, Float64s], list[Unavailable]]:
    """Return the cost per image (n,) of simpler models, fitted on the training images, and what cannot be among them."""
    from vae_core.evaluation import baselines

    config, train = inspected.run.config, inspected.reference_images()
    labels, unavailable = inspected.labels(train.rows.numpy()), []
    if labels is None and traits("likelihood", config.model.likelihood)["support"] == "binary":
        unavailable.append(
            Unavailable("no-labels", "The images have no classes, so there is no class mixture to compare with.", "class-mixture")
        )
    known = train.all().flatten(1).numpy()
    protocol = config.model.likelihood, config.data.pixels, config.model.latent_size, config.model.sigma
    found = baselines.references(known, x.flatten(1).numpy(), *protocol, labels, 1 / inspected.dataset.divisor)
    unavailable += [Unavailable("no-fit", sentence, name) for name, sentence in found.left_out.items()]
    return found.costs, unavailable


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    for bound in values["bounds"]:
        yield line_of("negative ELBO" if bound["k"] == 1 else f"-log p(x), bound of {bound['k']} samples", bound)
    effective = values["effective_samples"]
    yield f"effective samples: {effective['median']:.0f} at the median; {effective['low']:.1%} of the images have fewer than 10"
    for reference in values["references"]:
        yield line_of(reference["name"].replace("-", " "), reference)
    for one in values["published"]:
        yield f"published: {one['nats']:.2f} {one['model']} ({one['source']}; {one['note']})"
    if values["published_sentence"]:
        yield values["published_sentence"]


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    return {
        "negative_elbo": MEAN, "bounds": [{"k": range(1, 10**9), **MEAN}, FEW], "effective_samples": {"median": float, "low": SHARE},
        "references": [{"name": str, "kind": {"floor", "model"}, "nats": float, **MEAN}], "published": [PUBLISHED],
        "published_reason": str, "published_sentence": str,
    }  # fmt: skip


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays: pages ask for none of them by shape."""
    return {}


PART = Part(100, compute, lines, value_shapes, array_shapes, is_drawn=True, needs_prior=True)
