"""The plan of the house, kept by tests: which way imports run, how large a file is, what is forbidden.

A rule takes sources {path: text} and returns complaints. Each is tried on the project (no complaint) and on a bad example (complaint).
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.places import ROOT

Sources = dict[str, str]
Rule = Callable[[Sources], list[str]]

DISTRIBUTIONS = {"PIL": "pillow", "lightning_fabric": "lightning-fabric", "sklearn": "scikit-learn", "umap": "umap-learn"}
PICKLERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
SHOWS_WORDS = re.compile(
    "badge|button|caption|checkbox|download_button|error|expander|header|info|link_button|markdown|metric|multiselect|number_input|popover|"
    "radio|segmented_control|select_slider|selectbox|slider|spinner|subheader|success|text|text_input|title|toast|toggle|warning|write"
)


def project_sources(*folders: str) -> Sources:
    """Return the text of every Python file in these folders, by default of the two packages."""
    paths = sorted(path for folder in folders or ("vae_core", "dashboard") for path in (ROOT / folder).rglob("*.py"))
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
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["notebook"]
    requirements = "\n".join([(ROOT / "requirements.txt").read_text(encoding="utf-8"), *extra])
    assert requirements_complaints(project_sources(), requirements) == []


def test_requirements_too_many_or_too_few_are_found() -> None:
    sources = {"vae_core/a.py": "import json\ndef f():\n    from sklearn.decomposition import PCA"}
    assert requirements_complaints(sources, "# what we need\nscikit-learn>=1,<2\n") == []
    assert len(requirements_complaints(sources, "torch==2\n")) == 2


# ---- packages


def packages_list_their_modules(sources: Sources) -> list[str]:
    """The docstring of a package has a line `name: what it is` for each of its modules."""
    modules: dict[str, set[str]] = {}
    for path in sources:
        folder, _, name = path.rpartition("/")
        if re.fullmatch(r"(vae_core|dashboard)/.+", folder):
            modules.setdefault(folder, set()).add(name.removesuffix(".py"))
    complaints = []
    for folder, names in modules.items():
        docstring = ast.get_docstring(ast.parse(sources.get(f"{folder}/__init__.py", ""))) or ""
        listed = set(re.findall(r"^([a-z_]+): ", docstring, re.M))
        complaints += [f"The docstring of {folder}/__init__.py lacks {name}." for name in sorted(names - {"__init__", "__main__"} - listed)]
        complaints += [f"The docstring of {folder}/__init__.py lists {name}, which is not there." for name in sorted(listed - names)]
    return complaints


# ---- sizes

MAX_FILE, MAX_FUNCTION = 350, 50  # lines


def nothing_is_too_large(sources: Sources) -> list[str]:
    """A file and a function are small enough to be read at once."""
    complaints = []
    for path, text in sources.items():
        if (lines := text.count("\n")) > MAX_FILE:
            complaints.append(f"{path} has {lines} lines, {MAX_FILE} at most; cut it by subject.")
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION
            ):
                complaints.append(f"{path}:{node.lineno} {node.name} has {lines} lines, {MAX_FUNCTION} at most.")
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
    """The dashboard hands no HTML to the page, but for the style sheets beside app.py, and figures that escape what they are given."""
    complaints = []
    figures = {
        ("dashboard/widgets/reconstructions.py", "grid(originals, redrawn, captions)"),
        ("dashboard/views/explore/chosen_files.py", "sheet(found, words, names)"),
    }
    for path, node in nodes(sources, "dashboard/"):
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html" and path != "dashboard/app.py":  # which writes style sheets
            complaints.append(f"{path}:{node.lineno} sets unsafe_allow_html.")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("html", "iframe"):
            given = ", ".join(map(ast.unparse, node.args))
            if (path, given) not in figures:
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


CHOICES = re.compile("checkbox|multiselect|number_input|pills|radio|segmented_control|select_slider|selectbox|slider|text_input|toggle")
SET_ANEW = {  # by the page, each time
    ("dashboard/views/compare/choice.py", "'compare_a'"),
    ("dashboard/views/runs/actions.py", "key"),
    ("dashboard/views/explore/chosen_files.py", "f'chosen_page/{name}'"),
}


def choices_stay(sources: Sources) -> list[str]:
    """What is chosen on a page is still chosen after a visit to another one."""
    complaints = []
    for path, node in nodes(sources, "dashboard/views/"):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and CHOICES.fullmatch(node.func.attr):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if not {"persist_state", None} & set(given) and (path, given.get("key", "")) not in SET_ANEW:  # None: **what several share
                complaints.append(f"{path}:{node.lineno} {node.func.attr} is lost on leaving the page; give it persist_state.")
    return complaints


RULES: tuple[Rule, ...] = (
    packages_list_their_modules, nothing_is_too_large, no_pickle, no_raw_html, words_come_from_locale, choices_stay,
)  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps(rule: Rule) -> None:
    sources = project_sources()
    assert len(sources) > 10
    assert rule(sources) == []


def test_the_tests_are_small_enough_too() -> None:
    sources = project_sources("tests")
    assert len(sources) > 10
    assert nothing_is_too_large(sources) == []


VIEW = "dashboard/views/view.py"
BAD: list[tuple[Rule, Sources]] = [
    (packages_list_their_modules, {"vae_core/model/__init__.py": '"""The model.\n\nvae: it\n"""', "vae_core/model/priors.py": ""}),
    (packages_list_their_modules, {"vae_core/model/vae.py": ""}),
    (nothing_is_too_large, {VIEW: "\n" * 351}),
    (nothing_is_too_large, {VIEW: "def f():\n" + "    print()\n" * 50}),
    (no_pickle, {"vae_core/runs/run.py": "import pickle"}),
    (no_pickle, {"vae_core/runs/run.py": "from joblib import dump"}),
    (no_pickle, {"vae_core/runs/run.py": "def f():\n    import torch\n    torch.save({}, 'x')"}),
    (no_pickle, {"vae_core/runs/run.py": "from torch import load"}),
    (no_pickle, {"vae_core/runs/run.py": "numpy.load('x', allow_pickle=True)"}),
    (no_raw_html, {VIEW: "st.markdown(name, unsafe_allow_html=True)"}),
    (no_raw_html, {VIEW: "left.html(name)"}),
    (no_raw_html, {VIEW: "st.html(Path(__file__).with_name('style.css'))"}),
    (no_raw_html, {VIEW: "from streamlit import html"}),
    (no_raw_html, {VIEW: "st.html(grid(originals, redrawn, captions))"}),
    (words_come_from_locale, {VIEW: "st.title('Losses')"}),
    (words_come_from_locale, {VIEW: "left.slider(label, 0, 1, help='How far to look')"}),
    (words_come_from_locale, {VIEW: "st.write(f'{n} images in all')"}),
    (choices_stay, {VIEW: "left.toggle(t('losses.log'), key='losses/log')"}),
]


@pytest.mark.parametrize(("rule", "bad"), BAD)
def test_a_rule_complains_of_what_it_forbids(rule: Rule, bad: Sources) -> None:
    assert rule(bad)


GOOD: list[tuple[Rule, Sources]] = [
    (nothing_is_too_large, {VIEW: "def f():\n" + "    print()\n" * 49 + "\n" * 300}),
    (packages_list_their_modules, {"vae_core/model/__init__.py": '"""The model.\n\nvae: it\n"""', "vae_core/model/vae.py": ""}),
    (no_pickle, {"vae_core/runs/run.py": "numpy.load('x', allow_pickle=False)\nsafetensors.torch.load_file('x')"}),
    (no_raw_html, {VIEW: "st.markdown(name)", "dashboard/app.py": "st.markdown(f'<style>{STYLE}</style>', unsafe_allow_html=True)"}),
    (words_come_from_locale, {VIEW: '"""A page of words."""\nst.title(t("losses.title"))\nst.image(picture, width="stretch")'}),
    (choices_stay, {VIEW: "left.toggle(t('losses.log'), key='losses/log', persist_state='session')"}),
]


@pytest.mark.parametrize(("rule", "good"), GOOD)
def test_a_rule_lets_the_permitted_pass(rule: Rule, good: Sources) -> None:
    assert rule(good) == []
