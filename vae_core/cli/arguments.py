"""Fields of dataclasses as options, and the argument that names a run. Knows no command."""

from __future__ import annotations

import argparse
import os
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeAlias, get_type_hints

from vae_core.config import ConfigError
from vae_core.registries import choices

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_fields(arguments: argparse._ActionsContainer, group: type[Any], fallback: str) -> None:
    """Add an option for each field of a dataclass of settings; `fallback` stands before the default in its help."""
    hints = get_type_hints(group)
    for f in fields(group):
        is_list = hints[f.name] == tuple[int, ...]
        kind = int if is_list else hints[f.name]
        registry = f.metadata["choices"]
        offered = ": " + ", ".join(choices(registry)) if registry else ""
        text = f"{f.metadata['help']}{offered} ({fallback} {_shown(f.default)})".replace("%", "%%")
        flag = f"--{f.name.replace('_', '-')}"
        metavar = {int: "N", float: "X", str: "NAME"}[kind]
        arguments.add_argument(flag, type=kind, help=text, metavar=metavar, nargs="*" if is_list else None)


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def given(options: argparse.Namespace, group: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, or of an object of it, that were given on the command line."""
    return {f.name: value for f in fields(group) if (value := getattr(options, f.name, None)) is not None}


def check_range(option: str, value: float, low: int, high: int) -> None:
    """Raise ConfigError where a number is not in its range."""
    if not low <= value <= high:
        raise ConfigError(
            "{setting} is {value}; it must be at least {low} and at most {high}.", setting=option, value=value, low=low, high=high
        )


def add_run(command: argparse.ArgumentParser) -> None:
    """Add the argument that names a run."""
    command.add_argument("run", metavar="RUN", help="a run's id, as `list` shows it, or the path of its directory")


def find_run(name: str) -> Path:
    """Return the directory of a run given by id or path.

    Raises:
        RunError: there is neither.
    """
    from vae_core.runs.layout import default_root
    from vae_core.runs.listing import load_run

    path = Path(name)
    return path.resolve() if os.path.isfile(path / "config.json") else load_run(default_root(), name).path
