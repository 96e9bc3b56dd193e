"""Rate and distortion: this run, its epochs and the runs that can be compared with it; Shannon's own curve where it holds."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.figures.rate_distortion import describe_runs, draw_curve, draw_runs, draw_water_level
from dashboard.i18n.format import fixed, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import t, text_or
from dashboard.session import cache
from dashboard.views.inspect import blocks
from vae_core.evaluation import rate_distortion
from vae_core.inspection.result import Result
from vae_core.runs.layout import default_root
from vae_core.runs.listing import list_runs
from vae_core.runs.run import Run


def show(run: Run, result: Result | None) -> None:
    """Draw the runs, which needs no computation, then Shannon's curve where it was computed."""
    compared = _compared(run, list_runs(default_root())[0])
    if compared.points:
        _plane(run, compared)
    for entry in compared.left_out:
        if entry.run == run.id:
            st.info(_why(entry))
    _left_out(run, compared)
    if result is None:
        return
    if result.values:
        _shannon(run, result)
    else:
        blocks.refusals(result)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=cache.KEY)
def _compared(run: Run, others: list[Run]) -> rate_distortion.Comparison:
    """Return who may stand beside the run; many files of every run are read for it."""
    return rate_distortion.compare_runs(run, others)


def _plane(run: Run, compared: rate_distortion.Comparison) -> None:
    points = compared.points
    blocks.say(_sentence(run, points))
    draw = partial(draw_runs, points, rate_distortion.diagonals(points), run.id)
    columns = {key: [getattr(point, key) for point in points] for key in ("run", "kind", "epoch", "rate", "distortion")}
    blocks.chart(draw, describe_runs(points, run.id), columns, blocks.file_name(run, "rate-distortion"), 480)
    st.markdown(t("inspect.rate-distortion.trail"))
    with st.expander(t("inspect.formula")):
        st.markdown(t("inspect.rate-distortion.formula"))


def _sentence(run: Run, points: list[rate_distortion.Point]) -> str:
    final = {point.run: point for point in points if point.kind == "run"}
    if run.id not in final:
        return t("inspect.rate-distortion.said_others", n=len(final))
    own = final[run.id]
    best = min(final.values(), key=lambda point: point.rate + point.distortion)
    first = "first" if len(final) > 2 else "first_of_two"
    key = "alone" if len(final) == 1 else first if best.run == run.id else "behind"
    numbers = {"rate": fixed(own.rate, 1), "distortion": fixed(own.distortion, 1), "others": len(final) - 1}
    behind = {"best": plain(run_name(best.name)), "less": number(own.rate + own.distortion - best.rate - best.distortion, 2)}
    return t(f"inspect.rate-distortion.said_{key}", **numbers, **behind)


def _left_out(run: Run, compared: rate_distortion.Comparison) -> None:
    others = [entry for entry in compared.left_out if entry.run != run.id]
    if others:
        with st.expander(t("inspect.rate-distortion.left_out", n=len(others))):
            st.markdown(
                "\n".join(t("inspect.rate-distortion.left_out_line", name=plain(run_name(entry.name)), why=_why(entry)) for entry in others)
            )


def _why(entry: rate_distortion.LeftOut) -> str:
    return text_or(f"inspect.rate-distortion.why.{entry.reason}", plain(translated(entry.sentence)))


def _shannon(run: Run, result: Result) -> None:
    """Show the curve that no code of this kind can beat, and where this run stands on it."""
    values, arrays = result.values, result.arrays
    here, theory = values["here"], values["theory"]
    numbers = {key: number(value, 3) for key, value in (("rate", here["rate"]), ("error", here["error"]), ("beta", values["beta"]))}
    numbers |= {"theory_rate": number(theory["rate"], 3), "theory_error": number(theory["error"], 3), "slope": number(values["slope"], 2)}
    blocks.say(t("inspect.rate-distortion.curve.said", **numbers))
    name, alt = blocks.file_name(run, "shannon"), t("inspect.rate-distortion.curve.alt", **numbers)
    columns = {"squared_error": arrays["curve_error"].tolist(), "rate": arrays["curve_rate"].tolist()}
    blocks.chart(partial(draw_curve, values, arrays), alt, columns, name)
    water = {
        "theta": number(values["theta"], 3),
        "active": theory["active"],
        "above": sum(value > values["theta"] for value in values["eigenvalues"]),
        "of": len(values["eigenvalues"]),
        "latents": values["latent_size"],
    }
    blocks.say(t("inspect.rate-distortion.curve.water", **water))
    columns = {"direction": range(1, len(values["eigenvalues"]) + 1), "variance": values["eigenvalues"]}
    draw, alt = partial(draw_water_level, values), t("inspect.rate-distortion.curve.alt_water", **water)
    blocks.chart(draw, alt, columns, blocks.file_name(run, "water-level"), 320)
    blocks.protocol(run, result, t("inspect.rate-distortion.curve.formula"))
