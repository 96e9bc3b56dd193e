"""Is a run as training wrote it? Hashes, shapes, finiteness; what is wrong is named in one plain sentence each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vae_core.runs.errors import RunError
from vae_core.runs.layout import guarded, seal
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.storage.files import sha256


def verify(path: Path) -> list[str]:
    """Return what is wrong with a run, one plain sentence each: hashes, shapes, finiteness; an empty list is a sound run."""
    try:
        run = open_run(path)
    except RunError as error:
        return [str(error)]
    if not run.summary:
        return [f"Run {run.id!r} is not finished ({run.state}), so there is nothing to check it against."]
    if seal(run.summary) != run.summary.get("sha256"):
        return [f"summary.json of run {run.id!r} was changed after training; restore it or train the run again."]
    problems = []
    for name, expected in run.summary["files"].items():
        try:
            if guarded(path, name, sha256) != expected:
                problems.append(f"{name} of run {run.id!r} was changed after training; restore it or train the run again.")
        except RunError as error:
            problems.append(str(error))
    return problems or _verify_content(run)


def _verify_content(run: Run) -> list[str]:
    """Return what is wrong inside files whose hashes are right."""
    try:
        run.model()
        latents, epochs, history = run.latents(), run.epochs(), run.history()
        run.snapshots()
    except RunError as error:
        return [str(error)]
    d = run.config.model.latent_size
    checks = {
        "latents.npz": latents.mu.shape == latents.log_var.shape == (len(latents.rows), d),
        "epochs.npz": all(values.ndim == 1 if name.startswith("logged_") else values.shape[1:] == (d,) for name, values in epochs.items()),
    }
    problems = [f"{name} of run {run.id!r} has the wrong shape; train the run again." for name, right in checks.items() if not right]
    finite = {
        "latents.npz": np.isfinite(latents.mu).all() and np.isfinite(latents.log_var).all() == run.has_kl,
        "history.csv": all(np.isfinite(history[key]).all() for key in ("loss", "reconstruction", "kl") if run.has_kl or key != "kl"),
    }
    return problems + [f"{name} of run {run.id!r} holds a number that is not finite." for name, right in finite.items() if not right]
