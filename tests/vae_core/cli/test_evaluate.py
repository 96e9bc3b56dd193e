"""`evaluate`: the table of scores adds up and names its references."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.places import SHIPPED
from vae_core.cli.main import main


def test_the_table_adds_up_and_names_its_references(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "tiny-5d"]) == 0
    text = capsys.readouterr().out
    total, reconstruction, kl = map(float, re.search(r"negative ELBO +([\d.]+) = reconstruction ([\d.]+) \+ KL ([\d.]+)", text).groups())
    assert total == round(reconstruction + kl, 2)
    assert main(["evaluate", str(SHIPPED / "digits-2d")]) == 0
    text = capsys.readouterr().out
    assert "negative ELBO           23.72 = reconstruction 20.69 + KL 3.03" in text, "23.721774, as `list` says"
    for words in ("independent pixels", "entropy floor", "pPCA", "KL per dimension", "active units", "nearest neighbours"):
        assert words in text
