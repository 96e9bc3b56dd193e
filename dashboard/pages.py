"""The pages of the dashboard, in the order in which the navigation lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Page:
    """A page: its key in the texts and in the address, its script beside app.py, and what must be there before it can be shown."""

    key: str
    script: str
    needs: Literal["nothing", "run", "results"] = "results"  # a run may still train; one with results has ended
    needs_weights: bool = False  # a run whose weights are damaged cannot be shown on it

    @property
    def address(self) -> str:
        """The last part of the page's address; the first page opens at the bare one."""
        return "" if self.key == "home" else self.key


PAGES = (
    Page("home", "views/home.py", needs_weights=True),
    Page("story", "views/story/page.py", needs="nothing"),
    Page("explore", "views/explore.py", needs_weights=True),
    Page("manifold", "views/manifold.py"),
    Page("latent", "views/latent.py"),
    Page("sample", "views/sample.py"),
    Page("train", "views/train/page.py", needs="nothing"),
    Page("losses", "views/losses/page.py", needs="run"),
    Page("film", "views/film.py", needs="run"),
    Page("compare", "views/compare/page.py", needs="run"),
    Page("inspect", "views/inspect/page.py"),
)
SCRIPTS = {page.key: page.script for page in PAGES}
