"""Every benchmark still works: each in its smallest form, forked from a server that has torch at hand."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.reliability.children import Child

FOLDER = Path(__file__).parent / "benchmarks"
NO_BENCHMARKS = ("__init__", "contenders", "machine", "visitor")
BENCHMARKS = sorted(file.stem for file in FOLDER.glob("*.py") if file.stem not in NO_BENCHMARKS)
ARGUMENTS = {"seeds": ["digits-2d"]}
RULE = re.compile(r"\|(---\|)+")


def printed(mouth: Connection, name: str) -> str:
    """Return what a benchmark prints."""
    with contextlib.redirect_stdout(io.StringIO()) as told:
        importlib.import_module(f"tests.benchmarks.{name}").main([*ARGUMENTS.get(name, []), "--smoke"])
    return told.getvalue()


def cells(line: str) -> list[str]:
    """Return what stands in a line of a table."""
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_prints_its_tables(name: str) -> None:
    outcome = Child(printed, name).end()
    assert outcome.how == "done", outcome
    lines = outcome.value.splitlines()
    rules = [number for number, line in enumerate(lines) if RULE.fullmatch(line)]
    assert rules, "no table"
    for rule in rules:
        head, first = cells(lines[rule - 1]), cells(lines[rule + 1])
        assert len(head) == len(first) == lines[rule].count("---"), outcome.value
        assert any(re.match(r"-?\d", cell) for cell in first[1:]), outcome.value
