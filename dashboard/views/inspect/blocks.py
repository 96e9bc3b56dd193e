"""What every part shares: a chart with its words and its data, what could not be computed, and the protocol behind the numbers."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.figures import contact_sheet
from dashboard.i18n.format import fixed, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import pixels_name
from dashboard.i18n.texts import t, text_or
from dashboard.session import cache
from dashboard.widgets.run_notes import density_note
from vae_core.inspection.result import Result
from vae_core.messages import Message
from vae_core.printable import as_field
from vae_core.runs.run import Run

if TYPE_CHECKING:
    import plotly.graph_objects as go

Columns = Mapping[str, Sequence[Any]]


def chart(
    draw: partial[go.Figure],
    alt: str,
    columns: Columns | Callable[[], str],
    name: str,
    height: int = 420,
    *,
    is_square: bool = False,
    kind: str = "figure",
) -> None:
    """Show a figure; its bar has one button, for a PNG, and below it stands one for its data.

    Args:
        draw: what draws it, as `cache.show_figure` takes it.
        alt: the figure in words, made from its numbers.
        columns: its data, or what makes the text of the CSV.
        name: of the files, without ending.
        height: px, where it is not square.
        kind: by which style sheets know its like.
    """
    config = {
        "displaylogo": False, "displayModeBar": True, "doubleClick": False, "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
    }  # fmt: skip
    with st.container(key=f"square_scatter_{name}" if is_square else f"{kind}_{name}"):
        cache.show_figure(draw, height="stretch" if is_square else height, config=config, alt=alt, key=f"chart/{name}")
    csv_button(columns, name)


def sheet(
    images: NDArray[np.uint8], words: Sequence[str], across: int, hover: Sequence[str], alt: str, columns: Columns, name: str, cell: int
) -> None:
    """Show pictures in rows as a figure with its data; see `contact_sheet.draw_sheet` and `chart`.

    Args:
        cell: px that a picture is wide; less where there is no room, and then the sheet ends where its pictures do.
    """
    step = 2 * math.ceil(5 * contact_sheet.tallness(images, words, across))  # tenths, for which style.css has rules
    height = contact_sheet.height_of(images, words, across, cell)
    chart(partial(contact_sheet.draw_sheet, images, words, across, hover), alt, columns, name, height, kind=f"sheet_{step}")


def csv_button(columns: Columns | Callable[[], str], name: str, label: str = "") -> None:
    """Offer a figure's data, or what the label says; see `chart`."""
    data = partial(file_of, columns)  # made when it is asked for
    st.download_button(
        label or t("inspect.csv"),
        data,
        f"{name}.csv",
        "text/csv",
        key=f"csv/{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def file_of(columns: Columns | Callable[[], str]) -> bytes:
    """Return the bytes of a CSV; they begin with the mark by which a spreadsheet knows UTF-8, else it garbles z₁."""
    return (columns() if callable(columns) else table(columns)).encode("utf-8-sig")


def table(columns: Columns) -> str:
    """Return columns of equal length as CSV with a head; what is not defined stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(as_field, columns))
    writer.writerows(map(_field, row) for row in zip(*columns.values(), strict=True))
    return text.getvalue()


def _field(value: Any) -> Any:
    return "" if value is None or value != value else as_field(value) if isinstance(value, str) else value


def file_name(run: Run, part: str, split: str = "test") -> str:
    """Return what a part's files are called; those of the test images carry no mark."""
    return f"{run.id}-{part}" if split == "test" else f"{run.id}-{part}-{split}"


def verdict(own: float, other: float, places: int, *, is_more_better: bool = False) -> str:
    """Return the key of what is said of the model beside a simpler way; what prints the same is no difference."""
    if fixed(own, places) == fixed(other, places):
        return "said_same"
    return "said" if (own > other) == is_more_better else "said_worse"


def say(sentence: str) -> None:
    """Show the sentence that a part is about."""
    st.markdown(f"##### {sentence}")


def reason(entry: Mapping[str, Any]) -> str:
    """Say why something could not be given; of a simpler model, which one."""
    if entry["reason"] == "no-fit":
        name = text_or(f"reference.{entry['what']}", plain(entry["what"]))
        return t("losses.left_out", name=name, sentence=plain(translated(Message.of(entry))))
    return text_or(f"inspect.unavailable.{entry['reason']}", plain(translated(Message.of(entry))))


def refusals(result: Result) -> None:
    """Say what could not be given, each reason once."""
    for sentence in dict.fromkeys(reason(entry) for entry in result.unavailable if entry["reason"] != "too-few"):  # the figure says that
        st.info(sentence)


def protocol(run: Run, result: Result, formula: str) -> None:
    """Show by which protocol the numbers came about, in one line, and behind a fold the formula and where it is from."""
    facts = result.protocol
    parts = [t(f"inspect.split.{facts['split']}"), t("inspect.images", n=fixed(facts["n"], 0), of=fixed(facts["of"], 0))]
    if (facts.get("samples") or 0) > 1:
        parts.append(t("inspect.samples", n=fixed(facts["samples"], 0)))
    parts += [
        t("inspect.seed", seed=facts["seed"]),
        text_or(f"inspect.estimator.{facts['estimator']}", plain(facts["estimator"])),
        pixels_name(run),
        text_or(f"likelihood.{facts['likelihood']}", plain(facts["likelihood"])),
        t("inspect.took", seconds=fixed(facts["seconds"], 1)),
        t("inspect.files", weights=str(facts["weights"])[:8], data=plain(str(facts["dataset"])[:8])),
    ]
    st.markdown(t("inspect.protocol", parts=" · ".join(parts)))
    if words := density_note(facts["likelihood"]):
        st.markdown(words)
    with st.expander(t("inspect.formula")):
        st.markdown(formula)
