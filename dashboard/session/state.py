"""What pages share: the chosen run, the chosen point z, their place in the URL, and the only cached loaders."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.figures import pictures
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import DEFAULT, LANGUAGES, called, hear, plain, t
from vae_core.data.dataset import DataError
from vae_core.latent.latents import Latents, decode_mean, even_axis, manifold_grid, quantile_axis, tile
from vae_core.runs.listing import BrokenRun, list_runs
from vae_core.runs.run import Run, RunError, default_root

if TYPE_CHECKING:
    from vae_core.model.vae import VAE

LOG = logging.getLogger(__name__)
FIRST = "mnist-2d"  # opens when nothing else was asked for
IN_URL = ("lang", "run", "z")
LONGEST = 1000  # letters of z; a longer address is cut by mail programs, so none is written
COMMAND = "python -m vae_core train --preset digits-2d"

# ------------------------------------------------------------------ language, run and point, in session and URL


def read_url() -> None:
    """Take language, run and z from the address where they are not those that this session wrote there."""
    written = st.session_state.setdefault("url", {})
    asked = {key: st.query_params[key] for key in IN_URL if key in st.query_params and st.query_params[key] != written.get(key)}
    if asked.get("lang") not in LANGUAGES:
        asked.pop("lang", None)
    if "run" in asked:
        st.session_state.pop("z", None)
    if "lang" in st.session_state and asked.get("lang", st.session_state["lang"]) != st.session_state["lang"]:
        _choose_again()
    st.session_state.update(asked)
    st.session_state.setdefault("lang", _of_browser())


def write_url() -> None:
    """Put language, run and z back into the address (a page switch wipes it), so that a copied link opens the same.

    English is left out where the browser would get it anyway: such a link speaks the language of whoever opens it, and it stays short.
    """
    if "run" not in st.session_state:
        return  # the first page has not chosen yet
    chosen = {key: st.session_state[key] for key in IN_URL if st.session_state.get(key)}
    if len(chosen.get("z", "")) > LONGEST:
        del chosen["z"]
    if chosen.get("lang") == _of_browser() == DEFAULT:
        del chosen["lang"]
    others = {key: value for key, value in st.query_params.to_dict().items() if key not in IN_URL}
    if st.query_params.to_dict() != others | chosen:
        st.query_params.from_dict(others | chosen)  # one message, so one step in the browser's history
    st.session_state["url"] = chosen


def _of_browser() -> str:
    """Return the language that the browser asks for, where the pages speak it."""
    name = (st.context.locale or "").lower().split("-")[0]
    return name if name in LANGUAGES else DEFAULT


def _of_session() -> str:
    """Return the language of the session whose page is being made; fragments are made without app.py."""
    return DEFAULT if get_script_run_ctx(suppress_warning=True) is None else st.session_state.get("lang", DEFAULT)


hear(_of_session)


def choose_language() -> None:
    """Show the languages, each named in itself."""
    st.session_state["lang_picker"] = st.session_state["lang"]
    st.sidebar.segmented_control(
        t("app.language"), list(LANGUAGES), key="lang_picker", required=True, on_change=_spoke, label_visibility="collapsed",
        format_func=LANGUAGES.__getitem__,
    )  # fmt: skip


def _spoke() -> None:
    st.session_state["lang"] = st.session_state["lang_picker"]
    _keep_choice()
    _choose_again()


def _choose_again() -> None:
    """Hand the browser every choice anew: it knows options by their words, and would ask for those of the other language."""
    for key, value in st.session_state.to_dict().items():
        chosen = value if isinstance(value, list) else [value]
        if chosen and all(isinstance(one, str | int | float) and not isinstance(one, bool) for one in chosen):  # no button, no upload
            st.session_state[key] = value


def choose_run() -> Run | BrokenRun | None:
    """Show the run picker and return the chosen run; None where the wanted one does not exist."""
    runs, broken = list_runs(default_root())
    options: dict[str, Run | BrokenRun] = {**{run.id: run for run in runs}, **{run.id: run for run in broken}}
    wanted = st.session_state.setdefault("run", _first(runs, broken))
    st.session_state["run_picker"] = wanted if wanted in options else None
    st.sidebar.selectbox(
        t("app.run"), list(options), key="run_picker", on_change=_picked, placeholder=t("app.choose"), help=t("app.run_help"),
        format_func=_labels(options).__getitem__, disabled=not options,
    )  # fmt: skip
    if wanted in options:
        st.session_state.setdefault("seen", set()).add(wanted)
    return options.get(wanted or "")


def _first(runs: list[Run], broken: list[BrokenRun]) -> str | None:
    finished = [run.id for run in runs if run.summary]
    ids = [FIRST] * (FIRST in finished) + finished + [run.id for run in runs] + [run.id for run in broken]
    return ids[0] if ids else None


def _labels(options: dict[str, Run | BrokenRun]) -> dict[str, str]:
    """Return what the picker calls each run; two of one name get their folder's name too, since the picker tells options by their words."""
    labels = {run_id: _option(run) for run_id, run in options.items()}
    seen = Counter(labels.values())
    return {run_id: label if seen[label] == 1 else t("run.option", name=label, state=run_id) for run_id, label in labels.items()}


def _option(run: Run | BrokenRun) -> str:
    if isinstance(run, BrokenRun):
        return t("run.option_broken", id=run.id)
    return called(run.name) if run.summary else t("run.option", name=called(run.name), state=t(f"state.{run.state}"))


def _picked() -> None:
    st.session_state["run"] = st.session_state["run_picker"]
    st.session_state.pop("z", None)
    _keep_choice()


def _keep_choice() -> None:
    """Take the address as it came for our own: in a quick second message it is older than the choice before, and no wish to go there."""
    st.session_state["url"] = {key: st.query_params[key] for key in IN_URL if key in st.query_params}


def current() -> Run:
    """Return the run that the page shows."""
    return st.session_state["open"]


def point(d: int) -> NDArray[np.float64]:
    """Return the chosen latent point (d,); zeros where none is chosen or the text in the address is not one."""
    try:
        z = np.array([float(part) for part in st.session_state.get("z", "").split(",")])
    except ValueError:
        return np.zeros(d)
    return np.clip(z, -99, 99) if len(z) == d and np.isfinite(z).all() else np.zeros(d)


def set_point(z: NDArray[Any]) -> None:
    """Choose a latent point; it is kept to two decimals, in the session and in the address."""
    st.session_state["z"] = ",".join(f"{value + 0.0:.2f}".rstrip("0").rstrip(".") for value in np.round(z, 2))
    _keep_choice()


# ------------------------------------------------------------------ sentences instead of tracebacks


@contextmanager
def calm() -> Iterator[None]:
    """Turn a run that cannot be read into one sentence on the page."""
    try:
        yield
    except (RunError, DataError) as error:
        st.warning(t("app.failed", sentence=plain(translated(error))))
    except OSError as error:
        st.warning(t("app.unreadable", reason=plain(translated(error.strerror or type(error).__name__))))
    except Exception:
        LOG.exception("a page could not be shown")  # for whoever runs the server; the audience reads the sentence
        st.warning(t("app.unexpected"))


def say_why_empty(run: Run | BrokenRun | None) -> None:
    """Say why there is no run to show, and what to do."""
    wanted = st.session_state.get("run")
    if isinstance(run, BrokenRun):
        st.warning(t("run.broken", sentence=plain(translated(run.sentence))))
        st.write(t("run.train"))
    elif wanted:
        st.info(t("run.gone" if wanted in st.session_state.get("seen", ()) else "run.unknown", id=plain(wanted)))
        st.write(t("run.train"))
    else:
        st.info(t("run.none"))
    st.code(COMMAND, language=None)


# ------------------------------------------------------------------ loaders, cached by the run's path and version

KEY: dict[str | type[Any], Callable[[Any], Any]] = {Run: lambda run: (str(run.path), run.version)}


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=KEY)
def latents(run: Run) -> Latents:
    """Return the posteriors of the test set."""
    return run.latents()


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=KEY)
def history(run: Run) -> dict[str, NDArray[Any]]:
    """Return the losses by column."""
    return run.history()


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=KEY)
def model(run: Run) -> VAE:
    """Return the trained model; imports torch."""
    return run.model()


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=KEY)
def mosaic(run: Run) -> bytes:
    """Return the stored map, enlarged; imports nothing heavy."""
    try:
        return pictures.png(pictures.pixels(run.mosaic()), side=1200)
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's words for a PNG that breaks off
        raise RunError(t("app.damaged")) from error


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=KEY)
def manifold(run: Run, n: int, coverage: float | None, dims: tuple[int, int]) -> tuple[bytes, NDArray[Any], NDArray[Any]]:
    """Return a freshly drawn map: PNG, x axis, y axis."""
    grid = manifold_grid(lambda z: decode(run, z), axis_of(run, n, coverage), run.config.model.latent_size, dims)
    return pictures.png(tile(grid.images), side=1200), grid.x, grid.y


def axis_of(run: Run, n: int, coverage: float | None) -> NDArray[np.float64]:
    """Return the map's axis: the prior's quantiles, or where there is no prior even steps over what the test images fill."""
    return even_axis(n, run.summary["map"]["reach"]) if coverage is None else quantile_axis(n, coverage)


def decode(run: Run, z: NDArray[Any]) -> NDArray[np.float32]:
    """Return the pictures (N, *event) that the model draws at z (N, d)."""
    return decode_mean(model(run), z)
