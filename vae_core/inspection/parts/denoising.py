"""Noise taken off test images: by redrawing them, and by ways that need no network."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_core.inspection.parts.common import MEAN, Part, Values, root_mean_square, some
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, Shape, one_of

if TYPE_CHECKING:
    from vae_core.model.vae import VAE

LEVELS = (0.1, 0.2, 0.3, 0.5, 0.8)  # standard deviations of the noise, where white is 1
METHODS = ("nothing", "model", "median", "total_variation", "wiener")
MOST_CLEANED, MOST_LEARNED, TUNED, EXAMPLES = 500, 5_000, 50, 6
MOST_PIXELS = 4096  # whose covariance is taken apart
TOO_MANY = "The pictures have more than {most} pixels, for which this is not computed."


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Put noise on test images and take it off by every method."""
    from vae_core.evaluation.denoisers import Wiener, best_weight, median, total_variation, with_noise

    shape = tuple(inspected.run.dataset["event_shape"])
    if len(shape) < 2 or min(shape[-2:]) < 3:
        raise Unavailable("no-pictures", "The data are no pictures, so there is no noise to see.")
    if math.prod(shape) > MOST_PIXELS:
        raise Unavailable("too-many-pixels", TOO_MANY, "", most=MOST_PIXELS)
    rows = inspected.rows[inspected.subset(MOST_CLEANED)]
    learned = some(inspected.train_rows, MOST_LEARNED)  # by the first of which the total variation is tuned
    x, known = inspected.images(rows).numpy(), inspected.images(learned).numpy()
    wiener, found, pictures = Wiener.of(known.reshape(len(known), -1)), [], []
    for done, sigma in enumerate(LEVELS):
        noisy = with_noise(x, sigma)
        weight = best_weight(known[:TUNED], with_noise(known[:TUNED], sigma, 1), sigma)
        cleaned = {
            "nothing": noisy,
            "model": redrawn(inspected.model, noisy),
            "median": median(noisy),
            "total_variation": total_variation(noisy, weight),
            "wiener": wiener.clean(noisy.reshape(len(x), -1), sigma).reshape(x.shape),
        }
        for method in METHODS:
            errors = ((cleaned[method].astype(np.float64) - x) ** 2).reshape(len(x), -1).mean(1)
            found.append({"method": method, "sigma": sigma, **root_mean_square(errors)})
        pictures.append(np.stack([_bytes(one[:EXAMPLES]) for one in (x, *(cleaned[method] for method in METHODS))]))
        progress((done + 1) / len(LEVELS))
    arrays: dict[str, NDArray[Any]] = {"rows": rows, "pictures": np.stack(pictures)}
    return Findings({"found": found, "dims": list(shape)}, arrays, "noise", len(rows))


def redrawn(vae: VAE, noisy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the model draws at the mean of q(z|x) of noisy pictures, cut off at black and white where its pixels are."""
    import torch

    from vae_core.latent.inference import decode_mean, encode

    is_bounded = vae.likelihood.support != "real"
    seen = torch.from_numpy(noisy.clip(0, 1) if is_bounded else noisy)
    return decode_mean(vae, encode(vae, seen).mu.numpy())


def _bytes(pictures: NDArray[np.floating]) -> NDArray[np.uint8]:
    found: NDArray[np.uint8] = np.round(255 * pictures.clip(0, 1)).astype(np.uint8)
    return found


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    yield "root mean square error per pixel, where white is 1, by standard deviation of the noise"
    for method in METHODS:
        numbers = [one["value"] for one in values["found"] if one["method"] == method]
        yield f"  {method:18s}" + "".join(f"{value:8.3f}" for value in numbers)


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    one = {"method": set(METHODS), "sigma": one_of(LEVELS), **MEAN}
    return {"found": [one, len(LEVELS) * len(METHODS)], "dims": [COUNT, range(2, 4)]}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays: pictures are (noise, clean and METHODS, images, *event)."""
    sizes = " ".join(map(str, values["dims"]))
    return {"rows": "iu n", "pictures": f"u {len(LEVELS)} {len(METHODS) + 1} e {sizes}"}


PART = Part(5, compute, lines, value_shapes, array_shapes, is_drawn=True, version=2)
