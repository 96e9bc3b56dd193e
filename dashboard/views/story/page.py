"""The story: a VAE in five minutes, for people who have never heard of one; below it what whoever presents it needs beforehand."""

from __future__ import annotations

import streamlit as st

from dashboard.components import story
from dashboard.i18n.format import plain
from dashboard.i18n.texts import t
from dashboard.session.navigation import go_to
from dashboard.views.story import check, export

wanted = story.show()
if wanted in story.VISITS:
    go_to(wanted)

with st.container(horizontal=True):
    is_asked = st.button(t("story.check"), key="story_check")
    label, words = t("story.export"), t("story.export_help")
    st.download_button(label, export.html_page, file_name=f"{story.KEY}.html", mime="text/html", help=words, on_click="ignore")
if is_asked:
    with st.spinner(t("story.check_busy")):
        found = check.open_steps()
    for opened in found:
        st.write(plain(opened.line))
    st.write(t("story.check_not_all" if any(opened.problem for opened in found) else "story.check_all"))
