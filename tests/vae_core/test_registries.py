"""The choices of a setting, read without importing what is chosen."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.places import ROOT


def test_the_names_in_registries_are_read_without_importing_them() -> None:
    script = (
        "import json, sys; from dataclasses import fields; from vae_core.config import RunConfig, sections; "
        "from vae_core.registries import choices; from vae_core.training import preflight; "
        "from vae_core.jobs import cost_estimate; "
        "from vae_core import presets; from vae_core.model import effective_beta as translate; from vae_core.jobs import queue, worker; "
        "names = {f.metadata['choices'] for group in sections(RunConfig()).values() for f in fields(group)} - {''}; "
        "heavy = {'torch', 'sklearn', 'scipy', 'lightning_fabric'} & set(sys.modules); "
        "print(json.dumps([{name: choices(name) for name in names}, sorted(heavy)]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    found, heavy = json.loads(done.stdout)
    assert heavy == [] and len(found) >= 8
    for registry, names in found.items():
        module, _, name = registry.rpartition(".")
        assert names == list(getattr(__import__(f"vae_core.{module}", fromlist=[name]), name)), registry
