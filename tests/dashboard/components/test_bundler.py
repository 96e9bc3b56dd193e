"""Modules joined into one script: what it computes, what is refused, the order of the house, and every component's script in Node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.components import bundler
from dashboard.components.bundler import HERE, BundleError, bundled
from tests.js.node import Node, running

ENTRIES = [
    *(f"{page.parent.name}/{page.stem}.js" for page in sorted(HERE.glob("*/*.html"))),  # an instrument has a page beside its script
    "live_map/page.js",
    "live_map/notebook.js",
    "story/page.js",
]
HIDDEN = ["js/host/carrier.js", "js/host/language.js"]
FILES = sorted(HERE.rglob("*.js"))
RUN = """async (script) => (await import("data:text/javascript," + encodeURIComponent(script))).default"""
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Node without any module."""
    with running() as engine:
        yield engine


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A folder of components with modules of these names and texts; returns the first."""
    monkeypatch.setattr(bundler, "HERE", tmp_path)

    def into(**modules: str) -> Path:
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
        return tmp_path / f"{next(iter(modules))}.js"

    return into


def test_modules_keep_their_names_to_themselves_and_run_once(node: Node, write: Write) -> None:
    entry = write(
        a='import { two } from "./b.js";\nimport {\n  Three,\n  seen,\n} from "./c.js";\n\n'
        "const own = 10;\nexport default [own, two(), new Three().size, seen];\n",
        b='import { Three, seen } from "./c.js";\n\nconst own = 2;\nseen.push(own);\nexport function two() {\n  return own;\n}\n',
        c="const own = 3;\nexport const seen = [own];\nexport class Three {\n  size = own;\n}\nexport async function* never() {}\n",
    )
    assert node.call(RUN, bundled(entry)) == [10, 2, 3, [3, 2]]


@pytest.mark.parametrize(
    ("says", "modules"),
    [
        ("b.js imports itself, by way of a.js", {"b": 'import { a } from "./a.js";\n', "a": 'import { b } from "./b.js";\n'}),
        ("imports two, which b.js does not export", {"a": 'import { two } from "./b.js";\n', "b": "const two = 2;\n"}),
        ("imports two as one, which", {"a": 'import { two as one } from "./b.js";\n', "b": "export const two = 2;\n"}),
        ("does not know: import b from", {"a": 'import b from "./b.js";\n', "b": "export default 2;\n"}),
        ("does not know: import \\* as b", {"a": 'import * as b from "./b.js";\n', "b": ""}),
        ('does not know: import { b } from "b"', {"a": 'import { b } from "b";\n'}),
        ("does not know: export let", {"a": "export let one = 1;\n"}),
        ("does not know: export \\* from", {"a": 'export * from "./b.js";\n', "b": ""}),
        ("a.js imports b.js, which is no file", {"a": 'import { b } from "./b.js";\n'}),
        ("a.js imports outside.js, which is no file of the components", {"a": 'import { b } from "../outside.js";\n'}),
    ],
)
def test_what_cannot_be_joined_is_refused(write: Write, tmp_path: Path, says: str, modules: dict[str, str]) -> None:
    (tmp_path.parent / "outside.js").write_text("export const b = 1;\n", encoding="utf-8")
    with pytest.raises(BundleError, match=says):
        bundled(write(**modules))


@pytest.mark.parametrize("entry", [*ENTRIES, *HIDDEN])
def test_every_components_script_is_sound_and_exports_what_its_host_asks_for(node: Node, entry: str) -> None:
    script = bundled(HERE / entry)
    assert len(re.findall(r"^import ", script, re.M)) == 0
    exports = re.findall(r"^export default m\d+\.default;$", script, re.M)
    if entry.endswith("/page.js"):  # opens its component by itself
        assert not exports and node.call("(script) => void new Function(script)", script) is None
    else:
        called = ").default.render.length" if entry.endswith("/notebook.js") else ").default.length"
        assert len(exports) == 1 and node.call(RUN.replace(").default", called), script) == 1


def test_every_module_is_part_of_a_component() -> None:
    joined = "".join(bundled(HERE / entry) for entry in [*ENTRIES, *HIDDEN])
    parts = set(re.findall(r"^// ([\w/]+\.js)$", joined, re.M))
    assert {file.relative_to(HERE).as_posix() for file in FILES} - parts == {"js/engine/types.js"}  # types alone


# ------------------------------------------------------------------ the order of the house

MAY_IMPORT = {"js/engine": ("js/engine/",), "js/canvas": ("js/canvas/", "js/engine/", "js/host/store.js"), "js/host": ("js/host/",)}
OF_A_PAGE = r"(?<![.\w])(?:document|window|navigator|location|OffscreenCanvas|ImageData|createImageBitmap)\b"
OF_STREAMLIT = r"setStateValue|setTriggerValue"


def complaint(file: str, text: str) -> str | None:
    """Return what a module imports or touches against the order: component, canvas, engine; a component knows no other one."""
    home = next((folder for folder in MAY_IMPORT if file.startswith(f"{folder}/")), file.split("/")[0])
    allowed = MAY_IMPORT.get(home, (f"{home}/", "js/"))
    for _, path in bundler.IMPORT.findall(text):
        other = ((HERE / file).parent / path).resolve().relative_to(HERE).as_posix()
        if not other.startswith(allowed):
            return f"{file} imports {other}"
    code = re.sub(r"//.*|/\*(?:.|\n)*?\*/", "", text)
    forbidden = OF_A_PAGE if home == "js/engine" else OF_STREAMLIT if file != "js/host/mount.js" else "(?!)"
    found = re.search(forbidden, code)
    return f"{file} touches {found[0]}" if found else None


def test_every_module_keeps_the_order_and_is_short() -> None:
    texts = {file.relative_to(HERE).as_posix(): file.read_text(encoding="utf-8") for file in FILES}
    assert [found for file, text in texts.items() if (found := complaint(file, text))] == []
    assert [file for file, text in texts.items() if len(text.splitlines()) > 350] == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("js/engine/a.js", 'import { x } from "../canvas/view.js";\n'),
        ("js/engine/a.js", "const root = document.body;\n"),
        ("js/canvas/a.js", 'import { mount } from "../host/mount.js";\n'),
        ("story/a.js", 'import { x } from "../live_map/path.js";\n'),
        ("story/a.js", "export default ({ setStateValue }) => setStateValue;\n"),
    ],
)
def test_the_order_is_seen(file: str, text: str) -> None:
    assert complaint(file, text)
