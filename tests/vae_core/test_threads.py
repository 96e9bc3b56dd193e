"""One thread within a block, and as many as before behind it."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from vae_core.inspection.parts import completion, editing
from vae_core.threads import one_thread


@pytest.fixture
def two_threads() -> Iterator[None]:
    """Two threads in torch and in what NumPy stands on."""
    before = torch.get_num_threads()
    with threadpool_limits(2):
        torch.set_num_threads(2)
        yield
    torch.set_num_threads(before)


def counts() -> set[int]:
    return {torch.get_num_threads(), *(pool["num_threads"] for pool in threadpool_info())}


def test_within_the_block_there_is_one_and_behind_it_as_many_as_before(two_threads: None) -> None:
    with pytest.raises(KeyError), one_thread():
        assert counts() == {1}
        raise KeyError
    assert counts() == {2}


@pytest.mark.parametrize("part", [completion, editing])
def test_parts_of_small_matrices_are_computed_on_one(two_threads: None, part: ModuleType) -> None:
    class Asked:
        def __getattr__(self, name: str) -> object:
            assert counts() == {1}
            raise InterruptedError

    with pytest.raises(InterruptedError):
        part.compute(Asked(), lambda share: None)
    assert counts() == {2}
