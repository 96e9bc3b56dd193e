"""Pictures drawn anew, from the prior and from other places: how like real ones they are, and whether any is a training image."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.inspection.parts.common import Part, Values, collapse, some, within
from vae_core.inspection.subject import SEED, Findings, InspectedRun, Unavailable
from vae_core.latent.projections import PrincipalAxes
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, SHARE, Shape
from vae_core.threads import one_thread

OWN = ("prior", "fitted", "aggregate")  # where the decoder's z comes from
SIMPLE = ("mixture", "gaussian")  # without a network
KINDS = (*OWN, *SIMPLE, "real")
MOST_COMPARED, MOST_CHECKED, MOST_UNSEEN, MOST_FITTED = 1_000, 500, 500, 5_000
MOST_SEARCHED, MOST_NUMBERS, AT_ONCE = 60_000, 2**26, 4096  # training images that are searched for the nearest
AXES, COMPONENTS = 50, 10  # principal components in which pictures are compared; Gaussians of a mixture
MOST_DIMENSIONS = 64  # of z, in which a mixture is fitted
EXAMPLES = 12
NO_PRIOR = "An autoencoder has no prior to draw from; pictures are drawn where the encoder puts test images."


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Draw pictures in several ways and compare them with test images and with training images."""
    from vae_core.evaluation.sample_quality import FEWEST

    shape = tuple(inspected.run.dataset["event_shape"])
    if len(shape) < 2:
        raise Unavailable("no-pictures-drawn", "The data are no pictures, so nothing that is drawn can be looked at.")
    if inspected.split_name == "train":
        raise Unavailable("no-test", "This needs images that the model has not learned from; train with a test_fraction above 0.")
    half = inspected.count // 2
    if half < FEWEST:
        raise Unavailable("few-tested", "There are too few test images to compare with; this needs at least {n}.", "", n=2 * FEWEST)
    # Places of the aggregate posterior come from one half of the test images, so that the other has been seen by nobody. Neither half is
    # sorted, since the first ones of each stand for all.
    order = some(np.arange(inspected.count), inspected.count)
    given, compared = order[:half], order[half:][: within(MOST_UNSEEN * 10, shape, MOST_NUMBERS)]
    ways = _Ways(inspected, given, min(MOST_COMPARED, half, len(compared)))
    progress(0.1)
    drawn = ways.drawn()
    progress(0.25)
    found, arrays = _compared(inspected, drawn, inspected.rows[compared], ways.axes, lambda share: progress(0.25 + 0.75 * share))
    searched = min(len(inspected.train_rows), within(MOST_SEARCHED, shape, MOST_NUMBERS * 8))
    facts = {
        "found": found, "n": ways.n, "axes": len(ways.axes.directions), "explained": float(min(1.0, ways.axes.explained.sum())),
        "searched": searched, "unseen": len(compared), "chance": searched / (searched + len(compared)), "dims": list(shape),
    }  # fmt: skip
    unavailable = [] if inspected.run.has_kl else [Unavailable("no-prior", NO_PRIOR, "prior")]
    return Findings(facts, arrays, "sample-quality", ways.n, samples=ways.n, unavailable=[*unavailable, *collapse(inspected)])


def _compared(
    inspected: InspectedRun, drawn: dict[str, Floats], compared: Ints, axes: PrincipalAxes, progress: Progress
) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """Return what was found of each kind of pictures, and arrays: examples with the nearest training image of each."""
    from vae_core.data.pictures import to_pixels
    from vae_core.evaluation.memorisation import copied_share, nearer_than, nearest_image
    from vae_core.evaluation.sample_quality import sample_quality

    shape = tuple(inspected.run.dataset["event_shape"])
    unseen = inspected.images(compared).flatten(1).numpy()
    real = axes.project(unseen[: len(next(iter(drawn.values())))])
    learned = some(inspected.train_rows, within(MOST_SEARCHED, shape, MOST_NUMBERS * 8))
    checked = {kind: pictures[:MOST_CHECKED] for kind, pictures in drawn.items()}
    queries = np.concatenate([unseen[:MOST_UNSEEN], *checked.values()])
    near = nearest_image(queries, _parts(inspected, learned, lambda share: progress(0.7 * share)))
    fresh, chance = nearest_image(queries, [unseen]), len(learned) / (len(learned) + len(unseen))
    found, start = [], min(len(unseen), MOST_UNSEEN)
    arrays: dict[str, NDArray[Any]] = {"rows": compared}
    for done, (kind, pictures) in enumerate(checked.items()):
        part, start = slice(start, start + len(pictures)), start + len(pictures)
        shares = nearer_than(near.distance[part], near.distance[: min(len(unseen), MOST_UNSEEN)])
        quality = sample_quality(real, axes.project(drawn[kind]))
        measures = quality | {"copied": copied_share(near[part], fresh[part], chance)}
        found.append({"kind": kind, "nearer": float(np.median(shares))})
        found[-1] |= {name: {"value": value, "standard_error": error} for name, (value, error) in measures.items()}
        arrays[f"pictures_{kind}"] = to_pixels(pictures[:EXAMPLES].reshape(-1, *shape))
        arrays[f"nearest_{kind}"] = to_pixels(near.image[part][:EXAMPLES].reshape(-1, *shape))
        arrays[f"nearest_row_{kind}"] = learned[near.place[part][:EXAMPLES]]
        arrays[f"nearer_{kind}"] = shares[:EXAMPLES]
        progress(0.7 + 0.3 * (done + 1) / len(checked))
    return found, arrays


def _parts(inspected: InspectedRun, rows: Ints, progress: Progress) -> Iterator[Floats]:
    """Yield the images of these rows flat, some at a time."""
    for start in range(0, len(rows), AT_ONCE):
        yield inspected.images(rows[start : start + AT_ONCE]).flatten(1).numpy()
        progress(min(1.0, (start + AT_ONCE) / len(rows)))


@dataclass(frozen=True)
class _Ways:
    """The ways to draw n pictures; `given` are positions among the test images (N,) whose posteriors may be used."""

    inspected: InspectedRun
    given: Ints
    n: int

    @cached_property
    def train(self) -> Floats:
        """Some training images, flat, that simple ways are fitted on."""
        most = within(MOST_FITTED, self.inspected.run.dataset["event_shape"], MOST_NUMBERS)
        return self.inspected.images(some(self.inspected.train_rows, most)).flatten(1).numpy()

    @cached_property
    def axes(self) -> PrincipalAxes:
        """Their principal axes."""
        from vae_core.latent.projections import principal_axes

        return principal_axes(self.train, min(AXES, self.train.shape[1], len(self.train) - 1))

    def drawn(self) -> dict[str, Floats]:
        """Return n flat pictures (n, P) of each kind that there is: of the decoder the means of p(x|z)."""
        from vae_core.latent.inference import decode_mean

        run = self.inspected.run
        places = self._draws(np.random.default_rng([SEED, 1]).choice(self.given, self.n, replace=False))
        z = {}
        if run.has_kl:
            z["prior"] = self._prior()
        if run.config.model.latent_size <= MOST_DIMENSIONS:
            z["fitted"] = self._like(self._draws(self.given[:MOST_FITTED]))
        z["aggregate"] = places
        found = {kind: decode_mean(self.inspected.model, at).reshape(self.n, -1) for kind, at in z.items()}
        found |= {"mixture": self._simple(COMPONENTS), "gaussian": self._simple(1)}
        others = np.random.default_rng([SEED, 2]).choice(self.given, self.n, replace=False)
        return found | {"real": self.inspected.images(self.inspected.rows[others]).flatten(1).numpy()}

    def _prior(self) -> Floats:
        import torch

        with torch.inference_mode():
            return self.inspected.model.prior.sample(self.n, torch.Generator().manual_seed(SEED)).numpy()

    def _draws(self, places: Ints) -> Floats:
        """Return one draw of q(z|x) of each of these test images; an autoencoder's q has no width."""
        mu, log_var = (one[places] for one in self.inspected.posteriors())
        noise = np.random.default_rng([SEED, 3]).standard_normal(mu.shape)
        return mu + np.nan_to_num(np.exp(0.5 * log_var)) * noise

    def _simple(self, components: int) -> Floats:
        """Return pictures of a mixture of Gaussians in principal components of the training images, cut off at black and white."""
        flat = self._like(self.axes.project(self.train), components) @ self.axes.directions + self.axes.mean
        return (flat if self.inspected.model.likelihood.support == "real" else flat.clip(0, 1)).astype(np.float32)

    def _like(self, places: Floats, components: int = COMPONENTS) -> Floats:
        """Return n draws of a mixture of Gaussians that is fitted to places (N, f)."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # as good as it gets in so many steps
            count = max(1, min(components, len(places) // 20))
            mixture = GaussianMixture(count, reg_covar=1e-4, random_state=SEED, max_iter=50).fit(places)
        # Its own draws come in the order of its Gaussians, and every one of them stands for all.
        return np.random.default_rng(SEED).permutation(mixture.sample(self.n)[0])


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    space = f"{values['axes']} principal components ({100 * values['explained']:.0f} % of the variance)"
    yield f"of 100, in {space}; standard errors in brackets"
    for one in values["found"]:
        numbers = [f"{name} {100 * one[name]['value']:.1f} ({100 * one[name]['standard_error']:.1f})" for name in _measured()]
        yield f"  {one['kind']:10s}" + ", ".join(numbers)
    yield f"copied: nearer to a training image than to any unseen one; {100 * values['chance']:.1f}, where nothing is learned by heart"


def _measured() -> tuple[str, ...]:
    from vae_core.evaluation.sample_quality import MEASURES

    return (*MEASURES, "copied")


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    measured = {"value": float, "standard_error": float}
    one = {"kind": set(KINDS), "nearer": SHARE, **dict.fromkeys(_measured(), measured)}
    counts = dict.fromkeys(("n", "axes", "searched", "unseen"), COUNT)
    return {"found": [one, range(1, 10)], "explained": SHARE, "chance": SHARE, "dims": [COUNT, range(2, 4)], **counts}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays: pictures are (examples, *event)."""
    sizes, shapes = " ".join(map(str, values["dims"])), {"rows": "iu n"}
    for kind in (one["kind"] for one in values["found"]):
        shapes |= {f"pictures_{kind}": f"u e {sizes}", f"nearest_{kind}": f"u e {sizes}"}
        shapes |= {f"nearest_row_{kind}": "iu e", f"nearer_{kind}": "f e"}
    return shapes


PART = Part(10, compute, lines, value_shapes, array_shapes, is_drawn=True, version=2)
