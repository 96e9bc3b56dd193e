"""What is said of pictures before they are imported: what was found in their files, and what is done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from vae_core.importing.decoding import Study, Treatment
from vae_core.importing.limits import LONGEST_SHOWN
from vae_core.importing.picture_head import Head
from vae_core.messages import Message, say

ENDINGS = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
COLOURS: dict[str, Message] = {
    "1": say("black and white"),
    "L": say("grey"),
    "LA": say("grey with alpha"),
    "P": say("a palette"),
    "RGB": say("red, green and blue"),
    "RGBA": say("red, green, blue and alpha"),
    "CMYK": say("the four inks of print"),
    "I;16": say("grey of 16 bits"),
    "I": say("grey of 32 bits"),
    "F": say("grey as fractions"),
}
PLAIN = ("L", "RGB")  # what needs no word where it is alone
OF_16 = "I;16"


def said_of_files(heads: Sequence[Head], names: Sequence[str] | None) -> Iterator[Message]:
    """Say which files were found: their formats, wrong endings (of names they have), several pictures, and cameras that were turned."""
    kinds = Counter(head.kind for head in heads)
    yield say("Pictures: {kinds}.", kinds=[say("{count} {kind}", kind=kind, count=count) for kind, count in kinds.most_common()])
    endings = [PurePosixPath(name).suffix.lower() for name in names or ()]
    misnamed = [name for name, head, end in zip(names or (), heads, endings, strict=False) if end and end not in ENDINGS[head.kind]]
    if misnamed:
        yield say(
            "Files read as what they hold, which is another kind of picture than their names end in: {count}, such as {name}.",
            count=len(misnamed),
            name=misnamed[0][:LONGEST_SHOWN],
        )
    if count := sum(head.is_animated for head in heads):
        yield say("Files of several pictures, of which the first is taken: {count}.", count=count)
    if count := sum(head.is_turned for head in heads):
        yield say("Pictures turned upright, as their cameras noted (EXIF): {count}.", count=count)


def said_of_pixels(heads: Sequence[Head], studies: Sequence[Study], how: Treatment, *, is_all: bool) -> Iterator[Message]:
    """Say which kinds of colour were found, and what becomes of those that are neither grey levels nor colours of 8 bits."""
    modes = Counter(OF_16 if head.mode.startswith(OF_16) else head.mode for head in heads)
    if len(modes) > 1 or not set(PLAIN) & modes.keys():
        kinds = [say("{kind} ({count})", kind=COLOURS.get(mode, mode), count=count) for mode, count in modes.most_common()]
        yield say("Kinds of colour: {kinds}.", kinds=kinds)
    if all(one.is_grey for one in studies) and not all(head.is_grey for head in heads):
        if is_all:
            yield say("All pictures are grey, though some are stored in colour.")
        else:
            yield say(
                "The {count} pictures that were looked at are grey, though stored in colour; ask for RGB where others are not.",
                count=len(studies),
            )
    if count := sum(one.visible >= 0 for one in studies):
        count = count if is_all else sum(head.has_alpha for head in heads)
        ground = say("white") if how.ground else say("black")
        yield say("Pictures that can be seen through, laid on {ground}: {count}.", count=count, ground=ground)
    if count := sum(head.is_scaled for head in heads):
        yield say(
            "Pictures of more than 8 bits a pixel, of which {low:.4g} becomes black and {high:.4g} white: {count}.",
            count=count,
            low=how.low,
            high=how.high,
        )
    if count := sum(head.is_deep and not head.is_scaled for head in heads):
        yield say("Pictures with colours of 16 bits, of which the upper 8 are kept: {count}.", count=count)
