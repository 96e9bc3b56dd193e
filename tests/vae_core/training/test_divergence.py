"""The norm by which a step is judged."""

from __future__ import annotations

import math

import torch

from vae_core.training.divergence import gradient_norm


def test_the_norm_is_that_of_torch_to_the_last_bit() -> None:
    generator = torch.Generator().manual_seed(0)
    gradients = [torch.randn(shape, generator=generator) for shape in ((40, 7), (40,), (3, 2, 3, 3), ())]
    assert torch.equal(gradient_norm(gradients), torch.nn.utils.get_total_norm(gradients))


def test_one_bad_number_makes_it_bad() -> None:
    for bad in (math.nan, math.inf):
        assert not gradient_norm([torch.ones(3), torch.tensor([1.0, bad])]).isfinite()
