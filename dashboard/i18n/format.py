"""Numbers, quantities and users' own words, written as they stand in a sentence."""

from __future__ import annotations

import math
import re
from typing import Any

from dashboard.i18n.texts import t
from vae_core import rounding
from vae_core.printable import shown

MINUTE, HOUR = 60, 3600


def plain(name: object) -> str:
    """Return a name that a user can write, so that Markdown shows it letter by letter: no link, no picture, no formula."""
    words = shown(" ".join(str(name).split()))
    words = re.sub(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", "\u2060", words)  # an address with an invisible character in it is no link
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&/=^])", r"\\\1", words)


def number(value: float, digits: int = 2) -> str:
    """Return a number with so many significant digits (whole digits are all kept) and a true minus sign."""
    return fixed(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0)


def fixed(value: float, places: int) -> str:
    """Return a number with so many decimals and a true minus sign; never a minus before zero."""
    text = f"{value:,.{places}f}"
    return text.replace("-", "" if float(text.replace(",", "")) == 0 else "−")


def cost_parts(*parts: float, places: int = 1) -> list[str]:
    """Return parts, such as reconstruction and KL, and last their sum, in print: the sum is rounded, and the printed parts add up to it."""
    return [fixed(value, places) for value in (*rounding.parts(parts, places), rounding.total(parts, places))]


def percent(share: float) -> str:
    """Return a share in whole percent; 0 and 100 stand for none and all alone."""
    return fixed(100 * share if share in (0, 1) else min(99, max(1, round(100 * share))), 0)


def axis(dimension: int) -> str:
    """Return the name of a latent dimension counted from 0: z₁, z₂ ..."""
    return "z" + "".join(chr(0x2080 + int(digit)) for digit in str(dimension + 1))


def point(z: Any, places: int = 2) -> str:
    """Return a latent point in print, cut after its first eight numbers."""
    shown = ", ".join(fixed(value, places) for value in list(z)[:8])
    return f"({shown}{', …' if len(z) > 8 else ''})"


def duration(seconds: float) -> str:
    """Return a span of time as one would say it."""
    if seconds < 1.5 * MINUTE:
        n = max(1, round(seconds) if seconds < 10 else 5 * round(seconds / 5))
        return t("train.second" if n == 1 else "train.seconds", n=n)
    if seconds < 1.5 * HOUR:
        return t("train.minutes", n=round(seconds / MINUTE))
    return t("train.hours", n=fixed(seconds / HOUR, 0))


def memory(size: float) -> str:
    """Return an amount of memory in gigabytes."""
    return t("train.gigabytes", n=number(size / 1e9, 1 if size < 0.95e9 else 2))
