"""Neither the dashboard's modules nor its pages import the packages that take seconds, until something is to be computed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dashboard.pages import PAGES
from tests.places import ROOT

HEAVY = {"torch", "sklearn", "umap", "scipy", "lightning", "lightning_fabric", "numba"}
SCRIPT = f"""
import sys
from importlib import import_module
from pathlib import Path

from tests.dashboard.pages import open_page
from vae_core.jobs import folder, worker


def say(what):
    print(what, sorted({HEAVY!r} & {{name.split(".")[0] for name in sys.modules}}))


for path in Path("dashboard").rglob("*.py"):
    if path.parent.name != "views" and path.name not in ("app.py", "page.py"):  # pages run when they are imported
        import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
        say(path)
worker.start_worker = lambda root: None
for page in {[page.key for page in PAGES]!r}:
    at = open_page(page, {{"run": "tiny-2d"}})
    assert not at.exception and not at.error and not at.warning, page
    say(page)
at = open_page("train")
at.selectbox(key="train/objective").set_value("iwae").run()
[one for one in at.button if one.key == "train/start"][0].click().run()
assert not at.exception and len(folder.waiting(Path(sys.argv[1]))) == 1
say("start")
"""


def test_the_dashboard_opens_every_page_and_starts_a_run_without_what_takes_seconds(runs: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT, str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line for line in said if not line.endswith("[]")] == [] and said[-1] == "start []"
