"""The map of a run as a widget of a notebook: its place and its selection are live on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import anywidget
import numpy as np
import traitlets

from dashboard.components import html_file, live_map, parts
from dashboard.components.bundler import bundled
from dashboard.components.run_views import alone
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import in_language, t
from vae_core.data.ranges import contains, to_ranges
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run


def _to_ranges(rows: Sequence[int], widget: MapWidget) -> list[list[int]]:
    return [[int(first), int(end)] for first, end in to_ranges(rows)]


def _from_ranges(ranges: Sequence[Sequence[int]], widget: MapWidget) -> list[int]:
    """Return the rows of test images that the ranges hold."""
    rows = np.sort(widget.points.rows)
    known: list[int] = rows[contains(np.asarray(ranges, np.int64).reshape(-1, 2), rows)].tolist()
    return known


class MapWidget(anywidget.AnyWidget):
    """The map that `dashboard.notebook.show` returns; what its traits are set to the map shows at once.

    Attributes:
        z: the place, d numbers in standard deviations of the prior; the map sets it where the hand lets go.
        selection: row numbers of test images, ascending; the map sets it where images are chosen on it, and shows them in full.
    """

    _esm = bundled(live_map.HERE / "notebook.js")
    told = traitlets.Dict().tag(sync=True)
    markup = traitlets.Unicode().tag(sync=True)
    style = traitlets.Unicode().tag(sync=True)
    z: Any = traitlets.TraitType([]).tag(sync=True)  # an array is taken, too
    selection: Any = traitlets.TraitType([]).tag(sync=True, to_json=_to_ranges, from_json=_from_ranges)

    def __init__(self, run: Run, language: str) -> None:
        self.run, self.language, self.points = run, language, run.latents()
        with in_language(language):
            told = alone(run, self.points)
            super().__init__(told=told, markup=_markup(), style=_style(), z=told["z"], selection=[])
        self.on_msg(self._asked)

    @traitlets.validate("z")
    def _place(self, proposal: dict[str, Any]) -> list[float]:
        d = self.points.mu.shape[1]
        with suppress(TypeError, ValueError):
            z = np.asarray(proposal["value"], np.float64)
            if z.shape == (d,) and np.isfinite(z).all():
                return [float(value) for value in z]
        raise traitlets.TraitError(self._said("notebook.place", d=d))

    @traitlets.validate("selection")
    def _rows(self, proposal: dict[str, Any]) -> list[int]:
        with suppress(TypeError, ValueError, OverflowError):
            rows = np.unique(np.asarray(list(proposal["value"]), np.int64))
            if len(foreign := rows[~np.isin(rows, self.points.rows)]):
                raise traitlets.TraitError(self._said("notebook.row", row=foreign[0], run=self.run.id))
            return [int(row) for row in rows]
        raise traitlets.TraitError(self._said("notebook.rows"))

    def _said(self, key: str, **values: Any) -> str:
        with in_language(self.language):
            return t(key, **values)

    def _asked(self, _: MapWidget, content: Any, buffers: Sequence[memoryview]) -> None:
        """Send what the browser asks for, {"wanted": name}, or say why there is none."""
        with in_language(self.language):
            try:
                for part in self._parts(str(content.get("wanted"))):
                    self.send({"part": part}, [parts.part_packet(self.run, self.points, part)])
            except RunError as error:
                self.send({"failed": translated(error.message)})

    def _parts(self, wanted: str) -> Iterator[str]:
        kind, _, name = wanted.partition("/")
        if wanted == "map":
            yield from (part for part in parts.MAP if part != "trust" or self.run.has_normal_prior)
        elif (kind == "row" and self._is_row(name)) or (kind == "column" and self._is_column(name)):
            yield wanted
        yield from parts.ON_DEMAND.get(wanted, ())

    def _is_row(self, text: str) -> bool:
        return text.isascii() and text.isdigit() and len(text) < 10 and int(text) in self.points.rows

    def _is_column(self, name: str) -> bool:
        return any(name == column["name"] for column in self.told["columns"])


def _markup() -> str:
    return (live_map.HERE / f"{live_map.HERE.name}.html").read_text(encoding="utf-8")


def _style() -> str:
    """Return the style sheet of the map within a notebook, whose theme says whether it is light or dark, and whose cell how wide it is."""
    frame = "display: block; container-type: inline-size; padding: 0.75rem !important; color: var(--st-text-color); --above: 0px;"
    light = f":host {{{frame} background: var(--st-background-color); color-scheme: light; {html_file.colours('light')}}}"
    dark = f":host([data-scheme=dark]) {{color-scheme: dark; {html_file.colours('dark')}}}"
    own = re.sub(r"@media (?=\((?:min|max)-width)", "@container ", html_file.style(live_map.HERE))
    return f"{light} {dark} .ll {{--most: min(720px, 56cqw);}} {own}"
