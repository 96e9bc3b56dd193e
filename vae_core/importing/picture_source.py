"""Files of pictures as images, whether they lie in a folder or in an archive: what both readers share."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import Ints
from vae_core.data.errors import ChangedFile, UnusableFile
from vae_core.data.image_files import MAX_CLASSES
from vae_core.importing.crew import Crew
from vae_core.importing.decoder_process import CHANGED, Answer
from vae_core.importing.decoding import Study, Treatment
from vae_core.importing.files import Changed, Files
from vae_core.importing.fitting import Target, suit
from vae_core.importing.labels import Classes, classes_of
from vae_core.importing.limits import BRIGHT, LEAST_PICTURES, LONGEST_SHOWN
from vae_core.importing.picture_facts import said_of_files, said_of_pixels
from vae_core.importing.picture_folders import TEST, VALIDATION, Places, places_of
from vae_core.importing.picture_head import Head
from vae_core.importing.picture_labels import read_labels
from vae_core.importing.source import MOST_LEFT_OUT, ImageSource, LeftOut, Survey
from vae_core.messages import Message, say

if TYPE_CHECKING:
    import pyarrow

ALL_STUDIED, ALL_PIXELS = 4096, 2**25  # pictures and pixels up to which all are decoded before anything is said of them
SAMPLE = 256  # of others are
PICTURE_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".avif", ".heic", ".heif", ".jp2", ".svg",
    ".psd", ".ico", ".dng", ".cr2", ".nef", ".arw", ".tga", ".ppm", ".pgm", ".pbm", ".exr", ".zip", ".tar", ".7z", ".rar", ".tgz",
)  # fmt: skip
DEPTHS, DEEPEST = (8, 10, 12, 14, 16), 65535.0  # bits that cameras and scanners write into 16, and their largest value
OF_IMAGES = (".npy", ".npz", ".parquet", ".csv", ".tsv", "ubyte")  # endings of files that may hold images


@dataclass(eq=False)
class PictureSource(ImageSource):
    """Pictures in files; a subclass says where the files are."""

    kind = ""
    has_names = True  # that the files were given by somebody
    _files: Files | None = field(default=None, init=False)
    _crew: Crew | None = field(default=None, init=False)
    _heads: dict[int, Head] = field(default_factory=dict, init=False)  # by number of the file
    _bad: dict[int, Message] = field(default_factory=dict, init=False)
    _rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), init=False)  # numbers of files
    _treatment: Treatment | None = field(default=None, init=False)
    _survey: Survey | None = field(default=None, init=False)

    @abstractmethod
    def open_files(self) -> Files:
        """Return the files; raises UnusableFile where there are none to be had."""

    @property
    def files(self) -> Files:
        """Return the files, looked for once."""
        if self._files is None:
            self._files = self.open_files()
        return self._files

    @property
    def crew(self) -> Crew:
        """Return who reads them."""
        if self._crew is None:
            try:
                self._crew = Crew(self.files)
            except Changed as error:
                raise ChangedFile(self.files.name) from error
        return self._crew

    def survey(self) -> Survey:
        """Return what there is: heads of all files, and the pixels of all or of some of them."""
        if self._survey is None:
            if not self._heads:
                self._look()
            self._survey = self._surveyed()
        return self._survey

    def _look(self) -> None:
        for numbers, answer in self.crew.answers("look", range(len(self.files.names))):
            self._note(numbers, answer)
            self._heads.update((number, head) for number, head in zip(numbers, answer.found, strict=True) if head)

    def _note(self, numbers: Sequence[int], answer: Answer) -> None:
        """Keep why files are left out; raises ChangedFile."""
        for position, why in answer.bad.items():
            if not isinstance(why, Message):
                raise ChangedFile(self.files.names[numbers[position]][:LONGEST_SHOWN] if why == CHANGED else self.files.name)
            self._bad[numbers[position]] = why

    def _surveyed(self) -> Survey:
        studies, is_all = self._studied()
        numbers = [number for number in self._heads if number not in self._bad]
        bad = sorted(self._bad.items())
        left_out = sorted(self.files.left_out + [(self.files.names[one], why) for one, why in bad if self._is_picture(one)], key=_name)
        others = [self.files.names[one] for one, _ in bad if not self._is_picture(one)]
        if len(numbers) < LEAST_PICTURES:
            raise UnusableFile(self._too_few(len(numbers), left_out, others))
        places = places_of([self.files.names[number] for number in numbers])
        order = np.argsort(places.parts, kind="stable")
        self._rows = np.array(numbers, np.int64)[order]
        heads = [self._heads[number] for number in self._rows.tolist()]
        sizes = Counter((head.height, head.width) for head in heads)
        has_colour = any(not one.is_grey for one in studies.values())
        has_grey = any(head.is_grey for head in heads) or any(one.is_grey for one in studies.values())
        target, said_of_target = suit(sizes, self.options, has_colour=has_colour, has_grey=has_grey)
        self._treatment = self._how(target, studies)
        classes, said_of_labels = self._labelled(places, order)
        return Survey(
            kind=self.kind,
            count=len(self._rows),
            shape=target.shape,
            dtype=np.dtype(np.uint8),
            divisor=255.0,
            sizes=sizes,
            labels=classes.labels if classes else None,
            class_names=classes.names if classes else (),
            n_validation=int((places.parts == VALIDATION).sum()),
            n_test=int((places.parts == TEST).sum()),
            said=(
                *said_of_files(heads, [self.files.names[number] for number in self._rows.tolist()] if self.has_names else None),
                *said_of_labels,
                *said_of_pixels(heads, list(studies.values()), self._treatment, is_all=is_all),
                *said_of_target,
                *self._said_of_others(others),
            ),
            left_out=tuple(left_out[:MOST_LEFT_OUT]),
            n_left_out=len(left_out),
            range=(self._treatment.low, self._treatment.high) if any(head.is_scaled for head in heads) else None,
        )

    def _is_picture(self, number: int) -> bool:
        """Tell whether a file is a picture, or should be one by its name."""
        return number in self._heads or self.files.names[number].lower().endswith(PICTURE_ENDINGS)

    def _studied(self) -> tuple[dict[int, Study], bool]:
        """Return what pixels say, and whether of all pictures; else of some, some with colour, all deep ones and all that end strangely."""
        usable = [number for number in self._heads if number not in self._bad]
        pixels = sum(head.height * head.width for head in self._heads.values())
        is_all = len(usable) <= ALL_STUDIED and pixels <= ALL_PIXELS
        chosen = {number for number in usable if is_all or self._heads[number].is_scaled or not self._heads[number].is_whole}
        for group in (
            usable,
            [one for one in usable if not self._heads[one].is_grey],
            [one for one in usable if self._heads[one].has_alpha],
        ):
            chosen.update(group[:: max(1, len(group) // SAMPLE)])
        studies: dict[int, Study] = {}
        some = sorted(chosen)
        for numbers, answer in self.crew.answers("study", some, pixels * len(some) / max(1, len(self._heads))):
            self._note(numbers, answer)
            studies.update((number, one) for number, one in zip(numbers, answer.found, strict=True) if one)
        return studies, is_all

    def _how(self, target: Target, studies: dict[int, Study]) -> Treatment:
        """Return how pictures become images: deep ones from their own range, those with alpha on what they stand out from."""
        seen = [study.visible for study in studies.values() if study.visible >= 0]
        deep = [(study.low, study.high) for number, study in studies.items() if self._heads[number].is_scaled]
        low, high = min((one for one, _ in deep), default=0.0), max((one for _, one in deep), default=DEEPEST)
        has_fractions = any(self._heads[number].mode == "F" for number in studies)
        if low >= 0 and high <= 1 and has_fractions:
            low, high = 0.0, 1.0
        elif low >= 0 and high <= DEEPEST and not has_fractions:
            low, high = 0.0, next(float(2**bits - 1) for bits in DEPTHS if high < 2**bits)
        return Treatment(target=target, ground=0 if seen and np.mean(seen) > BRIGHT else 255, low=low, high=high)

    def _labelled(self, places: Places, order: NDArray[np.int64]) -> tuple[Classes | None, list[Message]]:
        """Return the classes in the order of rows, and what is said of them and of the split."""
        said = [say("The folders {names} are taken as the official split.", names=list(places.split))] if places.split else []
        if self.options.labels:
            pictures = sorted(self._heads.keys() | {number for number in self._bad if self._is_picture(number)})
            at = {number: place for place, number in enumerate(pictures)}
            names = [self.files.names[number] for number in pictures]
            classes, more = read_labels(self.beside(self.options.labels), names, [at[number] for number in self._rows.tolist()])
            return classes, [*said, *more]
        count = len({name for name in places.classes if name is not None})
        if count < 2:
            return None, said
        if count > MAX_CLASSES:
            many = "There are {count} folders, and {most} classes are the most; each image keeps its folder in the table."
            return None, [*said, say(many, count=count, most=MAX_CLASSES)]
        classes = classes_of([places.classes[place] for place in order.tolist()], len(order), self.files.name)
        return classes, [*said, say("{count} folders are the classes.", count=count)]

    def beside(self, name: str) -> Path:
        """Return where a file of labels is: as given, or in the folder."""
        return Path(name)

    def _too_few(self, count: int, left_out: Sequence[tuple[str, Message]], others: Sequence[str]) -> Message:
        if others and not count and not left_out:
            first = next((name for name in others if name.lower().endswith(OF_IMAGES)), others[0])
            return say(
                "{name} holds no pictures but other files, such as {first}; if images are in one of them, import that file by itself.",
                name=self.files.name,
                first=first[:LONGEST_SHOWN],
            )
        if left_out:
            name, why = left_out[0]
            return say(
                "{name} holds too few pictures that can be read ({count}), and others that cannot ({more}), such as {first}: {why}; "
                "give at least {least} PNG, JPEG, GIF, BMP, TIFF, WebP or PGM files.",
                name=self.files.name,
                count=count,
                more=len(left_out),
                first=name[:LONGEST_SHOWN],
                why=why,
                least=LEAST_PICTURES,
            )
        return say(
            "{name} holds too few pictures ({count}); give at least {least} PNG, JPEG, GIF, BMP, TIFF, WebP or PGM files.",
            name=self.files.name,
            count=count,
            least=LEAST_PICTURES,
        )

    def _said_of_others(self, others: Sequence[str]) -> list[Message]:
        said = "Files that are no pictures and stay where they are: {count}, such as {name}."
        return [say(said, count=len(others), name=others[0][:LONGEST_SHOWN])] if others else []

    # ----------------------------------------------------------------------- pixels and table

    def read(self, rows: Ints) -> NDArray[np.uint8]:
        """Return the images of these rows; raises LeftOut where one of them cannot be decoded."""
        shape = self.survey().shape
        found = list(self._decoded(self._rows[np.asarray(rows)]))
        return np.concatenate(found) if found else np.empty((0, *shape), np.uint8)

    def blocks(self) -> Iterator[NDArray[np.uint8]]:
        """Yield all images in order, decoded on all cores; raises LeftOut at the end where some could not be decoded."""
        self.survey()
        yield from self._decoded(self._rows)

    def _decoded(self, numbers: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
        treatment, before = self._treatment, len(self._bad)
        heads = [self._heads[number] for number in numbers.tolist()]
        pixels = float(sum(head.height * head.width for head in heads))
        for share, answer in self.crew.answers("decode", numbers.tolist(), pixels, treatment):
            self._note(share, answer)
            if answer.images is not None and len(self._bad) == before:
                yield answer.images
        if bad := list(self._bad.items())[before:]:
            self._survey = None  # which is made anew without them
            number, why = bad[0]
            raise LeftOut(
                "{name} holds pictures that cannot be decoded ({count}), such as {first}: {why}; mend or remove them, then import again.",
                name=self.files.name,
                count=len(bad),
                first=self.files.names[number][:LONGEST_SHOWN],
                why=why,
            )

    def table(self) -> pyarrow.Table:
        """Return file, folder, width, height and bytes of each picture, and when it was taken, where any of them says so."""
        import pyarrow

        self.survey()
        numbers = self._rows.tolist()
        heads = [self._heads[number] for number in numbers]
        names = [self.files.names[number] for number in numbers]
        columns = {
            "file": pyarrow.array(names, pyarrow.string()),
            "folder": pyarrow.array([name.rpartition("/")[0] for name in names], pyarrow.string()),
            "width": pyarrow.array([head.width for head in heads], pyarrow.int32()),
            "height": pyarrow.array([head.height for head in heads], pyarrow.int32()),
            "bytes": pyarrow.array([self.files.size(number) for number in numbers], pyarrow.int64()),
        }
        taken = [_moment(head.captured) for head in heads]
        if any(taken):
            columns["captured"] = pyarrow.array(taken, pyarrow.timestamp("s"))
        return pyarrow.table(columns)

    def close(self) -> None:
        """Give back files and processes."""
        if self._crew is not None:
            self._crew.close()
            self._crew = None


def _name(one: tuple[str, Message]) -> str:
    return one[0]


def _moment(text: str) -> datetime | None:
    """Return when a picture was taken, from EXIF's way of writing it."""
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S") if text else None
    except ValueError:
        return None
