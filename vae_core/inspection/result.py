"""What a part of Inspect found of a run, as it was stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from vae_core.messages import say
from vae_core.runs.layout import guarded
from vae_core.storage.reading import read_npz
from vae_core.storage.shapes import ANY, Dims


@dataclass(frozen=True)
class Result:
    """What one part found of a run, as it was stored."""

    part: str
    protocol: dict[str, Any]
    values: dict[str, Any]
    unavailable: list[dict[str, str]]  # what, reason, sentence
    file: Path
    split: str = "test"  # the images that were asked about, one of SPLITS; the protocol names them as they are
    data_mark: str = ""  # what of the data was at hand, where something was lacking; see sources.fingerprint
    dims: Dims = ANY  # what the arrays must be

    @cached_property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays, read at first use.

        Raises:
            RunError: the file is damaged.
        """
        run = self.file.parent.parent
        return guarded(run, f"evaluations/{self.file.name}", lambda file: read_npz(file, self.dims), say("compute this part again."))
