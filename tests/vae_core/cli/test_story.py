"""`story`: what there is to do and to build; tests/dashboard/views/test_story.py checks and exports."""

from __future__ import annotations

import pytest

from vae_core.cli.main import main
from vae_core.story.build import BUILDERS


def test_what_there_is_to_do_and_to_build_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["story"]) == 1
    assert "--check, --export FILE or --build" in capsys.readouterr().err
    assert main(["story", "--build", "nothing"]) == 1
    assert f"choose of the steps {', '.join(BUILDERS)} and the runs" in capsys.readouterr().err
