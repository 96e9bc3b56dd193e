"""Pictures in rows that fit any screen, a line of words below each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from vae_core.data.pictures import data_url, png


def sheet(images: NDArray[np.uint8], words: Sequence[str], names: Sequence[str]) -> str:
    """Return pictures (n, [3,] H, W) as HTML; `words` stand below each, `names` are told of each and are what a voice reads."""
    cards = []
    for image, line, name in zip(images, words, names, strict=True):
        told = escape(name)
        picture = f'<img src="{data_url(png(image, is_packed=False))}" alt="{told}" title="{told}">'
        cards.append(f"<li>{picture}<span>{escape(line)}</span></li>")
    return f'<div class="picture-sheet"><ul>{"".join(cards)}</ul></div>'
