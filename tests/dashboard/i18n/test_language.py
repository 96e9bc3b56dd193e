"""English and Chinese say the same on every page: keys, placeholders, terms, and no sentence outside the texts."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from dashboard.i18n import texts
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import in_language
from tests.places import ROOT
from tests.test_structure import SHOWS_WORDS
from vae_core.config import RunConfig, sections
from vae_core.data import mnist
from vae_core.model.effective_beta import ForeignLoss, convert
from vae_core.presets import PRESETS

HAN = re.compile(r"[\u4e00-\u9fff]")


def of(name: str) -> dict[str, str]:
    """Return what stands in one language's own file, by dotted key."""
    return dict(texts._flatten(tomllib.loads((texts.LOCALE / f"{name}.toml").read_text(encoding="utf-8"))))


EN, ZH = of("en"), of("zh")
CORE = {key: value for key, value in ZH.items() if key.startswith("core.")}  # what vae_core says in English where it is made
SHARED = [key for key in EN if key in ZH]


def test_all_languages_have_the_same_texts() -> None:
    for name in texts.LANGUAGES:
        assert {key for key in of(name) if not key.startswith("core.")} == set(EN), name


def names_of(words: str) -> set[str]:
    """Return the {names} that a text wants filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


MARKS = ("**", "$", "<br>", "\n\n", "`", ":small[", ":gray[", ":green[", ":violet[", "%{{", "|")


def bare_formulas(words: str) -> list[str]:
    """Return the formulas of a text without the words in them."""
    return [re.sub(r'\\text\{\{.*?\}\}|"[^"]*"', "", formula) for formula in re.findall(r"\$+[^$]+\$+", words)]


def test_a_text_and_its_translation_are_filled_in_and_marked_up_alike() -> None:
    for key in SHARED:
        assert names_of(EN[key]) == names_of(ZH[key]), key
        assert [EN[key].count(mark) for mark in MARKS] == [ZH[key].count(mark) for mark in MARKS], key
        assert bare_formulas(EN[key]) == bare_formulas(ZH[key]), key


# Names, formulas, and texts that only put others together.
WITHOUT_HAN = {
    "data.choice", "data.left_out_line", "data.path_example", "data.reason", "language.between_items",
    "language.between_rows", "language.said_of", "inspect.alt_row",
    "language.between_sentences", "app.title", "app.line", "app.failed", "run.broken", "run.option", "live_map.place", "live_map.place_1",
    "compare.difference", "compare.head", "compare.left_out_line", "compare.titled", "live_map.picked_named",
    "live_map.nearest_named", "live_map.set_comma", "live_map.set_mix", "live_map.set_space", "losses.hover",
    "chosen.percent", "chosen.category", "chosen.sign", "twins.comma", "film.comma",
    "losses.alt_reference", "compare.metric", "inspect.protocol", "inspect.rate-distortion.diagonal",
    "inspect.rate-distortion.left_out_line", "train.change",
    "inspect.bounds.published.line",
    "inspect.prior-holes.inside", "train.headline", "core.said., ", "core.said.{first} {then}",
}  # fmt: skip


def test_chinese_is_chinese() -> None:
    without = {key for key, words in ZH.items() if not HAN.search(words)}
    assert {key for key in without if not key.startswith("story.")} == WITHOUT_HAN
    # The story's references name papers, and some of its words are numbers or names.
    assert [key for key in without - WITHOUT_HAN if not key.endswith(".reference") and WORDS.search(EN[key])] == []


# Titles of papers, which keep their language.
TITLES = ("ELBO surgery", "Fixing a broken ELBO", "Inference suboptimality")


def test_no_english_is_left_standing() -> None:
    for key, words in ZH.items():
        for title in TITLES:
            words = words.replace(title, "")
        words = re.sub(r"\$+[^$]+\$+|\{+[^{}]*\}+", "", words)
        assert not re.search(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b", words), key


TERMS = ("潜变量", "流形", "同胚", "先验", "后验", "重构", "KL 散度", "证据下界", "奈特", "比特")


def test_the_terms_are_those_of_the_field() -> None:
    whole = "\n".join(ZH.values())
    assert [term for term in TERMS if term not in whole] == []
    assert [word for word in ("同构", "重建", "个运行") if word in whole] == [], "what has another name here"
    assert "没有一个不" not in whole, "which says that all of them do"
    for english, chinese in ((r"\bnats?\b", "奈特"), (r"\bKL\b", "KL"), (r"\bencoder\b", "编码器"), (r"\bdecoder\b", "解码器")):
        named = [key for key in SHARED if re.search(english, re.sub(r"\{\w+\}", "", EN[key]))]
        assert [key for key in named if chinese not in ZH[key]] == []


def test_chinese_keeps_the_house_style() -> None:
    for key, words in ((key, words) for key, words in ZH.items() if not key.endswith(".maths")):
        assert not re.search("[!！]", words), key
        bare = re.sub(r"\$+[^$]+\$+|\{+[^{}]*\}+|`[^`]*`", "x", words)
        assert not re.search(r"[\u4e00-\u9fff][,;?]|[\u4e00-\u9fff]\.(\s|$)", bare), f"{key}: punctuation"
        assert not re.search(r" [，。：；、？）]", bare), f"{key}: a space before punctuation"


def test_what_the_core_says_is_translated_by_its_own_names() -> None:
    names = {"name"} | {name for group in sections(RunConfig()).values() for name in group.__dataclass_fields__}
    others = set(ForeignLoss.__dataclass_fields__)
    help_texts = {f"core.help.train.{name}" for name in names} | {f"core.help.other.{name}" for name in others}
    assert {key for key in CORE if key.startswith("core.help.")} == help_texts
    assert {key for key in CORE if key.startswith("core.name.")} == {f"core.name.{preset.name}" for preset in PRESETS.values()}
    assert {key for key in CORE if key.startswith("core.class.")} == {f"core.class.fashion-mnist.{name}" for name in mnist.CLOTHES}


@pytest.mark.parametrize(
    ("other", "says"),
    [({}, "都不用改"), ({"kl_weight": 0.0}, "没有 KL 项"), ({"reconstruction": "mean"}, "784 倍"), ({"kl_weight": 0.25}, " 1/4：")],
)
def test_another_programs_beta_is_explained_in_chinese(other: dict[str, float | str], says: str) -> None:
    with in_language("zh"):
        assert says in translated(convert(ForeignLoss(**other)).sentence)


SEPARATOR = re.compile(r"[,;:] ")


def separators_of_english(source: str) -> list[str]:
    """Return where a source puts shown words together by a mark and a space, which another language writes in its own way."""
    found = []
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            parts = [node.func.value]
        elif isinstance(node, ast.JoinedStr):
            parts = node.values[1:-1]
        elif isinstance(node, ast.BinOp):
            parts = [node.left, node.right]
        if any(isinstance(one, ast.Constant) and isinstance(one.value, str) and SEPARATOR.fullmatch(one.value) for one in parts):
            found.append(ast.unparse(node))
    return found


CSS = ROOT / "dashboard" / "figures" / "theme.py"  # its marks and spaces are no words
SPEAKING = [path for part in ("views", "figures") for path in sorted((ROOT / "dashboard" / part).rglob("*.py")) if path != CSS]


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_words_are_put_together_as_their_language_does(path: Path) -> None:
    assert separators_of_english(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("bad", ["', '.join(names)", "f'{name}: {value}'", "words + ', ' + t('a.b')", "'; '.join(a for a in b)"])
def test_a_separator_of_english_is_found(bad: str) -> None:
    assert separators_of_english(bad)


WORDS = re.compile(r"[A-Za-z]{2,}[,;:]? +(?:[\w'“”-]+[,;:]? +)*[A-Za-z]{2,}")
MAKES = SHOWS_WORDS.pattern + "|number|page_link|pills|tabs|page_config|set_page_config|subheader|plotly_chart|image|progress|chart|say"


def literal_sentences(source: str) -> list[str]:
    """Return the sentences in two or more words that a source hands to something that shows words, directly or inside an f-string."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not re.fullmatch(MAKES, ast.unparse(node.func).rsplit(".", 1)[-1]):
            continue
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            found += [one.value for one in _spoken(part) if WORDS.search(one.value)]
    return found


def _spoken(node: ast.AST) -> list[ast.Constant]:
    """Return the text constants below a node, but not those that other calls take: these speak for themselves."""
    if isinstance(node, ast.Constant):
        return [node] if isinstance(node.value, str) else []
    if isinstance(node, ast.Call | ast.Subscript | ast.Compare):
        return []
    return [one for child in ast.iter_child_nodes(node) for one in _spoken(child)]


@pytest.mark.parametrize("path", sorted((ROOT / "dashboard").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_holds_a_sentence_of_its_own(path: Path) -> None:
    assert literal_sentences(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    [
        "st.write('Two words')",
        "left.button(label='Press here', key='a b')",
        "st.markdown(f'**{name}** has ended')",
        "st.info('Nothing is lost. ' + t('a.b'))",
        "st.warning(t('a.b') if x else 'no such thing')",
        "paper.say(f'{a} of {b} dimensions are in use')",
    ],
)
def test_a_sentence_of_its_own_is_found(bad: str) -> None:
    assert literal_sentences(bad)
