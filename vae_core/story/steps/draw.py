"""A drawn digit, judged by the VAE of the map."""

from __future__ import annotations

from vae_core.story.recipes import MAP, open_run
from vae_core.story.step import Arrays, Facts, Runs

RUNS: Runs = {MAP: ("decoder", "encoder")}


def build() -> tuple[Facts, Arrays]:
    """Return what a drawn digit is compared with: what the map's own test images cost."""
    run = open_run(MAP)
    summary, test = run.summary, run.summary["test"]
    facts = {
        "run": run.id,
        "usual": summary["usual"],
        "usual_made": f"0, 1 ... 100 % quantiles over {test['n']} test images, nats per image, {test['samples']} samples each",
        "reach": summary["reach"],
        "knn": summary["knn"],
        "references": summary["references"],
    }
    return facts, {}
