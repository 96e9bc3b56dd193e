"""Test images of which a part is erased, completed: by draws of p(z | visible pixels), and by ways that need no network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Floats, Ints
from vae_core.inspection.parts.common import MEAN, Part, Values, collapse, error_words, root_mean_square, some, within
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, Between, Shape
from vae_core.threads import one_thread

if TYPE_CHECKING:
    from torch import Tensor

    from vae_core.evaluation.completion import Candidates

ERASED = ("lower", "right", "middle")
METHODS = ("average", "one", "neighbours", "normal", "mean")  # "average" and "one" are the model's
SAMPLES, CANDIDATES = 256, 512
MOST_COMPLETED, MOST_LEARNED, FEWEST_LEARNED, MOST_NUMBERS = 100, 5_000, 10, 2**24
EXAMPLES, SHOWN = 5, 3  # images, and completions of each
MOST_PIXELS = 4096  # whose covariance is inverted
BLOCK, DRAWN = 32, 2**24  # images at once, and numbers of all that is drawn for them
GREY = 128  # of an erased pixel in a stored picture
TOO_FEW = "There are too few training images to learn from how to complete others; this needs at least {n}."


def visible(name: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels (H, W) are visible where one of ERASED is erased of pictures of this shape."""
    height, width = shape[-2:]
    down, across = np.mgrid[:height, :width]
    inner = (down >= height // 4) & (down < height - height // 4) & (across >= width // 4) & (across < width - width // 4)
    return {"lower": down < height / 2, "right": across < width / 2, "middle": ~inner}[name]


@one_thread()  # small matrices: where other work keeps the processor busy, a second thread makes it many times slower
def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Erase a part of test images and complete it by every method, part after part."""
    inspected.require_kl()
    shape = tuple(inspected.run.dataset["event_shape"])
    if len(shape) < 2 or min(shape[-2:]) < 4:
        raise Unavailable("no-pictures", "The data are no pictures of which a part could be erased.")
    rows = inspected.rows[inspected.subset(MOST_COMPLETED)]
    most = within(MOST_LEARNED, shape, MOST_NUMBERS)
    others = np.setdiff1d(inspected.train_rows, rows)  # without a test set they are the same images
    learned = some(others, most)  # of which the first ones are held back, and the first ones may climb
    if len(learned) < FEWEST_LEARNED:
        raise Unavailable("few-learned", TOO_FEW, "", n=FEWEST_LEARNED)
    simple = _SimpleWays(inspected.images(learned).flatten(1).numpy())
    x, shown = inspected.images(rows), _examples(inspected, rows)
    candidates = _candidates(inspected, inspected.images(learned[:CANDIDATES]))
    found, drawn, pictures = [], [], []
    for done, name in enumerate(ERASED):
        seen = np.broadcast_to(visible(name, shape), shape)
        completed = _completed(inspected, x, visible(name, shape), candidates, lambda share: progress((done + share) / len(ERASED)))  # noqa: B023
        flat = x.flatten(1).numpy()
        ways = {way: _filled(x.numpy(), seen, pixels) for way, pixels in simple.complete(flat, seen.ravel()).items()}
        ways |= {"average": completed["average"]}
        errors = {way: ((one[:, ~seen].astype(np.float64) - x.numpy()[:, ~seen]) ** 2).mean(1) for way, one in ways.items()}
        errors |= {"one": completed["one"]}
        found += [{"erased": name, "method": way, **root_mean_square(errors[way])} for way in METHODS if way in errors]
        low, median = np.quantile(completed["effective"], [0.1, 0.5])
        drawn.append({"erased": name, "median": float(median), "low": float(low)})
        pictures.append(_pictures(x.numpy()[shown], seen, completed["some"][shown], [ways["average"][shown], ways["neighbours"][shown]]))
    arrays: dict[str, NDArray[Any]] = {"rows": rows, "shown": rows[shown], "pictures": np.stack(pictures)}
    values = {"found": found, "effective": drawn, "dims": list(shape)}
    return Findings(values, arrays, "completion", len(rows), samples=SAMPLES, unavailable=[*simple.left_out, *collapse(inspected)])


def _examples(inspected: InspectedRun, rows: Ints) -> Ints:
    """Return places among the rows of a few images, the first of each class in turn where there are classes."""
    labels = inspected.labels(rows)
    first = np.unique(labels, return_index=True)[1] if labels is not None else np.arange(len(rows))
    return np.sort(first[:EXAMPLES])


def _candidates(inspected: InspectedRun, images: Tensor) -> Candidates:
    """Return the places of training images as those from which modes are looked for."""
    from vae_core.evaluation.completion import Candidates
    from vae_core.evaluation.scoring import encode_images

    mu, _ = encode_images(inspected.model, images, inspected.run.config)
    return Candidates.at(inspected.model, mu)


def _completed(
    inspected: InspectedRun, x: Tensor, seen: NDArray[np.bool_], candidates: Candidates, progress: Progress
) -> dict[str, Floats]:
    """Return for images (N, *event) their average, the square error of a single completion, SHOWN of them, and what they are worth."""
    from vae_core.evaluation.completion import complete

    block = max(1, min(BLOCK, DRAWN // (SAMPLES * math.prod(x.shape[1:]))))
    found: dict[str, list[Floats]] = {"average": [], "one": [], "some": [], "effective": []}
    for start in range(0, len(x), block):
        one = complete(inspected.model, x[start : start + block], seen, candidates, samples=SAMPLES, seed=start)
        off = ((one.pictures - x[start : start + block].numpy()) ** 2)[..., ~np.broadcast_to(seen, x.shape[1:])].mean(-1)
        worth = {"average": one.mean, "one": (one.weights * off).sum(0), "some": one.some(SHOWN), "effective": one.effective}
        for name, value in worth.items():
            found[name].append(value)
        progress(min(1.0, (start + block) / len(x)))
    return {name: np.concatenate(values) for name, values in found.items()}


class _SimpleWays:
    """Simpler ways to complete a picture, fitted on training images (M, P), of which a fifth is held back."""

    def __init__(self, train: NDArray[np.float32]) -> None:
        from vae_core.evaluation.completion import ConditionalNormal

        held = len(train) // 5
        self.train, self.held = train, train[:held]
        self.normal, self.left_out = None, []
        if train.shape[1] <= MOST_PIXELS:
            self.normal = ConditionalNormal.of(train[held:])
        else:
            sentence = "One normal distribution for all pictures is left out, since they have more than {most} numbers."
            self.left_out = [Unavailable("no-normal", sentence, "normal", most=MOST_PIXELS)]

    def complete(self, x: NDArray[np.float32], seen: NDArray[np.bool_]) -> dict[str, Floats]:
        """Return the erased pixels (N, E) of images (N, P) by each way."""
        from vae_core.evaluation.completion import best_noise, mean_of_neighbours

        found: dict[str, Floats] = {"neighbours": mean_of_neighbours(self.train, x, seen)}
        if self.normal is not None:
            found["normal"] = self.normal.complete(x, seen, best_noise(self.normal, self.held, seen))
        return found | {"mean": np.broadcast_to(self.train[:, ~seen].mean(0), (len(x), int((~seen).sum())))}


def _filled(x: NDArray[np.float32], seen: NDArray[np.bool_], pixels: Floats) -> NDArray[np.float32]:
    """Return pictures (N, *event) with other erased pixels (N, E)."""
    whole = x.copy()
    whole[:, ~seen] = pixels
    return whole


def _pictures(x: NDArray[np.float32], seen: NDArray[np.bool_], some: Floats, others: list[Floats]) -> NDArray[np.uint8]:
    """Return for each image what is left of it, SHOWN completions, the other ways, and itself: (2 + SHOWN + others, E, *event)."""
    from vae_core.data.pictures import to_pixels

    columns = [to_pixels(np.where(seen, x, one)) for one in (*some.swapaxes(0, 1), *others)]
    whole = to_pixels(x)
    return np.stack([np.where(seen, whole, np.uint8(GREY)), *columns, whole])


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    yield "root mean square error per erased pixel, where white is 1, by what is erased: " + ", ".join(ERASED)
    for method in dict.fromkeys(one["method"] for one in values["found"]):
        mine = [one for one in values["found"] if one["method"] == method]
        yield f"  {method:12s}" + "".join(f"{one['value']:8.3f}{error_words(one['standard_error'], '.3f')}" for one in mine)
    worth = ", ".join(f"{one['median']:.0f} ({one['low']:.0f})" for one in values["effective"])
    yield f"  {SAMPLES} draws are worth so many for the middle image, and for all but a tenth: {worth}"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    one = {"erased": set(ERASED), "method": set(METHODS), **MEAN}
    effective = {"erased": set(ERASED), "median": Between(0, SAMPLES + 1), "low": Between(0, SAMPLES + 1)}
    several = range(len(ERASED) * (len(METHODS) - 1), len(ERASED) * len(METHODS) + 1)  # of large pictures one method less
    return {"found": [one, several], "effective": [effective, len(ERASED)], "dims": [COUNT, range(2, 4)]}


def array_shapes(values: Mapping[str, list[int]], d: int) -> dict[str, str]:
    """Return the shapes of its arrays: pictures are (erased, columns, images, *event)."""
    sizes = " ".join(map(str, values["dims"]))
    return {"rows": "iu n", "shown": "iu e", "pictures": f"u {len(ERASED)} {SHOWN + 4} e {sizes}"}


PART = Part(9, compute, lines, value_shapes, array_shapes, needs_prior=True, is_drawn=True, version=2)
