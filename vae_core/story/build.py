"""What the Story page stands on: the numbers and arrays of each step, made from the runs of recipes.py and from seeds alone.

In the folder of the story lie a run directory for each recipe, `facts.json` with each step's numbers and how they were made, and
`<step>.npz` with its arrays (uint8, int32, float32).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vae_core.config import ConfigError
from vae_core.runs.layout import guarded
from vae_core.storage.files import write_json, write_npz
from vae_core.storage.reading import read_json
from vae_core.story.recipes import RECIPES, root, train_recipe
from vae_core.story.step import Runs, Step
from vae_core.story.steps import (
    aim,
    blob,
    directions,
    draw,
    guess,
    halves,
    knob,
    magnifier,
    map,
    mat,
    mutual,
    ring,
    sigma,
    slope,
    strict,
    surprise,
    trust,
    turn,
    water,
)

# The builders of all steps, in the order of the long route.
BUILDERS: dict[str, Step] = {
    "map": map,
    "halves": halves,
    "ring": ring,
    "knob": knob,
    "mat": mat,
    "magnifier": magnifier,
    "turn": turn,
    "surprise": surprise,
    "guess": guess,
    "directions": directions,
    "mutual": mutual,
    "aim": aim,
    "blob": blob,
    "slope": slope,
    "strict": strict,
    "water": water,
    "sigma": sigma,
    "draw": draw,
    "trust": trust,
}
# The runs of all steps in their order; the end has words alone.
RUNS: dict[str, Runs] = {**{name: step.RUNS for name, step in BUILDERS.items()}, "end": {}}
LONG = tuple(RUNS)
SHORT = ("map", "halves", "knob", "turn", "aim", "strict", "draw", "trust", "end")  # the five minutes
ROUTES = {"short": SHORT, "long": LONG}


def facts() -> dict[str, Any]:
    """Return the stored numbers of all steps; empty where none were built."""
    path = root() / "facts.json"
    return guarded(root(), "facts.json", lambda file: read_json(file, {})) if path.is_file() else {}


def build_story(names: Sequence[str] = (), report: Callable[[str], None] = print) -> None:
    """Make runs and steps anew: those named, or what is missing of the runs and then every step.

    Raises:
        ConfigError: there is neither a run nor a step of that name.
        DataError, RunError: images cannot be had, or a run that a step needs was not made.
    """
    unknown = [name for name in names if name not in RECIPES and name not in BUILDERS]
    if unknown:
        raise ConfigError(f"The story has no {unknown[0]!r}; choose of the steps {', '.join(BUILDERS)} and the runs {', '.join(RECIPES)}.")
    for name in RECIPES:
        if name in names or (not names and not (root() / name / "summary.json").is_file()):
            report(f"{name}: {train_recipe(name).summary['seconds']:.0f} s")
    for name, step in BUILDERS.items():
        if name in names or not names:
            known, arrays = step.build()
            write_json(root() / "facts.json", {**facts(), name: known})
            write_npz(root() / f"{name}.npz", **arrays)
            report(f"{name}: {sum(array.nbytes for array in arrays.values()) / 1000:.0f} kB of arrays")
