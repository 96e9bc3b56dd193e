"""What is done to pictures' files, some at a time: in this process, or in one of its own that is asked through its standard input.

A question is a line of JSON, {"task", "keys"} and once {"treatment"}; an answer is a line of JSON, and for images their bytes after it.
Nothing is pickled, and a decoder that a file brings down takes nothing else with it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_core.importing.decoding import Study, Treatment, decode, study
from vae_core.importing.files import Changed, FolderReader, Key, Reader
from vae_core.importing.fitting import Target
from vae_core.importing.picture_head import BadPicture, Head, look
from vae_core.importing.zip_files import ZipReader
from vae_core.messages import Message

Task = Literal["look", "study", "decode"]


def _of_parquet(place: str, *more: Any) -> Reader:
    """Import what reads Parquet files only where there are any."""
    from vae_core.importing.parquet_rows import ParquetReader

    return ParquetReader(place, *more)


READERS: dict[str, Callable[..., Reader]] = {"folder": FolderReader, "zip": ZipReader, "parquet": _of_parquet}
CHANGED = "changed"  # what is found of a file that is not what it was


@dataclass(frozen=True)
class Answer:
    """What was found of some files.

    Attributes:
        found: a Head or a Study of each, for the tasks that ask for these.
        bad: position -> why it is left out, or CHANGED.
        images: (B, *shape) uint8, for decode; what is bad is black.
    """

    found: list[Any] = field(default_factory=list)
    bad: Mapping[int, Message | str] = field(default_factory=dict)
    images: NDArray[np.uint8] | None = None


def work(reader: Reader, task: Task, keys: list[Key], treatment: Treatment | None) -> Answer:
    """Do a task to the files of these keys."""
    found: list[Any] = [None] * len(keys)
    bad: dict[int, Message | str] = {}
    images = np.zeros((len(keys), *treatment.target.shape), np.uint8) if task == "decode" and treatment else None
    for position, key in enumerate(keys):
        try:
            if images is not None and treatment is not None:
                images[position] = decode(reader.content(key), treatment)
            else:
                found[position] = _looked_at(reader, key) if task == "look" else study(reader.content(key))
        except Changed:
            bad[position] = CHANGED
        except BadPicture as error:
            bad[position] = error.message
    return Answer(found, bad, images)


def _looked_at(reader: Reader, key: Key) -> Head:
    file, size = reader.file(key)
    with file:
        return look(file, size)


# --------------------------------------------------------------------------- as JSON


def question(task: Task, keys: list[Key]) -> bytes:
    """Return a question as a line."""
    return json.dumps({"task": task, "keys": keys}, separators=(",", ":")).encode() + b"\n"


def treatment_told(treatment: Treatment) -> bytes:
    """Return a treatment as a line."""
    return json.dumps({"treatment": asdict(treatment)}).encode() + b"\n"


def read_answer(task: Task, line: bytes) -> Answer:
    """Return an answer without its images."""
    told = json.loads(line)
    kind = Head if task == "look" else Study
    bad = {int(position): Message.of(why) if isinstance(why, dict) else why for position, why in told["bad"].items()}
    return Answer([one and kind(**one) for one in told["found"]], bad)


def _told(answer: Answer) -> bytes:
    found = [] if answer.images is not None else [one and asdict(one) for one in answer.found]
    bad = {position: why.record() if isinstance(why, Message) else why for position, why in answer.bad.items()}
    line = json.dumps({"found": found, "bad": bad}, separators=(",", ":")).encode() + b"\n"
    return line + (answer.images.tobytes() if answer.images is not None else b"")


def main() -> None:
    """Answer until nothing is asked any more."""
    kind, place, more = json.loads(sys.argv[1])
    reader, treatment = READERS[kind](place, *more), None
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if told := asked.get("treatment"):
            treatment = Treatment(**{**told, "target": Target(**told["target"])})
            continue
        sys.stdout.buffer.write(_told(work(reader, asked["task"], asked["keys"], treatment)))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
