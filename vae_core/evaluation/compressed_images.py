"""Test images of a run as one file of bits, and back: what is coded, and how the file is laid out.

b"LLZ1", the length of a JSON object as a little-endian uint32, the object, the words of the stack as little-endian uint32, and the CRC-32
of all that as a little-endian uint32. Whoever reads it needs the run whose weights the object names.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.arrays import Ints
from vae_core.data.binarisation import binarise, treated
from vae_core.data.dataset import Dataset
from vae_core.evaluation.bits_back import COARSEST, DENSITY, FINEST, MOST_LEVELS, NoCode, Pixels, Stack, compress, decompress
from vae_core.messages import reason
from vae_core.progress import Progress, no_progress
from vae_core.registries import is_deterministic, traits
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.storage import shapes
from vae_core.storage.files import write_beside
from vae_core.storage.reading import MB, Unreadable, parsed, read_bytes

MAGIC = b"LLZ1"
MOST_BYTES, MOST_HEAD, MOST_NUMBERS = 256 * MB, 65536, 2**30
TOO_MANY = "So many images do not fit into one file; choose fewer with --images."
HEAD = {
    "run": str,
    "weights": shapes.HASH,
    "count": range(1, 2**31),
    "event_shape": [range(1, 2**16), range(1, 4)],
    "levels": range(2, MOST_LEVELS + 1),
    "places": range(COARSEST, FINEST + 1),
    "first": range(1, 2**20),
}


@dataclass(frozen=True)
class Code:
    """Images as whole numbers, and from what they were made.

    Attributes:
        pixels: (N, *event), from 0 to levels - 1.
        levels: how many grey levels there are, 2 for black and white.
        is_thresholded: whether grey images were made black and white at one half, as the model knows no grey levels' probabilities.
    """

    pixels: Pixels
    levels: int
    is_thresholded: bool


@dataclass(frozen=True)
class Packed:
    """The content of a file: what its head says, and the bits."""

    head: dict[str, Any]
    stack: Stack


def code_of(run: Run, dataset: Dataset, rows: Ints) -> Code:
    """Return images of these rows as the whole numbers that the run's likelihood gives probabilities of.

    Raises:
        NoCode: it gives none.
    """
    config, support = run.config, traits("likelihood", run.config.model.likelihood)["support"]
    if is_deterministic(config):
        raise NoCode("An autoencoder has no probabilities, so it gives no code; train with objective elbo.")
    if support == "binary" and config.data.pixels == "grey":
        return Code(binarise(dataset.values[rows], dataset.divisor, "thresholded").astype(np.uint8), 2, True)
    values, divisor = treated(dataset, rows, config.data)
    if support == "binary":
        return Code(values, 2, False)
    if support != "levels":
        raise NoCode(DENSITY)
    if values.dtype != np.uint8 or divisor != int(divisor) or values.max() > divisor:
        raise NoCode("The pixels are no whole numbers, so there are no levels to code.")
    return Code(values, int(divisor) + 1, False)


def write_compressed(path: Path, run: Run, code: Code, progress: Progress = no_progress) -> Stack:
    """Compress images into a file.

    Raises:
        NoCode, RunError: they cannot be coded, or the file cannot be written.
    """
    if code.pixels.size > MOST_NUMBERS:
        raise RunError(TOO_MANY)
    stack = compress(run.model(), code.pixels, code.levels, progress=progress)
    head = {
        "run": run.id,
        "weights": run.weights_sha256,
        "count": len(code.pixels),
        "event_shape": list(code.pixels.shape[1:]),
        "levels": code.levels,
        "places": stack.places,
        "first": stack.first,
    }
    text = json.dumps(head).encode()
    content = MAGIC + len(text).to_bytes(4, "little") + text + stack.words.astype("<u4").tobytes()
    if len(content) + 4 > MOST_BYTES:
        raise RunError(TOO_MANY)
    try:
        write_beside(path, content + zlib.crc32(content).to_bytes(4, "little"))
    except OSError as error:
        raise RunError("The file {file} cannot be written ({why}).", file=path.name, why=reason(error)) from error
    return stack


def read_compressed(path: Path) -> Packed:
    """Return the content of a file that `write_compressed` wrote.

    Raises:
        RunError: it is not there, or not what it should be.
    """
    try:
        return _unpacked(read_bytes(path, MOST_BYTES))
    except FileNotFoundError as error:
        raise RunError("There is no file {file}; give the path of an .llz file.", file=path.name) from error
    except Unreadable as error:
        raise RunError("{file} cannot be used ({why}); compress the images again.", file=path.name, why=error.message) from error


def _unpacked(content: bytes) -> Packed:
    if content[:4] != MAGIC:
        raise Unreadable("it is no .llz file")
    length = int.from_bytes(content[4:8], "little")
    if len(content) < 12 or zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "little"):
        raise Unreadable("it is cut off or was changed")
    words = content[8 + length : -4]
    if length > MOST_HEAD or 8 + length > len(content) - 4 or len(words) % 4 or not words:
        raise Unreadable("it is damaged")
    head = parsed(content[8 : 8 + length])
    if wrong := shapes.misfit(head, HEAD):
        raise Unreadable("{name} is missing or makes no sense", name=wrong)
    if head["count"] * math.prod(head["event_shape"]) > MOST_NUMBERS:
        raise Unreadable("it says that it holds more than can be")
    return Packed(head, Stack(np.frombuffer(words, "<u4").astype(np.uint32), head["first"], head["places"]))


def restore(run: Run, packed: Packed) -> Pixels:
    """Return the images (N, *event) of a file, with the run that wrote it.

    Raises:
        RunError: another run wrote it, or this computer's arithmetic differs from that of the one that did.
    """
    head = packed.head
    if head["weights"] != run.weights_sha256:
        raise RunError(
            "The file was written with run {other!r}, whose weights are not those of run {run!r}; name that run.",
            other=head["run"],
            run=run.id,
        )
    shape = tuple(head["event_shape"])
    if shape == tuple(run.dataset["event_shape"]):
        pixels = decompress(run.model(), packed.stack, head["count"], shape, head["levels"])
        if pixels is not None:
            return pixels
    raise RunError("The images cannot be read back: this computer's arithmetic differs; use the computer and torch that wrote the file.")
