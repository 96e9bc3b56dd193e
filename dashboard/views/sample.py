"""Sample: a picture drawn from numbers that the viewer chooses; on each move the picture alone is drawn again."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.i18n.format import fixed, point
from dashboard.i18n.texts import t
from dashboard.session import address, cache
from dashboard.session.errors import errors_as_sentences
from dashboard.session.point import chosen_point, set_point
from dashboard.session.run_choice import current_run
from dashboard.widgets.latent_sliders import choose_random_point, show_sliders
from vae_core.data.pictures import data_url, enlarge, png, to_pixels
from vae_core.latent.latents import Latents
from vae_core.runs.run import Run

SIDE = 448  # pixels of the picture's longer side, at least


@st.fragment
def explore(run: Run, points: Latents) -> None:
    """Show the picture, its sliders and two buttons."""
    with errors_as_sentences():
        d = points.mu.shape[1]
        left, right = st.columns([2, 3], gap="large")
        with right:
            with st.container(horizontal=True):
                explained = t("sample.draw_help" if run.has_normal_prior else "sample.draw_help_no_prior")
                st.button(t("sample.draw"), on_click=choose_random_point, args=(run, points), help=explained)
                st.button(t("sample.centre"), on_click=set_point, args=(np.zeros(d),))
            z = chosen_point(d)
            address.write_url()
            show_sliders(run, points, z)
        with left, st.container(key="picture"):
            with st.spinner(t("sample.busy")):
                picture = cache.decoder(run).decode_mean(z[None])[0]
            st.image(data_url(png(enlarge(to_pixels(picture), SIDE), is_packed=False)), width="stretch", alt=_alt(picture, z))
            st.markdown(t("sample.caption", z=point(z)))


def _alt(picture: NDArray[Any], z: NDArray[Any]) -> str:
    """Say in words where a picture was drawn and how bright it is."""
    return t("sample.alt", z=point(z), mean=fixed(100 * picture.mean(), 0), ink=fixed(100 * (picture > 0.5).mean(), 0))


run = current_run()
d = run.config.model.latent_size
st.title(t("sample.title"), anchor=False)
st.write(t(f"sample.lead_{d if d < 3 else 'n'}", d=d))
explore(run, cache.latents(run))
