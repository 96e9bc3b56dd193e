"""What the test images take as bits without loss: by this model, by general programs and by picture formats."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_core.inspection.parts.common import MEAN, Part, Values, error_words, mean_of, some, within
from vae_core.inspection.subject import Findings, InspectedRun, Unavailable
from vae_core.progress import Progress
from vae_core.storage.shapes import COUNT, Shape

if TYPE_CHECKING:
    from vae_core.evaluation.compressed_images import Code

SIZES = (100, 1000)  # images that are coded as one file
SAMPLES = 32  # per image, of the bound of log p(x)
MOST_LEARNED = 10_000  # training images that the shares of pixels are counted on
MOST_NUMBERS, MOST_COUNTED = 2**21, 2**25  # of the images that are coded, and of those training images
NAMES = {"gzip", "bzip2", "xz", "PNG", "WebP", "independent-pixels"}
LN2 = math.log(2)


def compute(inspected: InspectedRun, progress: Progress) -> Findings:
    """Code some images, read them back, and measure what others take for the same pixels."""
    from vae_core.evaluation.bits_back import NoCode
    from vae_core.evaluation.compressed_images import code_of

    inspected.require_kl()
    run = inspected.run
    most = within(min(inspected.max_images, max(SIZES)), run.dataset["event_shape"], MOST_NUMBERS)
    rows = some(inspected.rows, most)
    try:
        code = code_of(run, inspected.dataset, rows)
        learned = some(inspected.train_rows, within(MOST_LEARNED, run.dataset["event_shape"], MOST_COUNTED))
        known = code_of(run, inspected.dataset, learned)
    except NoCode as error:
        raise Unavailable("no-code", error.message) from error
    sizes = sorted({min(size, len(code.pixels)) for size in SIZES})
    sets, done = [], 0
    for size in sizes:
        start, share = done / sum(sizes), size / sum(sizes)
        sets.append(_measured(inspected, code, known, size, lambda part, a=start, b=share: progress(a + b * part)))  # type: ignore[misc]
        done += size
    values = {
        "levels": code.levels,
        "is_thresholded": code.is_thresholded,
        "weights_bytes": sum(4 * p.numel() for p in inspected.model.parameters()),
        "sets": sets,
    }
    return Findings(values, {"rows": rows}, "bits-back", len(code.pixels), samples=SAMPLES)


def _measured(inspected: InspectedRun, code: Code, known: Code, size: int, progress: Progress) -> dict[str, Any]:
    """Return what the first `size` images take, in bits per image."""
    import torch

    from vae_core.evaluation.bits_back import compress, decompress
    from vae_core.evaluation.importance import iwae_bound, log_weights
    from vae_core.evaluation.lossless_codecs import bits_of_codecs, bits_of_independent_pixels
    from vae_core.evaluation.scoring import test_scores

    pixels, levels, vae = code.pixels[:size], code.levels, inspected.model
    stack = compress(vae, pixels, levels, progress=lambda share: progress(0.35 * share))
    again = decompress(vae, stack, size, pixels.shape[1:], levels)
    if again is None or not np.array_equal(again, pixels):
        raise Unavailable("not-restored", "The images did not come back from their bits, so their number means nothing.")
    progress(0.7)
    x = torch.from_numpy(pixels).float() / (levels - 1)
    scores = test_scores(vae, x, inspected.run.config)
    bound = iwae_bound(log_weights(vae, x, SAMPLES), SAMPLES).numpy()
    others = bits_of_codecs(pixels, levels) | {"independent-pixels": bits_of_independent_pixels(known.pixels, pixels, levels)}
    progress(1.0)
    return {
        "n": size,
        "raw": math.log2(levels) * pixels[0].size,
        "net": stack.net_bits / size,
        "gross": stack.bits / size,
        "negative_elbo": mean_of((scores.reconstructions + scores.kls) / LN2),
        "bound": mean_of(-bound / LN2),
        "others": [{"name": name, "bits": bits} for name, bits in sorted(others.items(), key=lambda entry: entry[1])],
    }


def lines(values: Values) -> Iterator[str]:
    """Say what was found in lines for the terminal."""
    for one in values["sets"]:
        yield f"{one['n']} images, bits per image; {values['levels']} levels, as they are {one['raw']:.0f}"
        yield f"  {'bits-back, read back bit for bit':36s}{one['net']:9.2f} (with the bits of chance at the start {one['gross']:.2f})"
        for name, key in (("-ELBO of this model", "negative_elbo"), (f"-log p(x), bound of {SAMPLES} samples", "bound")):
            yield f"  {name:36s}{one[key]['value']:9.2f}{error_words(one[key]['standard_error'], '.2f')}"
        yield from (f"  {other['name']:36s}{other['bits']:9.2f}" for other in one["others"])
    yield f"the weights, which the reader needs, take {values['weights_bytes']:,} bytes"


def value_shapes(d: int) -> Shape:
    """Return the shapes of its values."""
    one = {
        "n": COUNT, "raw": float, "net": float, "gross": float, "negative_elbo": MEAN, "bound": MEAN,
        "others": [{"name": NAMES, "bits": float}],
    }  # fmt: skip
    return {"levels": COUNT, "is_thresholded": bool, "weights_bytes": COUNT, "sets": [one, range(1, 3)]}


def array_shapes(values: Values, d: int) -> dict[str, str]:
    """Return the shapes of its arrays."""
    return {"rows": "iu n"}


PART = Part(6, compute, lines, value_shapes, array_shapes, needs_prior=True, is_drawn=True, version=2)
