"""What Inspect computes of a run, part by part: PARTS. Torch is imported by the parts that need it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.evaluation import closed_forms, outliers, rate_distortion
from vae_core.evaluation import kl_decomposition as decompose
from vae_core.evaluation import prior_holes as holes
from vae_core.evaluation import published_results as published
from vae_core.evaluation.kl_decomposition import Estimate, Progress
from vae_core.inspection.subject import SEED, Cannot, Findings, Subject
from vae_core.latent.latents import ASLEEP, Latents, decode_mean
from vae_core.runs.run import Run

BLOCKS = (1, 5, 50, 500, 5000)  # samples of a bound, each a multiple of those before
SLOW_SAMPLES = 500  # latent samples per image where the decoder is a convolution, thirty times slower
LOW_SAMPLES = 10  # effective ones, below which a bound's error bar is not to be trusted
BEATABLE, MEDIAN, TIGHT = 6, 2, 2  # images with a field


def _mean(values: NDArray[Any]) -> dict[str, float]:
    """Return mean and standard error over images."""
    error = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
    return {"value": float(values.mean()), "standard_error": error}


def _quantiles(values: NDArray[Any]) -> list[float]:
    return [float(value) for value in np.quantile(values, np.linspace(0, 1, 101))]


# --------------------------------------------------------------------------- where the nats go


def nats(subject: Subject, progress: Progress) -> Findings:
    """KL per dimension over epochs, and the mean KL in three parts."""
    from vae_core.evaluation.scoring import ACTIVE_VARIANCE

    epochs = _epochs(subject.run, ACTIVE_VARIANCE)
    mu, log_var = subject.posteriors()
    latents = Latents(mu, log_var, None, subject.rows)
    d, n = mu.shape[1], len(mu)
    active = [j for j in range(d) if mu[:, j].var() > ACTIVE_VARIANCE]
    values: dict[str, Any] = {"mu_variance": mu.var(0).tolist(), "active": active, "n": n}
    found = Findings(values, epochs, "closed-form", n)
    try:
        subject.need_kl()
        values |= {"kl_per_dim": latents.kl_per_dim.tolist(), "mean_kl": float(latents.kl_per_dim.sum())}
        values["asleep"] = [j for j in range(d) if latents.kl_per_dim[j] < ASLEEP]
        _need_two(n)
    except Cannot as error:
        found.cannot.append(Cannot(error.reason, error.sentence, "split"))
        return found
    split = decompose.split(mu, log_var, seed=SEED, progress=progress)
    found.estimator, found.samples = "kl-split", split.draws
    for name in ("mutual_information", "at_most", "total_correlation", "remainder"):
        one: Estimate = getattr(split, name)
        values[name] = asdict(one)
    values |= {"dimension_kl": split.dimension_kl.tolist(), "dimension_kl_total": float(split.dimension_kl.sum())}
    values |= {"dimension_kl_error": split.dimension_error, "log_n": math.log(n), "too_few": split.too_few, "rounds": decompose.ROUNDS}
    if split.too_few:
        found.cannot.append(_too_few(n))
    return found


def _need_two(n: int) -> None:
    if n < 2:
        raise Cannot("few-images", "One image is no cloud; this needs at least two.")


def _too_few(n: int) -> Cannot:
    sentence = f"There are too few images to tell: {n} images can show at most ln {n} = {math.log(n):.2f} nats of mutual information."
    return Cannot("too-few", sentence, "total_correlation")


def _epochs(run: Run, least_variance: float) -> dict[str, NDArray[Any]]:
    stored, d = run.epochs(), run.config.model.latent_size
    kl, variance = (np.asarray(stored.get(key, np.empty((0, d))), np.float64).reshape(-1, d) for key in ("kl_per_dim", "mu_variance"))
    counts = {"epochs_active": (variance > least_variance).sum(1), "epochs_asleep": (kl < ASLEEP).sum(1)}
    return {"epochs_kl": kl, "epochs_variance": variance, **counts}


# --------------------------------------------------------------------------- rate and distortion


def shannon(subject: Subject, progress: Progress) -> Findings:
    """Shannon's curve, the water level and where a linear-gaussian run ended, on the images it learnt from."""
    if sentence := rate_distortion.refusal(subject.run):
        raise Cannot("not-linear-gaussian", sentence)
    from vae_core.evaluation.scoring import test_scores
    from vae_core.model.likelihoods import NormalNoise

    pixels = math.prod(subject.run.dataset["event_shape"])
    if min(pixels, len(subject.train_rows)) > closed_forms.WIDEST:
        raise Cannot(
            "too-large", f"Shannon's curve takes the covariance of all {pixels} pixels, which is done for {closed_forms.WIDEST} at most."
        )
    x, vae, beta = subject.images(subject.train_rows), subject.model, subject.run.config.objective.beta
    scores = test_scores(vae, x, subject.run.config)
    progress(0.5)
    assert isinstance(vae.likelihood, NormalNoise)  # refusal lets no other pass
    sigma2 = vae.likelihood.variance.item()
    try:
        theory = rate_distortion.shannon(x.flatten(1).numpy(), beta, sigma2, subject.run.config.model.latent_size)
    except ValueError as error:
        raise Cannot("constant", str(error)) from error
    squares = 2 * sigma2 * (scores.reconstruction - 0.5 * pixels * math.log(2 * math.pi * sigma2))
    values = {
        "eigenvalues": theory.eigenvalues.tolist(),
        "sigma2": sigma2,
        "beta": beta,
        "theta": theory.level,
        "slope": -1 / beta,
        "theory": asdict(theory.theory),
        "here": {"rate": scores.kl, "error": squares, "active": len(scores.kl_per_dim) - scores.asleep},
        "latent_size": subject.run.config.model.latent_size,
    }
    curves = {"curve": theory.curve, "reachable": theory.reachable}
    arrays = {f"{name}_{key}": line[:, i] for name, line in curves.items() for i, key in enumerate(("rate", "error"))}
    return Findings(values, arrays, "water-filling", len(x), "train", 4)


# --------------------------------------------------------------------------- how good is it


def bounds(subject: Subject, progress: Progress) -> Findings:
    """-ELBO and tighter bounds of the same sample, beside simpler models on the same images and published numbers."""
    subject.need_kl()
    from vae_core.evaluation import importance

    rows = subject.rows[subject.some()]
    x = subject.images(rows)
    samples = min(subject.most_samples, SLOW_SAMPLES if subject.run.config.model.network == "conv" else BLOCKS[-1])
    log_w = importance.log_weights(subject.model, x, samples, SEED, lambda share: progress(0.9 * share))
    sizes = [k for k in BLOCKS if k <= samples]
    iwae = np.stack([-importance.iwae_bound(log_w, k).numpy() for k in sizes], 1)
    effective = importance.effective_sample_size(log_w).numpy()
    costs, cannot = _references(subject, x)
    shown, reason = published.beside(subject.run.config, subject.run.dataset, subject.split_name)
    values = {
        "negative_elbo": _mean(iwae[:, 0]),
        "bounds": [{"k": k, **_mean(column)} for k, column in zip(sizes, iwae.T, strict=True)],
        "effective_samples": {
            "median": float(np.median(effective)),
            "low": float((effective < LOW_SAMPLES).mean()),
            "quantiles": _quantiles(effective),
        },
        "references": [
            {"name": name, "kind": "floor" if name == "entropy-floor" else "model", "nats": cost["value"], **cost}
            for name, cost in ((name, _mean(values)) for name, values in costs.items())
        ],
        "is_log_likelihood": subject.model.likelihood.is_log_likelihood(subject.run.config.data.pixels),
        "published": [asdict(one) for one in shown],
        "published_reason": reason,
        "published_sentence": published.REASONS.get(reason, ""),
    }
    arrays = {"rows": rows, "iwae": iwae, "effective_samples": effective}
    arrays |= {name.replace("-", "_"): values for name, values in costs.items()}
    return Findings(values, arrays, "block-means", len(rows), samples=samples, cannot=cannot)


def _references(subject: Subject, x: Any) -> tuple[dict[str, NDArray[np.float64]], list[Cannot]]:
    """Return the cost per image (n,) of simpler models, fitted on the training images, and what cannot be among them."""
    from vae_core.evaluation import baselines

    config, train = subject.run.config, subject.known()
    labels, cannot = subject.labels(train.rows.numpy()), []
    if labels is None and config.model.likelihood == "bernoulli":
        cannot.append(Cannot("no-labels", "The images have no classes, so there is no class mixture to compare with.", "class-mixture"))
    known = train.all().flatten(1).numpy()
    protocol = config.model.likelihood, config.data.pixels, config.model.latent_size, config.model.sigma
    found = baselines.references(known, x.flatten(1).numpy(), *protocol, labels)
    cannot += [Cannot("no-fit", sentence, name) for name, sentence in found.left_out.items()]
    return found.costs, cannot


# --------------------------------------------------------------------------- the gap


def gap(subject: Subject, progress: Progress) -> Findings:
    """log p(x) by quadrature, what the bound loses and to what, and fields of a few images on which to try a hand."""
    subject.need_kl()
    subject.need_dimensions(2, "for more there is the bound of many samples")
    from vae_core.evaluation.inference_gap import STARTS, gaps, take
    from vae_core.evaluation.posterior_grid import fields

    rows = subject.rows[subject.some()]
    x = subject.images(rows)
    found = gaps(subject.model, x, lambda share: progress(0.9 * share))
    chosen = _examples(found)
    drawn = fields(subject.model, x[[i for i, _ in chosen]], take(found, [i for i, _ in chosen]))
    labels = subject.labels(rows)
    parts = {name: getattr(found, name) for name in ("gap", "amortisation", "approximation")}
    values: dict[str, Any] = {
        "log_p": {**_mean(found.log_p), "error": float(found.error.max())},
        "negative_elbo": _mean(-found.elbo),
        **{name: {**_mean(part), "quantiles": _quantiles(part)} for name, part in parts.items()},
        "not_converged": int((~found.is_settled).sum()),
        "starts": {name: int((found.start == i).sum()) for i, name in enumerate(STARTS)},
        "examples": [
            {
                "row": int(rows[i]),
                "why": why,
                "label": None if labels is None else int(labels[i]),
                **{name: float(part[i]) for name, part in parts.items()},
            }
            for i, why in chosen
        ],
    }
    kept = ("log_p", "error", "elbo", "best_elbo", "mu", "sigma", "best_mu", "best_sigma")
    arrays = {"rows": rows, **{name: getattr(found, name) for name in kept}}
    arrays |= {f"field_{i}_{name}": array for i, one in enumerate(drawn) for name, array in one.arrays().items()}
    return Findings(values, arrays, "quadrature", len(rows))


def _examples(found: Any) -> list[tuple[int, str]]:
    """Return positions of images worth looking at, and why: the encoder can be beaten, the gap is usual, the gap is small."""
    by_amortisation = np.argsort(-found.amortisation, kind="stable")[:BEATABLE].tolist()
    by_gap = np.argsort(found.gap, kind="stable").tolist()
    middle = len(by_gap) // 2
    wanted = [(i, "beatable") for i in by_amortisation]
    wanted += [(i, "median") for i in by_gap[middle : middle + MEDIAN]] + [(i, "tight") for i in by_gap[:TIGHT]]
    return list({i: (i, why) for i, why in reversed(wanted)}.values())[::-1]


# --------------------------------------------------------------------------- holes


def cloud(subject: Subject, progress: Progress) -> Findings:
    """log q(z)/p(z) as a map, and the places that the prior draws from and no image lies near."""
    subject.need_kl()
    subject.need_dimensions(3, "in more there is no telling an empty place from one between few images")
    mu, log_var = subject.posteriors()
    _need_two(len(mu))
    is_too_few = decompose.split(mu, log_var, rounds=2, draws=1024, seed=SEED).too_few
    found = holes.find(mu, log_var, seed=SEED, progress=progress)
    listed = [
        {
            "mass": hole.mass,
            "standard_error": hole.standard_error,
            "z": hole.z.tolist(),
            "log_ratio": hole.log_ratio,
            "nearest_row": int(subject.rows[hole.nearest]),
            "nearest_distance": hole.distance,
            "is_rim": hole.is_rim,
        }
        for hole in found.holes
    ]
    values = {
        "threshold": found.threshold,
        "calibration": {"n": len(found.held_out), "quantile": holes.QUANTILE},
        "mass": {"value": found.mass, "standard_error": found.standard_error},
        "expected_mass": holes.QUANTILE,
        "draws": found.draws,
        "too_few": is_too_few,
        "holes": listed,
    }
    arrays: dict[str, NDArray[Any]] = {"calibration": found.held_out}
    if mu.shape[1] <= 2:
        arrays |= {"axis": found.axis, "log_ratio": found.log_ratio.astype(np.float32), "region": found.region}
    cannot = [_too_few(len(mu))] if is_too_few else []
    if listed:
        drawn = decode_mean(subject.model, np.array([hole.z for hole in found.holes]))
        arrays["pictures"] = np.round(np.clip(drawn, 0, 1) * 255).astype(np.uint8)
    return Findings(values, arrays, "leave-one-out", len(mu), samples=1, cannot=cannot)


# --------------------------------------------------------------------------- worst and strangest


def strange(subject: Subject, progress: Progress) -> Findings:
    """Per image: cost, density without it, its neighbours' labels, its duplicates."""
    mu, log_var = subject.posteriors()
    n, rows = len(mu), subject.rows
    nothing = np.full(n, np.nan)
    arrays = {"rows": rows, "labels": np.full(n, -1), "group": np.full(n, -1), "reconstruction": nothing, "negative_elbo": nothing}
    arrays |= outliers.neighbours(mu, None) | {"log_density": outliers.leave_one_out(mu, log_var, lambda share: progress(0.4 * share))}
    values: dict[str, Any] = {"duplicates": [], "identical": 0, "tolerance": outliers.TOLERANCE, "constant": False}
    values["classes"] = list(subject.run.dataset.get("class_names", ()))
    found = Findings(values, arrays, "per-image", n, samples=4)
    if np.isnan(arrays["log_density"]).all():
        why = "One image has no others beside it" if n < 2 else "An autoencoder gives points and no spread"
        found.cannot.append(Cannot("few-images" if n < 2 else "autoencoder", f"{why}, so there is no density.", "log_density"))
    try:
        _look_at_images(subject, mu, found, progress)
    except Cannot as error:
        found.cannot.append(Cannot(error.reason, error.sentence, "reconstruction"))
    return found


def _look_at_images(subject: Subject, mu: NDArray[Any], found: Findings, progress: Progress) -> None:
    """Add what needs the images themselves."""
    from vae_core.evaluation.scoring import test_scores

    x, labels = subject.images(subject.rows), subject.labels(subject.rows)
    scores = test_scores(subject.model, x, subject.run.config)
    found.arrays |= {"reconstruction": scores.reconstructions, "negative_elbo": scores.reconstructions + scores.kls}
    progress(0.6)
    if labels is None:
        found.cannot.append(Cannot("no-labels", "The images have no classes, so neighbours cannot disagree about them.", "agreement"))
    else:
        found.arrays |= {"labels": labels, **outliers.neighbours(mu, labels)}
    groups, identical = outliers.duplicates(x.flatten(1).numpy(), progress=lambda share: progress(0.7 + 0.3 * share))
    found.arrays["group"] = found.arrays["group"].copy()
    for number, members in enumerate(groups):
        found.arrays["group"][members] = number
    found.values |= {"duplicates": [subject.rows[members].tolist() for members in groups], "identical": identical}
    found.values["constant"] = bool(len(x) > 1 and (x == x[0]).all())


Part = Callable[[Subject, Progress], Findings]
PARTS: dict[str, Part] = {
    "nats": nats,
    "rate-distortion": shannon,
    "holes": cloud,
    "outliers": strange,
    "bounds": bounds,
    "gap": gap,
}
