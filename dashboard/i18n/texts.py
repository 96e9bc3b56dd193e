"""Every word on the screen, in the language of whoever looks: t() reads locale/*.toml; numbers and names are made fit for a sentence."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from vae_core import rounding
from vae_core.printable import shown

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "zh": "中文"}  # each named in itself; the first is spoken where nobody has chosen
DEFAULT = next(iter(LANGUAGES))
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_ask: Callable[[], str] = lambda: DEFAULT  # noqa: E731


def hear(ask: Callable[[], str]) -> None:
    """Let `ask` say which language is wanted at this moment; the pages ask the session, figures alone ask nobody."""
    global _ask
    _ask = ask


def language() -> str:
    """Return the language of this moment, a key of LANGUAGES."""
    return _spoken.get() or _ask()


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak one language within this block, whatever the session wants."""
    token = _spoken.set(name)
    try:
        yield
    finally:
        _spoken.reset(token)


def texts() -> dict[str, str]:
    """Return all texts by dotted key, in the language of this moment."""
    return _read(language())


@cache
def _read(name: str) -> dict[str, str]:
    """Return the texts of one language; a text that it does not have yet stands in the first one."""
    own = dict(_flatten(tomllib.loads((LOCALE / f"{name}.toml").read_text(encoding="utf-8"))))
    return own if name == DEFAULT else _read(DEFAULT) | own


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


def called(name: str) -> str:
    """Return a run's name as it is shown: names that the project gives to its runs are translated, those of users stay."""
    return known(f"core.name.{name}", shown(name))


def section(name: str) -> dict[str, str]:
    """Return the texts of one section by their short keys, for a component that shows them itself."""
    return {key.removeprefix(f"{name}."): value for key, value in texts().items() if key.startswith(f"{name}.")}


def prose(*sentences: str) -> str:
    """Return sentences one after another; between Chinese ones stands no space."""
    return ("" if language() == "zh" else " ").join(sentences)


def plain(name: object) -> str:
    """Return a name that a user can write, so that Markdown shows it letter by letter: no link, no picture, no formula."""
    words = re.sub(
        r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", "\u2060", shown(" ".join(str(name).split()))
    )  # an address broken by nothing is no link
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&/=^])", r"\\\1", words)


def number(value: float, digits: int = 2) -> str:
    """Return a number with so many significant digits (whole digits are all kept) and a true minus sign."""
    return fixed(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0)


def fixed(value: float, places: int) -> str:
    """Return a number with so many decimals and a true minus sign; never a minus before zero."""
    text = f"{value:,.{places}f}"
    return text.replace("-", "" if float(text.replace(",", "")) == 0 else "−")


def bill(*parts: float, places: int = 1) -> list[str]:
    """Return parts, such as reconstruction and KL, and last their sum in print: the rounded sum, to which the printed parts add up."""
    return [fixed(value, places) for value in (*rounding.parts(parts, places), rounding.total(parts, places))]


def percent(share: float) -> str:
    """Return a share in whole percent; 0 and 100 stand for none and all alone."""
    return fixed(100 * share if share in (0, 1) else min(99, max(1, round(100 * share))), 0)


def axis(dimension: int) -> str:
    """Return the name of a latent dimension counted from 0: z₁, z₂ ..."""
    return "z" + "".join(chr(0x2080 + int(digit)) for digit in str(dimension + 1))


def place(z: Any, places: int = 2) -> str:
    """Return a latent point in print, cut after its first eight numbers."""
    shown = ", ".join(fixed(value, places) for value in list(z)[:8])
    return f"({shown}{', …' if len(z) > 8 else ''})"
