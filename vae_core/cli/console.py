"""Training on a terminal: a bar with the time left, and a line per epoch."""

from __future__ import annotations

import math
import sys
from typing import Any

from tqdm import tqdm

from vae_core import rounding
from vae_core.cli.terminal import readers_may_leave


class Console:
    """Progress on a terminal: a bar, and a line per epoch whose total is the sum of its parts.

    Before them it says which value of the data was `taken` for white.
    """

    taken: str | None = None

    def __init__(self) -> None:
        self.bar = tqdm(disable=True)

    def start(self, total_steps: int, n_train: int, done: int) -> None:
        """Open the bar."""
        with readers_may_leave():
            if self.taken:
                print(self.taken)
            print("nats per image            training                          validation")
            print("   epoch   reconstruction +   KL  =  total      reconstruction +   KL  =  total")
        with readers_may_leave():
            self.bar = tqdm(total=total_steps, initial=done, unit="step", dynamic_ncols=True, mininterval=0.2, file=sys.stderr)

    def step(self, step: int) -> None:
        """Move the bar."""
        with readers_may_leave():
            self.bar.update(1)

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None:
        """Print one line above the bar."""
        cells = []
        for parts in [(row["reconstruction"], row["kl"]) for row in rows]:
            if math.isnan(parts[1]):
                cells.append(f"{parts[0]:14.2f}")
            else:
                reconstruction, kl = rounding.parts(parts, 2)
                cells.append(f"{reconstruction:14.2f} + {kl:6.2f} = {rounding.total(parts, 2):7.2f}")
        with readers_may_leave():
            tqdm.write(f"{epoch:8d} {'    '.join(cells)}", file=sys.stdout)

    def close(self) -> None:
        """Close the bar."""
        with readers_may_leave():
            self.bar.close()
