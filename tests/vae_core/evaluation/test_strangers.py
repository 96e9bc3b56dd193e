"""Images that a model never learned: of the right size, treated alike, and made of what they say."""

import numpy as np
import pytest
import torch

import vae_core
from tests.places import SHIPPED
from vae_core.data import sources
from vae_core.evaluation.strangers import strangers


@pytest.fixture
def run():
    return vae_core.open_run(SHIPPED / "digits-2d")


def test_halves_come_of_two_images_of_two_classes(run):
    x = torch.arange(40.0)[:, None, None].expand(40, 8, 8)
    labels = np.arange(40) % 4
    made = dict(strangers(run, x, labels))["halves"]
    upper, lower = made[:, 0, 0].long(), made[:, 7, 0].long()
    assert (made[:, :4] == upper[:, None, None]).all() and (made[:, 4:] == lower[:, None, None]).all()
    assert upper.tolist() == list(range(40)) and (labels[upper] != labels[lower]).all()


def test_turned_ones_are_turned_and_only_square_ones_can_be(run):
    x = torch.rand(3, 8, 8)
    assert torch.equal(dict(strangers(run, x, None))["turned"][1], torch.rot90(x[1]))
    assert "turned" not in dict(strangers(run, torch.rand(3, 8, 6), None))
    assert dict(strangers(run, torch.rand(3, 5), None)) == {} or "halves" not in dict(strangers(run, torch.rand(3, 5), None))


def test_other_data_of_the_same_size_are_strangers_and_no_others(run, monkeypatch):
    digits = sources.load("digits")
    monkeypatch.setattr(sources, "is_available", lambda name: name in ("mnist", "glyphs"))
    monkeypatch.setattr(sources, "load", lambda name: digits if name == "mnist" else _of_another_size())
    found = dict(strangers(run, torch.rand(5, 8, 8), None))
    assert list(found) == ["mnist", "halves", "turned"] and found["mnist"].shape == (5, 8, 8) and found["mnist"].max() <= 1


def _of_another_size():
    return sources.placeholder("glyphs")
