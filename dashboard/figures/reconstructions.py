"""The grid of reconstructions: images, what the model redraws of each, and where the two differ; each is a link to its place on the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from dashboard.i18n.format import fixed
from dashboard.i18n.texts import t
from vae_core.data.pictures import WHITE, data_url, png

ACROSS = (12, 6, 3)  # images beside one another on a wide, a middling and a narrow screen; style.css lays them out
# Opposite colours for more and less, both readable on light ground and on dark; their opacity is the size, so that zero is the ground.
MORE, LESS = (221, 92, 0), (28, 120, 192)
OFF = (166, 64, 178)  # of colours, which differ in more than one direction: how far they are off, and not whither


@dataclass(frozen=True)
class Caption:
    """What stands below one image: its row in the dataset, its class and file (empty where there is none), its cost in nats, a link.

    `value`, where it is not empty, is shown instead of the cost; `signs` are those of sets that hold the image.
    """

    row: int
    name: str
    nats: float
    href: str
    file: str = ""
    value: str = ""
    signs: str = ""


def difference(originals: NDArray[np.uint8], reconstructions: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return where two pictures differ as pictures (n, 4, H, W) of colour and opacity.

    Of grey pictures it is reconstruction minus original, of colours the mean over the channels of the absolute difference.

    Args:
        originals, reconstructions: (n, H, W) or (n, 3, H, W), 0 to 255.
    """
    gap = reconstructions.astype(np.int16) - originals
    if gap.ndim == 4:
        off = np.abs(gap).mean(1).round().astype(np.uint8)
        return np.stack([*(np.full_like(off, one) for one in OFF), off], 1)
    colour = np.where((gap > 0)[:, None], *(np.array(one, np.uint8)[None, :, None, None] for one in (MORE, LESS)))
    return np.concatenate([colour, np.abs(gap)[:, None].astype(np.uint8)], 1)


def grid(originals: NDArray[np.uint8], reconstructions: NDArray[np.uint8], captions: Sequence[Caption]) -> str:
    """Lay images out in three lines, original, reconstruction and difference, with a caption and a link for each, and a legend.

    Args:
        originals, reconstructions: (n, H, W) or (n, 3, H, W), 0 to 255.
        captions: one for each image.
    """
    cards = []
    for i, (*pictures, caption) in enumerate(
        zip(originals, reconstructions, difference(originals, reconstructions), captions, strict=True)
    ):
        cards += [_names_of_lines(i), _card(pictures, caption)]
    return f'<div class="reconstructions"><ul>{"".join(cards)}</ul>{_legend(is_colour=originals.ndim == 4)}</div>'


def _names_of_lines(i: int) -> str:
    """Return the names of the three lines before image i, where a row of the grid begins on some screen; read out once."""
    begins = [f"by-{across}" for across in ACROSS if i % across == 0]
    hidden = ' aria-hidden="true"' if i else ""
    words = "".join(f"<span>{escape(t(f'reconstructions.{line}'))}</span>" for line in ("original", "reconstruction", "difference"))
    return f'<li class="lines {" ".join(begins)}"{hidden}>{words}</li>' if begins else ""


def _card(pictures: Sequence[NDArray[np.uint8]], caption: Caption) -> str:
    words = {"row": caption.row, "name": caption.name, "nats": fixed(caption.nats, 1), "file": caption.file}
    label = escape(t("reconstructions.open" if caption.name else "reconstructions.open_unnamed", **words))
    label += escape(t("reconstructions.open_file", **words)) if caption.file else ""
    shown = "".join(f'<img src="{data_url(png(picture, is_packed=False))}" alt="">' for picture in pictures)
    lines = {
        "class": caption.name,
        "nats": caption.value or t("reconstructions.nats", **words),
        "row": f"{caption.signs} {caption.file.rpartition('/')[2] or t('reconstructions.row', **words)}".strip(),
    }
    below = "".join(f'<span class="{kind}">{escape(line)}</span>' for kind, line in lines.items() if line)
    return f'<li><a href="{escape(caption.href)}" title="{label}" aria-label="{label}">{shown}<span class="caption">{below}</span></a></li>'


def _legend(*, is_colour: bool) -> str:
    if is_colour:
        bar = f'<i style="background:linear-gradient(to right,transparent,rgb{OFF})"></i>'
        return f"<p><span>{escape(t('reconstructions.same'))} 0</span>{bar}<span>{WHITE} {escape(t('reconstructions.off'))}</span></p>"
    less, more = (f"rgb{colour}" for colour in (LESS, MORE))
    bar = f'<i style="background:linear-gradient(to right,{less},transparent,{more})"></i>'
    ends = [escape(t(f"reconstructions.{word}")) for word in ("darker", "brighter")]
    return f"<p><span>{ends[0]} −{WHITE}</span>{bar}<span>+{WHITE} {ends[1]}</span></p>"
