"""Random numbers by key."""

from __future__ import annotations

import torch

from vae_core import seeding


def test_noise_is_keyed_by_seed_stream_and_step() -> None:
    draws = {key: float(torch.randn(1, generator=seeding.keyed(*key))) for key in ((0, 1, 2), (1, 1, 2), (0, 2, 2), (0, 1, 3))}
    assert len(set(draws.values())) == 4
    assert draws[0, 1, 2] == float(torch.randn(1, generator=seeding.keyed(0, 1, 2)))
