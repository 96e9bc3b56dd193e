"""The message catalogue: what vae_core says in English, in the language of this moment; its entries are the texts core.said of locale/*.

The key of an entry is the English sentence with its {names}. What stands for `{name!r}` may be in quotes, which fall away; what stands for
`{name!t}` was said by the core too and is translated in turn. All other values, and whatever no entry recognises, stay as they are.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from string import Formatter
from typing import NamedTuple

from dashboard.i18n.texts import language, prose, section

LONGEST, DEEPEST = 5000, 3  # letters, and sentences within sentences; the core says nothing longer or deeper
QUOTED = re.compile(r"'([^'\\]*)'|\"([^\"\\]*)\"")  # as repr() writes a name in which nothing has to be escaped
AND = ", "  # stands between the parts of a list; an entry of this name tells what does so in the other language


class Entry(NamedTuple):
    """What recognises an English sentence, how each value is read, and the sentence in the other language."""

    pattern: re.Pattern[str]
    conversions: dict[str, str | None]
    words: str


def translated(said: object) -> str:
    """Return what the core said in the language of this moment, as text: values are as users wrote them, so Markdown needs `plain`."""
    return _translated(str(said), language())


@lru_cache(512)
def _translated(words: str, name: str, depth: int = 0) -> str:
    """Return one sentence, several of them, or a list; `name` is that of the language spoken now."""
    entries = _entries(name)
    if not entries or len(words) > LONGEST or depth > DEEPEST:
        return words

    def each(pieces: list[str]) -> list[str] | None:
        """Return the pieces in the other language, or None where one of them is not recognised."""
        told: list[str] = []
        for piece in pieces:
            if (one := _recognised(piece, entries, name, depth)) is None:
                return None
            told.append(one)
        return told

    if (sentences := re.split(r"(?<=\.) ", words))[1:] and (told := each(sentences)):
        return prose(*told)
    if (parts := words.split(AND))[1:] and (told := each(parts)):
        return section("core.said")[AND].join(told)
    return "".join(each([words]) or [words])


@cache
def _entries(name: str) -> tuple[Entry, ...]:
    """Return the entries of the language spoken now, those with the most fixed letters first; the core's own language has none."""
    said = section("core.said")
    return tuple(_entry(english, said[english]) for english in sorted(said, key=_fixed, reverse=True))


def _fixed(english: str) -> int:
    return sum(len(literal) for literal, *_ in Formatter().parse(english))


def _entry(english: str, words: str) -> Entry:
    """Return the entry of one sentence; a value ends where the fixed words behind it come for the first time."""
    parts = list(Formatter().parse(english))
    pattern, value = "", ""
    for literal, name, _, _ in parts:
        fixed = value + re.escape(literal)
        # Atomic, so that no text is gone through again and again; the last fixed words are those at the end.
        pattern += f"(?>{fixed})" if value and name is not None else fixed
        value = "" if name is None else f"(?P<{name}>.*?)"
    conversions = {name: conversion for _, name, _, conversion in parts if name is not None}
    return Entry(re.compile(pattern + value, re.DOTALL), conversions, words)


def _recognised(words: str, entries: tuple[Entry, ...], name: str, depth: int) -> str | None:
    """Return one sentence in the other language, or None."""
    for entry in entries:
        if found := entry.pattern.fullmatch(words):
            read = {key: _read(value, entry.conversions[key], name, depth) for key, value in found.groupdict().items()}
            return entry.words.format(**read)
    return None


def _read(value: str, conversion: str | None, name: str, depth: int) -> str:
    """Return a value as it stands in the other language's sentence."""
    if conversion == "t":
        return _translated(value, name, depth + 1)
    quoted = QUOTED.fullmatch(value) if conversion == "r" else None
    return quoted[1] or quoted[2] or "" if quoted else value
