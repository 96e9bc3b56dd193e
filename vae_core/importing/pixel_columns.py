"""Columns of one pixel each: which they are, by their names, and in which order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from vae_core.messages import Message, say

LEAST = 4  # pixels of an image
NUMBERS = re.compile(r"\d+")
COUNTING = ("", "id", "index", "image_id", "imageid", "file", "filename", "name", "path", "image", "unnamed: 0", "usage", "split")


def pixels_by_name(numbers: Sequence[str], label: str = "") -> tuple[list[str], list[Message]]:
    """Return the columns that are called alike but for numbers, in the order of these, and what is said of that.

    Args:
        numbers: columns of numbers, such as pixel0, pixel1, or 1x1, 1x2.
        label: a column that is none of them.
    """
    numbers = [name for name in numbers if name != label]
    kinds = Counter(NUMBERS.sub("#", name) for name in numbers)
    kind, count = kinds.most_common(1)[0] if kinds else ("", 0)
    if count < max(LEAST, len(numbers) / 2):
        return [name for name in numbers if name.lower() not in COUNTING], []
    found = [name for name in numbers if NUMBERS.sub("#", name) == kind]
    ordered = sorted(found, key=lambda name: [int(number) for number in NUMBERS.findall(name)])
    if ordered == found:
        return found, []
    return ordered, [say("The pixels are read in the order of the numbers in the columns' names.")]
