"""Folders and archives that are bad in themselves: links, devices, names, labels, and lists of files that lie."""

from __future__ import annotations

import os
import struct
import unicodedata
from collections.abc import Callable
from pathlib import Path

from tests.vae_core.importing.making import (
    GOOD,
    HUGE,
    PNG,
    Case,
    and_then,
    folder,
    in_entry,
    png_of,
    zipped,
)

EVIL = "<img src=x onerror=alert(1)>![x](http:__a.example__b.png).png"


def a_million(place: Path) -> Path:
    """Make an archive whose list announces a million files."""
    at = len(PNG)
    end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, 47 * 10**6, at)
    where = struct.pack("<4sIQI", b"PK\6\7", 0, at, 1) + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    (place / "set.zip").write_bytes(b"PK\3\4" + PNG[4:] + end + where)
    return place / "set.zip"


def lying(name: bytes, size: int) -> Callable[[bytearray], None]:
    """Return what announces another size for a file of an archive."""
    return in_entry(name, 24, "<I", size)


def bombs(whole: bytearray) -> None:
    """Announce four gigabytes for every file of an archive."""
    for name in GOOD:
        in_entry(name.encode(), 24, "<I", 2**32 - 2)(whole)


# --------------------------------------------------------------------------- odd folders


def link(name: str, target: str) -> Callable[[Path], object]:
    """Return what makes a link in a folder."""
    return lambda made: (made / name).symlink_to(target)


def unreadable(made: Path) -> None:
    """Make a file that nobody may read; root reads all, so it is a link to itself."""
    (made / "a.png").symlink_to("a.png")


def twins(made: Path) -> None:
    """Make two files whose names look alike."""
    for form in ("NFC", "NFD"):
        (made / unicodedata.normalize(form, "é.png")).write_bytes(PNG)


def latin(made: Path) -> None:
    """Make a file whose name is no UTF-8."""
    with open(os.fsencode(made) + b"/\xe9.png", "wb") as file:
        file.write(PNG)


LABELS = {"labels": "l.csv"}
WITH_BOM = "\ufefffile;label\ngood0.png;a\ngood1.png;b\n".encode()

FOLDERS = (
    Case("link out", and_then(link("a.png", "/etc/passwd")), "left out", "link out of the folder .*; put the picture itself there"),
    Case("link to nothing", and_then(link("a.png", "nothing.png")), "left out", "link out of the folder or to nothing"),
    Case("link to itself", and_then(unreadable), "left out", "link out of the folder or to nothing"),
    Case("link to the folder", and_then(link("a.png", ".")), "left out", "link out of the folder or to nothing"),
    Case("link inside", and_then(link("a.png", "good0.png")), "imported", "Pictures: 5 PNG"),
    Case("FIFO", and_then(lambda made: os.mkfifo(made / "a.png")), "left out", "no regular file; put a picture in its place"),
    Case("device", and_then(link("a.png", "/dev/zero")), "left out", "link out of the folder"),
    Case("archive in it", folder(a_dot_zip=b"PK\3\4"), "left out", "archive within another source, .*; unpack it"),
    Case("hidden files", folder(_dot_a_dot_png=b"", __MACOSX__a_dot_png=b"", Thumbs_dot_db=b""), "imported", "Pictures: 4 PNG"),
    Case("twins", and_then(twins), "imported", "Pictures: 6 PNG"),
    Case("name of 250 letters", and_then(lambda made: (made / ("n" * 250 + ".png")).write_bytes(PNG)), "imported", "Pictures: 5 PNG"),
    Case("name with marks", and_then(lambda made: (made / "a\u202egnp.exe.png").write_bytes(b"")), "left out", "^agnp.exe.png it is empty"),
    Case("lines in it", and_then(lambda made: (made / "a\n\x1b[2J.png").write_bytes(b"")), "left out", r"^a\\n\\x1b\[2J.png it is empty"),
    Case("name of HTML", and_then(lambda made: (made / EVIL.replace("/", "")).write_bytes(b"")), "left out", "it is empty"),
    Case("name in Latin-1", and_then(latin), "imported", "Pictures: 5 PNG"),
    Case(
        "labels too few",
        folder(l_dot_csv=b"1\n2\n"),
        "refused",
        "l.csv has 2 labels for 4 pictures; write",
        LABELS,
    ),
    Case("labels of others", folder(l_dot_csv=b"x.png,a\ny.png,b\n"), "refused", "l.csv names none of the pictures", LABELS),
    Case("labels missing", folder(), "refused", "no file of labels l.csv; give", LABELS),
    Case("labels binary", folder(l_dot_csv=b"\xff\xfe\0\1"), "refused", "l.csv is no text in UTF-8; save", LABELS),
    Case(
        "labels with BOM",
        folder(l_dot_csv=WITH_BOM),
        "imported",
        "2 classes from l.csv; 2 images",
        {"labels": "l.csv"},
    ),
    Case("size of none", folder(), "refused", "give a height and a width", {"size": (0, 9)}),
)


# --------------------------------------------------------------------------- odd archives

ZEROS = b"BM" + bytes(10**7)

ZIPS = (
    Case("zip", zipped({}), "imported", "Pictures: 4 PNG"),
    Case("zip of nothing", zipped({}, lambda whole: whole[-22:-14] + bytes(14)), "refused", r"set.zip holds too few pictures \(0\)"),
    Case("zip cut off", zipped({}, lambda whole: whole[:-60]), "refused", "set.zip is no complete zip archive; copy it"),
    Case("zip with a false list", zipped({}, lambda whole: whole[:-100] + bytes(60) + whole[-40:]), "refused", "no complete zip"),
    Case("a million", a_million, "refused", "set.zip holds more than 500000 files; import a part"),
    Case("more than listed", zipped({}, lambda whole: struct.pack_into("<H", whole, len(whole) - 12, 9)), "refused", "no complete zip"),
    Case("fewer than listed", zipped({}, lambda whole: struct.pack_into("<H", whole, len(whole) - 12, 2)), "refused", "no complete zip"),
    Case("zip bomb", zipped({}, bombs), "refused", "set.zip would be more than 200 times as large unpacked.*unpack it yourself"),
    Case(
        "longer than announced",
        zipped({"a.bmp": ZEROS}, lying(b"a.bmp", 500)),
        "left out",
        "longer than the archive announces",
    ),
    Case("shorter than announced", zipped({"a.png": PNG}, lying(b"a.png", 5000)), "left out", "shorter than the archive announces"),
    Case("too large inside", zipped({"a.png": PNG}, lying(b"a.png", 2**27)), "left out", "more than 64 MB; save it smaller"),
    Case("encrypted", zipped({"a.png": PNG}, in_entry(b"a.png", 8, "<H", 1)), "left out", "encrypted; pack"),
    Case(
        "unknown packing",
        zipped({"a.png": PNG}, in_entry(b"a.png", 10, "<H", 9)),
        "left out",
        "in a way that is not read here; pack",
    ),
    Case("wrong checksum", zipped({"a.png": PNG}, in_entry(b"a.png", 16, "<I", 9)), "left out", "checksum .*; pack the archive again"),
    Case("not where it says", zipped({"a.png": PNG}, in_entry(b"a.png", 42, "<I", 2**31)), "left out", "not where the archive says; pack"),
    Case(
        "link in a zip",
        zipped({"a.png": PNG}, in_entry(b"a.png", 38, "<I", 0o120777 << 16)),
        "left out",
        "is a link.*pack the picture",
    ),
    Case("bomb in a zip", zipped({"a.png": png_of(30000, 30000)}), "left out", HUGE),
    Case("nested zip", zipped({"a.zip": b"PK\3\4"}), "left out", "archive within another source"),
    Case("way out", zipped({"../../a.png": b""}), "left out", "^a.png it is empty"),
    Case("absolute", zipped({"/etc/a.png": b""}), "left out", "^etc/a.png it is empty"),
    Case("backslashes", zipped({"..\\b\\a.png": b""}), "left out", "^b/a.png it is empty"),
    Case("NUL", zipped({"a_b.png": b""}, lambda whole: whole.replace(b"a_b", b"a\0b")), "left out", r"^a\\x00b.png it is empty"),
    Case("300 letters", zipped({"n" * 300 + ".png": PNG}), "imported", "Pictures: 5 PNG"),
    Case("con", zipped({"con.png": PNG, "aux": PNG}), "imported", "Pictures: 6 PNG"),
    Case("right to left", zipped({"a\u202eb.png": b""}), "left out", "^ab.png it is empty"),
    Case("what Macs leave", zipped({"__MACOSX/._a.png": b"", ".DS_Store": b""}), "imported", "Pictures: 4 PNG"),
)
