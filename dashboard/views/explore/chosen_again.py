"""Training again without the chosen images, or on them alone: the form of Train with the run's settings and these rows."""

from __future__ import annotations

import shlex

import numpy as np
import streamlit as st

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.navigation import go_to
from dashboard.views.train import actions, form
from vae_core import place
from vae_core.config import ConfigError
from vae_core.data import sources
from vae_core.data.errors import DataError
from vae_core.latent.regions import Mask
from vae_core.runs.retraining import Way, settings_again
from vae_core.runs.run import Run

WAYS: tuple[Way, ...] = ("without", "only")


def offer(run: Run, mask: Mask, name: str) -> None:
    """Offer both ways; `name` is that of the set, where the images are one. Of images that the form cannot choose, say the commands."""
    rows = cache.latents(run).rows[mask].astype(np.int64)
    if not form.offers(run.config.data.dataset):
        if name:
            st.markdown(t("chosen.again"))
            st.code("\n".join(f"{place.COMMAND} {shlex.join(['train', '--like', run.id, f'--{way}', name])}" for way in WAYS), "bash")
        return
    st.markdown(t("chosen.again"))
    is_official = bool(sources.placeholder(run.config.data.dataset).official_test) and run.summary.get("test_split") == "test"
    st.markdown(t("chosen.again_official" if is_official and not run.config.data.left_out else "chosen.again_drawn"))
    with st.container(horizontal=True):
        pressed = [way for way in WAYS if st.button(t(f"chosen.again_{way}"), key=f"chosen/again/{way}", icon=":material/model_training:")]
    for way in pressed:
        _go(run, rows, way, name)


def _go(run: Run, rows: np.ndarray, way: Way, name: str) -> None:
    try:
        config = settings_again(run, rows, way)
    except (ConfigError, DataError) as error:
        st.info(plain(translated(error)))
        return
    named = t(f"chosen.again_named_{way}", run=run_name(run.name), set=name)[:200] if name else ""
    form.fill(config.with_settings(name=named))
    actions.watch(None)
    go_to("train")
