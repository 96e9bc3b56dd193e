"""Whatever is bad about arrays and tables is refused, left out or converted, in one sentence; nothing is run, nothing is written."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tests.vae_core.importing.hostile_arrays import CASES
from tests.vae_core.importing.making import Case
from tests.vae_core.importing.opening import assert_is_answered

MOST = 200 * 2**20  # bytes
LARGE = ("bomb", "tebibytes", "huge", "claims", "list", "line", "deep")  # cases that want to fill the memory


def test_the_cases_are_many_and_their_names_are_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_answered_in_a_sentence(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where what is run would leave something
    if not any(word in case.name for word in LARGE):
        assert_is_answered(case, tmp_path)
        return
    tracemalloc.start()
    try:
        assert_is_answered(case, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()
