"""A run that a single test image judges: every page shows it, and none claims what one image cannot tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.pages import PAGES
from tests.conftest import tiny_config
from tests.dashboard.pages import Open, is_calm, words
from vae_core.inspection import process
from vae_core.inspection.parts.registry import APPLICATIONS, INSPECTED
from vae_core.training.runner import train

LIMITS = {"max_images": 40, "max_samples": 50}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the run, of which all parts are computed."""
    root, config = tmp_path_factory.mktemp("one"), tiny_config("One image")
    run = train(replace(config, data=replace(config.data, test_fraction=0.0006)), root / "one")
    assert run.summary["test"]["n"] == 1
    process.run_parts(run, **LIMITS)
    return root


@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_every_page_shows_it(root: Path, shown_copy: Callable[[Path], Path], visit: Open, spoken: str) -> None:
    shown_copy(root)
    addresses = [(page.key, "") for page in PAGES] + [("inspect", part) for part in INSPECTED] + [("use", part) for part in APPLICATIONS]
    for page, part in addresses:
        at = visit(page, run="one", part=part, lang=spoken)
        assert is_calm(at), (page, part)
        assert not re.search(r"± 0(\.0+)?(?![.\d])", words(at)), (page, part)
