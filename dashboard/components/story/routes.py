"""Which steps the story tells, in which order: the address names a route, or steps of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vae_core.story.build import LONG, ROUTES, SHORT

OWN = "own"
MOST = 1000  # characters of an address that are read
MOST_TITLE = 80


@dataclass(frozen=True)
class Route:
    """Steps in their order, names that were asked for and are no steps, and a title that somebody gave them."""

    name: str
    order: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    title: str = ""


def route(query: Mapping[str, str]) -> Route:
    """Return what the address asks for: ?steps=map,strict, ?route=long or a ?step= of the long route alone; else the short route."""
    asked = dict.fromkeys(name.strip() for name in query.get("steps", "")[:MOST].split(","))
    own = tuple(name for name in asked if name in LONG)
    unknown = tuple(name for name in asked if name and name not in LONG)
    title = query.get("title", "")[:MOST_TITLE]
    if own:
        return Route(OWN, own, unknown, title)
    step = query.get("step")
    is_long = query.get("route") == "long" or (step in LONG and step not in SHORT)
    name = "long" if is_long else "short"
    return Route(name, ROUTES[name], unknown, title)
