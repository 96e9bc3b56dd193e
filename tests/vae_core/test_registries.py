"""Choices and what they say of themselves, read off the source: the same as the classes say when torch is imported."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from functools import partial
from typing import Any

import pytest

from tests.places import ROOT
from vae_core.config import ModelConfig, ObjectiveConfig, RunConfig, sections
from vae_core.model.architectures import NETWORKS
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.objectives import OBJECTIVES
from vae_core.model.priors import PRIORS
from vae_core.registries import has_normal_prior, is_deterministic, matters, samples_of, traits

REGISTRIES: dict[str, Any] = {"network": NETWORKS, "likelihood": LIKELIHOODS, "objective": OBJECTIVES, "prior": PRIORS}
CHOICES = [(setting, name) for setting, registry in REGISTRIES.items() for name in registry]


def test_the_names_in_registries_are_read_without_importing_them() -> None:
    script = (
        "import json, sys; from dataclasses import fields; from vae_core.config import RunConfig, sections; "
        "from vae_core.registries import choices, traits; from vae_core.training import preflight; "
        "from vae_core.jobs import cost_estimate; "
        "from vae_core import presets; from vae_core.model import effective_beta; from vae_core.jobs import queue, worker; "
        "names = {f.metadata['choices'] for group in sections(RunConfig()).values() for f in fields(group)} - {''}; "
        "traits('likelihood', 'bernoulli'); "
        "heavy = {'torch', 'sklearn', 'scipy', 'lightning_fabric'} & set(sys.modules); "
        "print(json.dumps([{name: choices(name) for name in names}, sorted(heavy)]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    found, heavy = json.loads(done.stdout)
    assert heavy == [] and len(found) >= 8
    for registry, names in found.items():
        module, _, name = registry.rpartition(".")
        assert names == list(getattr(__import__(f"vae_core.{module}", fromlist=[name]), name)), registry


@pytest.mark.parametrize(("setting", "name"), CHOICES)
def test_what_a_choice_says_of_itself_is_what_its_class_says(setting: str, name: str) -> None:
    found = traits(setting, name)
    assert "settings" in found or setting == "prior"
    assert {trait: getattr(REGISTRIES[setting][name], trait) for trait in found} == found


def test_a_choice_that_is_not_there_says_nothing() -> None:
    unknown = RunConfig(model=ModelConfig(prior="flat"), objective=ObjectiveConfig(objective="new", samples=7))
    assert traits("likelihood", "poisson") == {}
    assert not is_deterministic(unknown) and not has_normal_prior(unknown) and samples_of(unknown.objective) == 1


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [
        ({}, {"sigma", "free_bits", "capacity", "capacity_weight", "samples"}),
        ({"network": "linear", "likelihood": "gaussian-learnt"}, {"hidden", "free_bits", "capacity", "capacity_weight", "samples"}),
        ({"objective": "capacity"}, {"sigma", "beta", "free_bits", "samples"}),
        ({"objective": "iwae"}, {"sigma", "free_bits", "capacity", "capacity_weight"}),
        ({"objective": "ae"}, {"sigma"} | {f.name for f in fields(ObjectiveConfig)} - {"objective"}),
    ],
)
def test_settings_matter_only_beside_choices_that_use_them(chosen: dict[str, str], missing: set[str]) -> None:
    values = {**vars(ModelConfig()), **vars(ObjectiveConfig()), **chosen}
    assert {f.name for group in (ModelConfig, ObjectiveConfig) for f in fields(group) if not matters(f, values)} == missing


def test_only_iwae_asks_for_more_than_one_sample() -> None:
    assert {name: samples_of(ObjectiveConfig(objective=name)) for name in OBJECTIVES} == dict.fromkeys(OBJECTIVES, 1) | {"iwae": 5}


# ---- help for every choice


def settings() -> Iterator[Field[Any]]:
    """Yield every single setting of a run."""
    for group in (RunConfig(), *sections(RunConfig()).values()):
        yield from (field for field in fields(group) if not is_dataclass(getattr(group, field.name)))


def registries() -> dict[str, dict[str, Any]]:
    """Return every registry that a setting chooses from, by the name that the setting gives: model.architectures.NETWORKS and so on."""
    found = {}
    for name in filter(None, (field.metadata["choices"] for field in settings())):
        module, _, attribute = name.rpartition(".")
        found[name] = getattr(importlib.import_module(f"vae_core.{module}"), attribute)
    return {name: registry for name, registry in found.items() if isinstance(registry, dict)}


def without_help(registry: dict[str, Any]) -> list[str]:
    """Return the names of functions and classes without a docstring of their own."""

    def docstring(entry: Any) -> str:
        entry = getattr(entry, "load", entry)  # of a dataset
        entry = getattr(entry, "load", entry)  # of a dataset
        entry = entry.func if isinstance(entry, partial) else entry
        return (vars(entry).get("__doc__") if isinstance(entry, type) else entry.__doc__) or ""

    return [name for name, entry in registry.items() if not docstring(entry).strip()]


def test_every_setting_and_every_choice_explains_itself() -> None:
    assert [field.name for field in settings() if not field.metadata["help"].strip()] == []
    found = registries()
    assert {
        "data.sources.DATASETS",
        "model.likelihoods.LIKELIHOODS",
        "model.architectures.NETWORKS",
        "model.objectives.OBJECTIVES",
        "model.priors.PRIORS",
    } <= set(found)
    assert {name: missing for name, entries in found.items() if (missing := without_help(entries))} == {}


def test_a_choice_without_help_is_found() -> None:
    class Documented:
        """Has words."""

    class Silent(Documented):
        pass

    entries = {"documented": Documented, "silent": Silent, "function": lambda: None, "partial": partial(lambda x: x, 1)}
    assert without_help(entries) == ["silent", "function", "partial"]
