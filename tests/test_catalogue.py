"""The message catalogue is whole: every sentence of vae_core that a page can show has its Chinese, and values stay as users wrote them."""

from __future__ import annotations

import ast
import errno
import itertools
import os
import re
import time
import timeit
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from dashboard.i18n import messages
from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import in_language, section
from tests.places import ROOT
from vae_core.evaluation.published_results import PUBLISHED
from vae_core.runs.layout import STATES

CORE = ROOT / "vae_core"
with in_language("zh"):
    SAID = section("core.said")

# ---- what vae_core can say, read from its source: fixed words with holes, as values or as quoted ones

HOLE, QUOTED = "\ue000", "\ue001"
# The terminal alone speaks these, or the pages have words of their own for them (inspect.unavailable, inspect.rate-distortion.why).
ELSEWHERE = ("cli.", "story.build", "inspection.parts.", "evaluation.rate_distortion")


class Module:
    """One source file: what it defines, and in which function a node stands."""

    def __init__(self, path: Path) -> None:
        self.name = ".".join(path.relative_to(CORE).with_suffix("").parts)
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = list(ast.walk(self.tree))
        self.functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self.classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
        self.scope = {inner: function for function in self.functions.values() for inner in ast.walk(function)}
        imported = [node for node in nodes if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vae_core.")]
        self.imports = {alias.name: (node.module or "").removeprefix("vae_core.") for node in imported for alias in node.names}


@cache
def modules() -> dict[str, Module]:
    """Return the modules of vae_core by name."""
    return {module.name: module for module in map(Module, sorted(CORE.rglob("*.py"))) if module.name != "messages"}


def product(parts: list[list[str]]) -> list[str]:
    """Return every way to say the parts one after another."""
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def readings(node: ast.AST, module: Module, at: int = -1) -> list[str]:
    """Return what an expression can say, of a tuple its part `at`: names, choices and functions are followed, all else is a hole."""
    match node:
        case ast.Constant(value=str(words)):
            return [re.sub(r"\{\w+(![r])?(:[^}]*)?\}", lambda hole: QUOTED if hole[1] else HOLE, words)]
        case ast.JoinedStr(values=values):
            return product([readings(value, module) for value in values])
        case ast.FormattedValue(value=value, conversion=conversion, format_spec=spec):
            return [QUOTED] if conversion == ord("r") else [HOLE] if spec else readings(value, module)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return product([readings(left, module), readings(right, module)])
        case ast.IfExp(body=one, orelse=other):
            return readings(one, module, at) + readings(other, module, at)
        case ast.Tuple(elts=elements):
            return readings(elements[at], module)
        case ast.Dict(values=values) | ast.BoolOp(values=values):
            return [reading for value in values for reading in readings(value, module)]
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[_, otherwise]):
            return readings(value, module) + readings(otherwise, module)
        case ast.Name(id=name):
            return assigned(name, module, module.scope.get(node)) or [HOLE]
        case ast.Call(func=ast.Name(id="say"), args=[first, *_]):
            return readings(first, module, at)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name)):
            return returned(name, module, at) or [HOLE]
    return [HOLE]


def assigned(name: str, module: Module, function: ast.FunctionDef | None) -> list[str]:
    """Return what a local variable, a constant of the module or one that it imports can say."""
    for nodes in ([] if function is None else list(ast.walk(function)), module.tree.body):
        found = []
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    for i, one in enumerate(target.elts if isinstance(target, ast.Tuple) else [target]):
                        if isinstance(one, ast.Name) and one.id == name:
                            found += readings(node.value, module, i if isinstance(target, ast.Tuple) else -1)
        if found:
            return found
    home = modules().get(module.imports.get(name, ""))
    return assigned(name, home, None) if home else []


def returned(name: str, module: Module, at: int) -> list[str]:
    """Return what a function of vae_core can say."""
    home = module if name in module.functions else modules().get(module.imports.get(name, ""))
    if home is None or name not in home.functions:
        return []
    found = [node.value for node in ast.walk(home.functions[name]) if isinstance(node, ast.Return) and node.value is not None]
    return [reading for value in found for reading in readings(value, home, at)]


@cache
def takers() -> dict[str, int]:
    """Return what is handed a sentence, and as which argument: errors, and all that has a parameter or a field of this name."""
    found: dict[str, int] = {}
    classes = {node.name: node for module in modules().values() for node in module.classes}

    def is_error(name: str) -> bool:
        bases = [ast.unparse(base) for base in classes[name].bases] if name in classes else []
        return name.endswith(("Error", "Exception", "Refusal")) or any(is_error(base) for base in bases)

    for name, node in classes.items():
        made = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__")]
        fields = [one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
        names = [argument.arg for argument in (made[0].args.posonlyargs + made[0].args.args)[1:]] if made else fields
        if "sentence" in names or is_error(name):
            found[name] = names.index("sentence") if "sentence" in names else 0
    for module in modules().values():
        for function in module.functions.values():
            names = [argument.arg for argument in function.args.args if argument.arg != "self"]
            if "sentence" in names and not function.name.startswith("__"):
                found[function.name] = names.index("sentence")
    return found


def handed(module: Module) -> Iterator[ast.AST]:
    """Yield the expressions of a module that are sentences."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rsplit(".", 1)[-1]
            if name in takers() and node.args:
                first = node.args[0]
                yield first.value if isinstance(first, ast.Starred) else node.args[min(takers()[name], len(node.args) - 1)]
            if ast.unparse(node.func) in ("failures.append", "problems.append"):
                yield node.args[0]
        elif isinstance(node, ast.Dict):
            yield from (value for key, value in zip(node.keys, node.values, strict=True) if getattr(key, "value", "") == "sentence")
        is_named = isinstance(node, ast.Name) and node.id == "sentence" and isinstance(node.ctx, ast.Store)
        if is_named or (isinstance(node, ast.JoinedStr) and module.name == "runs.verification"):
            yield node
        if isinstance(node, ast.Return) and node.value is not None and module.name == "diagnostics.advice":
            yield node.value


@cache
def sentences() -> dict[str, str]:
    """Return what vae_core can say on a page, with holes, and where it says so."""
    found: dict[str, str] = {}
    for module in modules().values():
        for node in handed(module) if not module.name.startswith(ELSEWHERE) else ():
            for said in readings(node, module):
                said = re.sub(f"{HOLE}+", HOLE, said)
                said = re.sub(f"^{HOLE} (?=[A-Z])", "", said)  # another sentence stands before this one
                if re.search("[A-Za-z]{2}", said):
                    found.setdefault(said, f"{module.name}, line {getattr(node, 'lineno', 0)}")
    return found


def filled(said: str) -> tuple[str, list[str]]:
    """Return a sentence with a word of its own in each hole, and these words."""
    words: list[str] = []

    def fill(hole: re.Match[str]) -> str:
        words.append(f"w{len(words)}w")
        return repr(words[-1]) if hole[0] == QUOTED else words[-1]

    return re.sub(f"[{HOLE}{QUOTED}]", fill, said), words


# ---- the catalogue holds all of it, and nothing else


def test_the_sentences_of_the_core_are_found() -> None:
    assert len(sentences()) > 120
    assert f"Run {QUOTED} is finished, so there is nothing to go on with." in sentences()
    assert "Waiting for its turn." in sentences() and "The trainer stopped before the run was finished." in sentences()
    assert any(said.startswith("The disk is full") for said in sentences())


@pytest.mark.parametrize("said", sentences(), ids=lambda said: re.sub(r"\W+", " ", said)[:60])
def test_every_sentence_of_the_core_has_its_chinese(said: str) -> None:
    sentence, words = filled(said)
    if sentences()[said].startswith("data.download") and not re.search(r"\.$|^the folder", said):
        sentence = f"host {sentence}"  # one mirror's part of a sentence
    assert translated(sentence) == sentence
    with in_language("zh"):
        chinese = translated(sentence)
    assert re.search("[\u4e00-\u9fff]", chinese), f"no entry for {sentence!r}, {sentences()[said]}"
    assert not re.search(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b|'", chinese), chinese
    assert [word for word in words if word not in chinese] == []


# What the core puts into sentences without a function or a name that tells.
PARTS = (
    *STATES, "pause", "finish", "missing", "absent", "data", "mean of q(z|x)", "log-variance of q(z|x)", "reconstruction", "KL",
    "so its posterior cannot be drawn on a grid", "restore it or train the run again.",
)  # fmt: skip
ERRNO = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOENT, errno.ENOTDIR, errno.EISDIR,
    errno.EEXIST, errno.ENAMETOOLONG, errno.EIO, errno.EMFILE, errno.EBUSY, errno.ENOTEMPTY,
)  # fmt: skip


def test_parts_of_sentences_have_their_chinese() -> None:
    assert [part for part in (*PARTS, *map(os.strerror, ERRNO)) if part not in SAID] == []
    notes = {words for one in PUBLISHED for words in (one.model, one.note) if re.search("layer|pixels", words)}
    with in_language("zh"):
        assert [words for words in notes if not re.search("[\u4e00-\u9fff]", translated(words))] == []


def skeleton(english: str) -> str:
    """Return the fixed words of an entry, with holes."""
    return "".join(literal + (HOLE if name is not None else "") for literal, name, _, _ in Formatter().parse(english))


def test_no_entry_is_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every entry is used for a sentence of the core, or its words stand somewhere in vae_core, or the system says them."""
    keys = sorted(SAID, key=messages._fixed, reverse=True)
    with in_language("zh"):
        marked = tuple(
            entry._replace(words=f"<{i}>" + "".join(f"{{{name}}}" for name in entry.conversions if name))
            for i, entry in enumerate(messages._entries("zh"))
        )
        messages._translated.cache_clear()
        monkeypatch.setattr(messages, "_entries", lambda name: marked)
        said = [filled(one)[0] for one in sentences()] + [f"host {filled(one)[0]}" for one in sentences()]
        said += [words for one in PUBLISHED for words in (one.model, one.note)]
        used = {keys[int(i)] for one in said for i in re.findall(r"<(\d+)>", translated(one))}
        messages._translated.cache_clear()
    written = {
        re.sub(f"[{HOLE}{QUOTED}]+", HOLE, reading)
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for reading in readings(node, module)
    }
    system = {os.strerror(code) for code in ERRNO}
    assert [key for key in SAID if key not in used | system | {messages.AND} and skeleton(key) not in written] == []


def test_both_languages_have_the_same_values() -> None:
    for english, chinese in SAID.items():
        named = [{name for _, name, _, _ in Formatter().parse(words) if name is not None} for words in (english, chinese)]
        assert named[0] == named[1], english
        assert {conversion for _, _, _, conversion in Formatter().parse(english)} <= {None, "r", "t"}, english


def test_every_entry_recognises_its_own_sentence_and_reads_its_values() -> None:
    for english in SAID:
        parts = list(Formatter().parse(english))
        values = {name: f"w{i}w" for i, (_, name, _, _) in enumerate(parts) if name is not None}
        sentence = "".join(literal + values.get(name or "", "") for literal, name, _, _ in parts)
        with in_language("zh"):
            assert translated(sentence) == SAID[english].format(**values), english


# ---- values


EVIL = ["[x](http://a.example)", "<b onclick=x>*y*</b>", "{0} {run} {{}}", "$x$ `y` # z", "\n# one\n\n- two", "\\", "a.b, c. d; e: f", "“”"]


@pytest.mark.parametrize("evil", EVIL)
def test_values_stay_as_they_were_written(evil: str) -> None:
    for sentence in (
        f"Another page is changing {evil}; try again in a moment.",
        f"Training failed: {evil}",
        f"Run {evil!r} is under way already.",
    ):
        assert translated(sentence) == sentence
        with in_language("zh"):
            chinese = translated(sentence)
            inside = evil if evil in chinese else repr(evil)
            assert re.search("[\u4e00-\u9fff]", chinese) and inside in chinese
            assert plain(inside) in plain(chinese)


def test_names_lose_the_quotes_that_python_writes_and_no_others() -> None:
    with in_language("zh"):
        for name, shown in (("a b", "a b"), ("it's", "it's"), ('"', '"'), ("a'\"b", repr("a'\"b")), ("a\nb", repr("a\nb"))):
            assert translated(f"Run {name!r} is under way already.") == f"训练“{shown}”已经在进行。"


def test_sentences_within_one_another_and_behind_one_another() -> None:
    with in_language("zh"):
        assert translated("Training failed: hidden is empty; give at least one width, or choose network linear.") == (
            "训练失败：hidden 是空的；请至少给出一个宽度，或者网络选 linear。"
        )
        assert translated("Run 'a' is under way already. The checkpoint of step 3 is kept.") == "训练“a”已经在进行。第 3 步的检查点保留着。"
        assert translated("Training failed: a.example gave no answer, b.example answered 404") == (
            "训练失败：a.example 没有应答，b.example 返回 404"
        )
        assert translated("Training failed: Sizes differ. Got 3, wanted 4") == "训练失败：Sizes differ. Got 3, wanted 4"


@pytest.mark.parametrize(
    "unknown",
    ["", "Nobody says so.", "CUDA error, out of memory", "这里已经是中文。", "Training failed: " * 100, "data, " * 5000, "x is '" * 800],
)
def test_what_nobody_knows_stays_as_it_is_and_takes_no_time(unknown: str) -> None:
    with in_language("zh"):
        start = time.perf_counter()
        told = translated(unknown)
        assert time.perf_counter() - start < 2  # seconds: hostile files must not stop the server
        assert told == unknown or told.startswith("训练失败")


def test_words_are_found_again_at_once() -> None:
    sentence = "Run 'a' is under way already."
    for name in ("en", "zh"):
        with in_language(name):
            assert min(timeit.repeat(lambda: translated(sentence), number=1000, repeat=5)) < 0.02  # seconds


def test_every_sentence_of_the_core_is_translated_where_it_is_shown() -> None:
    shown = {
        path.name: re.findall(r"plain\((?:error|\w+\.sentence)\)", path.read_text(encoding="utf-8"))
        for path in (CORE.parent / "dashboard").rglob("*.py")
    }
    assert {name: found for name, found in shown.items() if found} == {}
