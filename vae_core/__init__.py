"""vae_core: train variational autoencoders and look inside them. Knows nothing of Streamlit or Plotly.

The names below are what a program of yours needs; they are imported at first use, since some of them import torch.

>>> import vae_core
>>> run = vae_core.open_run("digits-2d")
>>> run.latents().mu.shape  # where its 359 test images lie in the latent space
(359, 2)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_core.config import RunConfig as RunConfig
    from vae_core.data.dataset import Dataset as Dataset
    from vae_core.data.sources import load as load_dataset
    from vae_core.inspection.process import run_parts as inspect
    from vae_core.model.vae import VAE as VAE
    from vae_core.runs.listing import list_runs as list_runs
    from vae_core.runs.listing import open_run as open_run
    from vae_core.runs.run import Run as Run
    from vae_core.training.runner import resume as resume
    from vae_core.training.runner import train as train

__version__ = "0.1.0"
__all__ = ["VAE", "Dataset", "Run", "RunConfig", "inspect", "list_runs", "load_dataset", "open_run", "resume", "train"]

_HOMES = {
    "VAE": "model.vae:VAE",
    "Dataset": "data.dataset:Dataset",
    "Run": "runs.run:Run",
    "RunConfig": "config:RunConfig",
    "inspect": "inspection.process:run_parts",
    "list_runs": "runs.listing:list_runs",
    "load_dataset": "data.sources:load",
    "open_run": "runs.listing:open_run",
    "resume": "training.runner:resume",
    "train": "training.runner:train",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*globals(), *__all__})
