"""The true posterior of one image against the encoder's q: choose an image, then move and stretch q by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.components import posterior
from dashboard.components.run_packets import run_key
from dashboard.figures import bounds
from dashboard.i18n.format import cost_parts, fixed, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import class_names
from dashboard.i18n.texts import t
from dashboard.session import cache
from dashboard.session.widget_state import key_of, renew
from dashboard.views.inspect import blocks
from dashboard.widgets import thumbnails
from vae_core.inspection.parts import inference_gap
from vae_core.inspection.result import Result
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run

if TYPE_CHECKING:
    from vae_core.evaluation.posterior_grid import PosteriorGrid

OTHER = -1  # stands in the list of images for any row of the dataset


def show(run: Run, result: Result) -> None:
    """Say what the encoder loses on the average, then let the viewer move q over the posterior of one image."""
    examples = result.values["examples"]
    gap = result.values["gap"]
    blocks.say(t("inspect.inference-gap.said", median=number(gap["quantiles"][50], 2), worst=number(gap["quantiles"][-1], 2)))
    st.write(t("inspect.inference-gap.lead_1" if run.config.model.latent_size == 1 else "inspect.inference-gap.lead"))
    if (row := _choose(run, examples)) is not None:
        _instrument(run, row, result)
    _spread(run, result)
    blocks.refusals(result)
    blocks.protocol(run, result, t("inspect.inference-gap.formula") + t("inspect.inference-gap.spread.formula"))


def _instrument(run: Run, row: int, result: Result) -> None:
    """Show the posterior of one image, over which q is moved."""
    field = _field(run, row, result)
    if field is None:
        return
    picture, reason = thumbnails.real(run, (row,))
    words = t("inspect.inference-gap.x_label", row=fixed(row, 0))
    posterior.show(field, f"{run_key(run)}/field/{row}", thumbnails.weights_key(run), None if picture is None else picture[0], words)
    if picture is None:
        st.info(thumbnails.why_not(reason))


def _choose(run: Run, examples: list[dict[str, Any]]) -> int | None:
    """Ask for one of the stored examples or any row of the dataset; return the row."""
    rows, picker = [entry["row"] for entry in examples], f"posterior/{run.id}"
    key = key_of(picker)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with right:
        if beatable := [entry["row"] for entry in examples if entry["why"] == "beatable"]:
            st.button(t("inspect.inference-gap.beatable"), on_click=_next, args=(picker, beatable))
    options = [*rows, OTHER]
    if st.session_state.get(key) not in options:
        st.session_state[key] = next((entry["row"] for entry in examples if entry["why"] == "median"), options[0])
    words = dict(zip(options, [*(_words(run, entry) for entry in examples), t("inspect.inference-gap.other")], strict=True))
    with left:
        chosen = st.selectbox(t("inspect.inference-gap.image"), options, format_func=words.__getitem__, key=key, persist_state="session")
    if chosen != OTHER:
        return chosen
    test = cache.latents(run).rows
    row = st.number_input(
        t("inspect.inference-gap.row"), 0, value=int(test[0]), help=t("inspect.inference-gap.row_help"), key=f"{picker}/row",
        persist_state="session",
    )  # fmt: skip
    return int(row)


def _words(run: Run, entry: dict[str, Any]) -> str:
    """Name an example: its row, its class, what the encoder loses on it."""
    names, label = class_names(run), entry.get("label")
    name = names[label] if isinstance(label, int) and 0 <= label < len(names) else ""
    key = "example" if name else "example_unnamed"
    why = t(f"inspect.inference-gap.why.{entry['why']}")
    return t(f"inspect.inference-gap.{key}", row=entry["row"], name=name, gap=number(entry["gap"], 2), why=why)


def _next(picker: str, rows: list[int]) -> None:
    """Choose the next image on which the encoder can be beaten."""
    before = st.session_state.get(key_of(picker))
    st.session_state[renew(picker)] = rows[(rows.index(before) + 1) % len(rows) if before in rows else 0]


def _field(run: Run, row: int, result: Result) -> PosteriorGrid | None:
    """Return log p(x|z) of one image: stored with the examples, else computed now."""
    rows = [entry["row"] for entry in result.values["examples"]]
    if row in rows:
        return inference_gap.stored_grids(result)[rows.index(row)]
    try:
        with st.spinner(t("inspect.inference-gap.busy")):
            return _computed(run, row)
    except (RunError, ValueError, IndexError) as error:
        st.warning(t("inspect.inference-gap.no_row", row=row, reason=plain(translated(error))))
        return None


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=cache.KEY)
def _computed(run: Run, row: int) -> PosteriorGrid:
    return inference_gap.grid_of_row(run, row)


def _spread(run: Run, result: Result) -> None:
    """Show how the loss of the bound spreads over the images, and its two causes."""
    values = result.values
    amortisation, approximation, gap = cost_parts(values["amortisation"]["value"], values["approximation"]["value"], places=2)
    shown = {"gap": gap, "amortisation": amortisation, "approximation": approximation}
    shown |= {name: number(values["gap"]["quantiles"][at], 2) for name, at in (("median", 50), ("worst", -1))}
    blocks.say(t("inspect.inference-gap.spread.said", **shown))
    quantiles = {key: values[key]["quantiles"] for key in bounds.GAPS}
    columns = {"percent_of_images": range(101), **quantiles}
    name, alt = blocks.file_name(run, "gap", result.split), t("inspect.inference-gap.spread.alt", **shown)
    blocks.chart(partial(bounds.draw_gaps, quantiles), alt, columns, name, 340)
    if values["not_converged"]:
        st.markdown(t("inspect.inference-gap.spread.not_converged", n=values["not_converged"]))
