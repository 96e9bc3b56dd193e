"""The language of the moment: chosen by a block or by nobody, and how its sentences are joined."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dashboard.i18n import texts
from dashboard.i18n.texts import in_language, language, listed, listed_rows, prose, said_of, section, t, text_or
from tests.dashboard.i18n.test_language import EN, ZH


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


def test_words_stand_in_a_row_as_their_language_wants_it() -> None:
    def told() -> list[str]:
        return [listed(iter("ab")), listed("abc", 2), listed_rows("ab"), listed_rows("ab", 2), listed_rows("ab", 1), said_of("a", 1)]

    assert told() == ["a, b", "a, b …", "a; b", "a; b", "a …", "a: 1"]
    with in_language("zh"):
        assert told() == ["a、b", "a、b …", "a；b", "a；b", "a …", "a：1"]


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


def test_words_are_found_fast() -> None:
    import timeit

    assert min(timeit.repeat(lambda: t("app.run"), number=1000, repeat=5)) < 0.05  # seconds: hundreds of texts make a page
