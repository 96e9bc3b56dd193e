"""Names and sentences that anybody may have written, made fit to be shown on a terminal, on a page and in a spreadsheet."""

from __future__ import annotations

import re

UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")  # controls, ends of lines, halves of letters
TURNING = re.compile("[\\u200e\\u200f\\u061c\\u202a-\\u202e\\u2066-\\u2069]")  # marks that turn the direction of what follows
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠].")  # what a spreadsheet computes; a sign alone it leaves


def shown(name: object) -> str:
    """Return a name or a sentence on one line: controls are escaped, marks of direction left out."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), TURNING.sub("", str(name)))


def as_field(name: object) -> str:
    """Return a name as a table holds it that a spreadsheet may open: before what it would compute stands an apostrophe; numbers stay."""
    words = shown(name)
    return f"'{words}" if FORMULA.match(words) and not _is_number(words) else words


def _is_number(words: str) -> bool:
    try:
        float(words)
    except ValueError:
        return False
    return True
