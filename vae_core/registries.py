"""What may be chosen, and what each choice says of itself; read off the source, since importing most registries takes torch's seconds.

A registry is a dictionary in a module of this package, name -> class; a setting's metadata name it (`choices`). What pages ask of a choice
is a literal in the body of its class or of one that it inherits from: `support = "binary"`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import Field, fields
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from vae_core.config import ObjectiveConfig, RunConfig, sections, unknown_choice

T = TypeVar("T")


@cache
def choices(registry: str) -> tuple[str, ...]:
    """Return the entries of a registry that a setting names as `package.module.NAME`, in its order."""
    if entries := _entries(registry):
        return tuple(entries)
    module, _, name = registry.rpartition(".")
    return tuple(getattr(import_module(f"vae_core.{module}"), name))  # not written out there: put together by a light module


@cache
def traits(setting: str, name: str) -> Mapping[str, Any]:
    """Return what the class of a choice says of itself: traits("likelihood", "bernoulli")["support"]; nothing of an unknown one."""
    (registry,) = (f.metadata["choices"] for group in sections(RunConfig()).values() for f in fields(group) if f.name == setting)
    classes = {node.name: node for node in _tree(registry).body if isinstance(node, ast.ClassDef)}
    return MappingProxyType(_literals(classes, _entries(registry).get(name, "")))


@cache
def _tree(registry: str) -> ast.Module:
    """Return the syntax of the module that a registry lies in."""
    path = Path(__file__).parent.joinpath(*registry.split(".")[:-1]).with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))


def _entries(registry: str) -> dict[str, str]:
    """Return the entries of a registry and the source of their values; nothing where it is not written out."""
    for node in _tree(registry).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == registry.rpartition(".")[2] and isinstance(node.value, ast.Dict):
            keys = [key for key in node.value.keys if key]
            if len(keys) == len(node.value.values):  # no other dictionary is unpacked into it
                return {ast.literal_eval(key): ast.unparse(value) for key, value in zip(keys, node.value.values, strict=True)}
    return {}


def _literals(classes: Mapping[str, ast.ClassDef], name: str) -> dict[str, Any]:
    """Return the literals in the body of a class, over those that it inherits."""
    if name not in classes:
        return {}
    found: dict[str, Any] = {}
    for base in reversed(classes[name].bases):
        found |= _literals(classes, ast.unparse(base))
    for node in classes[name].body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) and node.value else []
        try:
            found |= {ast.unparse(target): ast.literal_eval(node.value) for target in targets}  # type: ignore[attr-defined]
        except ValueError:  # computed
            continue
    return found


def chosen(registry: dict[str, T], name: str, what: str) -> T:
    """Return registry[name], or raise ConfigError that lists the choices."""
    if name not in registry:
        raise unknown_choice(what, name, registry)
    return registry[name]


# --------------------------------------------------------------------------- questions to choices


def matters(f: Field[Any], values: Mapping[str, Any]) -> bool:
    """Tell whether a setting means something beside these values: some do only for a choice that has it among its `settings`."""
    chooser = f.metadata["only_with"]
    return not chooser or f.name in traits(chooser, values[chooser]).get("settings", ())


def samples_of(config: ObjectiveConfig) -> int:
    """Return the latent samples per image that the objective asks for."""
    return config.samples if "samples" in traits("objective", config.objective).get("settings", ()) else 1


def is_deterministic(config: RunConfig) -> bool:
    """Tell whether the run is a plain autoencoder: z = mu, and neither KL nor prior mean anything."""
    return bool(traits("objective", config.objective.objective).get("is_deterministic"))


def has_normal_prior(config: RunConfig) -> bool:
    """Tell whether p(z) is the standard normal, which pages can draw and sample by themselves."""
    return not is_deterministic(config) and bool(traits("prior", config.model.prior).get("is_standard_normal"))
