"""How the points of a run may be seen: by which columns they are coloured, and on which plane they keep apart best."""

from __future__ import annotations

from typing import Any

from dashboard.components import column_packets
from vae_core.latent.latents import Latents
from vae_core.latent.separation import best_view
from vae_core.runs.run import Run


def run_views(run: Run, points: Latents) -> dict[str, Any]:
    """Return by which columns the points may be coloured, and which view keeps the classes apart best, where there is a choice."""
    best = best_view(points)
    dims = "pca" if best is None or best.dims is None else ",".join(str(dim + 1) for dim in best.dims)
    facts = None if best is None else {"v": dims, "own": best.own, "runner_up": best.runner_up, "dimensions": best.dimensions}
    return {"columns": column_packets.offered(run.columns()), "best": facts}
