"""The plan of the house, kept by tests: which way imports run, what is forbidden, README's tree, help for every choice.

A rule takes sources {path: text} and returns complaints. Each is tried on the project (no complaint) and on a bad example (complaint).
"""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass
from functools import partial
from typing import Any

import pytest

from tests.places import ROOT
from vae_core.config import RunConfig, sections

Sources = dict[str, str]
Rule = Callable[[Sources], list[str]]

# A module of vae_core may import from its own line and from the lines above it.
ORDER = (
    ("__init__",),
    ("config",),
    ("presets",),
    ("shapes",),
    ("reading", "inspection.stored", "printable"),
    (
        "children",
        "data.dataset",
        "data.download",
        "files",
        "data.synthetic",
        "data.npy",
        "data.image_files",
        "data.rows",
        "data.mnist",
        "data.binarisation",
        "model.likelihoods",
        "model.posterior",
        "model.priors",
        "model.networks",
        "training.lr_schedules",
        "model.kl_schedules",
        "model.effective_beta",
        "diagnostics.advice",
        "evaluation.quadrature",
        "evaluation.spectra",
        "evaluation.published_results",
        "registries",
        "rounding",
        "jobs.cost_estimate",
    ),
    ("model.vae",),
    ("model.objectives",),
    (
        "latent.latents",
        "latent.aggregate_posterior",
        "data.batches",
        "evaluation.scoring",
        "geometry",
        "evaluation.closed_forms",
        "applications",
    ),
    (
        "evaluation.marginal_likelihood",
        "evaluation.posterior_grid",
        "evaluation.inference_gap",
        "evaluation.kl_decomposition",
        "evaluation.prior_holes",
        "evaluation.outliers",
    ),
    ("runs.contents", "model.trained"),
    (
        "runs.run",
        "runs.listing",
        "training.snapshots",
        "diagnostics.events",
        "runs.writer",
        "training.distributed",
        "training.checkpoints",
        "training.validation",
        "training.interrupts",
        "training.preflight",
        "training.beforehand",
    ),
    ("runs.verification", "training.results", "evaluation.paired", "evaluation.rate_distortion", "evaluation.summary"),
    ("inspection.subject", "inspection.parts", "inspection.store", "inspection.words"),
    ("training.trainer",),
    ("training.runner", "jobs.warmup"),
    ("jobs.queue", "story.recipes"),
    ("story.aim", "story.knob", "story.halves", "story.map"),
    ("story.build",),
    ("__main__",),
)
RANK = {name: rank for rank, line in enumerate(ORDER) for name in line}
PACKAGES = {name.partition(".")[0] for name in RANK if "." in name}

# Who must not import what, by themselves or through another module of the project.
FORBIDDEN = {
    "vae_core": ("streamlit", "plotly", "dashboard"),
    "dashboard.figures": ("streamlit", "dashboard.views", "dashboard.components"),
    "dashboard.components": ("dashboard.views",),
}
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


# ---- imports


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


def within(name: str, package: str) -> bool:
    """Tell whether a dotted name is the package or lies in it."""
    return name == package or name.startswith(package + ".")


def reach(module: str, graph: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return everything that importing the module imports in the end, with the way that leads there."""
    ways: dict[str, list[str]] = {}
    todo = [(name, [module, name]) for name in graph[module]]
    while todo:
        name, way = todo.pop()
        if name not in ways:
            ways[name] = way
            todo += [(further, [*way, further]) for further in graph.get(name, ())]
    return ways


def place(module: str) -> str:
    """Return a module's name below vae_core as ORDER has it; a package's own file stands with the lowest, since it imports nothing."""
    own = module.removeprefix("vae_core").removeprefix(".")
    return own if own and own not in PACKAGES else "__init__"


def core_imports_downward(sources: Sources) -> list[str]:
    """vae_core's modules import downward in ORDER, and every module has its place there."""
    complaints = []
    for module, names in imports_of(sources).items():
        if not within(module, "vae_core"):
            continue
        if place(module) not in RANK:
            complaints.append(f"{module} has no place in ORDER of tests/test_structure.py; add it to the line where it belongs.")
            continue
        for name in sorted(name for name in names if name.startswith("vae_core.")):
            if RANK.get(place(name), -1) > RANK[place(module)]:
                complaints.append(f"{module} imports {name}, which lies above it.")
    return complaints


def layers_stay_apart(sources: Sources) -> list[str]:
    """No module reaches what FORBIDDEN keeps from its package."""
    graph = imports_of(sources)
    return [
        f"{module} must not import {name} ({' -> '.join(way)})."
        for module in graph
        for package, forbidden in FORBIDDEN.items()
        if within(module, package)
        for name, way in reach(module, graph).items()
        if any(within(name, one) for one in forbidden)
    ]


def no_cycle(sources: Sources) -> list[str]:
    """No module imports itself by way of others."""
    graph = imports_of(sources)
    return [f"imports run in a circle: {' -> '.join(reach(module, graph)[module])}." for module in graph if module in reach(module, graph)]


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
                    complaints.append(f"{path}:{node.lineno} holds the words {node.value!r}; move them to dashboard/locale and use t().")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and SHOWS_WORDS.fullmatch(node.func.attr):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and re.search(r"[^\W\d_]", first.value):
                    complaints.append(f"{path}:{node.lineno} shows {first.value!r}; move it to dashboard/locale and use t().")
    return complaints


RULES: tuple[Rule, ...] = (core_imports_downward, layers_stay_apart, no_cycle, no_pickle, no_raw_html, words_come_from_locale)


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps(rule: Rule) -> None:
    sources = project_sources()
    assert len(sources) > 10
    assert rule(sources) == []


VIEW = "dashboard/views/view.py"
BAD: list[tuple[Rule, Sources]] = [
    (core_imports_downward, {"vae_core/model/vae.py": "from vae_core.training.runner import loop", "vae_core/training/runner.py": ""}),
    (
        core_imports_downward,
        {
            "vae_core/model/vae.py": "def f():\n    from vae_core.runs import run as runs",
            "vae_core/__init__.py": "",
            "vae_core/runs/run.py": "",
        },
    ),
    (core_imports_downward, {"vae_core/config.py": "from .data.dataset import load", "vae_core/data/dataset.py": ""}),
    (
        core_imports_downward,
        {"vae_core/config.py": "from .data import dataset", "vae_core/data/dataset.py": "", "vae_core/__init__.py": ""},
    ),
    (core_imports_downward, {"vae_core/__init__.py": "import vae_core.config", "vae_core/config.py": ""}),
    (core_imports_downward, {"vae_core/nobody.py": ""}),
    (layers_stay_apart, {"vae_core/model/vae.py": "import streamlit as st"}),
    (layers_stay_apart, {"vae_core/model/vae.py": "def f():\n    import plotly.graph_objects"}),
    (layers_stay_apart, {"vae_core/model/vae.py": "from dashboard import state"}),
    (layers_stay_apart, {"dashboard/figures/map.py": "from streamlit import cache_data"}),
    (layers_stay_apart, {"dashboard/figures/map.py": "from dashboard.state import run", "dashboard/state.py": "import streamlit"}),
    (
        no_cycle,
        {
            "vae_core/runs/run.py": "import vae_core.model.vae",
            "vae_core/model/vae.py": "def f():\n    from vae_core.runs import run as runs",
            "vae_core/__init__.py": "",
        },
    ),
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
    (core_imports_downward, {"vae_core/training/runner.py": "from vae_core.model.vae import VAE", "vae_core/model/vae.py": ""}),
    (
        core_imports_downward,
        {"vae_core/model/vae.py": "if TYPE_CHECKING:\n    from vae_core.training.runner import loop", "vae_core/training/runner.py": ""},
    ),
    (layers_stay_apart, {"dashboard/views/view.py": "import streamlit", "dashboard/figures/map.py": "import plotly"}),
    (no_cycle, {"vae_core/runs/run.py": "import vae_core.model.vae", "vae_core/model/vae.py": ""}),
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
    """Return every registry that a setting chooses from, by the name that the setting gives: model.networks.NETWORKS and so on."""
    found = {}
    for name in filter(None, (field.metadata["choices"] for field in settings())):
        module, _, attribute = name.rpartition(".")
        found[name] = getattr(importlib.import_module(f"vae_core.{module}"), attribute)
    return {name: registry for name, registry in found.items() if isinstance(registry, dict)}


def without_help(registry: dict[str, Any]) -> list[str]:
    """Return the names of functions and classes without a docstring of their own."""

    def docstring(entry: Any) -> str:
        entry = entry.func if isinstance(entry, partial) else entry
        return (vars(entry).get("__doc__") if isinstance(entry, type) else entry.__doc__) or ""

    return [name for name, entry in registry.items() if not docstring(entry).strip()]


def test_every_setting_and_every_choice_explains_itself() -> None:
    assert [field.name for field in settings() if not field.metadata["help"].strip()] == []
    found = registries()
    assert {
        "data.dataset.DATASETS",
        "model.likelihoods.LIKELIHOODS",
        "model.networks.NETWORKS",
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
