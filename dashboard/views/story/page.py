"""The story: a VAE in five minutes, for people who have never heard of one; below it what whoever presents it needs beforehand."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.components import story
from dashboard.components.story.routes import route
from dashboard.i18n.format import plain
from dashboard.i18n.texts import listed, t
from dashboard.session.navigation import go_to
from dashboard.views.story import check, export
from vae_core.printable import shown
from vae_core.story.build import ROUTES


def change_route(name: str) -> None:
    """Open another route at the address, at the step that is open where that route has it."""
    step = st.query_params.get("step")
    for key in ("steps", "route", "step"):
        st.query_params.pop(key, None)
    if name != "short":
        st.query_params["route"] = name
    if step in ROUTES[name]:
        st.query_params["step"] = step
    st.rerun()


chosen = route(st.query_params)
if chosen.unknown:
    st.info(t("story.unknown_steps", names=plain(listed(map(shown, chosen.unknown))), steps=listed(ROUTES["long"])))
page, other = story.show(chosen)
if page in story.VISITS:
    key, _, part = page.partition("/")
    go_to(key, {"part": part} if part else None)
if other in ROUTES:
    change_route(other)

with st.container(horizontal=True):
    is_asked = st.button(t("story.check"), key="story_check")
    label, words, page_of = t("story.export"), t("story.export_help"), partial(export.html_page, chosen=chosen)
    st.download_button(label, page_of, file_name=f"{story.KEY}.html", mime="text/html", help=words, on_click="ignore")
if is_asked:
    with st.spinner(t("story.check_busy")):
        found = check.open_steps()
    for opened in found:
        st.write(plain(opened.line))
    for line in check.verdicts(found):
        st.write(line)
