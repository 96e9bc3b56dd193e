"""The head of one picture's file: what it says, and the bounds that are held before anything is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from vae_core.importing.limits import MB, MOST_BYTES, MOST_JPEG_PIXELS, MOST_PIXELS
from vae_core.messages import Refusal, reason

if TYPE_CHECKING:
    from PIL.Image import Image

SIGNATURE = 16  # bytes by which a kind of picture is known
LFS = b"version https://"
DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")  # Pillow's modes of more than 8 bits a pixel
GREY = ("1", "L", "LA", "La", *DEEP)
ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
MOST_EXIF = 2**18  # bytes
ORIENTATION, TAKEN, CHANGED, OF_CAMERA = 0x0112, 0x9003, 0x0132, 0x8769  # tags of EXIF
JPEG = ("JPEG", "MPO")  # and with a second picture behind the first, as some cameras write it
MILLION = 1_000_000


class BadPicture(Refusal, ValueError):
    """A file that is left out; the message says why and what to do, without a capital letter or a full stop."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a picture's file says.

    Attributes:
        kind: the name of its format, as Pillow has it.
        height, width: in pixels, as it is seen, which is after the camera's rotation.
        mode: Pillow's name of its kind of colour.
        is_turned: the camera was held another way, so the picture is turned.
        is_animated: it has more pictures than the first.
        has_alpha: parts of it can be seen through.
        is_deep: it has more than 8 bits a pixel and channel.
        is_whole: the end of the file is where it should be.
        captured: when it was taken, as EXIF writes it, or nothing.
    """

    kind: str
    height: int
    width: int
    mode: str
    is_turned: bool = False
    is_animated: bool = False
    has_alpha: bool = False
    is_deep: bool = False
    is_whole: bool = True
    captured: str = ""

    @property
    def is_grey(self) -> bool:
        """Whether it can have no colour; a palette may still hold nothing but greys."""
        return self.mode in GREY

    @property
    def is_scaled(self) -> bool:
        """Whether its values must be brought to bytes, for which their range has to be known."""
        return self.mode in DEEP


def kind_of(start: bytes) -> str | None:
    """Return Pillow's name of the format that a file beginning with these bytes has, or None where it is none that is read here."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "WEBP"
    if start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3].isspace():
        return "PPM"  # and PGM and PBM
    return "BMP" if start.startswith(b"BM") and len(start) >= 14 else None


def look(file: IO[bytes], size: int) -> Head:
    """Return what the head of a picture of `size` bytes says; nothing is decoded.

    Raises:
        BadPicture: it is none, too large, or damaged.
    """
    start = file.read(SIGNATURE)
    kind = kind_of(start)
    if not start:
        raise BadPicture("it is empty; copy it again")
    if start.startswith(LFS):
        raise BadPicture("it is a Git LFS pointer; fetch the picture itself with git lfs pull")
    if kind is None:
        raise BadPicture("it is no picture of a kind that is read here; save it as PNG or JPEG")
    if size > MOST_BYTES:
        raise BadPicture("it has more than {most} MB; save it smaller", most=MOST_BYTES // MB)
    if kind == "WEBP":  # whose reader makes room for the whole picture when it is opened
        check_pixels(kind, *_webp_size(start + file.read(16)))
    file.seek(0)
    try:
        with open_picture(file, kind) as image:
            head = _head(image, kind)
    except BadPicture:
        raise
    except Exception as error:  # Pillow's readers let any error through
        raise damaged(error) from error
    file.seek(0)
    is_deep = head.is_deep or (kind == "PNG" and file.read(25)[24:] == b"\x10")
    return replace(head, is_deep=is_deep, is_whole=_is_whole(file, kind, size))


def open_picture(file: IO[bytes], kind: str) -> Image:
    """Open a picture of a kind that was recognised; none of Pillow's other readers is tried."""
    from PIL import Image

    # What Pillow warns of is looked at here by itself; on a server's terminal nobody reads it.
    if not any(action == "ignore" and module is not None and module.pattern == r"PIL\." for action, _, _, module, _ in warnings.filters):
        warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        return Image.open(file, formats=(kind,))
    except Image.DecompressionBombError as error:
        raise _too_large(kind) from error


def _head(image: Image, kind: str) -> Head:
    width, height = image.size
    check_pixels(kind, width, height)
    orientation, captured = exif_of(image)
    if orientation >= 5 and kind != "TIFF":  # Pillow turns TIFF by itself
        width, height = height, width
    is_animated = kind != "JPEG" and bool(getattr(image, "is_animated", False))
    has_alpha = image.mode in ALPHA or ("transparency" in image.info and image.mode not in DEEP)
    return Head(kind, height, width, image.mode, orientation > 1, is_animated, has_alpha, image.mode in DEEP, True, captured)


def check_pixels(kind: str, width: int, height: int) -> None:
    """Raise BadPicture for more pixels than are decoded, or none."""
    if width * height > _most_pixels(kind):
        raise _too_large(kind)
    if not width * height:
        raise BadPicture("it has no pixels; save it again")


def _most_pixels(kind: str) -> int:
    return MOST_JPEG_PIXELS if kind in JPEG else MOST_PIXELS


def _too_large(kind: str) -> BadPicture:
    return BadPicture("it has more than {most} million pixels; save it smaller", most=_most_pixels(kind) // MILLION)


def damaged(error: Exception) -> BadPicture:
    """Return what is said where a reader of Pillow's fails, whatever it raises."""
    if isinstance(error, BadPicture):
        return error
    if type(error).__name__ == "UnidentifiedImageError":  # which names nothing but an address in memory
        return BadPicture("it is cut off or damaged in its first bytes; copy or save it again")
    return BadPicture("it is cut off or damaged ({why}); copy or save it again", why=reason(error)[:200])


def _webp_size(head: bytes) -> tuple[int, int]:
    """Return width and height of a WebP picture from its first 32 bytes (RFC 9649); (1, 1) where they do not say, and the reader will."""

    def number(first: int, last: int) -> int:
        return int.from_bytes(head[first:last], "little")

    if head[12:16] == b"VP8X":
        return number(24, 27) + 1, number(27, 30) + 1
    if head[12:16] == b"VP8L":
        bits = number(21, 25)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return (number(26, 28) & 0x3FFF, number(28, 30) & 0x3FFF) if head[12:16] == b"VP8 " else (1, 1)


def exif_of(image: Image) -> tuple[int, str]:
    """Return how the camera was held, 1 to 8, and when the picture was taken; (1, "") where that cannot be read."""
    from PIL.Image import Exif

    try:
        if image.format == "TIFF":
            known: Mapping[int, Any] = image.tag_v2  # type: ignore[attr-defined]
            captured = known.get(CHANGED, "")
        elif 0 < len(stored := image.info.get("exif", b"")) <= MOST_EXIF:
            known = exif = Exif()
            exif.load(stored)
            captured = exif.get_ifd(OF_CAMERA).get(TAKEN) or exif.get(CHANGED, "")
        else:
            return 1, ""
        orientation = known.get(ORIENTATION, 1)
    except Exception:  # of Pillow's reader of EXIF
        return 1, ""
    is_known = isinstance(orientation, int) and 1 <= orientation <= 8
    return (orientation if is_known else 1), (captured[:19] if isinstance(captured, str) else "")


def _is_whole(file: IO[bytes], kind: str, size: int) -> bool:
    """Tell whether the file ends as files of its kind do, as far as that is seen; where not, only decoding it tells."""
    if kind in ("PNG", "JPEG", "GIF"):
        file.seek(max(0, size - 12))
        end = file.read(12)
        return end.endswith({"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9", "GIF": b";"}[kind])
    file.seek(0)
    start = file.read(8)
    if kind == "WEBP":
        return int.from_bytes(start[4:8], "little") + 8 <= size
    return kind in ("TIFF", "PPM") or int.from_bytes(start[2:6], "little") == size  # those two may end with anything
