"""Whatever can be wrong with arrays, idx files, tables and labels: what is made, and what is said of it. CASES holds them all."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.vae_core.importing.hostile_tables import EVIL, TABLES, holding
from tests.vae_core.importing.making import Case

GREY = np.random.default_rng(1).integers(0, 256, (6, 5, 4), np.uint8)
GREY[0, 0, 0], GREY[0, 0, 1] = 0, 255
FRACTIONS = np.random.default_rng(2).random((6, 5, 4))
OBJECTS = np.array([{"a": 1}, None], object)
# What a pickle would do if anybody read it: make a file beside itself.
RUNS = b"\x80\x02cbuiltins\nopen\nX\x04\x00\x00\x00doneX\x01\x00\x00\x00w\x86R."


def saved(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def npy(array: Any, **beside: Any) -> Callable[[Path], Path]:
    """Return what saves an array, and others beside it ("_" stands for "-", "__" for ".")."""

    def make(place: Path) -> Path:
        for name, other in beside.items():
            (place / name.replace("__", ".").replace("_", "-")).write_bytes(other if isinstance(other, bytes) else saved(other))
        (place / "set.npy").write_bytes(array if isinstance(array, bytes) else saved(array))
        return place / "set.npy"

    return make


def announcing(shape: str, kind: str = "|u1", more: bytes = b"") -> bytes:
    """Return a .npy file whose head says something else than what follows."""
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + more


def npz(change: Callable[[bytes], bytes] = bytes, **arrays: Any) -> Callable[[Path], Path]:
    """Return what saves arrays, packed, and changes the archive afterwards."""
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=True, **arrays)
    return holding(change(stream.getvalue()), "set.npz")


def members(**contents: bytes) -> Callable[[Path], Path]:
    """Return what makes an archive of these arrays' files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{name}.npy", content)
    return holding(stream.getvalue(), "set.npz")


def claiming(size: int) -> Callable[[Path], Path]:
    """Return what makes an archive whose list says that the images have so many bytes, as their own head does, and which holds none."""
    head = announcing(f"(4, {size // 4096}, 1024)")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", head)
    whole = bytearray(stream.getvalue())
    struct.pack_into("<I", whole, whole.index(b"PK\1\2") + 24, len(head) + size // 4096 * 4096)
    return holding(bytes(whole), "set.npz")


def entry(offset: int, kind: str, value: int) -> Callable[[bytes], bytes]:
    """Return what changes a number in the first entry of an archive's list."""

    def change(whole: bytes) -> bytes:
        changed = bytearray(whole)
        struct.pack_into(kind, changed, whole.index(b"PK\1\2") + offset, value)
        return bytes(changed)

    return change


def long_list(whole: bytes) -> bytes:
    """Return an archive that announces a list of members of a gigabyte."""
    return whole[:-10] + struct.pack("<I", 1 << 30) + whole[-6:]


def sparse(place: Path) -> Path:
    """Make a file of one image of 30,000 x 30,000, which takes no room on the disk."""
    head = announcing("(1, 30000, 30000)")
    (place / "set.npy").write_bytes(head)
    with (place / "set.npy").open("r+b") as file:
        file.truncate(len(head) + 30000 * 30000)
    return place / "set.npy"


NPY = [
    Case("npy-empty", npy(b""), "refused", r"^set\.npy is empty; copy or save it again\.$"),
    Case("npy-pointer", npy(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "refused", "git lfs pull"),
    Case("npy-8-tebibytes", npy(announcing("(8796093022208,1,1)")), "refused", "cut off: it announces 8796093022208 bytes and holds 0"),
    Case("npy-beyond-64-bits", npy(announcing(f"({2**70}, 4, 4)")), "refused", "cut off|not a complete"),
    Case("npy-negative", npy(announcing("(-1, 4, 4)", more=b"x" * 99)), "refused", "is not a complete .npy file"),
    Case("npy-head-that-runs", npy(announcing("__import__('os').mkdir('done')")), "refused", "is not a complete .npy file"),
    Case("npy-half-a-head", npy(saved(GREY)[:40]), "refused", "is not a complete .npy file; copy or save it again"),
    Case("npy-words", npy(b"not an array at all"), "refused", "is not a complete .npy file"),
    Case("npy-objects", npy(OBJECTS), "refused", "holds pickled objects, which are not read because they can run programs"),
    Case("npy-pickle", npy(RUNS), "refused", "is a pickle, which is not read because it can run programs"),
    Case("pkl", holding(RUNS, "set.pkl"), "refused", "is a pickle, .* save its images with numpy.save"),
    Case("pt", holding(b"PK\3\4", "set.pt"), "refused", r"is a PyTorch file, .* save tensor\.numpy\(\) with numpy\.save"),
    Case("npy-texts", npy(np.array(["a", "b"])), "refused", "holds <U1, which are not grey levels"),
    Case("npy-complex", npy(FRACTIONS.astype(complex)), "refused", "holds complex128, which are not grey levels"),
    Case("npy-records", npy(np.zeros(4, [("a", "u1"), ("b", "f4")])), "refused", "which are not grey levels"),
    Case("npy-times", npy(np.zeros((4, 4, 4), "M8[s]")), "refused", "which are not grey levels"),
    Case("npy-one-picture", npy(np.zeros((48, 66), np.uint8)), "refused", "rows of 66 pixels, which make no square"),
    Case("npy-one-square-picture", npy(np.zeros((64, 64), np.uint8)), "refused", "is one picture; save many as"),
    Case("npy-one-colour-picture", npy(np.zeros((64, 48, 3), np.uint8)), "refused", "is one picture; save many as"),
    Case("npy-one-number", npy(np.uint8(3)), "refused", r"has the shape \(\), so it holds no images"),
    Case("npy-one-row", npy(np.arange(9)), "refused", r"has the shape \(9,\); save images as"),
    Case("npy-video", npy(np.zeros((2, 3, 4, 5, 3), np.uint8)), "refused", "save images as .count, height, width."),
    Case("npy-two-channels", npy(np.zeros((6, 5, 4, 2), np.uint8)), "refused", "save images as .count, height, width."),
    Case("npy-no-images", npy(np.zeros((0, 5, 4), np.uint8)), "refused", "so it holds no images; save at least one"),
    Case("npy-no-pixels", npy(np.zeros((6, 0, 4), np.uint8)), "refused", "so it holds no images; save at least one"),
    *(Case(f"npy-{n}-images", npy(GREY[:n]), "refused", f"holds {n} images, and learning and testing need 4") for n in (1, 2, 3)),
    Case("npy-huge-picture", sparse, "refused", "one image has more than 67 million numbers; save smaller images"),
    Case("npy-nan", npy(np.full((6, 5, 4), np.nan)), "refused", "holds NaN or infinity in every image"),
    Case("npy-too-large-numbers", npy(FRACTIONS * 1e300), "refused", "which are no grey levels; save numbers from 0 to 255"),
    Case("npy-some-nan", npy(np.where(np.arange(6)[:, None, None] == 4, np.inf, FRACTIONS)), "left out", r"\[4\] it holds NaN"),
    Case("npy-black", npy(GREY * np.uint8(0)), "imported", "Every value is 0, so every image is one even area"),
    Case("npy-equal", npy(np.full((6, 5, 4), 9, np.uint8)), "imported", "Every value is 9"),
    Case("npy-bool", npy(GREY > 99), "imported", "are bool from 0 to 1; 0 becomes black and 1 white, stored as uint8"),
    Case("npy-sixteenths", npy(GREY // 15 % 17), "imported", "0 becomes black and 16 white, stored as uint8"),
    Case("npy-16-bits", npy(GREY.astype(np.uint16) * 257), "imported", "0 becomes black and 65535 white, stored as float32"),
    Case("npy-signs", npy(FRACTIONS * 2 - 1), "imported", "-1 becomes black and 1 white, stored as float32"),
    Case("npy-any-range", npy(FRACTIONS * 7 - 2), "imported", "The values are float64 from -1.*stored as float32"),
    Case("npy-by-columns", npy(np.asfortranarray(GREY)), "imported", "stored column by column and is read so"),
]  # fmt: skip

NPZ = [
    Case("npz-cut-off", npz(lambda whole: whole[:-30], images=GREY), "refused", "is no complete archive of arrays"),
    Case("npz-no-arrays", holding(b"PK\5\6" + bytes(18), "set.npz"), "refused", "holds no array of images|no complete"),
    Case("npz-objects", npz(images=OBJECTS), "refused", r"holds no array of images .*; it holds images objects \(2,\)"),
    Case("npz-several", npz(before=GREY, after=GREY), "refused", r"several arrays that may be images: before uint8 \(6, 5, 4\), after"),
    Case("npz-8-tebibytes", members(images=announcing("(8796093022208,1,1)")), "refused", r"\(images\) is cut off: it announces 8"),
    Case("npz-bomb", claiming(2**31), "refused", r"would unpack to 2\.1 GB, \d+ times what it is, which images do not"),
    Case("npz-claims-more", claiming(2**26), "refused", r"\(images\) is damaged or cut off"),
    Case("npz-changed", npz(entry(16, "<I", 1), images=GREY), "refused", "is damaged or cut off|is no complete archive"),
    Case("npz-encrypted", npz(entry(8, "<H", 1), images=GREY), "refused", "is no complete archive of arrays, or is packed in a way"),
    Case("npz-other-packing", npz(entry(10, "<H", 97), images=GREY), "refused", "packed in a way that is not read here"),
    Case("npz-endless-list", npz(long_list, images=GREY), "refused", "has a list of members that is too long"),
    Case("npz-array-each", members(**{f"arr_{n}": saved(GREY[0]) for n in range(1001)}), "refused", "holds 1001 arrays; save numpy.savez"),
    Case("npz-evil-names", npz(images=GREY, **{EVIL: np.arange(6), "../../up": np.arange(6)}), "imported", "Images from the array images"),
    Case("npz-label-each-but-one", npz(images=GREY, labels=np.arange(5)), "refused", r"\(labels\) holds 5 labels for 6 images"),
    Case("npz-labels-between", npz(images=GREY, labels=np.arange(6) / 2), "imported", r"holds the label 0\.5; give whole"),
    Case("npz-several-labels-each", npz(images=GREY, labels=np.ones((6, 3), int)), "imported", "neither one class for each"),
    Case("npz-no-label-known", npz(images=GREY, labels=np.full(6, -1)), "imported", "holds no label; give labels, or leave them out"),
    Case("npz-labels-of-no-size", npz(images=GREY, labels=np.zeros((6, 0))), "imported", r"^Images from the array images\.$"),
    Case("npz-one-class", npz(images=GREY, labels=np.zeros(6, int)), "imported", r"1 classes from set\.npz \(labels\)"),
    Case("npz-long-labels", npz(images=GREY, labels=np.array(["x" * 1001] * 6)), "imported", "holds long texts and not names of classes"),
    Case("npz-evil-labels", npz(images=GREY, labels=np.array([EVIL, "\u202eb"] * 3)), "imported", "2 classes from"),
    Case("npz-many-classes", npz(images=np.zeros((1001, 2, 2), np.uint8), y=np.arange(1001)), "imported", "1001 different labels"),
]  # fmt: skip


def idx(array: np.ndarray, announced: tuple[int, ...] | None = None) -> bytes:
    sizes = announced or array.shape
    return bytes((0, 0, 8, len(sizes))) + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()


def pair(labels: bytes) -> Callable[[Path], Path]:
    """Return what writes images, and these labels beside them."""

    def make(place: Path) -> Path:
        (place / "train-labels-idx1-ubyte").write_bytes(labels)
        return holding(idx(GREY), "train-images-idx3-ubyte")(place)

    return make


def bomb() -> bytes:
    """Return a gzip file of an idx head that announces four gigabytes, and a few zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(idx(np.zeros(9, np.uint8), (4096, 1024, 1024))) + packer.flush()


SIX = idx(np.arange(6, dtype=np.uint8))
IDX = [
    Case("idx-cut-off", holding(idx(GREY)[:-9], "set.idx3"), "refused", "is cut off: it announces 120 bytes and holds 111"),
    Case("idx-too-long", holding(idx(GREY) + b"x", "set.idx3"), "refused", "it announces 120 bytes and holds 121"),
    Case("idx-gzip-cut-off", holding(gzip.compress(idx(GREY))[:-12], "set.gz"), "refused", "is damaged or cut off"),
    Case("idx-gzip-changed", holding(gzip.compress(idx(GREY))[:-8] + bytes(8), "set.gz"), "refused", "is damaged or cut off"),
    Case("idx-bomb", holding(bomb(), "set.gz"), "refused", "is damaged or cut off"),
    Case("idx-no-images", holding(idx(GREY[:0]), "set.idx3"), "refused", "holds no images; save at least one"),
    Case("idx-labels-alone", holding(SIX, "set.idx1"), "refused", "holds labels and no images"),
    Case("idx-labels-beside-nothing", holding(SIX, "train-labels.idx1"), "refused", "lies beside no idx file of images"),
    Case("idx-labels-of-others", pair(idx(np.arange(9, dtype=np.uint8))), "refused", "holds 9 labels for 6 images"),
    Case("idx-unknown-type", holding(bytes((0, 0, 7, 3)) + bytes(99), "set.idx3"), "refused", "holds no images that can be read here"),
]  # fmt: skip

LABELS = [
    Case("labels-nowhere", npy(GREY), "refused", r"^There is no file of labels <b>x</b>; give the path", {"labels": "<b>x</b>"}),
    Case("labels-name-of-no-system", npy(GREY), "refused", "There is no file of labels", {"labels": "x" * 300 + "\0"}),
    Case("labels-too-few", npy(GREY, set_labels__npy=np.arange(3)), "refused", r"^set-labels\.npy holds 3 labels for 6 images"),
    Case("labels-too-few-lines", npy(GREY, set_labels__csv=b"a\nb\n"), "refused", r"^set-labels\.csv holds 2 labels for 6 images"),
    Case("labels-objects", npy(GREY, set_labels__npy=OBJECTS), "refused", r"^set-labels\.npy holds pickled objects"),
    Case("labels-pickle", npy(GREY, set_labels__npy=RUNS), "refused", "is a pickle"),
    Case("labels-times", npy(GREY, set_labels__npy=np.zeros(6, "M8[s]")), "refused", "which are no labels; give one number"),
    Case("labels-8-tebibytes", npy(GREY, set_labels__npy=announcing("(8796093022208,)")), "refused", r"^set-labels\.npy is cut off"),
    Case("labels-of-no-size", npy(GREY, set_labels__npy=announcing("(6, 0)", "<f8")), "refused", "which are no labels"),
    Case("labels-of-no-letters", npy(GREY, set_labels__npy=announcing("(6,)", "<U0")), "refused", "which are no labels"),
    Case("labels-binary", npy(GREY, set_labels__csv=b"\xff\xfe\0\0" * 9), "refused", "is no table of labels in UTF-8"),
    Case("labels-empty", npy(GREY, set_labels__csv=b""), "refused", "is empty"),
    Case("labels-between", npy(GREY, set_labels__npy=np.arange(6) / 2), "refused", r"holds the label 0\.5"),
    Case("labels-unknown", npy(GREY, set_labels__npy=np.array([0, 1, np.nan] * 2)), "imported", "2 images have no label"),
]  # fmt: skip

CASES = [*NPY, *NPZ, *IDX, *LABELS, *TABLES]
