"""The pages of the dashboard, in the groups and the order in which the navigation lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["learn", "explore", "train", "evaluate"]


@dataclass(frozen=True)
class Page:
    """A page: its key in the texts and in the address, its script beside app.py, and what must be there before it can be shown."""

    key: str
    group: Group
    script: str  # several pages may run one script, which asks `session.navigation.current_page` which of them it is
    needs: Literal["nothing", "run", "results"] = "results"  # a run may still train; one with results has ended
    needs_weights: bool = False  # a run whose weights are damaged cannot be shown on it

    @property
    def address(self) -> str:
        """The last part of the page's address; the first page opens at the bare one."""
        return "" if self.key == "home" else self.key


PAGES = (
    Page("home", "learn", "views/home.py", needs_weights=True),
    Page("story", "learn", "views/story/page.py", needs="nothing"),
    Page("explore", "explore", "views/explore/page.py", needs_weights=True),
    Page("latent", "explore", "views/explore/page.py", needs_weights=True),
    Page("manifold", "explore", "views/explore/page.py", needs_weights=True),
    Page("sample", "explore", "views/explore/page.py", needs_weights=True),
    Page("film", "explore", "views/film.py", needs="run"),
    Page("data", "train", "views/data/page.py", needs="nothing"),
    Page("train", "train", "views/train/page.py", needs="nothing"),
    Page("losses", "train", "views/losses/page.py", needs="run"),
    Page("runs", "train", "views/runs/page.py", needs="nothing"),
    Page("report", "evaluate", "views/report/page.py"),
    Page("inspect", "evaluate", "views/inspect/page.py"),
    Page("use", "evaluate", "views/use/page.py"),
    Page("compare", "evaluate", "views/compare/page.py", needs="run"),
)
UNKNOWN = Page("unknown", "learn", "views/unknown.py", needs="nothing")  # shown at every address that is none of these
GROUPS: tuple[Group, ...] = ("learn", "explore", "train", "evaluate")
