"""What stands in place of the story's steps: the questions before and after, and a talk that is prepared with its speaker's window."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from dashboard.i18n.texts import LANGUAGES, t
from tests.browser.test_story import HALL
from tests.browser.told import Told, press
from tests.browser.watching import watched


def test_a_room_answers_before_and_after_and_the_answers_stand_side_by_side(browser: Browser, shared: Path) -> None:
    with watched(browser, HALL["width"], is_alone=True, is_calm=True) as watch:
        page, told = watch.page, Told(watch)
        asked = page.locator(".ls-survey")
        told.open(f"{shared.as_uri()}#map")
        told.part("ask").click()
        for n in range(5):  # alone: each tap goes on
            expect(asked.locator("h2")).to_be_focused()
            assert t("story.survey.progress", phase=t("story.survey.before"), n=n + 1, all=5) in asked.inner_text()
            asked.locator(".ls-answer").nth(0).press("Enter")
        asked.locator("[data-key=undo]").click()
        asked.locator(".ls-answer").nth(3).click()
        expect(asked.locator("h2")).to_have_text(t("story.survey.done", n=1))
        page.keyboard.press("Escape")
        told.go("halves")
        press(".ls-choice")(told)
        told.go("end")
        page.keyboard.press("p")
        page.set_viewport_size(HALL)
        told.part("ask").click()
        for _ in range(3):  # a room: the question stays
            asked.locator("[data-key=b]").click()
        expect(asked.get_by_role("status")).to_have_text(t("story.survey.voices", n=3))
        for _ in range(5):
            assert told.misfits() == []
            page.keyboard.press("PageDown")
        asked.locator("[data-key=results]").click()
        right = asked.locator("[data-right=yes] .ls-vote-bar > :last-child")
        assert right.all_inner_texts() == [t("story.survey.share", n=0, all=1), t("story.survey.share", n=3, all=3)]
        with page.expect_download() as download:
            asked.locator("[data-key=save]").click()
        assert ",b," not in download.value.path().read_text(encoding="utf-8-sig") and download.value.suggested_filename.endswith(".csv")
        for _ in range(6):
            for language in LANGUAGES:
                assert told.misfits() == [], language
                told.root.evaluate("(root) => root.stage.switchLanguage()")
            page.keyboard.press("PageDown")
        assert asked.locator(".ls-vote").count() == 1  # the guess at the fake
        page.set_viewport_size({"width": 390, "height": 844})
        page.keyboard.press("Escape")
        expect(asked).to_be_hidden()
        told.part("ask").click()
        page.keyboard.press("p")
        assert told.misfits(13, is_whole=False) == []
        assert [one for one in watch.complaints if not one.startswith("request: file:")] == []


PRINTED = """(root) => {
    dispatchEvent(new Event("beforeprint"));
    const widths = [...root.querySelectorAll("[data-pose] .ls-square canvas")].map((canvas) => canvas.width);
    dispatchEvent(new Event("afterprint"));
    return widths;
}"""


def test_a_talk_is_prepared_and_a_second_window_follows_it_with_notes(browser: Browser, shared: Path) -> None:
    with watched(browser, 390, is_alone=True, is_calm=True) as watch:
        page, told = watch.page, Told(watch)
        told.open(f"{shared.as_uri()}?steps=map,strict,end#map")
        printed = told.root.evaluate(PRINTED)
        page.locator(".ls-plan-talk").click()
        panel = page.locator(".ls-talk")
        expect(panel.locator("h2")).to_be_focused()
        assert told.root.evaluate(PRINTED) == printed and min(printed) > 1  # the plan is in place of the steps, and not on paper
        panel.locator("[data-key=title]").fill("p s b <i>")  # the story's keys are letters here
        panel.locator("details[data-step=strict] summary").click()
        panel.locator("[data-key=notes-strict]").fill("Slowly. <img src=x onerror=alert(1)>")
        panel.locator("[data-key=up-strict]").press("Enter")
        panel.locator("[data-key=choose-end]").uncheck()
        assert told.misfits(13, is_whole=False) == []
        assert panel.locator("[data-key=link]").input_value() == f"{shared.as_uri()}?steps=strict,map&title=p%20s%20b%20%3Ci%3E"
        with page.expect_popup() as opened:
            panel.locator("[data-key=speaker]").click()
        speaker = opened.value
        assert t("story.talk.no_notes") in speaker.inner_text("body")
        speaker.keyboard.press("PageDown")  # the plan is still open
        expect(panel).to_be_hidden()
        expect(speaker.locator(".notes")).to_have_text("Slowly. <img src=x onerror=alert(1)>")
        assert speaker.locator("img, i").count() == 0
        speaker.keyboard.press("PageDown")
        assert told.step() == "end" and t("story.talk.last") in speaker.inner_text("body")
        expect(page.locator(".ls-next")).to_be_visible()
        page.locator(".ls-plan-talk").click()
        panel.locator("[data-key=close]").click()
        expect(panel).to_be_hidden()
        page.locator(".ls-plan-talk").click()
        panel.locator("[data-key=go]").click()
        page.wait_for_url(re.compile("steps=strict,map"))
        page.wait_for_selector(".ls[data-ready]")
        assert told.step() == "strict" and page.locator(".ls-title").inner_text() == "p s b <i>"
        assert speaker.is_closed()
        assert [one for one in watch.complaints if not one.startswith("request: file:")] == []
