"""Settings that are known to work, by name; the shipped runs were made with them."""

from __future__ import annotations

from vae_core.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainConfig

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
}
