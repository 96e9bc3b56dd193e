"""Names as they are shown: those that the project gives are translated, those of users stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.i18n.texts import known
from vae_core.printable import shown

if TYPE_CHECKING:
    from vae_core.runs.run import Run


def class_names(run: Run) -> list[str]:
    """Return what the classes of a run's images are called, in the language of this moment where the texts know them."""
    return [known(f"core.class.{run.config.data.dataset}.{name}", shown(name)) for name in run.dataset.get("class_names", [])]
