"""Names and sentences that anybody may have written, made fit to be shown on a terminal and on a page."""

from __future__ import annotations

import re

UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")  # controls, ends of lines, halves of letters
TURNING = re.compile("[\\u200e\\u200f\\u061c\\u202a-\\u202e\\u2066-\\u2069]")  # marks that turn the direction of what follows


def shown(name: object) -> str:
    """Return a name or a sentence on one line: controls are escaped, marks of direction left out."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), TURNING.sub("", str(name)))
