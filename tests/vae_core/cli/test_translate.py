"""`translate`: the beta that another loss amounts to."""

from __future__ import annotations

import pytest

from vae_core.cli.main import main


def test_the_command_prints_formula_and_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["translate", "--pixels", "784", "--latents", "20", "--reconstruction", "mean", "--kl", "mean", "--kl-weight", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "beta = (w_KL x P) / k = (2 x 784) / 20 = 78.4"
    assert main(["translate", "--kl", "median"]) == 1
    assert capsys.readouterr().err == "kl is 'median'; choose one of sum, mean.\n"
