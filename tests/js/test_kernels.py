"""The engine's kernels as they are stored: what the source compiles to, and small."""

from __future__ import annotations

import pytest

from tests.js import compiling


def test_the_script_carries_the_module_and_it_is_small() -> None:
    module = compiling.BINARY.read_bytes()
    assert len(module) < 20_000 and compiling.CARRIER.read_text(encoding="utf-8") == compiling.carrier(module)


@pytest.mark.skipif(not compiling.is_installed(), reason="the compiler is not installed")
def test_the_source_compiles_to_the_module_bit_for_bit() -> None:
    assert compiling.compiled() == compiling.BINARY.read_bytes()
