"""Every word on the screen, in the language of whoever looks: t() reads locale/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

LOCALE = Path(__file__).parent / "locale"
DEFAULT = "en"  # spoken where nobody has chosen; a text that another language lacks stands in this one
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_ask: Callable[[], str] = lambda: DEFAULT  # noqa: E731


def set_language_source(ask: Callable[[], str]) -> None:
    """Let `ask` return the language that is wanted at this moment; without it all texts are in the default one."""
    global _ask
    _ask = ask


def language() -> str:
    """Return the language of this moment, a key of LANGUAGES."""
    return _spoken.get() or _ask()


@contextmanager
def in_language(name: str) -> Iterator[None]:
    """Take all texts within this block from one language, whatever the session wants."""
    token = _spoken.set(name)
    try:
        yield
    finally:
        _spoken.reset(token)


def all_texts() -> dict[str, str]:
    """Return all texts by dotted key, in the language of this moment."""
    return _read(language())


@cache
def _read(name: str) -> dict[str, str]:
    """Return the texts of one language, with those of the default one where it has none yet."""
    own = dict(_flatten(tomllib.loads((LOCALE / f"{name}.toml").read_text(encoding="utf-8"))))
    return own if name == DEFAULT else _read(DEFAULT) | own


def _flatten(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        pairs += _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs


def _languages() -> dict[str, str]:
    """Return what each language calls itself, by its code; a language is one file of locale/."""
    codes = sorted((file.stem for file in LOCALE.glob("*.toml")), key=lambda code: (code != DEFAULT, code))
    return {code: _read(code)["language.name"] for code in codes}


LANGUAGES = _languages()


class _Words(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        one, slash, many = format_spec.partition("/")
        return (one if str(value) == "1" else many) if slash else format(value, format_spec)


_WORDS = _Words()


def t(key: str, /, **values: Any) -> str:
    """Return the text of `key` with its {names} filled in; KeyError if the key or a value is missing.

    What stands as {n:image/images} is the first of its words where n is 1, else the second; js/engine/words.js does the same.
    """
    return _WORDS.vformat(all_texts()[key], (), values)


def text_or(key: str, otherwise: str) -> str:
    """Return the text of `key`, or `otherwise` where a registry has an entry that the texts do not know yet."""
    return all_texts().get(key, otherwise)


def section(name: str) -> dict[str, str]:
    """Return the texts of one section by their short keys, for a component that shows them itself."""
    return dict(_section(language(), name))


@cache
def _section(spoken: str, name: str) -> dict[str, str]:
    return {key.removeprefix(f"{name}."): value for key, value in _read(spoken).items() if key.startswith(f"{name}.")}


def prose(*sentences: str) -> str:
    """Return sentences one after another, with what the language puts between two."""
    return t("language.between_sentences").join(sentences)


def listed(words: Iterable[str], most: int | None = None) -> str:
    """Return words in a row, with what the language puts between two; of more than `most` the first ones and dots."""
    return _in_a_row("language.between_items", list(words), most)


def listed_rows(rows: Iterable[str], most: int | None = None) -> str:
    """Return parts that may hold lists of their own in a row, as `listed` does words."""
    return _in_a_row("language.between_rows", list(rows), most)


def _in_a_row(between: str, parts: list[str], most: int | None) -> str:
    return t(between).join(parts[:most]) + (" …" if most is not None and len(parts) > most else "")


def said_of(name: object, words: object) -> str:
    """Return words behind the name of what they are about, as the language writes that."""
    return t("language.said_of", name=name, words=words)
