"""Which language a session speaks: the link's, else the browser's; and the switch between them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n.texts import LANGUAGES
from dashboard.pages import PAGES
from tests.dashboard.i18n.test_language import EN, HAN, WORDS, ZH, of
from tests.dashboard.pages import open_page, paragraphs, told
from tests.places import APP, SHIPPED
from vae_core.jobs import worker
from vae_core.messages import say
from vae_core.storage.files import write_json

Open = Callable[..., AppTest]


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
    shown = [one.value for kind in (at.title, at.subheader, paragraphs(at), at.info, at.warning, at.metric) for one in kind]
    asked = "metric slider selectbox number_input text_input expander button radio"
    asked_for = [getattr(one, name, "") for kind in asked.split() for one in at.get(kind) for name in ("label", "help")]
    return "\n".join(str(said) for said in shown + asked_for if said)


def address(at: AppTest) -> dict[str, str]:
    """Return the query parameters (AppTest gives a list or a text, depending on who set them)."""
    return {key: value if isinstance(value, str) else value[0] for key, value in at.query_params.items()}


SAYS = {
    "story": ZH["story.check"], "explore": "在潜空间里走一走", "manifold": "每个位置一张图",
    "latent": "每张测试图落在哪里", "sample": "从潜空间抽出的图", "train": "训练一张自己的地图", "losses": "证据下界",
    "film": "它是怎样学会的", "compare": "比较几次训练", "inspect": "诊断一次训练", "runs": "全部训练记录",
    "data": "我自己的图片", "report": "它学得怎么样？", "use": "它能做什么",
}  # fmt: skip


@pytest.mark.parametrize("page", SAYS)
def test_every_page_is_chinese_in_a_chinese_browser(visit: Open, page: str) -> None:
    at = visit(page, "zh-CN", run="digits-2d")
    assert not at.exception and not at.error and ZH["app.unexpected"] not in words(at)
    assert SAYS[page] in words(at) and EN.get(f"{page}.title", EN["story.check"]) not in words(at)
    assert {line for line in words(at).splitlines() if WORDS.search(line) and not HAN.search(line)} <= {ZH["app.title"]}
    assert address(at)["lang"] == "zh"


def test_every_page_has_a_chinese_sentence_to_be_found_by() -> None:
    assert {*SAYS, "home"} == {page.key for page in PAGES}, "what the stage says its map says, see test_home.py"


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
    open_page("manifold", at=at)
    assert at.title[0].value == of(spoken)["manifold.title"]
    assert address(at).get("lang") == written


def test_the_switch_changes_the_words_and_nothing_else(visit: Open) -> None:
    at = visit("sample", "en-US", run="digits-2d", z="0.5,-1")
    before = told(at)["z"]
    switch = at.sidebar.get("button_group")[0]
    assert [option.content for option in switch.proto.options] == list(LANGUAGES.values())
    switch.set_value("zh").run()
    assert at.title[0].value == ZH["sample.title"] and not at.exception
    assert told(at)["z"] == before == [0.5, -1]
    assert address(at) == {"lang": "zh", "run": "digits-2d", "z": "0.5,-1"}
    at.sidebar.get("button_group")[0].set_value("en").run()
    assert at.title[0].value == EN["sample.title"] and "lang" not in address(at)


def test_a_choice_on_the_page_outlives_the_switch(visit: Open) -> None:
    at = visit("inspect", "en-US", run="digits-2d")
    at.radio(key="inspect_split").set_value("train").run()
    at.sidebar.get("button_group")[0].set_value("zh").run()
    assert at.radio(key="inspect_split").value == "train" and ZH["inspect.kl-decomposition.promise"] in words(at) and not at.exception


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
