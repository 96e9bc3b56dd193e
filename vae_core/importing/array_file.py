"""Images in a .npy file, or in an .npz archive of arrays; nothing pickled is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from vae_core.data.errors import UnusableFile
from vae_core.data.npy import MAGIC, first_member, never_read, stored
from vae_core.importing.archive import KINDS, Member, members_of
from vae_core.importing.number_source import NumberSource, Part
from vae_core.importing.roles import Roles, roles_of, said_of, without_split
from vae_core.importing.stacks import ByColumns, ByRows
from vae_core.messages import Message, say
from vae_core.printable import shown
from vae_core.storage.reading import MAX_TABLE


def opens(path: Path, head: bytes) -> bool:
    """Return whether a file that begins so is an array, an archive of arrays, or is called so and holds nothing else that is known."""
    if head.startswith(MAGIC) or first_member(head).endswith(".npy"):
        return True
    return bool(head) and path.suffix.lower() in (".npy", ".npz") and never_read(path, head) is None


class ArrayFile(NumberSource):
    """One array of images, or an archive of arrays of which some are images."""

    @property
    def kind(self) -> str:  # type: ignore[override]
        """Return npy or npz."""
        return "npy" if self._is_one else "npz"

    @cached_property
    def _is_one(self) -> bool:
        with self.path.open("rb") as file:
            head = file.read(len(MAGIC))
        return head == MAGIC or (self.path.suffix.lower() == ".npy" and not head.startswith(b"PK"))

    def parts(self) -> tuple[Sequence[Part], Sequence[Message]]:
        """Return the array, or those of the archive that are images, with what else it says of each of them."""
        if self._is_one:
            return self._one()
        members = members_of(self.path)
        roles = roles_of(members, self.path.name)
        parts = [_part(members, one, is_whole=len(roles) == 1) for one in roles]
        large = sorted({name for one in roles for name in one.others} - {name for one in roles for name in _small(members, one)})
        said = [say("Arrays too large for the side table are left out: {arrays}.", arrays=[shown(name)[:60] for name in large])]
        return parts, [*(said_of(one) for one in roles), *(said if large else [])]

    def _one(self) -> tuple[Sequence[Part], Sequence[Message]]:
        shape, is_by_columns, kind, start = stored(self.path)
        if kind.kind not in KINDS or kind.itemsize > 8:
            raise UnusableFile(
                "{name} holds {type}, which are not grey levels; save uint8 from 0 to 255 or float32 from 0 to 1.",
                name=self.path.name,
                type=kind,
            )
        if not shape:
            raise UnusableFile("{name} has the shape {shape}, so it holds no images; save at least one.", name=self.path.name, shape=shape)
        if not is_by_columns or len(shape) == 1:
            return [Part(ByRows(self.path.name, self.path, start, shape, kind))], []
        said = say("The array is stored column by column and is read so.")
        return [Part(ByColumns(self.path.name, self.path, start, shape, kind))], [said]


def _small(members: Mapping[str, Member], roles: Roles) -> list[str]:
    """Return the arrays beside the images that are small enough together for a side table."""
    small, size = [], 0
    for name in roles.others:
        if size + members[name].size <= MAX_TABLE:
            small.append(name)
            size += members[name].size
    return small


def _part(members: Mapping[str, Member], roles: Roles, *, is_whole: bool) -> Part:
    """Return the images of a part with their columns, which are called alike in all parts."""
    called = {name: name if is_whole else without_split(name) for name in (*_small(members, roles), roles.labels) if name}
    columns = {new: members[name].array() for name, new in called.items()}
    return Part(members[roles.images].stack(), roles.split, columns, called.get(roles.labels, ""))
