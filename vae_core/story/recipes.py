"""The runs that the story is told with: settings by name, and where they lie.

The map is that of a shipped run; all others lie in a folder whose name starts with "_", so that no page lists them among the runs.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from vae_core import place
from vae_core.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainConfig
from vae_core.runs import listing
from vae_core.runs.run import Run

MAP = "mnist-2d"  # the VAE whose map the page Start shows; the others are laid on it
DIGITS = "digits-2d"  # a shipped run on real digits that may be shown in a file to share
TWIN = "mnist-16d"  # a shipped run that has a linear twin
BESIDE = (MAP, DIGITS, TWIN)  # shipped among the runs
STRICT: dict[str, float | None] = {"strict-ae": None, "strict-0.1": 0.1, MAP: 1.0, "strict-10": 10.0}
TURNS = {"turn-60": "five", "turn-180": "five-full"}
# Curves that one knob runs along with every one of ten seeds, and the one that none can.
CURVES = {"curve-line": "line", "curve-parabola": "parabola", "curve-u": "u", "curve-sine": "sine", "curve-eight": "eight"}


def _strict(beta: float | None) -> RunConfig:
    """Return the map's machine trained once more, alike but for what is minimised; it keeps no film."""
    return RunConfig(
        name="MNIST, two knobs, no beta" if beta is None else f"MNIST, two knobs, beta {beta:g}",
        data=DataConfig(dataset="mnist"),
        model=ModelConfig(hidden=(256, 256, 256)),
        objective=ObjectiveConfig(objective="ae") if beta is None else ObjectiveConfig(beta=beta),
        train=TrainConfig(epochs=20, batch_size=256, learning_rate=4e-3, snapshots=0),
    )


def curve(dataset: str, seed: int = 0) -> RunConfig:
    """Return a model with one knob for the points of a curve in the plane."""
    return RunConfig(
        name=f"One knob for a curve: {dataset}",
        data=DataConfig(dataset=dataset),
        model=ModelConfig(latent_size=1, hidden=(32, 32), likelihood="gaussian", sigma=0.05),
        train=TrainConfig(epochs=100, batch_size=48, learning_rate=8e-3, snapshots=0, seed=seed),
    )


def _turn(dataset: str) -> RunConfig:
    return RunConfig(
        name="One glyph, turned and scaled",
        data=DataConfig(dataset=dataset),
        model=ModelConfig(hidden=(48, 32)),
        train=TrainConfig(epochs=60, batch_size=64, learning_rate=4e-3, snapshots=0),
    )


RECIPES: dict[str, RunConfig] = {
    **{run: _strict(beta) for run, beta in STRICT.items() if run != MAP},
    **{run: curve(world) for run, world in CURVES.items()},
    **{run: _turn(world) for run, world in TURNS.items()},
}


def root() -> Path:
    """Return the folder of the story: the shipped one, wherever a user's own runs lie."""
    return place.SHIPPED / "_story"


def place_of(name: str, folder: Path | None = None) -> Path:
    """Return where a run of the story lies: beside the story's folder those shipped among the runs, in it all others."""
    folder = folder or root()
    return folder.parent / name if name in BESIDE else folder / name


def open_run(name: str) -> Run:
    """Return a run of the story.

    Raises:
        RunError: it is not there or cannot be read.
    """
    return listing.open_run(place_of(name))


def train_recipe(name: str) -> Run:
    """Train a recipe anew, and remove from its directory what only a film needs."""
    from vae_core.training.runner import train

    path = root() / name
    shutil.rmtree(path, ignore_errors=True)
    run = train(RECIPES[name], path)
    for file in (*path.glob("snapshots/encoder-*.npz"), path / "lock"):
        file.unlink(missing_ok=True)
    return run
