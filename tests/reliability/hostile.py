"""Run folders that were damaged, are foreign, or were made by somebody who means harm, beside a good run that must not notice."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.reliability.damage import trap

Damage = Callable[[Path], object]
GOOD = "good"
MARKER, OUTSIDE = "it-ran", "outside"  # what a trap would make; a folder that links lead to, which must stay as it is
PART = "kl-decomposition"  # of Inspect; its files are evaluations/kl-decomposition-<weights>.json and .npz
JSONS = (
    "config.json",
    "status.json",
    "summary.json",
    "label.json",
    "order.json",
    "progress.json",
    f"evaluations/{PART}-*.json",
    "control/inspecting.json",
)
ARRAYS = (
    "latents.npz",
    "epochs.npz",
    "split.npz",
    "snapshots/0001.npz",
    f"evaluations/{PART}-*.npz",
    "evaluations/bills-*.npz",
    "evaluations/umap-*.npz",
)
OTHERS = ("history.csv", "model.safetensors", "mosaic.png", "map.png", "lock")


def _file(run: Path, name: str) -> Path:
    """Return a file of a run, made free to be written: what is there is a link to the good run's."""
    stem, star, end = name.partition("*")
    weights = json.loads((run.parent / GOOD / "summary.json").read_text())["files"]["model.safetensors"][:16]
    path = run / (f"{stem}{weights}{end}" if star else name)
    path.parent.mkdir(exist_ok=True)
    if os.path.lexists(path):
        path.unlink()
    return path


def written(name: str, content: bytes) -> Damage:
    """Put other bytes in the place of a file."""
    return lambda run: _file(run, name).write_bytes(content)


def linked(name: str, target: str) -> Damage:
    """Put a link in the place of a file."""
    return lambda run: _file(run, name).symlink_to(target)


def piped(name: str) -> Damage:
    """Put a FIFO in the place of a file: whoever opens it waits for ever."""
    return lambda run: os.mkfifo(_file(run, name))


def sparse(name: str, size: int, head: bytes = b"{") -> Damage:
    """Make a file that says to be huge and takes no room."""

    def make(run: Path) -> None:
        with open(_file(run, name), "wb") as file:
            file.write(head)
            file.truncate(size)

    return make


def changed(name: str, change: Callable[[bytes], bytes]) -> Damage:
    """Change the bytes of a file."""

    def make(run: Path) -> None:
        stem, star, end = name.partition("*")
        (before,) = run.glob(f"{stem}[0-9a-f]*{end}") if star else [run / name]
        content = change(before.read_bytes())
        _file(run, name).write_bytes(content)

    return make


# --------------------------------------------------------------------------- kinds of damage


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
TEXTS = {
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "half": b'{"name": "x',
    "deep": DEEP,
    "deep lists": b'{"a":' + b"[" * 60_000,
    "wide": b'{"a":[' + b"[]," * 200_000 + b"[]]}",
    "no number": b'{"state": NaN, "name": Infinity}',
    "digits": b'{"format":' + b"9" * 4000 + b"}",
    "half a letter": b'{"name":"\\ud800","state":"done","sentence":"\\udfff"}',
    "no text": b"\xff\xfe\x00{",
    "an unknown state": b'{"state":"flying","sentence":""}',
    "wrong types": b'{"state":["done"],"sentence":7,"config":[1],"name":{},"format":1,"dataset":[],"test":1,"parts":[1],"files":[]}',
}


def of_json() -> Iterator[tuple[str, Damage]]:
    """Texts, links, FIFOs and devices in the place of each JSON file."""
    for name in JSONS:
        for kind, text in TEXTS.items():
            yield f"{name} {kind}", written(name, text)
        yield f"{name} fifo", piped(name)
        yield f"{name} device", linked(name, "/dev/zero")
        yield f"{name} circle", linked(name, Path(name).name.replace("*", "x"))
        yield f"{name} folder", lambda run, name=name: _file(run, name).mkdir()
        yield f"{name} sparse", sparse(name, 2**36)


WRONG: tuple[Any, ...] = (None, [], {}, "x", -1, 10**30, True, 1e300)


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the ways to every value within a JSON object."""
    inner = value.items() if isinstance(value, dict) else list(enumerate(value))[:1] if isinstance(value, list) else ()
    for key, one in inner:
        yield (*way, key)
        yield from _places(one, (*way, key))


def _with(values: Any, way: tuple[Any, ...], wrong: Any) -> Any:
    """Return a JSON value with another one in one place; "gone" takes it away."""
    if len(way) > 1:
        inner = _with(values[way[0]], way[1:], wrong)
    copy = dict(values) if isinstance(values, dict) else list(values)
    if len(way) == 1 and isinstance(wrong, str) and wrong == "gone":
        del copy[way[0]]
    else:
        copy[way[0]] = wrong if len(way) == 1 else inner
    return copy


def of_values(good: Path) -> Iterator[tuple[str, Damage]]:
    """Every value of summary.json, config.json and of a stored part, gone or of another type."""
    draw = random.Random(0)
    for name in ("summary.json", "config.json", f"evaluations/{PART}-*.json"):
        (file,) = good.glob(name) if "*" not in name else good.glob(f"evaluations/{PART}-????????????????.json")
        values = json.loads(file.read_text())
        for way in _places(values):
            if way[0] == "files" and len(way) > 1:
                continue
            for wrong in draw.sample((*WRONG, "gone"), 2):
                bad = json.dumps(_with(values, way, wrong)).encode()
                yield f"{name} {'.'.join(map(str, way))} {wrong!r}"[:90], written(name, bad)


def _npz(arrays: dict[str, Any], **how: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays, **how)
    return buffer.getvalue()


def _archive(name: str, head: dict[str, Any], body: bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an .npz whose one array says what it likes of itself."""
    buffer, told = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(told, head)
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr(f"{name}.npy", told.getvalue() + body)
    return buffer.getvalue()


def _trapped(marker: Path) -> bytes:
    """Return an .npz whose array is a pickle that makes the file `marker`."""
    return _archive("mu", {"descr": "|O", "fortran_order": False, "shape": (2, 2)}, trap(marker))


FIRST = {"latents.npz": "mu", "epochs.npz": "kl_per_dim", "split.npz": "test", "snapshots/0001.npz": "mu"}


def of_arrays() -> Iterator[tuple[str, Damage]]:
    """Archives that are none, promise too much, unpack to too much, hold a pickle, or arrays of another type, shape and value."""
    huge = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 2)}
    zeros = bytes(2**20)
    for name in ARRAYS:
        key = FIRST.get(name, "xy" if "umap" in name else "kl" if "bills" in name else "epochs_kl")
        yield f"{name} nothing", written(name, b"")
        yield f"{name} no zip", written(name, b"PK\x03\x04" + bytes(1000))
        yield f"{name} half", changed(name, lambda content: content[: len(content) // 2])
        yield f"{name} one bit", changed(name, lambda content: content[:90] + bytes([content[90] ^ 1]) + content[91:])
        yield f"{name} promises", written(name, _archive(key, huge, b""))
        yield f"{name} bomb", written(name, _archive(key, {**huge, "shape": (2**26, 2)}, zeros * 64))
        yield f"{name} bzip2", written(name, _archive(key, {**huge, "shape": (2**21, 2)}, zeros * 16, zipfile.ZIP_BZIP2))
        yield f"{name} texts", written(name, _npz({key: np.array(["a", "b"])}))
        yield f"{name} other shape", written(name, _npz({key: np.zeros((3, 7, 2), np.float32)}))
        yield f"{name} nothing in it", written(name, _npz({key: np.zeros((0, 2), np.float32)}))
        yield f"{name} a number", written(name, _npz({key: np.array(3.0)}))
        yield f"{name} fifo", piped(name)
        yield f"{name} trap", lambda run, name=name: _file(run, name).write_bytes(_trapped(run.parent.parent / MARKER))
    yield from _latents()


def _latents() -> Iterator[tuple[str, Damage]]:
    """Posteriors of the right shape that make no sense."""
    n = 359  # as many as the good run's
    good = {"mu": np.zeros((n, 2), np.float32), "log_var": np.zeros((n, 2), np.float32), "rows": np.arange(n), "labels": np.arange(n) % 10}
    bad: dict[str, dict[str, Any]] = {
        "nan": {"mu": np.full((n, 2), np.nan, np.float32)},
        "huge": {"mu": np.full((n, 2), 3e38, np.float32)},
        "wide": {"log_var": np.full((n, 2), 3e38, np.float32)},
        "rows beyond": {"rows": np.arange(n) + 10**6},
        "rows below": {"rows": np.arange(n) - 5},
        "labels beyond": {"labels": np.arange(n) + 10**6},
        "labels below": {"labels": np.arange(n) - 5},
        "fewer": {"labels": np.arange(3)},
        "same place": {"mu": np.ones((n, 2), np.float32)},
    }
    for kind, wrong in bad.items():
        yield f"latents.npz {kind}", written("latents.npz", _npz(good | wrong))
    one = {name: array[:1] for name, array in good.items()}
    yield "latents.npz one image", written("latents.npz", _npz(one))
    for name in ("snapshots/0000.npz", "snapshots/0002.npz"):
        frame = {"step": np.array(1), "epoch": np.array(1), "mu": np.zeros((5, 2), np.float16), "log_var": np.zeros((5, 2), np.float16)}
        yield f"{name} fewer", written(name, _npz(frame))
        yield f"{name} other pictures", written(name, _npz({**frame, "grid": np.zeros((9, 3, 3), np.uint8)}))


def _png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0) + bytes(64)


def _weights(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + body


ENTRY = b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,%d]}}'


def of_others() -> Iterator[tuple[str, Damage]]:
    """Tables, weights and pictures."""
    head = b"step,epoch,split,loss,negative_elbo,reconstruction,kl,kl_weight,active_units,seconds\n"
    tables = {
        "binary": bytes(range(256)) * 40,
        "no columns": b"a,b\n1,2\n",
        "texts": head + b"x,y,train,a,b,c,d,e,f,g\n",
        "nan": head + b"nan,nan,train,,,,,,,1\n",
        "inf": head + b"1,1,train,inf,inf,inf,inf,1,1,1\n",
        "huge": head + b"1,1,train,1e308,1e308,1e308,1e308,1,1,1\n" * 3,
        "below": head + b"-1,-1,train,1,1,1,1,1,1,1\n",
        "other split": head + b"1,1,secret,1,1,1,1,1,1,1\n",
        "a long field": head + b"1" * 300_000 + b",1,train,1,1,1,1,1,1,1\n",
        "ends": b"\n" * 10**6,
        "nul": head + b"\x00" * 500 + b"\n",
    }
    for kind, text in tables.items():
        yield f"history.csv {kind}", written("history.csv", text)
    for name in OTHERS:
        yield f"{name} fifo", piped(name)
        yield f"{name} device", linked(name, "/dev/zero")
        yield f"{name} nothing", written(name, b"")
        yield f"{name} sparse", sparse(name, 2**40, b"\x02")
        yield f"{name} folder", lambda run, name=name: _file(run, name).mkdir()
        yield f"{name} trap", lambda run, name=name: _file(run, name).write_bytes(trap(run.parent.parent / MARKER))
    headers = {
        "long": struct.pack("<Q", 2**60),
        "deep": _weights(DEEP),
        "beyond": _weights(ENTRY % 10**12),
        "short": _weights(ENTRY % 4, bytes(8)),
        "other": _weights(ENTRY % 8, bytes(8)),
        "a list": _weights(b"[1]"),
        "no offsets": _weights(b'{"decoder.0.weight":{"dtype":"F32","shape":[1]}}'),
    }
    for kind, content in headers.items():
        yield f"model.safetensors {kind}", written("model.safetensors", content)
    yield "model.safetensors nan", changed("model.safetensors", lambda content: content[:-400] + b"\xff" * 400)
    for name in ("mosaic.png", "map.png"):
        for kind, data in {"huge": _png(10**6, 10**6), "empty": _png(0, 0), "cut": _png(600, 600)}.items():
            yield f"{name} {kind}", written(name, data)


def of_folders() -> Iterator[tuple[str, Damage]]:
    """Folders that lead elsewhere, cannot be looked into, or are no runs."""
    for name in ("snapshots", "evaluations", "control", "resume"):

        def led_away(run: Path, name: str = name) -> None:
            shutil.rmtree(run / name, ignore_errors=True)
            (run / name).symlink_to(run.parent.parent / OUTSIDE)

        yield f"{name} elsewhere", led_away

        def a_file(run: Path, name: str = name) -> None:
            shutil.rmtree(run / name, ignore_errors=True)
            (run / name).write_bytes(b"x")

        yield f"{name} a file", a_file
    for name in ("history.csv", "lock", "control/inspecting.log", "control/inspecting.lock", "control/inspecting.json"):
        yield f"{name} elsewhere", lambda run, name=name: _file(run, name).symlink_to(run.parent.parent / OUTSIDE / "kept")
    for kind, text in {"up": "a/../../../../zz", "long": "f" * 65, "root": "/" * 64, "capitals": "F" * 64}.items():
        yield f"a hash {kind}", changed("summary.json", lambda content, text=text: _hashed(content, text))
        yield f"a name {kind}", changed("summary.json", lambda content, text=text: _named(content, f"../{OUTSIDE}/{text}"))
    yield "emptied", lambda run: (shutil.rmtree(run), run.mkdir())
    yield "closed", lambda run: run.chmod(0)
    yield "large settings", changed("config.json", lambda content: _set(content, hidden=[2**40, 2**40]))
    yield "many layers", changed("config.json", lambda content: _set(content, hidden=[8] * 100_000))
    yield "other layers", changed("config.json", lambda content: _set(content, hidden=[33]))
    yield "other latents", changed("config.json", lambda content: _set(content, latent_size=3))
    yield "other network", changed("config.json", lambda content: _set(content, network="conv"))
    yield "no network", changed("config.json", lambda content: _set(content, network="__class__"))
    yield "no likelihood", changed("config.json", lambda content: _set(content, likelihood="../../x"))


def _set(content: bytes, **model: Any) -> bytes:
    values = json.loads(content)
    return json.dumps({**values, "model": {**values["model"], **model}}).encode()


def _hashed(content: bytes, text: str) -> bytes:
    values = json.loads(content)
    return json.dumps({**values, "files": {**values["files"], "model.safetensors": text}}).encode()


def _named(content: bytes, name: str) -> bytes:
    values = json.loads(content)
    return json.dumps({**values, "files": {**values["files"], name: "0" * 64}}).encode()


NAMES = (b"red\x1b[31m", b"turned\xe2\x80\xaetxt", b"two\nlines", b"no text \xff\xfe", b"l" * 250, b"`$x^2$` <b>", b"lost+found", b"-h")


def folders(root: Path, step: int) -> dict[str, Path]:
    """Make one folder beside the good run for every so many kinds of damage, and return them by what was done."""
    made: dict[str, Path] = {}
    kinds = [*of_json(), *of_values(root / GOOD), *of_arrays(), *of_others(), *of_folders()]
    for number, (kind, damage) in enumerate(kinds[::step]):
        path = made[f"{number} {kind}"] = root / f"bad-{number:04d}"
        shutil.copytree(root / GOOD, path, copy_function=os.link)
        damage(path)
    for name in NAMES:
        path = made[f"folder {name!r}"] = Path(os.fsdecode(os.fsencode(root) + b"/" + name))
        shutil.copytree(root / GOOD, path, copy_function=os.link)
    return made
