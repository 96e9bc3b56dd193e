"""How the points of a run may be seen, and what the map begins with where no page of the dashboard stands around it."""

from __future__ import annotations

from typing import Any

from dashboard.components import column_packets, point_packets, run_packets
from dashboard.figures.colours import SETS, SHAPES
from dashboard.i18n.texts import t
from vae_core.evaluation.known_columns import known_columns
from vae_core.latent.latents import Latents
from vae_core.latent.separation import best_view
from vae_core.runs.run import Run


def run_views(run: Run, points: Latents) -> dict[str, Any]:
    """Return by which columns the points may be coloured, and which view keeps the classes apart best, where there is a choice."""
    best = best_view(points)
    dims = "pca" if best is None or best.dims is None else ",".join(str(dim + 1) for dim in best.dims)
    facts = None if best is None else {"v": dims, "own": best.own, "runner_up": best.runner_up, "dimensions": best.dimensions}
    return {"columns": column_packets.offered(known_columns(run)), "best": facts}


def alone(run: Run, points: Latents) -> dict[str, Any]:
    """Return what the map is told where no page of the dashboard stands around it, JSON-ready: it opens as Explore does, at z = 0."""
    session = {"mode": "explore", "preset": "explore", "layout": {}, "layout_serial": 0, "revision": 0, "touched": False}
    session |= {"z": [0.0] * points.mu.shape[1], **run_views(run, points)}
    told = run_packets.map_data(run, run_packets.run_facts(run, points), session)
    told["texts"] |= {"umap_none": "", "column_under_none": ""}  # nobody computes these there
    told["texts"] |= {"set_empty": t("live_map.set_empty_alone")}  # nor keeps sets with the run
    told["sets"] = {"list": [], "packet": "", "choice": "", "serial": 0, "said": "", "can_undo": False, "columns": [], "holes": 0}
    told["sets"] |= {"n": 0, "of": len(points.mu), "colours": SETS, "shapes": SHAPES}  # the browser alone knows what is chosen
    told["sets"]["points"] = len(points.rows[point_packets.sent(*points.mu.shape)])
    told["absent"] = ["answers", "sets"]
    return told
