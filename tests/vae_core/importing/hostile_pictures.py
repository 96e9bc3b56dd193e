"""Pictures, folders and archives as nobody should send them: CASES, each of which makes one and says what has to come of it.

All are made in milliseconds and kilobytes; bombs announce what they would be and hold nearly nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.vae_core.importing.hostile_folders import FOLDERS, ZIPS
from tests.vae_core.importing.making import (
    DAMAGED,
    HUGE,
    PNG,
    SIZE,
    Case,
    chunk,
    encoded,
    folder,
    jpeg_of,
    picture,
    png_of,
    tiff_of,
    webp_of,
    written,
)

TEXT_BOMB = png_of(10, 10, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2 * 10**6))) for _ in range(60)])

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
EXIF = Image.Exif()
EXIF[0x0112], EXIF[0x0132] = 6, "2021:07:08 09:10:11"
FRAMES = [picture(number, "P") for number in range(3)]
ANIMATED = encoded(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:])
HUGE_BMP = struct.pack("<2sIIIIiiHHI", b"BM", 60, 0, 54, 40, 30000, 30000, 1, 24, 0) + bytes(20)
ALPHA = picture(0, "RGBA")
ALPHA.putalpha(picture(1))
DEEP = Image.fromarray(np.arange(120, dtype=np.uint16).reshape(10, 12) * 34)
FLOATS = np.linspace(0, 1, 120, dtype=np.float32).reshape(10, 12)
NAN = FLOATS.copy()
NAN[3, 3] = np.nan
ONE_BIT = encoded(picture(0, "1"))


def of_all(content: bytes, ending: str = "png", count: int = 4) -> Callable[[Path], Path]:
    """Return what makes a folder of the same picture, so many times."""
    return written({f"p{number}.{ending}": content for number in range(count)})


PICTURES = (
    Case("no pictures", written({}), "refused", r"set holds too few pictures \(0\)"),
    *(Case(f"{count} pictures", of_all(PNG, count=count), "refused", rf"too few pictures \({count}\); give") for count in (1, 2, 3)),
    Case(
        "only texts",
        written({"a.txt": b"hello", "b.csv": b"1,2"}),
        "refused",
        "no pictures but other files, such as b.csv; .* import",
    ),
    Case("all equal", of_all(PNG), "imported", "Pictures: 4 PNG"),
    Case("all black", of_all(encoded(Image.new("L", SIZE))), "imported", "Pictures: 4 PNG"),
    Case("mixed sizes", folder(a_dot_png=encoded(picture(5, size=(40, 20)))), "imported", "2 sizes, from 10x12 to 20x40"),
    Case("mixed modes", folder(a_dot_png=encoded(picture(5, "RGB"))), "imported", r"colour: grey \(4\), red, green and blue \(1\)"),
    Case("one bit", of_all(ONE_BIT), "imported", r"Kinds of colour: black and white \(4\)"),
    Case("palette", folder(a_dot_gif=encoded(picture(5, "P"), "GIF")), "imported", r"a palette \(1\)"),
    Case("CMYK", folder(a_dot_jpg=encoded(picture(5, "CMYK"), "JPEG")), "imported", r"the four inks of print \(1\)"),
    Case("16 bits", folder(a_dot_png=encoded(DEEP)), "imported", "more than 8 bits a pixel, of which 0 becomes black and 4095 white: 1"),
    Case("fractions", folder(a_dot_tif=encoded(Image.fromarray(FLOATS), "TIFF")), "imported", "0 becomes black and 1 white"),
    Case("NaN", folder(a_dot_tif=encoded(Image.fromarray(NAN), "TIFF")), "left out", "NaN or infinity; save it with finite"),
    Case("alpha", folder(a_dot_png=encoded(ALPHA)), "imported", "seen through, laid on white: 1"),
    Case("grey and alpha", of_all(encoded(ALPHA.convert("LA"))), "imported", "seen through, laid on white: 4"),
    Case(
        "palette and alpha",
        folder(a_dot_png=encoded(picture(3, "P"), transparency=picture(3, "P").getpixel((0, 0)))),
        "imported",
        "seen through, laid on white: 1",
    ),
    Case("grey in colour", of_all(encoded(picture(2, "L").convert("RGB"))), "imported", "All pictures are grey, though"),
    Case(
        "animated",
        folder(a_dot_gif=ANIMATED),
        "imported",
        "the first is taken: 1",
    ),
    Case("turned", folder(a_dot_jpg=encoded(picture(5), "JPEG", exif=EXIF)), "imported", "turned upright, .*: 1"),
    Case("damaged EXIF", folder(a_dot_jpg=encoded(picture(5), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")), "imported", "4 PNG, 1 JPEG"),
    Case("wrong ending", folder(a_dot_jpg=PNG), "imported", "another kind of picture than their names end in: 1, such as a.jpg"),
    Case("picture named text", folder(a_dot_txt=PNG), "imported", "read as what they hold.*: 1, such as a.txt"),
    Case("text named picture", folder(a_dot_png=b"hello"), "left out", "it is no picture of a kind that is read here; save it as PNG"),
    Case("empty", folder(a_dot_png=b""), "left out", "it is empty; copy it again"),
    Case("LFS pointer", folder(a_dot_png=LFS), "left out", "git lfs pull"),
    Case("only LFS pointers", of_all(LFS), "refused", "p0.png: it is a Git LFS pointer; .*git lfs pull"),
    Case("truncated PNG", folder(a_dot_png=PNG[:-40]), "left out", DAMAGED),
    Case("truncated JPEG", folder(a_dot_jpg=encoded(picture(5, "RGB", (90, 90)), "JPEG")[:-900]), "left out", DAMAGED),
    Case("truncated GIF", folder(a_dot_gif=encoded(picture(5, "P", (90, 90)), "GIF")[:-3000]), "left out", DAMAGED),
    Case("truncated WebP", folder(a_dot_webp=encoded(picture(5, "RGB"), "WEBP")[:-50]), "left out", DAMAGED),
    Case("truncated TIFF", folder(a_dot_tif=encoded(picture(5), "TIFF")[:-30]), "left out", DAMAGED),
    Case("truncated PGM", folder(a_dot_pgm=encoded(picture(5), "PPM")[:-30]), "left out", DAMAGED),
    Case("PGM bomb", folder(a_dot_pgm=b"P5 30000 30000 255\n" + bytes(1000)), "left out", HUGE),
    Case("PGM with a wrong head", folder(a_dot_pgm=b"P5 1" + b"0" * 5000), "left out", DAMAGED),
    Case("truncated BMP", folder(a_dot_bmp=encoded(picture(5), "BMP")[:-30]), "left out", DAMAGED),
    Case("head only", folder(a_dot_png=PNG[:20]), "left out", DAMAGED),
    Case("flipped bits", folder(a_dot_png=PNG[:60] + bytes(20) + PNG[80:]), "left out", DAMAGED),
    Case("PNG bomb", folder(a_dot_png=png_of(30000, 30000)), "left out", HUGE),
    Case("PNG of text", folder(a_dot_png=TEXT_BOMB), "left out", DAMAGED),
    Case("JPEG bomb", folder(a_dot_jpg=jpeg_of(65000)), "left out", HUGE),
    Case("GIF bomb", folder(a_dot_gif=b"GIF89a" + b"\xff" * 4 + bytes(200)), "left out", f"{HUGE}|{DAMAGED}"),
    Case("TIFF bomb", folder(a_dot_tif=tiff_of(30000)), "left out", HUGE),
    Case("WebP bomb", folder(a_dot_webp=webp_of(2**24)), "left out", HUGE),
    Case(
        "BMP bomb",
        folder(a_dot_bmp=struct.pack("<2sIIIIiiHHI", b"BM", 60, 0, 54, 40, 30000, 30000, 1, 24, 0) + bytes(20)),
        "left out",
        HUGE,
    ),
    Case("only bombs", of_all(png_of(30000, 30000)), "refused", f"p0.png: it has more than .* {HUGE}"),
    Case("no pixels", folder(a_dot_png=png_of(0, 0)), "left out", f"{DAMAGED}|no pixels"),
    Case("vector", folder(a_dot_svg=b"<svg><script>alert(1)</script></svg>"), "left out", "save it as PNG or JPEG"),
)

CASES = PICTURES + FOLDERS + ZIPS
