"""Every text is used, and every text that is used exists."""

from __future__ import annotations

import ast
import re

import pytest

from dashboard.i18n import texts
from dashboard.i18n.texts import t
from tests.places import ROOT


def text_patterns() -> tuple[set[str], list[str]]:
    """Return the keys that the dashboard's code names, and a pattern for each that it puts together."""
    nodes = [node for path in (ROOT / "dashboard").rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    named = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    joined = [pattern_of(node) for node in nodes if isinstance(node, ast.JoinedStr)]
    sections = [pattern_of(node.args[0]) for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "section"]
    return named, joined + [rf"{name}\..+" for name in sections]


def pattern_of(node: ast.expr) -> str:
    """Return a pattern of the texts that a string, maybe with values in it, can become."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w-]+" for part in parts)


# Names of files, tensors and sections that look like keys of texts.
OTHER_NAMES = {"app.py", "language.js", "live_map.js", "notebook.js", "story.js", "story.css", "story.html", "likelihood.log_sigma"}


def test_every_text_is_used_and_every_used_text_exists() -> None:
    keys = set(texts.all_texts())
    named, patterns = text_patterns()
    sections = "|".join({key.split(".")[0] for key in keys})
    assert {key for key in named if re.fullmatch(rf"({sections})\.\w*[a-z\d]", key)} - keys - OTHER_NAMES == set()
    assert [key for key in sorted(keys - named) if not any(re.fullmatch(pattern, key) for pattern in patterns)] == []


def test_a_missing_text_or_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("no.such.text")
    with pytest.raises(KeyError):
        t("sample.more")


def test_one_and_many_are_told_apart() -> None:
    told = [t("chosen.both", n=n) for n in ("1", "12")]
    assert told == ["1 image is in both and counts for neither.", "12 images are in both and count for neither."]
    assert {t("train.images_out", n=n) for n in (1, "1")} == {"1 image"}
    with texts.in_language("zh"):
        assert "1 张" in t("train.images_out", n=1)


def test_texts_keep_the_house_style() -> None:
    for key, words_of in texts.all_texts().items():
        assert "!" not in words_of and not re.search(r"\b(simply|just)\b", words_of, re.I), key
