"""The plan of the house, kept by tests: which way imports run, what is forbidden, README's tree, help for every choice.

A rule takes sources {path: text} and returns complaints. Each is tried on the project (no complaint) and on a bad example (complaint).
"""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.places import ROOT
from vae_core.config import RunConfig, sections

Sources = dict[str, str]
Rule = Callable[[Sources], list[str]]

DISTRIBUTIONS = {"PIL": "pillow", "lightning_fabric": "lightning-fabric", "sklearn": "scikit-learn", "umap": "umap-learn"}
PICKLERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
SHOWS_WORDS = re.compile(
    "badge|button|caption|checkbox|download_button|error|expander|header|info|link_button|markdown|metric|multiselect|number_input|popover|"
    "radio|segmented_control|select_slider|selectbox|slider|spinner|subheader|success|text|text_input|title|toast|toggle|warning|write"
)


def project_sources() -> Sources:
    """Return the text of every Python file of the two packages."""
    paths = sorted(path for package in ("vae_core", "dashboard") for path in (ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


# ---- imports: which way they run is said by the contracts of import-linter in pyproject.toml


# A line that a file gets, and what the contracts then say.
AGAINST = [
    ("vae_core/model/vae.py", "from vae_core.training import runner", "vae_core.model is not allowed to import vae_core.training"),
    (
        "vae_core/jobs/warmup.py",
        "def f():\n    from vae_core.inspection import store",
        "vae_core.jobs is not allowed to import vae_core.inspection",
    ),
    ("vae_core/model/vae.py", "import streamlit", "vae_core is not allowed to import streamlit"),
    ("dashboard/figures/theme.py", "from dashboard import app", "dashboard.figures is not allowed to import dashboard.app"),
    ("vae_core/model/priors.py", "from vae_core.model import vae", "No cycles are allowed in vae_core.model"),
    ("vae_core/nobody.py", "", "vae_core.nobody"),
]


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Hold the packages in a folder against the contracts of its pyproject.toml."""
    return subprocess.run([Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=folder, capture_output=True, text=True)


def test_imports_run_as_the_contracts_say() -> None:
    found = contracts(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("path", "line", "complaint"), AGAINST)
def test_a_contract_complains_of_what_it_forbids(path: str, line: str, complaint: str, tmp_path: Path) -> None:
    for package in ("vae_core", "dashboard"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.js", "*.toml", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    found = contracts(tmp_path)
    assert found.returncode == 1 and complaint in " ".join(found.stdout.split()), found.stdout


def module_name(path: str) -> str:
    """Return dashboard.views for dashboard/views/__init__.py and vae_core.model.vae for vae_core/model/vae.py."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Imports(ast.NodeVisitor):
    """Collect every imported dotted name, inside functions too, but not what only a type checker sees."""

    def __init__(self, path: str) -> None:
        self.package = path.rsplit("/", 1)[0].split("/")
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        """Skip the body of `if TYPE_CHECKING:`."""
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for child in node.orelse:
                self.visit(child)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b`."""
        self.names |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from a import b` names a.b, which may be a module or something inside a."""
        start = self.package[: len(self.package) - node.level + 1] if node.level else []
        base = ".".join([*start, *([node.module] if node.module else [])])
        self.names |= {f"{base}.{alias.name}" for alias in node.names}


def imports_of(sources: Sources) -> dict[str, set[str]]:
    """Return module -> what it imports; names of the project are cut to their module, others stay as written."""
    found: dict[str, set[str]] = {}
    modules = {module_name(path) for path in sources}
    for path, text in sources.items():
        visitor = Imports(path)
        visitor.visit(ast.parse(text))
        names = {name if name in modules or name.rpartition(".")[0] not in modules else name.rpartition(".")[0] for name in visitor.names}
        found[module_name(path)] = names - {module_name(path)}
    return found


def requirements_complaints(sources: Sources, requirements: str) -> list[str]:
    """Every foreign package that is imported stands in requirements.txt, and the other way round."""
    listed = {re.split(r"[<>=~! ]", line)[0] for line in requirements.splitlines() if line and not line.startswith("#")}
    tops = {name.split(".")[0] for names in imports_of(sources).values() for name in names}
    used = {DISTRIBUTIONS.get(top, top) for top in tops - sys.stdlib_module_names - {"vae_core", "dashboard"}}
    return [f"{name} is imported but is not in requirements.txt." for name in sorted(used - listed)] + [
        f"{name} is in requirements.txt but nothing imports it; take it out." for name in sorted(listed - used)
    ]


def test_requirements_are_what_is_imported() -> None:
    assert requirements_complaints(project_sources(), (ROOT / "requirements.txt").read_text(encoding="utf-8")) == []


def test_requirements_too_many_or_too_few_are_found() -> None:
    sources = {"vae_core/a.py": "import json\ndef f():\n    from sklearn.decomposition import PCA"}
    assert requirements_complaints(sources, "# what we need\nscikit-learn>=1,<2\n") == []
    assert len(requirements_complaints(sources, "torch==2\n")) == 2


# ---- packages


def packages_list_their_modules(sources: Sources) -> list[str]:
    """The docstring of a package of the core has a line `name: what it is` for each of its modules."""
    modules: dict[str, set[str]] = {}
    for path in sources:
        folder, _, name = path.rpartition("/")
        if re.fullmatch(r"vae_core/.+", folder):
            modules.setdefault(folder, set()).add(name.removesuffix(".py"))
    complaints = []
    for folder, names in modules.items():
        docstring = ast.get_docstring(ast.parse(sources.get(f"{folder}/__init__.py", ""))) or ""
        listed = set(re.findall(r"^([a-z_]+): ", docstring, re.M))
        complaints += [f"The docstring of {folder}/__init__.py lacks {name}." for name in sorted(names - {"__init__", "__main__"} - listed)]
        complaints += [f"The docstring of {folder}/__init__.py lists {name}, which is not there." for name in sorted(listed - names)]
    return complaints


# ---- forbidden calls


def nodes(sources: Sources, package: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield (path, node) of every node of every file below the package."""
    for path, text in sources.items():
        if path.startswith(package):
            yield from ((path, node) for node in ast.walk(ast.parse(text)))


def no_pickle(sources: Sources) -> list[str]:
    """Nothing that can run code is read or written: no pickle under any of its names, no torch.load or save."""
    complaints = []
    for module, names in imports_of(sources).items():
        bad = sorted(name for name in names if name.split(".")[0] in PICKLERS or name in ("torch.load", "torch.save"))
        complaints += [f"{module} imports {name}, which pickles." for name in bad]
    for path, node in nodes(sources):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("torch.load", "torch.save", "torch.serialization"):
            complaints.append(f"{path}:{node.lineno} uses {ast.unparse(node)}, which pickles; use safetensors.")
        elif isinstance(node, ast.Attribute) and node.attr in ("read_pickle", "to_pickle"):
            complaints.append(f"{path}:{node.lineno} uses {node.attr}.")
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            complaints.append(f"{path}:{node.lineno} sets allow_pickle.")
    return complaints


def no_raw_html(sources: Sources) -> list[str]:
    """The dashboard hands no HTML to the page, but for a style sheet that lies beside app.py."""
    complaints = []
    for path, node in nodes(sources, "dashboard/"):
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            complaints.append(f"{path}:{node.lineno} sets unsafe_allow_html.")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("html", "iframe"):
            if not re.fullmatch(r"Path\(__file__\)\.with_name\('\w+\.css'\)", ", ".join(map(ast.unparse, node.args))):
                complaints.append(f"{path}:{node.lineno} calls {ast.unparse(node.func)}.")
        elif isinstance(node, ast.ImportFrom) and node.module == "streamlit" and any(alias.name == "html" for alias in node.names):
            complaints.append(f"{path}:{node.lineno} imports html from streamlit.")
    return complaints


def words_come_from_locale(sources: Sources) -> list[str]:
    """Views and app.py hold no sentence of their own: what a user reads goes through t()."""
    complaints = []
    for path, text in sources.items():
        if not path.startswith(("dashboard/views/", "dashboard/app.py")):
            continue
        tree = ast.parse(text)
        documented = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
                if re.search(r"[^\W\d_] +[^\W\d_]", node.value):
                    complaints.append(f"{path}:{node.lineno} holds the words {node.value!r}; move them to the locale and use t().")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and SHOWS_WORDS.fullmatch(node.func.attr):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and re.search(r"[^\W\d_]", first.value):
                    complaints.append(f"{path}:{node.lineno} shows {first.value!r}; move it to the locale and use t().")
    return complaints


RULES: tuple[Rule, ...] = (packages_list_their_modules, no_pickle, no_raw_html, words_come_from_locale)


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps(rule: Rule) -> None:
    sources = project_sources()
    assert len(sources) > 10
    assert rule(sources) == []


VIEW = "dashboard/views/view.py"
BAD: list[tuple[Rule, Sources]] = [
    (packages_list_their_modules, {"vae_core/model/__init__.py": '"""The model.\n\nvae: it\n"""', "vae_core/model/priors.py": ""}),
    (packages_list_their_modules, {"vae_core/model/vae.py": ""}),
    (no_pickle, {"vae_core/runs/run.py": "import pickle"}),
    (no_pickle, {"vae_core/runs/run.py": "from joblib import dump"}),
    (no_pickle, {"vae_core/runs/run.py": "def f():\n    import torch\n    torch.save({}, 'x')"}),
    (no_pickle, {"vae_core/runs/run.py": "from torch import load"}),
    (no_pickle, {"vae_core/runs/run.py": "numpy.load('x', allow_pickle=True)"}),
    (no_raw_html, {VIEW: "st.markdown(name, unsafe_allow_html=True)"}),
    (no_raw_html, {VIEW: "left.html(name)"}),
    (no_raw_html, {VIEW: "st.html(Path(__file__).with_name(f'{name}.css'))"}),
    (no_raw_html, {VIEW: "from streamlit import html"}),
    (words_come_from_locale, {VIEW: "st.title('Losses')"}),
    (words_come_from_locale, {VIEW: "left.slider(label, 0, 1, help='How far to look')"}),
    (words_come_from_locale, {VIEW: "st.write(f'{n} images in all')"}),
]


@pytest.mark.parametrize(("rule", "bad"), BAD)
def test_a_rule_complains_of_what_it_forbids(rule: Rule, bad: Sources) -> None:
    assert rule(bad)


GOOD: list[tuple[Rule, Sources]] = [
    (packages_list_their_modules, {"vae_core/model/__init__.py": '"""The model.\n\nvae: it\n"""', "vae_core/model/vae.py": ""}),
    (no_pickle, {"vae_core/runs/run.py": "numpy.load('x', allow_pickle=False)\nsafetensors.torch.load_file('x')"}),
    (no_raw_html, {VIEW: "st.markdown(name)\nst.html(Path(__file__).with_name('style.css'))"}),
    (words_come_from_locale, {VIEW: '"""A page of words."""\nst.title(t("losses.title"))\nst.image(picture, width="stretch")'}),
]


@pytest.mark.parametrize(("rule", "good"), GOOD)
def test_a_rule_lets_the_permitted_pass(rule: Rule, good: Sources) -> None:
    assert rule(good) == []


# ---- README's tree


def project_files() -> set[str]:
    """Return every file that belongs to the project: what git tracks or would track, or all but caches where git is absent."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode == 0:
        return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    caches = re.compile(r"(^|/)(\.git|\.venv|__pycache__|\.\w+_cache|\.hypothesis)/")
    files = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return {name for name in files if not caches.search(name)}


def tree_paths(readme: str) -> list[str]:
    """Return the paths of the fenced tree: a line is `path, path  words`, two spaces of indentation per folder, folders end with /."""
    blocks = [block for block in re.findall(r"^```\w*\n(.*?)^```", readme, re.M | re.S) if re.search(r"^vae_core/", block, re.M)]
    paths, folders = [], [""]
    for line in blocks[0].splitlines() if blocks else []:
        if not line.strip():
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split(", ")
        del folders[depth + 1 :]
        paths += [folders[-1] + name for name in names]
        folders.append(paths[-1])
    return paths


def tree_complaints(readme: str, files: set[str]) -> list[str]:
    """Compare README's tree with the files.

    A folder without lines of its own stands for all in it, `tests/` for the files right in it, `<name>` for any name.
    """
    paths = tree_paths(readme)
    if not paths:
        return ["README.md holds no fenced tree with a line that starts with vae_core/."]
    leaves = [path for path in paths if not any(other != path and other.startswith(path) for other in paths)]
    patterns = {path: re.compile(re.sub(r"<\w+>", "[^/]+", re.escape(path)) + (".*" if path.endswith("/") else "")) for path in leaves}
    summed_up = re.compile(r"\.gitignore|.*/__init__\.py" + r"|tests/[^/]+" * ("tests/" in paths))
    complaints = [
        f"README.md's tree names {path}, which is not there; take its line out."
        for path, pattern in patterns.items()
        if not any(pattern.fullmatch(name) for name in files)
    ]
    for name in sorted(files):
        if not any(pattern.fullmatch(name) for pattern in (summed_up, *patterns.values())):
            folder, _, own = name.rpartition("/")
            complaints.append(f"README.md's tree lacks {name}; add the line `{own}  what it is`" + f" under `{folder}/`." * bool(folder))
    return complaints


def test_readme_shows_the_real_tree() -> None:
    assert tree_complaints((ROOT / "README.md").read_text(encoding="utf-8"), project_files()) == []


TREE = """
```
README.md, LICENSE  this page, MIT
vae_core/           the training package
  vae.py            encoder and decoder
checkpoints/<run>/  one folder per run
tests/              a file per module
  browser/          the real server in a real browser
```
"""
FILES = {
    "README.md",
    "LICENSE",
    "vae_core/vae.py",
    "vae_core/__init__.py",
    "checkpoints/a/config.json",
    "tests/browser/x.py",
    "tests/test_vae.py",
}


def test_the_tree_is_read_as_written() -> None:
    assert tree_complaints(TREE, FILES) == []


@pytest.mark.parametrize(
    "files", [FILES | {"vae_core/new.py"}, FILES | {"new.txt"}, FILES - {"vae_core/vae.py"}, FILES | {"tests/slow/x.py"}]
)
def test_the_tree_complains_of_a_file_too_many_or_too_few(files: set[str]) -> None:
    assert len(tree_complaints(TREE, files)) == 1


def test_a_readme_without_a_tree_is_complained_of() -> None:
    assert tree_complaints("# Latent Lens", FILES)


# ---- help for every choice


def settings() -> Iterator[Field[Any]]:
    """Yield every single setting of a run."""
    for group in (RunConfig(), *sections(RunConfig()).values()):
        yield from (field for field in fields(group) if not is_dataclass(getattr(group, field.name)))


def registries() -> dict[str, dict[str, Any]]:
    """Return every registry that a setting chooses from, by the name that the setting gives: model.architectures.NETWORKS and so on."""
    found = {}
    for name in filter(None, (field.metadata["choices"] for field in settings())):
        module, _, attribute = name.rpartition(".")
        found[name] = getattr(importlib.import_module(f"vae_core.{module}"), attribute)
    return {name: registry for name, registry in found.items() if isinstance(registry, dict)}


def without_help(registry: dict[str, Any]) -> list[str]:
    """Return the names of functions and classes without a docstring of their own."""

    def docstring(entry: Any) -> str:
        entry = getattr(entry, "load", entry)  # of a dataset
        entry = getattr(entry, "load", entry)  # of a dataset
        entry = entry.func if isinstance(entry, partial) else entry
        return (vars(entry).get("__doc__") if isinstance(entry, type) else entry.__doc__) or ""

    return [name for name, entry in registry.items() if not docstring(entry).strip()]


def test_every_setting_and_every_choice_explains_itself() -> None:
    assert [field.name for field in settings() if not field.metadata["help"].strip()] == []
    found = registries()
    assert {
        "data.sources.DATASETS",
        "model.likelihoods.LIKELIHOODS",
        "model.architectures.NETWORKS",
        "model.objectives.OBJECTIVES",
        "model.priors.PRIORS",
    } <= set(found)
    assert {name: missing for name, entries in found.items() if (missing := without_help(entries))} == {}


def test_a_choice_without_help_is_found() -> None:
    class Documented:
        """Has words."""

    class Silent(Documented):
        pass

    entries = {"documented": Documented, "silent": Silent, "function": lambda: None, "partial": partial(lambda x: x, 1)}
    assert without_help(entries) == ["silent", "function", "partial"]
