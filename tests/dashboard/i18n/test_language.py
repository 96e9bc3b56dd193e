"""English and Chinese say the same on every page: keys, placeholders, terms, no sentence outside the texts, and the switch between them."""

from __future__ import annotations

import ast
import re
import shutil
import string
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import texts
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import LANGUAGES, in_language, language, prose, section, t, text_or
from dashboard.pages import SCRIPTS
from tests.dashboard.pages import open_page
from tests.places import ROOT
from tests.test_structure import SHOWS_WORDS
from vae_core.config import RunConfig, sections
from vae_core.data import mnist
from vae_core.jobs import worker
from vae_core.messages import say
from vae_core.model.effective_beta import ForeignLoss, convert
from vae_core.presets import PRESETS
from vae_core.storage.files import write_json

APP = str(ROOT / "dashboard" / "app.py")
SHIPPED = ROOT / "checkpoints"
HAN = re.compile(r"[\u4e00-\u9fff]")
Open = Callable[..., AppTest]


def of(name: str) -> dict[str, str]:
    """Return what stands in one language's own file, by dotted key."""
    return dict(texts._flatten(tomllib.loads((texts.LOCALE / f"{name}.toml").read_text(encoding="utf-8"))))


EN, ZH = of("en"), of("zh")
CORE = {key: value for key, value in ZH.items() if key.startswith("core.")}  # what vae_core says in English where it is made
SHARED = [key for key in EN if key in ZH]


# ---- the two files


def test_all_languages_have_the_same_texts() -> None:
    for name in texts.LANGUAGES:
        assert {key for key in of(name) if not key.startswith("core.")} == set(EN), name


def names_of(words: str) -> set[str]:
    """Return the {names} that a text wants filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


MARKS = ("**", "$", "<br>", "\n\n", "`", ":small[", ":gray[", ":green[", ":violet[", "%{{", "|")


def bare_formulas(words: str) -> list[str]:
    """Return the formulas of a text without the words in them."""
    return [re.sub(r"\\text\{\{.*?\}\}", "", formula) for formula in re.findall(r"\$+[^$]+\$+", words)]


def test_a_text_and_its_translation_are_filled_in_and_marked_up_alike() -> None:
    for key in SHARED:
        assert names_of(EN[key]) == names_of(ZH[key]), key
        assert [EN[key].count(mark) for mark in MARKS] == [ZH[key].count(mark) for mark in MARKS], key
        assert bare_formulas(EN[key]) == bare_formulas(ZH[key]), key


# Names, formulas, and texts that only put others together.
WITHOUT_HAN = {
    "language.between_sentences", "app.title", "app.line", "app.failed", "run.broken", "run.option", "explorer.place", "explorer.place_1",
    "explorer.picked_named",
    "explorer.nearest_named", "manifold.axis_even", "latent.pca", "latent.umap", "latent.umap_axis", "sample.caption", "losses.hover",
    "losses.alt_reference", "compare.metric", "inspect.protocol", "inspect.rate-distortion.left_out_line",
    "inspect.bounds.published.line", "inspect.prior-holes.inside", "train.headline", "core.said., ", "core.said.{first} {then}",
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
    assert "同构" not in whole
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


# ---- no sentence outside the texts

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


# ---- which language is spoken


def test_without_a_session_it_is_english_and_a_block_may_choose() -> None:
    assert (language(), t("home.nav")) == ("en", EN["home.nav"])
    with in_language("zh"):
        assert t("home.nav") == ZH["home.nav"]
        assert t("app.test_images", n=3) == ZH["app.test_images"].format(n=3)
        assert section("twins") == {key.removeprefix("twins."): ZH[key] for key in ZH if key.startswith("twins.")}
        assert text_or("core.help.train.beta", "") == ZH["core.help.train.beta"]
    assert text_or("core.help.train.beta", "weight") == "weight"
    assert t("home.nav") == EN["home.nav"]


def test_sentences_follow_one_another_as_their_language_wants_it() -> None:
    assert prose("One.", "Two.") == "One. Two."
    with in_language("zh"):
        assert prose("一。", "二。") == "一。二。"


def test_a_block_speaks_for_its_own_thread_alone() -> None:
    heard = []
    with in_language("zh"):
        other = threading.Thread(target=lambda: heard.append(language()))
        other.start()
        other.join()
    assert heard == ["en"]


def test_a_text_that_is_not_translated_yet_stands_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en.toml").write_text('[a]\none = "one"\ntwo = "two"\n')
    (tmp_path / "zh.toml").write_text('[a]\none = "一"\n', encoding="utf-8")
    monkeypatch.setattr(texts, "LOCALE", tmp_path)
    texts._read.cache_clear()
    try:
        with in_language("zh"):
            assert (t("a.one"), t("a.two")) == ("一", "two")
    finally:
        texts._read.cache_clear()


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a page on the shipped runs in a new session, in a browser of some locale, with query parameters."""
    folder = tmp_path / "runs"
    shutil.copytree(SHIPPED / "digits-2d", folder / "digits-2d")
    for other in (path for path in SHIPPED.iterdir() if path.is_dir() and path.name != "digits-2d"):
        (folder / other.name).symlink_to(other)
    monkeypatch.setenv("LATENT_LENS_RUNS", str(folder))
    monkeypatch.setattr(worker, "start_worker", lambda root: None)

    def opened(page: str = "home", locale: str | None = None, **query: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.context["locale"] = locale
        return open_page(page, query, at)

    return opened


def words(at: AppTest) -> str:
    """Return everything that the page says, widgets' labels and help included; what a user wrote into them is his own."""
    shown = [one.value for kind in (at.title, at.subheader, at.markdown, at.info, at.warning, at.metric) for one in kind]
    asked = "metric slider selectbox number_input text_input expander button radio"
    asked_for = [getattr(one, name, "") for kind in asked.split() for one in at.get(kind) for name in ("label", "help")]
    return "\n".join(str(said) for said in shown + asked_for if said)


def address(at: AppTest) -> dict[str, str]:
    """Return the query parameters (AppTest gives a list or a text, depending on who set them)."""
    return {key: value if isinstance(value, str) else value[0] for key, value in at.query_params.items()}


SAYS = {
    "home": "地图上每一点都是一幅画", "story": ZH["story.check"], "explore": "在模型学到的东西里走一走", "manifold": "按先验均匀取步",
    "latent": "每张测试图落在哪里", "sample": "从数字画出一张图", "train": "训练一张自己的地图", "losses": "证据下界",
    "film": "它是怎样学会的", "compare": "在同样的图上比较几次训练", "inspect": "哪里不可信",
}  # fmt: skip


@pytest.mark.parametrize("page", SAYS)
def test_every_page_is_chinese_in_a_chinese_browser(visit: Open, page: str) -> None:
    at = visit(page, "zh-CN", run="digits-2d")
    assert not at.exception and not at.error and ZH["app.unexpected"] not in words(at)
    assert SAYS[page] in words(at) and EN.get(f"{page}.title", EN["story.check"]) not in words(at)
    assert [line for line in words(at).splitlines() if WORDS.search(line) and not HAN.search(line)] == []
    assert address(at)["lang"] == "zh"


def test_every_page_has_a_chinese_sentence_to_be_found_by() -> None:
    assert set(SAYS) == set(SCRIPTS)


@pytest.mark.parametrize(
    ("locale", "query", "spoken", "written"),
    [
        (None, {}, "en", None),
        ("en-GB", {}, "en", None),
        ("de-DE", {}, "en", None),
        ("zh", {}, "zh", "zh"),
        ("zh-TW", {}, "zh", "zh"),
        ("en-US", {"lang": "zh"}, "zh", "zh"),
        ("zh-CN", {"lang": "en"}, "en", "en"),
        ("zh-CN", {"lang": "xx"}, "zh", "zh"),
        ("en-US", {"lang": "../en"}, "en", None),
    ],
)
def test_the_link_speaks_before_the_browser(
    visit: Open, locale: str | None, query: dict[str, str], spoken: str, written: str | None
) -> None:
    at = visit("losses", locale, **query)
    assert at.title[0].value == of(spoken)["losses.title"]
    assert address(at).get("lang") == written
    for name in ("run", "lang"):
        at.query_params.pop(name, None)  # what the browser does at a page switch
    at.switch_page(SCRIPTS["manifold"]).run()
    assert at.title[0].value == of(spoken)["manifold.title"]
    assert address(at).get("lang") == written


def test_the_switch_changes_the_words_and_nothing_else(visit: Open) -> None:
    at = visit("sample", "en-US", run="digits-2d", z="0.5,-1")
    before = {slider.key: slider.value for slider in at.slider}
    switch = at.sidebar.get("button_group")[0]
    assert [option.content for option in switch.proto.options] == list(LANGUAGES.values())
    switch.set_value("zh").run()
    assert at.title[0].value == ZH["sample.title"] and not at.exception
    assert {slider.key: slider.value for slider in at.slider} == before
    assert address(at) == {"lang": "zh", "run": "digits-2d", "z": "0.5,-1"}
    at.sidebar.get("button_group")[0].set_value("en").run()
    assert at.title[0].value == EN["sample.title"] and "lang" not in address(at)


def test_a_choice_on_the_page_outlives_the_switch(visit: Open) -> None:
    at = visit("inspect", "en-US", run="digits-2d")
    at.main.get("button_group")[0].set_value("bounds").run()
    at.sidebar.get("button_group")[0].set_value("zh").run()
    assert ZH["inspect.bounds.promise"] in words(at) and not at.exception


def test_a_list_keeps_what_was_chosen_though_its_options_are_called_otherwise(visit: Open) -> None:
    at = visit("latent", "en-US", run="mnist-16d")
    right = at.selectbox(key="right/mnist-16d").select_index(3).run().selectbox(key="right/mnist-16d").value
    at.sidebar.get("button_group")[0].set_value("zh").run()
    with in_language("zh"):  # the test asks for the options' words outside of the session
        assert at.selectbox(key="right/mnist-16d").value == right and "奈特" in at.selectbox(key="right/mnist-16d").options[0]
        at.main.get("button_group")[0].set_value("pca").run()
        at.main.get("button_group")[0].set_value("dims").run()
        assert at.selectbox(key="right/mnist-16d").value == right and not at.exception


def test_an_unfinished_run_is_spoken_of_in_chinese(visit: Open, tmp_path: Path) -> None:
    path = tmp_path / "runs" / "digits-2d"
    (path / "summary.json").unlink()
    write_json(path / "status.json", {"state": "failed", **say("Training failed: {why}", why="[a](b) *c*").record()})
    for page in ("losses", "latent"):
        said = words(visit(page, "zh-CN", run="digits-2d"))
        assert r"训练失败：\[a\]\(b\) \*c\*" in said and "Training failed" not in said


def test_each_session_speaks_its_own_language(visit: Open) -> None:
    one, other = visit("losses", "zh-CN"), visit("losses", "en-US")
    one.run()
    assert (one.title[0].value, other.title[0].value) == (ZH["losses.title"], EN["losses.title"])


def test_words_are_found_fast() -> None:
    import timeit

    assert min(timeit.repeat(lambda: t("app.run"), number=1000, repeat=5)) < 0.05  # seconds: hundreds of texts make a page
