"""From settings to a finished run: train a new one, or go on with one that was stopped."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from vae_core.config import RunConfig
from vae_core.data import sources
from vae_core.data.dataset import Dataset, split
from vae_core.data.errors import ChangedFile
from vae_core.messages import Message, joined, reason, say
from vae_core.presets import as_command
from vae_core.runs.errors import RunError
from vae_core.runs.layout import default_root
from vae_core.runs.listing import open_run
from vae_core.runs.run import Run
from vae_core.runs.writer import RunWriter, check_free
from vae_core.training import checkpoints, results
from vae_core.training.divergence import Diverged
from vae_core.training.interrupts import Stopped, forget_requests, resume_command
from vae_core.training.reporter import Reporter
from vae_core.training.trainer import Trainer

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors of a full disk, a used-up quota and a limit on file size


def train(config: RunConfig, path: Path | str, *, dataset: Dataset | None = None, reporter: Reporter | None = None) -> Run:
    """Train one VAE, write its run directory and return the finished run.

    >>> import vae_core
    >>> config = vae_core.RunConfig().with_settings(dataset="digits", hidden=[32], epochs=2, snapshots=0)
    >>> run = vae_core.train(config, "checkpoints/mine")
    >>> run.state
    'done'
    >>> run.history()["epoch"]  # a row for training and one for validation
    array([1., 1., 2., 2.])

    Args:
        config: all settings.
        path: the run directory to be made.
        dataset: used instead of loading `config.data.dataset`, by whose name the run looks for its images later.
        reporter: called after every step and epoch.

    Raises:
        ConfigError, DataError, RunError: one plain sentence; Diverged where a number is not finite, Stopped where the run can go on later.
    """
    path = Path(path)
    check_free(path)  # before any file is written to it
    if dataset is None:
        config = sources.named_in_full(config)
        dataset = sources.load(config.data.dataset)
    trainer = Trainer(config, dataset, split(dataset, config.data))
    with _holding_lock(trainer, path):
        writer = RunWriter(path, config, trainer.description) if trainer.is_first else None
        trainer.fabric.barrier()
        return _run_to_end(trainer, path, writer, reporter)


def resume(path: Path | str, *, dataset: Dataset | None = None, reporter: Reporter | None = None) -> Run:
    """Resume a run that was stopped, from its last checkpoint that verifies, to the same end bit for bit.

    >>> import vae_core
    >>> vae_core.open_run("stopped").state
    'paused'
    >>> vae_core.resume("stopped").state
    'done'

    Raises:
        RunError: there is nothing to go on with, or the images that it was trained on are not to be had; else as `train`.
    """
    run = open_run(path)
    path = run.path
    _refuse_finished(run)
    dataset = dataset or run.images(is_fetched=True)
    run.check_images(dataset)
    trainer = Trainer(run.config, dataset, split(dataset, run.config.data))
    with _holding_lock(trainer, path):
        if trainer.is_first:
            _refuse_finished(open_run(path))  # another trainer may have come to its end while the images were read
            with suppress(OSError):  # what cannot be removed stops training, with a sentence, when it is read
                forget_requests(path)
        trainer.fabric.barrier()
        written: dict[str, int] = {}
        if (checkpoint := checkpoints.newest_valid(path)) is not None:
            trainer.load_state(checkpoint)
            written = {key: checkpoint.facts[key] for key in ("history_bytes", "frames")}
        writer = RunWriter.reopen(path, **written) if trainer.is_first else None
        return _run_to_end(trainer, path, writer, reporter)


def _refuse_finished(run: Run) -> None:
    """Raise RunError where a run is finished: going on would take it apart."""
    if run.summary:
        longer = replace(run.config, train=replace(run.config.train, epochs=2 * run.config.train.epochs))
        raise RunError(
            "Run {run!r} is finished, and a finished run keeps no checkpoint to continue from; train a new one for more "
            "epochs, for example with: {command}",
            run=run.id,
            command=as_command(longer),
        )


def _run_to_end(trainer: Trainer, path: Path, writer: RunWriter | None, reporter: Reporter | None) -> Run:
    """Train to the end; however it ends, the first process writes a state and a sentence."""
    try:
        if writer:
            writer.status("running", say("Training."))
            writer.reserve_room()
            (path / "order.json").unlink(missing_ok=True)
        trainer.fit(writer, reporter if writer else None)
        if writer:
            summary = results.store_results(trainer.vae, trainer.config, trainer.dataset, trainer.split, writer)
            _check_data_unchanged(trainer, path)
            writer.finish({**trainer.summary(), **summary}, _finished(trainer))
            checkpoints.remove_all(path)
    except BaseException as error:
        if writer:
            with suppress(OSError):  # the disk may have no room at all; then the lock tells that nobody is training
                writer.status(*_ending(error, trainer, path.name))  # the folder's name alone: its path is nobody else's business
        if isinstance(error, Stopped | OSError | ChangedFile):
            raise Stopped(*_ending(error, trainer, _resume_name(path))) from error
        raise
    finally:
        if writer:
            with suppress(OSError):
                writer.release_room()
    trainer.fabric.barrier()
    return open_run(path)


def _finished(trainer: Trainer) -> Message:
    """Return the sentence of a finished run: of which moment its weights are."""
    best = trainer.validation
    if best.best or trainer.done == best.best_epoch * trainer.steps_per_epoch:
        return say("Finished; epoch {epoch} is kept.", epoch=best.best_epoch)
    return say("Finished; the weights after step {step} are kept.", step=trainer.done)


def _resume_name(path: Path) -> str:
    """Return what --resume takes for this run: its name in the folder of runs, else its path."""
    return path.name if path.parent == default_root().resolve() else str(path)


def _check_data_unchanged(trainer: Trainer, path: Path) -> None:
    """Check before a run is sealed that its images are still the same; their file's time stamp may not show a change.

    Raises:
        Stopped: they are not, so no checkpoint is worth anything.
    """
    if not trainer.dataset.is_as_it_was():
        checkpoints.remove_all(path)
        raise Stopped(
            "paused",
            "{name} was changed while the run read it, and it is not known since when; put it back as it was, and the run starts again.",
            name=Path(trainer.config.data.dataset).name,
        )


def _ending(error: BaseException, trainer: Trainer, run: str) -> tuple[str, Message]:
    """Return the state and the sentence of an unfinished run; `run` is what the command to resume it names."""
    command = resume_command(run)
    match error:
        case Stopped():
            go_on = say("Continue with: {command}.", command=command)
            return error.state, joined(error.message, go_on)
        case Diverged():
            return "diverged", error.message
        case ChangedFile():
            changed = (
                "{name} was changed while the run read it, so training pauses at step {step}; put it back as it was, "
                "then continue with: {command}."
            )
            return "paused", say(changed, name=error.name, step=trainer.saved, command=command)
        case OSError() if error.errno in FULL:
            return (
                "paused",
                say(
                    "The disk is full ({why}), so training pauses at step {step}; make room, then continue with: {command}.",
                    why=reason(error),
                    step=trainer.saved,
                    command=command,
                ),
            )
        case OSError():
            return (
                "paused",
                say(
                    "The run's folder cannot be written ({why}), so training pauses; correct that, then continue with: {command}.",
                    why=reason(error),
                    command=command,
                ),
            )
        case RuntimeError() if trainer.fabric.world_size > 1:
            return "interrupted", say(
                "One of the {processes} processes was lost; continue with: {command}.", processes=trainer.fabric.world_size, command=command
            )
        case Exception():
            return "failed", say("Training failed: {why}", why=reason(error))
    return "interrupted", say("Training was stopped at once; continue with: {command}.", command=command)


@contextmanager
def _holding_lock(trainer: Trainer, path: Path) -> Iterator[None]:
    """Hold the run's lock: it is the truth of who trains it. The other processes rely on the first.

    Raises:
        RunError: another trainer holds it, or the folder cannot be written.
    """
    if not trainer.is_first:
        yield
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / "lock", timeout=1)  # a reader that asks who holds it shares it for an instant
        lock.acquire()
    except Timeout as error:
        raise RunError("Another trainer is writing to {path}; wait for it or choose another folder with --out.", path=path) from error
    except OSError as error:
        raise RunError(
            "The run cannot be written to {path} ({why}); choose another folder with --out.", path=path, why=reason(error)
        ) from error
    try:
        yield
    finally:
        lock.release()
