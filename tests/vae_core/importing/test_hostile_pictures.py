"""Whatever is bad about pictures is refused, left out or converted, in one sentence that names file and remedy; nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vae_core.importing.hostile_pictures import CASES
from tests.vae_core.importing.making import Case
from tests.vae_core.importing.opening import assert_is_answered


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_answered_in_a_sentence(case: Case, tmp_path: Path) -> None:
    assert_is_answered(case, tmp_path)
