"""The map of a run in a notebook.

>>> from dashboard.notebook import show
>>> widget = show(vae_core.open_run("digits-2d"))
>>> widget.z = [1.0, -0.5]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components import run_packets
from dashboard.i18n.texts import DEFAULT, LANGUAGES, in_language, t
from vae_core.registries import chosen
from vae_core.runs.run import Run

if TYPE_CHECKING:
    from dashboard.components.map_widget import MapWidget


def show(run: Run, language: str = DEFAULT) -> MapWidget:
    """Return the live map of a finished run as a widget, which a notebook shows; `z` and `selection` are live on both sides.

    Args:
        run: see `vae_core.open_run`.
        language: of the map, a code such as "zh".

    Raises:
        RunError: the run is not finished or has no map, or a file of it is missing or damaged.
        ConfigError: there is no such language.
        ImportError: anywidget is not installed.
    """
    chosen(LANGUAGES, language, "language")
    with in_language(language):
        run_packets.points_to_draw(run)
        try:
            from dashboard.components.map_widget import MapWidget
        except ModuleNotFoundError as error:
            raise ImportError(t("notebook.missing", name=error.name)) from None
    return MapWidget(run, language)
