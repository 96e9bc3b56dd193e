"""Names as they are shown: those that the project gives are translated, those of users stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dashboard.i18n.texts import t, text_or
from vae_core.data.imported import display_name
from vae_core.data.left_out import count_of
from vae_core.printable import shown
from vae_core.registries import traits

if TYPE_CHECKING:
    from vae_core.config import RunConfig
    from vae_core.runs.run import Run

LONGEST = 40  # letters of a class's name


def run_name(name: str) -> str:
    """Return a run's name as it is shown."""
    return text_or(f"core.name.{name}", shown(name))


def distinct(names: Mapping[str, str]) -> dict[str, str]:
    """Return what runs are called, by id: where several have one name, the name of its folder tells each."""
    seen = Counter(names.values())
    return {run_id: name if seen[name] == 1 else t("run.option", name=name, more=run_id) for run_id, name in names.items()}


def class_names(run: Run) -> list[str]:
    """Return what the classes of a run's images are called, in the language of this moment where the texts know them."""
    return [text_or(f"core.class.{run.config.data.dataset}.{name}", class_name(name)) for name in run.dataset.get("class_names", [])]


def class_name(name: str) -> str:
    """Return the name that a user's data have for a class, as long as there is room for on a page."""
    whole = shown(name)
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"


def dataset_title(run: Run) -> str:
    """Return what a run's data are called: data of the project by the texts, a user's own by their own name, whatever that is."""
    return text_or(f"dataset.{run.config.data.dataset}.title", shown(display_name(run.dataset["name"])))


def dataset_name(dataset: str) -> str:
    """Return what a dataset is called by the name that settings or a run have for it; a user's own images by theirs."""
    return text_or(f"dataset.{dataset}.title", shown(display_name(dataset)))


def pixels_name(run: Run) -> str:
    """Return how a run's pixels are treated; those of pictures in colour are called so where they stay as they are."""
    is_colour = run.image_shape is not None and run.image_shape.is_colour
    return t("pixels.colour" if is_colour and run.config.data.pixels == "grey" else f"pixels.{run.config.data.pixels}")


def weighed_name(config: RunConfig) -> str:
    """Return what the weight in a run's history is the weight of: the KL in most objectives, in others a part of it."""
    return t(f"losses.weighed.{traits('objective', config.objective.objective).get('weighs', 'kl')}")


def choice_name(kind: str, one: str) -> str:
    """Return what a choice is called, or its name in the registry where the texts have none."""
    if kind == "dataset":
        return dataset_name(one)
    return text_or(f"choice.{kind}.{one}", text_or(f"{kind}.{one}.title", text_or(f"{kind}.{one}", one)))


def setting_value(name: str, value: Any) -> str:
    """Return the value of a setting as it is shown: a choice by its name, widths one after another, a number with all its digits."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if name == "left_out":
        return t("train.images_out", n=f"{count_of(value):,}") if value else t("train.none_out")
    return choice_name(name, value) if isinstance(value, str) else f"{value:,}".removesuffix(".0")
