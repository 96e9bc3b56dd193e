"""The seal of a finished run: summary.json carries the SHA-256 of every other file, and one of itself."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from vae_core.messages import Message, say
from vae_core.runs.errors import RunError
from vae_core.runs.layout import RESTORE, guarded
from vae_core.storage.files import sha256
from vae_core.storage.reading import read_json
from vae_core.storage.shapes import HASH

CHANGED = "{file} of run {run!r} was changed after training; {remedy}"
SEALED = {"files": {"*": HASH}, "sha256": HASH}


def seal(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a summary without its own seal."""
    unsealed = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(unsealed, sort_keys=True).encode()).hexdigest()


def changed(path: Path, names: Collection[str] | None = None) -> list[Message]:
    """Return which files of a finished run are not as it sealed them: of these, by default of all.

    Nothing is made of their content: a change in one file would look like a fault of another that no longer fits it.

    Raises:
        RunError: there is a summary.json and its seals cannot be read.
    """
    if not os.path.lexists(path / "summary.json"):
        return []
    summary = guarded(path, "summary.json", lambda file: read_json(file, SEALED))
    if seal(summary) != summary["sha256"]:
        return [say(CHANGED, file="summary.json", run=path.name, remedy=RESTORE)]
    problems: list[Message] = []
    for name, expected in summary["files"].items():
        if names is not None and name not in names:
            continue
        try:
            if guarded(path, name, sha256) != expected:
                problems.append(say(CHANGED, file=name, run=path.name, remedy=RESTORE))
        except RunError as error:
            problems.append(error.message)
    return problems
