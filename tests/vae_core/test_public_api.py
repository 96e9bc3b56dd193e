"""What `import vae_core` offers: every name has an example that runs, and none costs torch before it is used."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vae_core
from tests.conftest import tiny_config
from tests.places import ROOT, SHIPPED
from vae_core.data import digits
from vae_core.training.interrupts import Stopped


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose checkpoints/ holds a shipped run and one that was stopped."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(SHIPPED / "digits-2d", folder / "checkpoints" / "digits-2d")
    control = folder / "checkpoints" / "stopped" / "control"
    control.mkdir(parents=True)
    (control / "pause").touch()
    with pytest.raises(Stopped):
        vae_core.train(tiny_config(epochs=1), control.parent)
    return folder


@pytest.fixture
def project(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of that folder, with no home to remember files in."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LATENT_LENS_RUNS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("name", ["", *vae_core.__all__])
def test_the_example_of_every_name_runs(name: str, project: Path) -> None:
    documented = getattr(vae_core, name) if name else vae_core
    example = doctest.DocTestParser().get_doctest(documented.__doc__, {}, name or "vae_core", None, None)
    assert len(example.examples) > 1
    said: list[str] = []
    failed, _ = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(example, out=said.append)
    assert not failed, "".join(said)


def test_readme_trains_on_an_array_of_your_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"^## As a library$.*?^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert code and len(code[1].splitlines()) <= 12
    images = (digits.load().values[:300] / 16).astype(np.float32)
    names = {"images": images}
    exec(code[1].replace("epochs=20", "epochs=2"), names)
    assert float(capsys.readouterr().out.split()[0]) > 0
    assert names["run"].images().sha256 == names["run"].dataset["sha256"], "and every page finds them again"


def test_readme_takes_a_set_away_in_a_notebook(project: Path) -> None:
    code = re.findall(r"^```python\n(run = .*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert len(code) == 1 and len(code[0].splitlines()) == 5
    names = {"vae_core": vae_core}
    exec(code[0], names)
    rows = vae_core.open_run("digits-2d").selection("far right")
    assert 0 < len(rows) < len(names["points"].rows) and (names["rows"] == rows).all()


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, vae_core; dir(vae_core); vae_core.RunConfig; print({'torch', 'numpy', 'sklearn'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "set()\n"


def test_the_names_are_the_same_for_dir_for_star_and_for_type_checkers() -> None:
    tree = ast.parse(Path(vae_core.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imports = [(node.module, alias) for node in ast.walk(block) if isinstance(node, ast.ImportFrom) for alias in node.names]
    seen = {alias.asname or alias.name: getattr(importlib.import_module(str(module)), alias.name) for module, alias in imports}
    assert seen == {name: getattr(vae_core, name) for name in vae_core.__all__}
    assert set(vae_core.__all__) <= set(dir(vae_core))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        vae_core.nothing  # noqa: B018


@pytest.mark.parametrize("name", vae_core.__all__)
def test_no_name_hides_a_module(name: str) -> None:
    assert importlib.util.find_spec(f"vae_core.{name}") is None
