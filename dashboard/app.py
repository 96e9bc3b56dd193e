"""Entry of the dashboard: `streamlit run dashboard/app.py`, from any working directory."""

import sys
from contextlib import nullcontext, suppress
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from dashboard.components import carrier  # noqa: E402
from dashboard.components.run_packets import provenance  # noqa: E402
from dashboard.i18n.format import plain  # noqa: E402
from dashboard.i18n.names import run_name  # noqa: E402
from dashboard.i18n.texts import in_language, t  # noqa: E402
from dashboard.session import address  # noqa: E402
from dashboard.session.errors import errors_as_sentences, say_why_empty  # noqa: E402
from dashboard.session.language import choose_language  # noqa: E402
from dashboard.session.navigation import current_page, open_navigation  # noqa: E402
from dashboard.session.run_choice import choose_run  # noqa: E402
from dashboard.session.server_log import leave_out_departures  # noqa: E402
from dashboard.widgets import live_map  # noqa: E402
from dashboard.widgets.run_notes import collapse_warning, status_sentence  # noqa: E402
from dashboard.widgets.stage_look import STAGE, style_of_stage  # noqa: E402
from vae_core.runs.errors import RunError  # noqa: E402
from vae_core.runs.listing import BrokenRun  # noqa: E402
from vae_core.runs.run import Run  # noqa: E402

MARK = str(Path(__file__).with_name("mark.svg"))
STYLE = "".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("frame.css", "style.css"))
SIDEBAR = 224  # pixels


def main() -> None:
    """Lay out the frame (navigation, run picker, the run's line) and run the chosen page inside it, in the language of the session."""
    leave_out_departures()
    st.set_page_config(page_icon=MARK, layout="wide", initial_sidebar_state=SIDEBAR)  # before anything is laid out, so that nothing moves
    with st.container(key="style"):  # no st.html: the browser loads its code late, and the page would jump when the style comes
        st.markdown(f"<style>{STYLE}</style>", unsafe_allow_html=True)
    address.read_url()  # the language first: the pages' titles speak it
    with in_language(st.session_state["lang"]):  # asked for by every word, hundreds of times, and the same until the script ends
        show_page()


def show_page() -> None:
    """Lay out what speaks a language, and run the chosen page."""
    address.write_url()  # before the page: written after it, the browser's history would get a step without the run
    script = open_navigation()
    page = current_page()
    st.set_page_config(f"{script.title} · {t('app.title')}")
    st.logo(MARK, size="large", icon_image=MARK)
    if page.key == STAGE:
        with st.container(key="stage"):
            st.markdown(f"<style>{style_of_stage()}</style>", unsafe_allow_html=True)
    with errors_as_sentences():
        st.sidebar.container(key="name").markdown(t("app.title"))
        run = choose_run()
        choose_language()
        with st.sidebar:
            carrier.tell_language(st.session_state["lang"])
        address.write_url()
        if page.needs == "nothing":
            script.run()
            return
        if run is None or isinstance(run, BrokenRun):
            say_why_empty(run, t("app.title") if page.key == STAGE else script.title)
            return
        if page.key != STAGE:  # which says it below the map
            show_line(run)
        if words := collapse_warning(run):
            st.warning(words)
        if not run.summary and page.needs == "results":
            st.info(t("run.unfinished", name=plain(run_name(run.name)), sentence=status_sentence(run)))
            return
        st.session_state["open"] = run
        # In the sidebar the hidden carriers keep their place on every page; the picture goes ahead of the page, the weights follow it.
        ahead, after = st.sidebar.container(), st.sidebar.container()
        with ahead, suppress(RunError):  # without it the map waits for the weights
            live_map.carry_picture(run)
        script.run()
        with after, nullcontext() if page.needs_weights else suppress(RunError):
            live_map.carry_weights(run)


def show_line(run: Run) -> None:
    """Say in one line which run is shown, on what data, and how large its latent space is."""
    st.markdown(t("app.line", name=plain(run_name(run.name)), facts=" · ".join(map(plain, provenance(run)))))


main()
