"""Reliability in its short form: every trial of tests/reliability that one process is enough for, and README's table of the full form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.__main__ import HEADER, MARKER, README, lines_of, written
from tests.reliability.rows import Row, Tries, Untried, trial
from tests.reliability.trials import IN_ONE_PROCESS, TRIALS


@pytest.mark.parametrize("name", IN_ONE_PROCESS)
def test_it_holds(name: str, tmp_path: Path) -> None:
    row = IN_ONE_PROCESS[name](tmp_path, IN_ONE_PROCESS[name].short)
    if not row.tried:
        pytest.skip(row.detail)
    assert row.problems == ()
    assert row.held == row.tried >= IN_ONE_PROCESS[name].short


def rows_of(readme: str) -> list[list[str]]:
    """Return the cells of the table between the markers, without its head."""
    return [[cell.strip() for cell in text.strip("|").split("|")] for text in lines_of(readme).values()]


def failures(rows: list[list[str]]) -> list[str]:
    """Return the names of rows in which something did not hold, or that were not tried without saying why."""
    untried = [name for name, detail, tried, _ in rows if tried == "0" and not detail.startswith("not tried: ")]
    return untried + [name for name, _, tried, held in rows if tried != held]


def test_readme_has_every_row_and_none_shows_a_failure() -> None:
    rows = rows_of(README.read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == [one.name for one in TRIALS.values()]
    assert failures(rows) == []
    for one, (_, detail, tried, _) in zip(TRIALS.values(), rows, strict=True):
        assert int(tried.replace(",", "")) >= one.full or detail.startswith("not tried: ")
        assert detail.startswith((one.promise, "not tried: "))


@trial("Something", "it holds", short=3, full=3)
def something(folder: Path, count: int) -> Tries:
    """Fail once."""
    yield []
    yield ["lost", "torn"]
    yield []
    return "3 in all"


@trial("Something else", "it holds", short=1, full=1)
def impossible(folder: Path, count: int) -> Tries:
    """Be impossible."""
    raise Untried("not here")
    yield []


def test_a_failure_is_counted_and_found_in_the_table(tmp_path: Path) -> None:
    rows = [impossible(tmp_path, 1), something(tmp_path, 3)]
    assert rows == [Row("Something else", 0, 0, "not tried: not here"), Row("Something", 3, 2, "it holds; 3 in all", ("lost", "torn"))]
    page = written(f"before {MARKER}\n| Something | it held | 1 | 1 |\n{MARKER} after", rows, ["Something", "Something else"])
    assert page.startswith("before ") and page.endswith(" after") and page.count(HEADER[0]) == 1
    assert rows_of(page) == [["Something", "it holds; 3 in all", "3", "2"], ["Something else", "not tried: not here", "0", "0"]]
    assert failures(rows_of(page)) == ["Something"]
