"""Compile the engine's kernels: `make engine` writes what the browser runs, and a test compares it with what is stored.

The compiler is Clang as it comes with Zig, of the version in requirements-dev.txt: the same version gives the same bytes.
"""

from __future__ import annotations

import base64
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from dashboard.components.bundler import HERE

SOURCE = HERE / "js" / "engine" / "kernels.c"
BINARY = SOURCE.with_suffix(".wasm")
CARRIER = SOURCE.with_name("kernels_wasm.js")
COMPILE = [
    "cc",
    "-target",
    "wasm32-freestanding",
    "-mcpu=generic+simd128",
    "-std=c11",
    "-O3",
    "-ffreestanding",
    "-fno-builtin",
    "-ffp-contract=off",
    "-g0",
]
LINK = ["-nostdlib", "-Wl,--no-entry", "-Wl,--import-memory", "-Wl,--export=__heap_base", "-Wl,--strip-all", "-Wl,-z,stack-size=1024"]


def is_installed() -> bool:
    """Tell whether the compiler is at hand."""
    return importlib.util.find_spec("ziglang") is not None


def compiled() -> bytes:
    """Return the WebAssembly module of the kernels."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "kernels.wasm"
        subprocess.run([sys.executable, "-m", "ziglang", *COMPILE, *LINK, "-o", target, SOURCE.name], cwd=SOURCE.parent, check=True)
        return target.read_bytes()


def carrier(module: bytes) -> str:
    """Return the JavaScript that carries a module inside a component's script."""
    letters = base64.b64encode(module).decode()
    return f'// What kernels.c is compiled to, in base64; `make engine` writes it.\n\nexport const KERNELS =\n  "{letters}";\n'


def main() -> None:
    """Compile the kernels and store them."""
    module = compiled()
    BINARY.write_bytes(module)
    CARRIER.write_text(carrier(module), encoding="utf-8")
    print(f"{len(module):,} bytes of WebAssembly")


if __name__ == "__main__":
    main()
