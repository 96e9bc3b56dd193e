"""Settings that are known to work, by name; the shipped runs were made with them."""

from __future__ import annotations

import shlex
from dataclasses import fields

from vae_core import place
from vae_core.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainConfig, sections

PRESETS: dict[str, RunConfig] = {
    "digits-2d": RunConfig(
        name="Digits 8x8, two knobs",
        data=DataConfig(dataset="digits"),
        model=ModelConfig(hidden=(128, 128)),
        train=TrainConfig(epochs=120, batch_size=64, learning_rate=4e-3),
    ),
    "mnist-2d": RunConfig(
        name="MNIST, two knobs",
        data=DataConfig(dataset="mnist"),
        train=TrainConfig(epochs=20, batch_size=256, learning_rate=4e-3, threads=2),
    ),
    "mnist-16d": RunConfig(
        name="MNIST, sixteen knobs",
        data=DataConfig(dataset="mnist"),
        model=ModelConfig(latent_size=16),
        # With the KL term at full weight from the first step 7 of 16 dimensions stay awake; with this warm-up 10.
        objective=ObjectiveConfig(kl_warmup_epochs=5.0),
        train=TrainConfig(epochs=20, batch_size=256, learning_rate=2e-3, snapshots=16, threads=2),
    ),
    "fashion-2d": RunConfig(
        name="Fashion-MNIST, two knobs",
        data=DataConfig(dataset="fashion-mnist"),
        train=TrainConfig(epochs=20, batch_size=256, learning_rate=4e-3, threads=2),
    ),
    "digits-quick": RunConfig(
        name="Digits 8x8, quick",
        model=ModelConfig(hidden=(128, 128)),
        # With this warm-up the classes part early: neighbours tell 90 % of them after 300 to 660 of 1,760 steps, over six seeds.
        objective=ObjectiveConfig(kl_warmup_epochs=120.0),
        train=TrainConfig(epochs=160, batch_size=128, learning_rate=1e-2, clip=1.0, snapshots=40, seed=2),
    ),
    "mnist-part": RunConfig(
        name="A part of MNIST",
        data=DataConfig(dataset="mnist", most=20_000),
        train=TrainConfig(epochs=45, learning_rate=4e-3, snapshots=48),
    ),
    "mnist-long": RunConfig(
        name="All of MNIST",
        data=DataConfig(dataset="mnist"),
        train=TrainConfig(epochs=60, batch_size=256, learning_rate=4e-3, snapshots=48, patience=15),
    ),
}

DEFAULT = "digits-2d"  # what the command line starts from where no preset is named


def name_kept(preset: RunConfig, config: RunConfig) -> str:
    """Return a preset's display name where it still describes these settings, else none: it speaks of data, model and objective."""
    return preset.name if all(getattr(config, key) == getattr(preset, key) for key in ("data", "model", "objective")) else ""


def as_command(config: RunConfig, preset: str = DEFAULT) -> str:
    """Return the command that trains with these settings: those that differ from the preset's, quoted for a shell."""
    base = PRESETS[preset]
    words = [] if preset == DEFAULT else ["--preset", preset]
    if config.name != name_kept(base, config):
        words += ["--name", config.name]
    for section, group in sections(config).items():
        for f in fields(group):
            if (value := getattr(group, f.name)) != getattr(getattr(base, section), f.name):
                words += [f"--{f.name.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,))]
    return f"{place.COMMAND} {shlex.join(['train', *words])}"
