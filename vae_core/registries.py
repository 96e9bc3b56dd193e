"""The names that a setting may take; read off the source, since importing most registries takes torch's seconds."""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from vae_core.config import ConfigError

T = TypeVar("T")


@cache
def choices(registry: str) -> tuple[str, ...]:
    """Return the entries of a registry that a setting names as `package.module.NAME`, in its order."""
    module, _, name = registry.rpartition(".")
    for node in ast.parse(Path(__file__).parent.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")).body:
        if not (isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and isinstance(node.value, ast.Dict)):
            continue
        if all(node.value.keys):  # no other dictionary is unpacked into it
            return tuple(ast.literal_eval(key) for key in node.value.keys if key)
    return tuple(getattr(import_module(f"vae_core.{module}"), name))  # not written out there: put together by a light module


def chosen(registry: dict[str, T], name: str, what: str) -> T:
    """Return registry[name], or raise ConfigError that lists the choices."""
    if name not in registry:
        raise ConfigError(f"{what} is {name!r}; choose one of {', '.join(registry)}.")
    return registry[name]
