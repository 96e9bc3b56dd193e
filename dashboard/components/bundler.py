"""One script from a component's modules: Streamlit runs a component's JavaScript as a blob, in which relative imports do not resolve."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "(\.[^"\n]+)";\n', re.M)
TYPES = re.compile(r"^/\*\* @import .*\n", re.M)  # for TypeScript alone
EXPORT = re.compile(r"^export (default |(?:async )?function\*? (?=(\w+))|(?:class|const) (?=(\w+)))", re.M)


class BundleError(Exception):
    """What stands in the way of joining modules, in one sentence."""


@cache
def bundled(entry: Path) -> str:
    """Return a module and all that it imports as one script: each module is a function that returns its exports.

    Modules are written `import { a, b } from "./x.js";` and export functions, classes and constants where they declare them. An imported
    name is looked up once, so no exported name may be assigned again: hence `export let` is refused. What the entry exports as default,
    the script exports as default.

    Raises:
        BundleError: a circle, an unknown file or name, another form of import or export, or a path outside of the components.
    """
    modules: dict[Path, str] = {}
    exports: dict[Path, set[str]] = {}
    _add(entry.resolve(), (), modules, exports)
    last = f"export default m{len(modules)}.default;\n" if "default" in exports[entry.resolve()] else ""
    return "".join(modules.values()) + f"{last}//# sourceURL=latent-lens/{entry.name}\n"


def _add(file: Path, above: tuple[Path, ...], modules: dict[Path, str], exports: dict[Path, set[str]]) -> None:
    """Add a module after those that it imports; `above` are those that led to it."""
    if file in above:
        raise BundleError(f"{_name(file)} imports itself, by way of {_name(above[-1])}.")
    if file in modules:
        return
    if not (file.is_relative_to(HERE) and file.is_file()):
        raise BundleError(f"{_name(above[-1]) if above else 'Somebody'} imports {file.name}, which is no file of the components.")
    text = file.read_text(encoding="utf-8")
    lines = []
    for names, path in IMPORT.findall(text):
        other = (file.parent / path).resolve()
        _add(other, (*above, file), modules, exports)
        if unknown := {name.strip() for name in names.split(",")} - {""} - exports[other]:
            raise BundleError(f"{_name(file)} imports {', '.join(sorted(unknown))}, which {_name(other)} does not export.")
        lines.append(f"const {{{' '.join(names.split())}}} = m{list(modules).index(other) + 1};\n")
    body = EXPORT.sub(lambda found: "const $default = " if found[1] == "default " else found[1], TYPES.sub("", IMPORT.sub("", text)))
    if odd := re.search(r"^(?:import|export)\b.*", body, re.M):
        raise BundleError(f"{_name(file)} has a line that the bundler does not know: {odd[0]}")
    exports[file] = {found[2] or found[3] or "default" for found in EXPORT.finditer(text)}
    given = ", ".join("default: $default" if name == "default" else name for name in sorted(exports[file]))
    modules[file] = f"// {_name(file)}\nconst m{len(modules) + 1} = (() => {{\n{''.join(lines)}{body}return {{ {given} }};\n}})();\n"


def _name(file: Path) -> str:
    return file.relative_to(HERE).as_posix() if file.is_relative_to(HERE) else file.name
