"""Is a run as training wrote it? Hashes, shapes, finiteness; what is wrong is named in one plain sentence each."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vae_core.messages import Message, say
from vae_core.runs.errors import RunError
from vae_core.runs.layout import MISSHAPEN
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.runs.sealing import changed


def verify(path: Path) -> list[Message]:
    """Return what is wrong with a run, one plain sentence each: hashes, shapes, finiteness; an empty list is a sound run."""
    try:
        if problems := changed(path):
            return problems
        run = open_run(path)
    except RunError as error:
        return [error.message]
    if not run.summary:
        return [say("Run {run!r} is not finished ({state}), so there is nothing to check it against.", run=run.id, state=say(run.state))]
    return _verify_content(run)


def _verify_content(run: Run) -> list[Message]:
    """Return what is wrong inside files whose hashes are right."""
    try:
        run.model()
        latents, epochs, history = run.latents(), run.epochs(), run.history()
        run.snapshots()
        run.selections.all()  # not of training and so not sealed, but what cannot be read is named
    except RunError as error:
        return [error.message]
    d = run.config.model.latent_size
    checks = {
        "latents.npz": latents.mu.shape == latents.log_var.shape == (len(latents.rows), d),
        "epochs.npz": all(values.ndim == 1 if name.startswith("logged_") else values.shape[1:] == (d,) for name, values in epochs.items()),
    }
    unsound = "{file} of run {run!r} holds a number that is not finite."
    problems = [say(MISSHAPEN, file=name, run=run.id) for name, is_right in checks.items() if not is_right]
    finite = {
        "latents.npz": np.isfinite(latents.mu).all() and np.isfinite(latents.log_var).all() == run.has_kl,
        "history.csv": all(np.isfinite(history[key]).all() for key in ("loss", "reconstruction", "kl") if run.has_kl or key != "kl"),
    }
    return problems + [say(unsound, file=name, run=run.id) for name, is_right in finite.items() if not is_right]
