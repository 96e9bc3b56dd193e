"""Numbers that others published, with their protocol and source, and the rule that picks those which may stand beside a run.

Only numbers that were read at their source. Minus log p(x), or the source's bound of it, in nats per image of MNIST's 10,000 test images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vae_core.config import RunConfig
from vae_core.registries import traits


@dataclass(frozen=True)
class Published:
    """One published number: minus log p(x), or a bound on it, in nats per image."""

    model: str
    nats: float
    pixels: str  # "dynamic": a new black-or-white draw each epoch; "static": one fixed draw, which is that of Larochelle's file
    source: str
    note: str = ""


BURDA = "Burda, Grosse, Salakhutdinov 2016, Importance Weighted Autoencoders, arXiv 1509.00519"
REPRODUCTION = "github.com/nbip/IWAE"
PYTHAE = "github.com/clementchadebec/benchmark_VAE (pythae)"
VAMP = "Tomczak, Welling 2018, VAE with a VampPrior, arXiv 1705.07120"
LADDER = "github.com/addtt/ladder-vae-pytorch"
ONE, TWO = "one stochastic layer", "two stochastic layers"
FILE = "static pixels of Larochelle's file"

PUBLISHED = (
    *(
        Published(f"{name}, k={k}", nats, "dynamic", BURDA, "784-200-200-50")
        for name, row in (("VAE", (86.76, 86.47, 86.35)), ("IWAE", (86.76, 85.54, 84.78)))
        for k, nats in zip((1, 5, 50), row, strict=True)
    ),
    *(Published(f"IWAE, k={k}", nats, "dynamic", BURDA, TWO) for k, nats in ((1, 85.33), (5, 83.89), (50, 82.90))),
    *(Published(f"IWAE, k={k}", nats, "dynamic", REPRODUCTION, ONE) for k, nats in ((1, 86.35), (5, 85.18), (50, 84.59))),
    *(Published(f"IWAE, k={k}", nats, "static", BURDA, FILE) for k, nats in ((1, 88.71), (5, 87.63), (50, 87.10))),
    Published("VAE", 89.78, "static", PYTHAE, FILE),
    Published("IWAE, k=50", 86.82, "static", PYTHAE, FILE),
    Published("VampPrior, one layer", 85.79, "static", PYTHAE, FILE),
    Published("VampPrior, one layer", 85.57, "static", VAMP, FILE),
    Published("Ladder VAE", 78.30, "static", LADDER, "many stochastic layers"),
)

REASONS = {
    "draw": "Published numbers on static pixels are those of Larochelle's file; this run made its own draw, which is another protocol.",
    "data": "No published number belongs to these images; the table holds MNIST.",
    "likelihood": "Published numbers are costs of black-or-white pixels, and this likelihood is made for grey levels.",
    "grey": "Grey pixels under a Bernoulli likelihood have no log-likelihood, so no published number may stand beside them.",
    "pixels": "No number was published for pixels cut at one half.",
    "split": "Published numbers are those of the 10,000 official test images, and these are other images.",
}


def comparable_results(config: RunConfig, dataset: dict[str, Any], split: str) -> tuple[list[Published], str]:
    """Return the published numbers of the same protocol, best first, and where there are none the reason, a key of REASONS.

    Static pixels are drawn once, and a run draws its own: those of Larochelle's file are given with the reason that they are others.

    Args:
        config: the run's settings.
        dataset: what config.json says of its data.
        split: "test" or "train".
    """
    for reason, is_so in (
        ("data", dataset.get("sha256") != MNIST_SHA256),
        ("likelihood", traits("likelihood", config.model.likelihood).get("support") != "binary"),
        ("grey", config.data.pixels == "grey"),
        ("pixels", config.data.pixels == "thresholded"),
        ("split", split != "test"),
    ):
        if is_so:
            return [], reason
    found = sorted((one for one in PUBLISHED if one.pixels == config.data.pixels), key=lambda one: one.nats)
    return found, "draw" if config.data.pixels == "static" else ""


MNIST_SHA256 = "36cbf064c8814017468e1a7a11bf567e81e7a4500102101b3d5a209d522d69da"  # of the dataset as `sources.load` gives it
