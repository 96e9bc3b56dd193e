"""What the Story page stands on: the numbers and arrays of each step (BUILDERS), made from the runs of recipes.py and from seeds alone.

In the folder of the story lie a run directory for each recipe, `facts.json` with each step's numbers and how they were made, and
`<step>.npz` with its arrays (uint8, int32, float32).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from vae_core.config import ConfigError
from vae_core.runs.layout import guarded
from vae_core.storage.files import write_json, write_npz
from vae_core.storage.reading import read_json
from vae_core.story import aim as aiming
from vae_core.story import halves as stitching
from vae_core.story import knob as knobs
from vae_core.story import map as strictness
from vae_core.story.recipes import RECIPES, root, train

Built = tuple[dict[str, Any], dict[str, NDArray[Any]]]

BUILDERS: dict[str, Callable[[], Built]] = {
    "map": strictness.map_step,
    "halves": stitching.halves_step,
    "knob": knobs.knob_step,
    "turn": knobs.turn_step,
    "aim": aiming.aim_step,
    "strict": strictness.strict_step,
    "draw": strictness.draw_step,
}


def facts() -> dict[str, Any]:
    """Return the stored numbers of all steps; empty where none were built."""
    path = root() / "facts.json"
    return guarded(root(), "facts.json", lambda file: read_json(file, {})) if path.is_file() else {}


def build(names: Sequence[str] = (), tell: Callable[[str], None] = print) -> None:
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
            tell(f"{name}: {train(name).summary['seconds']:.0f} s")
    for name, builder in BUILDERS.items():
        if name in names or not names:
            known, arrays = builder()
            write_json(root() / "facts.json", {**facts(), name: known})
            write_npz(root() / f"{name}.npz", **arrays)
            tell(f"{name}: {sum(array.nbytes for array in arrays.values()) / 1000:.0f} kB of arrays")
