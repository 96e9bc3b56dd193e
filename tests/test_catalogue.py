"""Every sentence of vae_core that a page can show has its Chinese, and values stay as users wrote them."""

from __future__ import annotations

import ast
import errno
import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from dashboard.i18n.format import plain
from dashboard.i18n.messages import translated
from dashboard.i18n.texts import all_texts, in_language, section
from tests.places import ROOT, SHIPPED
from vae_core.config import DataConfig, RunConfig
from vae_core.jobs import queue, worker
from vae_core.messages import Message, Refusal, joined, say
from vae_core.runs.listing import list_runs, open_run

with in_language("zh"):
    SAID = section("core.said")
# The terminal alone speaks these, or the pages have words of their own for them.
ELSEWHERE = re.compile(
    "vae_core/(cli|story|messages|inspection/parts|evaluation/(rate_distortion|marginal_likelihood|published_results))|dashboard/((story|export).py|components/bundler)"
)
ERRNO = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOENT, errno.ENOTDIR, errno.EISDIR,
    errno.EEXIST, errno.ENAMETOOLONG, errno.EIO, errno.EMFILE, errno.EBUSY, errno.ENOTEMPTY,
)  # fmt: skip


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax trees by path: of vae_core, and of the dashboard, which raises its errors too."""
    paths = [path for package in ("vae_core", "dashboard") for path in sorted((ROOT / package).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@cache
def takers() -> dict[str, int]:
    """Return what is handed an English text, and as which argument: `say`, and Refusal with all errors that derive from it."""
    found = {"say": 0, "Refusal": 0}
    classes = {node.name: node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    while more := {name for name, node in classes.items() if {ast.unparse(base) for base in node.bases} & found.keys()} - found.keys():
        for name in more:
            made = [one.args.posonlyargs for one in classes[name].body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
            names = [argument.arg for argument in made[0][1:]] if made and made[0] else ["sentence"]
            found[name] = names.index("sentence")
    return found


def texts_of(node: ast.AST, tree: ast.Module) -> list[str]:
    """Return what an expression can be, as far as it is written there or under the name of a constant."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=one, orelse=other) | ast.BoolOp(values=[one, other]):
            return texts_of(one, tree) + texts_of(other, tree)
        case ast.Dict(values=values):
            return [text for value in values for text in texts_of(value, tree)]
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[_, otherwise]):
            return texts_of(value, tree) + texts_of(otherwise, tree)
        case ast.Name(id=name):
            home = next(
                (one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and name in {alias.name for alias in one.names}), None
            )
            tree = trees()[f"{home.module.replace('.', '/')}.py"] if home is not None and home.module else tree
            values = [one.value for one in ast.walk(tree) if isinstance(one, ast.Assign) and name in map(ast.unparse, one.targets)]
            return [text for value in values for text in texts_of(value, tree)]
    return []


@cache
def said() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Return every text that is handed over, where, and with which values."""
    found = []
    for path, node, first in handed():
        for text in texts_of(first, trees()[path]):
            found.append((text, f"{path}, line {node.lineno}", frozenset(str(keyword.arg) for keyword in node.keywords)))
    return tuple(found)


def handed() -> Iterator[tuple[str, ast.Call, ast.expr]]:
    """Yield every call that hands over a text, its file, and the text."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and (name := ast.unparse(node.func).rsplit(".", 1)[-1]) in takers()
                and len(node.args) > takers()[name]
            ):
                yield path, node, node.args[takers()[name]]


def names_in(text: str) -> dict[str, str]:
    """Return the names in a text, and how their values are written."""
    return {name: spec or "" for _, name, spec, _ in Formatter().parse(text) if name is not None}


# ---- the catalogue holds all of it, and nothing else


def test_the_texts_of_the_core_are_found() -> None:
    assert len({text for text, *_ in said()}) > 120 and {"RunError", "ConfigError", "Unavailable", "Stopped"} <= takers().keys()
    texts = {text for text, *_ in said()}
    assert {"Run {run!r} is finished, so there is nothing to continue.", "{setting} is {value!r}; it must be a number."} <= texts


def test_values_stand_apart_from_the_text() -> None:
    assert [
        f"{path}, line {node.lineno}" for path, node, text in handed() if isinstance(text, ast.JoinedStr) and not ELSEWHERE.match(path)
    ] == []
    assert [(text, where) for text, where, values in said() if values and names_in(text).keys() != values] == []


def test_every_text_of_the_core_has_its_chinese() -> None:
    missing = {
        text: where for text, where, _ in said() if text not in SAID and re.search("[A-Za-z]{2}", text) and not ELSEWHERE.match(where)
    }
    assert missing == {}
    english = {text: chinese for text, chinese in SAID.items() if re.search(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b|'", chinese)}
    assert english == {} and all(re.search("[\u4e00-\u9fff，]|^{", chinese) for chinese in SAID.values())


def sentences() -> Iterator[tuple[str, str]]:
    """Yield whatever else in the core reads like a sentence, and where; a docstring and the help of a setting are none of these."""
    for path, tree in trees().items():
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "setting"]
        others = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)} | {one for call in calls for one in call.args}
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in others
            if is_text and re.fullmatch(r"[A-Z]\S* .* \S+\.", node.value):
                yield node.value, f"{path}, line {node.lineno}"


def test_no_sentence_of_the_core_goes_without_its_chinese() -> None:
    assert {text: where for text, where in sentences() if text not in SAID and not ELSEWHERE.match(where)} == {}


def test_no_entry_is_left_over() -> None:
    """Every entry stands in the core as it is written here, or the system says it."""
    written = {node.value for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert [text for text in SAID if text not in written | set(map(os.strerror, ERRNO))] == []
    assert [os.strerror(code) for code in ERRNO if os.strerror(code) not in SAID] == []


def test_both_languages_have_the_same_values() -> None:
    assert [text for text, chinese in SAID.items() if names_in(text) != names_in(chinese)] == []


def test_commands_are_named_as_they_are_called_where_the_project_lies() -> None:
    """An installed project knows no `python -m vae_core`: texts say {command}, which vae_core/place.py knows."""
    written = {path: set(texts(tree)) for path, tree in trees().items() if path != "vae_core/place.py"}
    for language in ("en", "zh"):
        with in_language(language):
            written[language] = set(all_texts().values())
    assert {path for path, found in written.items() if any("-m vae_core" in text or "streamlit run" in text for text in found)} == set()


def texts(tree: ast.Module) -> Iterator[str]:
    """Yield all texts of a module but its docstrings."""
    spoken = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in spoken:
            yield node.value


# ---- who cannot be read, or could not begin, says so in Chinese too


def test_a_damaged_run_is_spoken_of_in_chinese(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "digits-2d", tmp_path / "digits-2d")
    (tmp_path / "digits-2d" / "config.json").write_text('{"format": 1, "model": {"latent_size": "two"}}')
    _, (broken,) = list_runs(tmp_path)
    with in_language("zh"):
        assert translated(broken.sentence) == "训练“digits-2d”的 config.json 不能用：latent_size 是“two”；它必须是整数。"


def test_a_run_that_could_not_begin_is_spoken_of_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / queue.enqueue(RunConfig(data=DataConfig(dataset="nothing.npy")), tmp_path).id
    assert worker.train_job(path)
    run = open_run(path)
    with in_language("zh"):
        assert run.state == "failed" and translated(run.sentence).startswith("没有文件 nothing.npy；请给出")


# ---- values


EVIL = ["[x](http://a.example)", "<b onclick=x>*y*</b>", "{0} {run} {{}}", "$x$ `y` # z", "\n# one\n\n- two", "\\", "a.b, c. d; e: f", "“”"]


@pytest.mark.parametrize("evil", EVIL)
def test_values_stay_as_they_were_written(evil: str) -> None:
    for message in (
        say("Another page is changing {folder}; try again in a moment.", folder=evil),
        say("Training failed: {why}", why=evil),
        say("Run {run!r} is under way already.", run=evil),
    ):
        assert translated(message) == message
        with in_language("zh"):
            chinese = translated(message)
            inside = evil if evil in chinese else repr(evil)
            assert re.search("[\u4e00-\u9fff]", chinese) and inside in chinese
            assert plain(inside) in plain(chinese)


def test_names_lose_the_quotes_that_python_writes_and_no_others() -> None:
    with in_language("zh"):
        for name, shown in (("a b", "a b"), ("it's", "it's"), ("a\nb", repr("a\nb")), ("a\\b", repr("a\\b"))):
            assert translated(say("Run {run!r} is under way already.", run=name)) == f"训练“{shown}”已经在进行。"


def test_sentences_within_one_another_and_behind_one_another() -> None:
    why = say("hidden is empty; give at least one width, or choose network linear.")
    mirrors = [say("{host} gave no answer", host="a.example"), say("{host} answered {code}", host="b.example", code=404)]
    first, then = say("Run {run!r} is under way already.", run="a"), say("The checkpoint of step {step} is kept.", step=3)
    with in_language("zh"):
        assert translated(say("Training failed: {why}", why=why)) == "训练失败：hidden 是空的；请至少给出一个宽度，或者网络选 linear。"
        assert translated(joined(first, then)) == "训练“a”已经在进行。第 3 步的检查点保留着。"
        assert translated(say("Training failed: {why}", why=mirrors)) == "训练失败：a.example 没有应答，b.example 返回 404"
        assert translated(say("Training failed: {why}", why="Sizes differ. Got 3")) == "训练失败：Sizes differ. Got 3"
        assert translated(Refusal("Waiting for its turn.")) == "它还在排队等待。"
    assert translated(joined(first, then)) == f"{first} {then}"


@pytest.mark.parametrize("values", [{}, {"code": "x"}, {"name": "a", "size": "many"}, {"name": "a", "size": ["x"]}])
def test_a_record_that_somebody_else_wrote_stays_english(values: dict[str, object]) -> None:
    record = {"sentence": "as it was written", "text": "Fetching {name}, {size:.1f} MB.", "values": values}
    for language in ("en", "zh"):
        with in_language(language):
            assert translated(Message.of(record)) == "as it was written"


@pytest.mark.parametrize("unknown", ["", "Nobody says so.", "CUDA error, out of memory", "这里已经是中文。", "{0} {a.b}"])
def test_what_nobody_knows_stays_as_it_is(unknown: str) -> None:
    with in_language("zh"):
        assert translated(unknown) == unknown


def test_every_sentence_of_the_core_is_translated_where_it_is_shown() -> None:
    shown = {
        path.name: re.findall(r"plain\((?:error|\w+\.sentence)\)", path.read_text(encoding="utf-8"))
        for path in (ROOT / "dashboard").rglob("*.py")
    }
    assert {name: found for name, found in shown.items() if found} == {}
