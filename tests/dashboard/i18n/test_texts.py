"""Every text is used, and every text that is used exists."""

from __future__ import annotations

import ast
import re
from string import Formatter

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


# What texts count and there can be one of, by the names that are filled in.
COUNTED = {
    "compare.ask": "n", "compare.busy": "n", "compare.how_text": "n", "compare.share": "n", "data.repeats": "n",
    "inspect.bounds.alt_k": "k", "inspect.completion.live.worth": "effective", "inspect.completion.live.worth_1": "effective",
    "inspect.completion.live.worth_little": "effective", "inspect.completion.worth": "median", "inspect.completion.worth_little": "median",
    "inspect.compression.alt": "n", "inspect.compression.said": "n", "inspect.compression.said_same": "n",
    "inspect.compression.said_worse": "n", "inspect.features.ahead": "labels", "inspect.features.kind.mu": "n",
    "inspect.features.kind.pca": "n", "inspect.features.kind.pixels": "n", "inspect.features.said": "labels size n",
    "inspect.features.said_beside": "labels size n", "inspect.features.taken": "epochs images",
    "inspect.features.trained": "epochs images", "inspect.few-labels.method.m1": "size", "inspect.few-labels.method.pca": "size",
    "inspect.few-labels.method.pca_labelled": "size", "inspect.few-labels.method.pca_mixture": "size",
    "inspect.few-labels.method.pixels": "pixels", "inspect.images": "of", "inspect.kl-decomposition.dimensions_asleep": "active",
    "inspect.kl-decomposition.dimensions_some": "active", "inspect.kl-decomposition.too_few": "n", "inspect.prior-holes.more": "n",
    "inspect.rate-distortion.curve.alt_water": "above active", "inspect.rate-distortion.curve.water": "above latents",
    "inspect.samples": "n", "inspect.search.said": "k size", "live_map.asleep": "n", "live_map.legend_others": "n",
    "losses.all_digits": "n", "losses.all_digits_reconstruction": "n", "notebook.place": "d", "report.asleep.said_some": "n",
    "report.asleep.without_kl": "d active", "report.learned_from": "n", "report.redraws.said_even": "d", "report.redraws.said_no": "d",
    "report.redraws.said_yes": "d", "report.unseen": "n",
}  # fmt: skip


def test_what_there_can_be_one_of_is_told_of_one() -> None:
    found = [(key, name) for key, names in COUNTED.items() for name in names.split() if told(key, name, 1) == told(key, name, 12)]
    assert found == []


def told(key: str, name: str, n: int) -> str:
    """Return a text of so many of what `name` counts, without that number, and 5 of all else."""
    values = {one: 5 for _, one, _, _ in Formatter().parse(texts.all_texts()[key]) if one}
    return t(key, **{**values, name: n}).replace(str(n), "")


def test_texts_keep_the_house_style() -> None:
    for key, words_of in texts.all_texts().items():
        assert "!" not in words_of and not re.search(r"\b(simply|just)\b", words_of, re.I), key
