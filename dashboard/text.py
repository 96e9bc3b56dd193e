"""Every word on the screen: t() reads locale/en.toml; numbers and names are made fit to stand in a sentence."""

from __future__ import annotations

import math
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LOCALE = Path(__file__).parent / "locale" / "en.toml"


@cache
def texts() -> dict[str, str]:
    """Return all texts by dotted key."""
    return dict(_flatten(tomllib.loads(LOCALE.read_text(encoding="utf-8"))))


def _flatten(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        pairs += _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs


def t(key: str, /, **values: Any) -> str:
    """Return the text of `key` with its {names} filled in; KeyError if the key or a value is missing."""
    return texts()[key].format(**values)


def known(key: str, otherwise: str) -> str:
    """Return the text of `key`, or `otherwise` where a registry has an entry that the texts do not know yet."""
    return texts().get(key, otherwise)


def section(name: str) -> dict[str, str]:
    """Return the texts of one section by their short keys, for a component that shows them itself."""
    return {key.removeprefix(f"{name}."): value for key, value in texts().items() if key.startswith(f"{name}.")}


def plain(name: object) -> str:
    """Return a name that a user can write, so that Markdown shows it letter by letter: no link, no picture, no formula."""
    words = re.sub(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", "\u2060", " ".join(str(name).split()))  # an address broken by nothing is no link
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&/=^])", r"\\\1", words)


def number(value: float, digits: int = 2) -> str:
    """Return a number with so many significant digits (whole digits are all kept) and a true minus sign."""
    return fixed(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0)


def fixed(value: float, places: int) -> str:
    """Return a number with so many decimals and a true minus sign; never a minus before zero."""
    text = f"{value:,.{places}f}"
    return text.replace("-", "" if float(text.replace(",", "")) == 0 else "−")


def bill(reconstruction: float, kl: float, places: int = 1) -> tuple[str, str, str]:
    """Return reconstruction, KL and their sum in print: the sum is that of the printed parts."""
    parts = [round(float(part), places) for part in (reconstruction, kl)]
    return fixed(parts[0], places), fixed(parts[1], places), fixed(sum(parts), places)


def axis(dimension: int) -> str:
    """Return the name of a latent dimension counted from 0: z₁, z₂ ..."""
    return "z" + "".join(chr(0x2080 + int(digit)) for digit in str(dimension + 1))


def place(z: Any, places: int = 2) -> str:
    """Return a latent point in print, cut after its first eight numbers."""
    shown = ", ".join(fixed(value, places) for value in list(z)[:8])
    return f"({shown}{', …' if len(z) > 8 else ''})"
