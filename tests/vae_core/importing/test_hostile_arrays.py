"""Whatever is bad about arrays and tables is refused, left out or converted, in one sentence; nothing is run, nothing is written."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.importing.hostile_arrays import CASES
from tests.vae_core.importing.making import Case
from tests.vae_core.importing.test_hostile_pictures import assert_is_sentence, files_in
from vae_core.data.errors import UnusableFile
from vae_core.importing.registry import open_source
from vae_core.importing.source import ImportOptions

MOST = 200 * 2**20  # bytes
LARGE = ("bomb", "tebibytes", "huge", "claims", "list", "line", "deep")  # cases that want to fill the memory


def test_the_cases_are_many_and_their_names_are_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_answered_in_a_sentence(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where what is run would leave something
    path = case.make(tmp_path)
    before = files_in(tmp_path)
    is_large = any(word in case.name for word in LARGE)
    if is_large:
        tracemalloc.start()
    if case.outcome == "refused":
        with pytest.raises(UnusableFile) as refused:
            open_source(path, ImportOptions(**case.options)).survey()
        assert_is_sentence(str(refused.value))
        assert re.search(case.says, str(refused.value)), str(refused.value)
    else:
        source = open_source(path, ImportOptions(**case.options))
        survey = source.survey()
        lines = [f"{name} {why}" for name, why in survey.left_out] if case.outcome == "left out" else list(map(str, survey.said))
        assert any(re.search(case.says, line) for line in lines), lines
        assert survey.n_left_out == (case.outcome == "left out")
        for line in map(str, survey.said):
            assert_is_sentence(line)
        images = np.concatenate(list(source.blocks()))
        assert images.shape == (survey.count, *survey.shape) and images.dtype == survey.dtype and survey.count >= 4
        assert source.table().num_rows == survey.count and np.array_equal(source.read(np.arange(survey.count)), images)
        source.close()
    if is_large:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MOST
    assert files_in(tmp_path) == before
