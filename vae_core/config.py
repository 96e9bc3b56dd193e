"""What a run is made of: frozen settings, their plain-word help, and config.json.

The command line, the Train page and config.json are all read off the dataclasses below, so a new setting is one field.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, get_type_hints

from vae_core.messages import Refusal

FORMAT = 1
PIXELS = ("grey", "thresholded", "static", "dynamic")
PRECISIONS = ("float32", "bfloat16")
DEVICES = ("auto", "cpu", "gpu")
ROWS = r"\d{1,12}(?:-\d{1,12})?"
LEFT_OUT = re.compile(rf"(?:[0-9a-f]{{8,64}}:{ROWS}(?:,{ROWS})*)?", re.ASCII)  # see data/left_out.py
MOST_LEFT_OUT = 100_000  # letters, as an argument of a command may have 131,072
LARGEST = 2**53 - 1  # of a whole number whose setting names no limit: what JSON readers and browsers still know exactly


class ConfigError(Refusal, ValueError):
    """A setting that cannot be used; the message is one plain sentence with the remedy."""


NO_VALUE_OF = {
    int: "{setting} is {value!r}; it must be a whole number.",
    float: "{setting} is {value!r}; it must be a number.",
    str: "{setting} is {value!r}; it must be text.",
}
NO_LIST = "{setting} is {value!r}; it must be a list of whole numbers."


def setting(default: Any, help: str, *, low: float | None = None, high: float | None = None, choices: str = "", only_with: str = "") -> Any:
    """Return a dataclass field that carries its help, its allowed range, the registry that lists its choices, and what it depends on.

    `only_with` names the setting whose choice says whether this one means anything: its class then lists it among its `settings`.
    """
    return field(default=default, metadata={"help": help, "low": low, "high": high, "choices": choices, "only_with": only_with})


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which images, how their pixels are treated, how they are split."""

    dataset: str = setting("digits", "which images to learn from", choices="data.sources.DATASETS")
    pixels: str = setting(
        "grey",
        "how pixels are treated: grey (as they are), thresholded (at one half), static (black or white, drawn once), "
        "dynamic (black or white, drawn again each time an image is seen)",
        choices="config.PIXELS",
    )
    most: int = setting(0, "largest number of images besides official validation and test sets, drawn by split_seed; 0: all of them", low=0)
    test_fraction: float = setting(
        0.2, "share of the images kept for the final test, where the dataset has no official test set", low=0, high=0.9
    )
    validation_fraction: float = setting(
        0.1,
        "share of the remaining images that picks the best epoch, where the dataset has no official validation set; 0: keep the last epoch",
        low=0,
        high=0.9,
    )
    split_seed: int = setting(0, "seed of the split and of the static black-or-white draw", low=0)
    left_out: str = setting(
        "",
        "images that are left out before the split: the beginning of the dataset's SHA-256 and row numbers, such as 1a2b3c4d:3-5,9; "
        "where only official validation and test images are left, they are split like others",
    )


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Encoder, decoder, latent space and p(x|z)."""

    network: str = setting("mlp", "kind of encoder and decoder", choices="model.architectures.NETWORKS")
    latent_size: int = setting(2, "number of latent dimensions, the knobs of the map", low=1, high=4096)
    hidden: tuple[int, ...] = setting(
        (256, 256, 256), "widths of the encoder's hidden layers (conv: channels); the decoder mirrors them", low=1, only_with="network"
    )
    likelihood: str = setting("bernoulli", "how a decoded picture is compared with the real one", choices="model.likelihoods.LIKELIHOODS")
    sigma: float = setting(
        0.1, "standard deviation of the gaussian likelihood (where it is learned: its start)", low=1e-4, high=1e4, only_with="likelihood"
    )
    prior: str = setting("standard-normal", "distribution that latent points are drawn from", choices="model.priors.PRIORS")


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """What is minimised."""

    objective: str = setting("elbo", "what training minimises", choices="model.objectives.OBJECTIVES")
    beta: float = setting(1.0, "weight of the KL term (beta-tc: of the total correlation); 1 is the VAE", low=0.0, only_with="objective")
    kl_schedule: str = setting("linear", "how the KL weight reaches beta", choices="model.kl_schedules.SCHEDULES", only_with="objective")
    kl_warmup_epochs: float = setting(
        0.0, "epochs over which the KL weight (capacity: its target) rises from 0; 0: full weight at once (cyclical: half of each cycle)",
        low=0, only_with="objective",
    )  # fmt: skip
    free_bits: float = setting(0.1, "nats per dimension that cost nothing under objective free-bits", low=0.0, only_with="objective")
    capacity: float = setting(25.0, "nats of KL per image that objective capacity holds the model to", low=0.0, only_with="objective")
    capacity_weight: float = setting(10.0, "how strongly objective capacity pulls the KL to its target", low=0.0, only_with="objective")
    samples: int = setting(5, "latent samples per image of objective iwae", low=1, high=10000, only_with="objective")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How it is minimised."""

    epochs: int = setting(100, "passes through the training images", low=1)
    batch_size: int = setting(128, "images per step", low=1)
    learning_rate: float = setting(3e-3, "highest learning rate of AdamW", low=1e-9, high=10)
    lr_schedule: str = setting("cosine", "how the learning rate falls after its rise", choices="training.lr_schedules.RATES")
    lr_warmup: float = setting(0.02, "share of all steps over which the learning rate rises", low=0, high=1)
    weight_decay: float = setting(0.01, "decoupled weight decay of AdamW", low=0)
    clip: float = setting(0.0, "largest norm of the gradient; larger ones are scaled down to it; 0: no clipping", low=0)
    average: float = setting(
        0.0, "decay of an exponential average of the weights, which is then kept in their place; 0: no averaging", low=0, high=0.99999
    )
    patience: int = setting(
        0, "epochs without a better validation score after which training stops, not counted during the warm-up; 0: never", low=0
    )
    snapshots: int = setting(24, "snapshots of the map kept for the training film", low=0, high=9999)
    checkpoint_seconds: float = setting(30.0, "seconds between two checkpoints, which is the most that a crash can cost", low=0)
    seed: int = setting(0, "seed of weights, order and noise", low=0)
    precision: str = setting("float32", "numbers of the network; bfloat16 is for graphics cards", choices="config.PRECISIONS")
    device: str = setting("auto", "where to compute; auto takes a graphics card where there is one", choices="config.DEVICES")
    threads: int = setting(1, "CPU threads; another number changes the last bits of the results", low=1, high=1024)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All settings of one run, and its display name (data, never a path); `python -m vae_core train --help` explains each.

    >>> import vae_core
    >>> config = vae_core.RunConfig().with_settings(latent_size=16, likelihood="gaussian", hidden=[256, 128], epochs=5)
    >>> config.model.hidden, config.train.epochs
    ((256, 128), 5)
    >>> vae_core.RunConfig().with_settings(epochs=0)
    Traceback (most recent call last):
    vae_core.config.ConfigError: epochs is 0; it must be at least 1 and at most 9007199254740991.

    Raises:
        ConfigError: a value of the wrong type or out of its range.
    """

    name: str = setting("", "display name of the run")
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def __post_init__(self) -> None:
        check(self)

    def with_settings(self, **settings: Any) -> RunConfig:
        """Return these settings with some of them changed, each by its own name: `with_settings(dataset="digits", epochs=5)`.

        Raises:
            ConfigError: there is no such setting, or a value cannot be used.
        """
        groups = sections(self)
        _check_names(settings, {"name", *(f.name for group in groups.values() for f in fields(group))}, RunConfig)
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
        changed: dict[str, Any] = {}
        for section, group in groups.items():
            changed[section] = replace(group, **{f.name: values.pop(f.name) for f in fields(group) if f.name in values})
        return replace(self, **(changed | values))


def sections(config: RunConfig) -> dict[str, Any]:
    """Return the nested groups of settings by name: data, model, objective, train."""
    return {f.name: getattr(config, f.name) for f in fields(config) if is_dataclass(getattr(config, f.name))}


def check(config: RunConfig) -> None:
    """Raise ConfigError, naming the setting and the remedy, if any single value is of the wrong type or out of range."""
    for group in (config, *sections(config).values()):
        hints = get_type_hints(type(group))
        for f in fields(group):
            if not is_dataclass(getattr(group, f.name)):
                _check_value(f, hints[f.name], getattr(group, f.name))
    for name, value, choices in (
        ("pixels", config.data.pixels, PIXELS),
        ("precision", config.train.precision, PRECISIONS),
        ("device", config.train.device, DEVICES),
    ):
        if value not in choices:
            raise unknown_choice(name, value, choices)
    if len(config.data.left_out) > MOST_LEFT_OUT or not LEFT_OUT.fullmatch(config.data.left_out):
        example = "left_out is {value!r}; write it as 1a2b3c4d:3-5,9: 8 letters or more of the dataset's SHA-256, a colon and row numbers."
        raise ConfigError(example, value=config.data.left_out[:60])


def _check_value(f: Field[Any], hint: Any, value: Any) -> None:
    parts = value if isinstance(value, tuple) else (value,)
    kind = {tuple[int, ...]: int}.get(hint, hint)
    allowed = (int, float) if kind is float else kind
    is_right = isinstance(value, tuple) == (hint == tuple[int, ...]) and all(
        isinstance(part, allowed) and not isinstance(part, bool) for part in parts
    )
    if not is_right:
        raise ConfigError(NO_VALUE_OF.get(hint, NO_LIST), setting=f.name, value=value if isinstance(value, str) else _Source(repr(value)))
    low, high = f.metadata.get("low"), f.metadata.get("high") or (LARGEST if kind is int else None)
    for part in parts:
        if isinstance(part, float) and not math.isfinite(part):
            raise ConfigError("{setting} is {value}; it must be finite.", setting=f.name, value=part)
        if low is not None and high is None and part < low:
            raise ConfigError("{setting} is {value}; it must be at least {low}.", setting=f.name, value=part, low=low)
        if low is not None and high is not None and not low <= part <= high:
            within = "{setting} is {value}; it must be at least {low} and at most {high}."
            raise ConfigError(within, setting=f.name, value=part, low=low, high=high)


def unknown_choice(setting: str, value: str, choices: Iterable[str]) -> ConfigError:
    """Return the error of a setting that is none of its choices."""
    return ConfigError("{setting} is {value!r}; choose one of {choices}.", setting=setting, value=value, choices=", ".join(choices))


class _Source(str):
    """A value that is no text, as Python writes it: it stands without quotes."""

    def __repr__(self) -> str:
        return str(self)


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Return the settings as JSON-ready values (tuples become lists)."""
    return json.loads(json.dumps(asdict(config)))


def from_dict(values: Mapping[str, Any], kind: type[Any] = RunConfig) -> Any:
    """Build `kind` from JSON values; missing keys take the field's default.

    Raises:
        ConfigError: an unknown key (a setting of a newer version must not be silently dropped) or a bad value.
    """
    if not isinstance(values, Mapping):
        raise ConfigError("{section} must be a JSON object, not {type}.", section=kind.__name__, type=type(values).__name__)
    _check_names(values, {f.name for f in fields(kind)}, kind)
    hints, built = get_type_hints(kind), {}
    for key, value in values.items():
        if is_dataclass(hints[key]):
            value = from_dict(value, hints[key])
        built[key] = tuple(value) if isinstance(value, list) else value
    return kind(**built)


def _check_names(names: Iterable[str], known: set[str], kind: type[Any]) -> None:
    """Raise ConfigError where a setting has none of the known names."""
    if unknown := sorted(set(names) - known):
        listed = ", ".join(sorted(known))
        raise ConfigError(
            "unknown setting {setting!r} in {section}; known are {known}.", setting=unknown[0], section=kind.__name__, known=listed
        )
