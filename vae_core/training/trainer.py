"""The training loop: one process or many, stopped and resumed, always the same numbers.

Order, noise and binarisation are keyed by seed and step, so a seeded run repeats bit for bit, any step can be taken again, and several
processes draw their own rows of the same numbers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vae_core.config import RunConfig
from vae_core.data import left_out
from vae_core.data.batches import Batch, image_subset
from vae_core.data.dataset import Dataset, Split, describe
from vae_core.evaluation import scoring
from vae_core.messages import Message, joined, say
from vae_core.model import networks, objectives
from vae_core.model.vae import VAE, build_vae
from vae_core.registries import chosen
from vae_core.runs.writer import RunWriter
from vae_core.seeding import NOISE, ORDER, PIXELS, WEIGHTS, keyed
from vae_core.training import checkpoints, snapshots
from vae_core.training.checkpoints import Checkpoint
from vae_core.training.distributed import gather, launch, share, total
from vae_core.training.divergence import Diverged, first_bad_quantity, gradient_norm
from vae_core.training.interrupts import FINISH, GO_ON, INTERRUPT, PAUSE, SAVE, Interrupts, Stopped
from vae_core.training.lr_schedules import RATES
from vae_core.training.preflight import check_data
from vae_core.training.reporter import Reporter
from vae_core.training.snapshots import SnapshotTaker
from vae_core.training.validation import Validation
from vae_core.training.wrapped_loss import WrappedLoss

CHECK_STEPS = 32  # steps between two checks of a graphics card's numbers: each check makes it wait
PROGRESS_SECONDS = 0.5  # seconds between two updates of progress.json


class Trainer:
    """Trains one model; `done` counts its optimiser steps."""

    def __init__(self, config: RunConfig, dataset: Dataset, split: Split) -> None:
        check_data(config, dataset, split)
        if config.data.left_out:  # elsewhere the hash may take seconds before training begins
            left_out.check(config.data.left_out, dataset.sha256, len(dataset.values))
        torch.set_num_threads(config.train.threads)
        # glibc learns from one freed block of this size to keep freed activations for the next step instead of handing them back.
        torch.empty(31 << 20, dtype=torch.uint8)
        self.config, self.dataset, self.split = config, dataset, split
        self.seed, self.d = config.train.seed, config.model.latent_size
        self.images = image_subset(dataset, split.train, config, fixed=False)
        self.steps_per_epoch = math.ceil(len(self.images) / config.train.batch_size)
        self.total_steps = self.steps_per_epoch * config.train.epochs
        self.rate = chosen(RATES, config.train.lr_schedule, "lr_schedule")
        with torch.random.fork_rng(devices=[]):
            torch.random.set_rng_state(keyed(self.seed, WEIGHTS).get_state())
            self.vae = build_vae(config.model, dataset.event_shape, 1 / dataset.divisor)
        self.vae.start_at_mean(self.images.mean())
        self.objective = objectives.build_objective(config.objective, config.train, self.steps_per_epoch, self.vae.prior)
        if self.objective.is_deterministic:
            networks.freeze_widths(self.vae.encoder)
        self.weights = [p for p in self.vae.parameters() if p.requires_grad]
        self.fabric = launch(config.train)
        self.is_first = self.fabric.is_global_zero
        self.adamw = torch.optim.AdamW(self.weights, weight_decay=config.train.weight_decay, fused=True)
        loss = WrappedLoss(self.vae, self.objective, self.total_steps, len(self.images))
        self.model, self.optimizer = self.fabric.setup(loss, self.adamw)
        if self.fabric.world_size == 1 and config.train.precision == "float32":  # Fabric's wrapper has nothing to do then
            self.model = loss
        loss.gather = partial(gather, self.fabric)
        decay = config.train.average
        self.average = AveragedModel(self.vae, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True) if decay else None
        self.validation = Validation(image_subset(dataset, split.validation, config, fixed=True), self.d, self.seed, self.objective)
        probes = image_subset(dataset, scoring.test_rows(split)[: snapshots.PROBES], config, fixed=True).all()
        self.snapshots = SnapshotTaker(probes, snapshots.latent_points(self.d, dataset.event_shape) if dataset.kind == "image" else None)
        self.description = describe(dataset, split) if self.is_first else {}
        self.done = self.saved = 0
        self.seconds, self.kl_weight = 0.0, 0.0
        self.sums = torch.zeros(3, dtype=torch.float64, device=self.fabric.device)
        self.logged_sums: dict[str, Any] = {}  # of what the objective logs, over the steps of this epoch
        self.logged: dict[str, list[Any]] = {}
        self.adamw.found_inf = torch.zeros((), device=self.fabric.device)  # type: ignore[attr-defined]
        self.interrupts, self.should_finish = Interrupts(), False

    @property
    def evaluated_model(self) -> VAE:
        """The model that is validated and kept: the averaged one where averaging is on."""
        if self.average is None:
            return self.vae
        averaged = self.average.module
        assert isinstance(averaged, VAE)
        return averaged

    @property
    def epoch(self) -> int:
        """Number of whole epochs done."""
        return self.done // self.steps_per_epoch

    def fit(self, writer: RunWriter | None = None, reporter: Reporter | None = None) -> None:
        """Train for all epochs that are left; at the end the model has the weights of the best validation epoch."""
        self.snapshot_steps = snapshots.snapshot_steps(self.total_steps, self.config.train.snapshots)
        if writer and not self.done:
            writer.arrays("split", **{name: getattr(self.split, name).astype(np.uint32) for name in ("validation", "test")})
            if 0 in self.snapshot_steps:
                self.save_snapshot(writer, 0)
        if reporter:
            reporter.start(self.total_steps, len(self.images), self.done)
        self.since = time.perf_counter() - self.seconds
        self.last_save = self.last_progress = time.monotonic()
        self.progress_step = self.done
        with self.interrupts.listening():
            while self.epoch < self.config.train.epochs and not self.is_stale and not self.should_finish:
                self.run_epoch(writer, reporter)
                self.respond_to_interrupts(writer)
        self.check_finite(self.done)
        self.seconds = time.perf_counter() - self.since
        if writer:
            if self.snapshot_steps and not writer.frames:  # the only frame was to be the last one, and training ended before
                self.save_snapshot(writer, math.ceil(self.done / self.steps_per_epoch))
            writer.arrays("epochs", **{key: np.array(values, np.float32) for key, values in self.per_epoch.items()})
        self.vae.load_state_dict(self.validation.best or self.evaluated_model.state_dict())
        self.vae.cpu().eval()

    def run_epoch(self, writer: RunWriter | None, reporter: Reporter | None) -> None:
        """Take the steps that are left of the epoch, then score it and write its lines."""
        epoch = self.epoch + 1
        for step, batch, noise in self.steps(epoch, self.done % self.steps_per_epoch):
            self.step(step, batch, noise)
            self.done = step + 1
            if writer and self.done in self.snapshot_steps:
                self.save_snapshot(writer, epoch)
            if reporter:
                reporter.step(self.done)
            if self.done % self.steps_per_epoch:
                self.respond_to_interrupts(writer)
            if self.should_finish and self.epoch:  # an epoch that is cut short is not scored
                return
        rows = self.rows(epoch)
        for row in rows if writer else ():
            writer.history(row)  # type: ignore[union-attr]
        if reporter:
            reporter.epoch(epoch, rows)

    def save_snapshot(self, writer: RunWriter, epoch: int) -> None:
        """Write the next frame of the training film."""
        writer.snapshot(self.snapshots.frame(self.evaluated_model, self.done, epoch), snapshots.encoder_weights(self.evaluated_model))

    def steps(self, epoch: int, skip: int = 0) -> Iterator[tuple[int, Batch, Tensor]]:
        """Yield (step, batch, noise) of one epoch, without its first `skip` steps; everything is keyed by seed and epoch or step."""
        for i, positions in enumerate(self.batches(epoch)[skip:], skip):
            step = (epoch - 1) * self.steps_per_epoch + i
            yield step, *self.share_of_batch(step, positions)

    def batches(self, epoch: int) -> Sequence[Tensor]:
        """Return the positions of the images of each batch of an epoch."""
        return torch.randperm(len(self.images), generator=keyed(self.seed, ORDER, epoch)).split(self.config.train.batch_size)

    def share_of_batch(self, step: int, positions: Tensor) -> tuple[Batch, Tensor]:
        """Return this process's share of a batch and of its noise (S, B, d); every process draws all of the same random numbers."""
        uniforms = keyed(self.seed, PIXELS, step) if self.images.is_dynamic else None
        mine = share(self.fabric, len(positions))
        batch = self.images.batch(positions, uniforms, mine)
        shape = (self.objective.samples, len(positions), self.d)
        noise = torch.zeros(shape) if self.objective.is_deterministic else torch.randn(shape, generator=keyed(self.seed, NOISE, step))
        device = self.fabric.device
        return Batch(batch.x.to(device)), noise[:, mine].to(device)

    def step(self, step: int, batch: Batch, noise: Tensor) -> None:
        """Take one optimiser step; on a number that is not finite the weights stay as they are from there on."""
        loss, sums, self.kl_weight, logged = self.model(batch.x, noise, step)
        self.fabric.backward(loss)
        norm = gradient_norm([p.grad for p in self.weights if p.grad is not None])
        if self.config.train.clip:
            torch.nn.utils.clip_grads_with_norm_(self.weights, self.config.train.clip, norm)
        # Fused AdamW leaves the weights alone where this is 1, so that no number has to be waited for; once 1, it stays.
        self.adamw.found_inf.logical_or_(~torch.isfinite(loss.detach() + norm))  # type: ignore[attr-defined]
        if self.fabric.device.type == "cpu" or step % CHECK_STEPS == 0:
            self.check_finite(step)
        for group in self.adamw.param_groups:
            group["lr"] = self.rate(step, self.total_steps, self.config.train)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average:
            self.average.update_parameters(self.vae)
        self.sums += sums
        for name, value in logged.items():
            self.logged_sums[name] = self.logged_sums.get(name, 0.0) + value

    # ------------------------------------------------------------------ after an epoch

    def rows(self, epoch: int) -> list[dict[str, Any]]:
        """Return the epoch's lines of history.csv: means over the epoch's steps for training, and the validation scores."""
        totals = total(self.fabric, self.sums)
        reconstruction, kl, loss = (totals / len(self.images)).tolist()
        for name, value in self.logged_sums.items():
            self.logged.setdefault(name, []).append(np.float32(float(value) / self.steps_per_epoch))
        self.sums.zero_()
        self.logged_sums = {}
        kl = math.nan if self.objective.is_deterministic else kl
        common = {"step": self.done, "epoch": epoch, "kl_weight": self.kl_weight, "seconds": time.perf_counter() - self.since}
        rows = [{**common, "split": "train", "loss": loss, "reconstruction": reconstruction, "kl": kl}]
        scored = self.validation.score(self.evaluated_model, epoch)
        return [*rows, {**common, **scored}] if scored else rows

    @property
    def per_epoch(self) -> dict[str, list[np.ndarray]]:
        """What epochs.npz keeps: KL and variance of mu per dimension, and the objective's own parts, one entry per epoch."""
        return dict(sorted({**self.validation.per_epoch, **{f"logged_{name}": values for name, values in self.logged.items()}}.items()))

    @property
    def is_stale(self) -> bool:
        """Whether `patience` epochs have brought no better validation score; the warm-up does not count."""
        patience, warm = self.config.train.patience, self.objective.warm_steps / self.steps_per_epoch
        return bool(patience) and self.validation.epochs_without_gain(self.epoch, warm) >= patience

    def summary(self) -> dict[str, Any]:
        """Return the training's part of summary.json."""
        best = self.validation
        return {
            "best_epoch": best.best_epoch,
            "epochs": self.epoch,
            "seconds": round(self.seconds, 2),
            "validation_score": best.best_score if best.best else None,
            "processes": self.fabric.world_size,
        }

    # ------------------------------------------------------------------ numbers that are not finite

    def check_finite(self, step: int) -> None:
        """Raise Diverged if a number of a step up to this one was not finite."""
        if bool(self.adamw.found_inf):  # type: ignore[attr-defined]
            raise Diverged(self.diagnosis(step))

    def diagnosis(self, step: int) -> Message:
        """Name the first bad quantity by repeating the steps since the last check: they are keyed, and the weights did not move."""
        for number in range(max(0, step - CHECK_STEPS), step + 1):
            if (quantity := self.first_bad(number)) is not None:
                bad = say(
                    "At step {step} of {steps} the {quantity} was not finite, so training stopped before that step; lower learning_rate "
                    "(now {rate:g}), set clip to 1, or check the data.",
                    step=number + 1,
                    steps=self.total_steps,
                    quantity=quantity,
                    rate=self.config.train.learning_rate,
                )
                return joined(bad, say("The checkpoint of step {step} is kept.", step=self.saved)) if self.saved else bad
        return say(
            "Before step {step} of {steps} a number was not finite, so training stopped; lower learning_rate.",
            step=step + 1,
            steps=self.total_steps,
        )

    def first_bad(self, step: int) -> Message | None:
        """Return the name of what is not finite first in a step, or None."""
        epoch, place = divmod(step, self.steps_per_epoch)
        batch, noise = self.share_of_batch(step, self.batches(epoch + 1)[place])
        return first_bad_quantity(self.fabric, self.model, self.vae, batch, noise, step)

    # ------------------------------------------------------------------ checkpoints

    def respond_to_interrupts(self, writer: RunWriter | None) -> None:
        """Between two steps, save where it is time and stop where that was requested; all processes do the same.

        Raises:
            Stopped: after a checkpoint, so that nothing is lost.
        """
        now = time.monotonic()
        code = SAVE if now - self.last_save >= self.config.train.checkpoint_seconds else GO_ON
        code = max(code, self.interrupts.strongest_request(writer.path) if writer else self.interrupts.signalled)
        if writer and now - self.last_progress >= PROGRESS_SECONDS:
            self.write_progress(writer, now)
        code = int(total(self.fabric, torch.tensor(code, device=self.fabric.device), "max")) if self.fabric.world_size > 1 else code
        if code == FINISH:
            self.should_finish = True
        elif code != GO_ON:
            self.save(writer)
        if code in (PAUSE, INTERRUPT):
            state = "paused" if code == PAUSE else "interrupted"
            raise Stopped(
                state, "Training was {state} at step {step} of {steps}.", state=say(state), step=self.done, steps=self.total_steps
            )

    def write_progress(self, writer: RunWriter, now: float) -> None:
        """Write how far training is and how fast it goes to progress.json."""
        speed = (self.done - self.progress_step) * self.config.train.batch_size / max(now - self.last_progress, 1e-9)
        writer.progress(step=self.done, total=self.total_steps, images_per_second=speed, seconds=time.perf_counter() - self.since)
        self.last_progress, self.progress_step = now, self.done

    def save(self, writer: RunWriter | None) -> None:
        """Write a checkpoint of this moment; every process takes part, the first one writes."""
        self.check_finite(self.done)
        sums = total(self.fabric, self.sums)
        if writer:
            written = {"history_bytes": writer.settle(), "frames": writer.frames}
            checkpoints.save(writer.path, self.state(sums, written))
        self.saved, self.last_save = self.done, time.monotonic()

    def state(self, sums: Tensor, written: Mapping[str, int]) -> Checkpoint:
        """Return this moment as a checkpoint, given the sums (3,) over all processes and how much the writer has written."""
        groups: dict[str, Mapping[str, Tensor]] = {
            "model": self.vae.state_dict(),
            "optimizer": checkpoints.flat(self.adamw.state_dict()["state"]),
            "average": self.average.state_dict() if self.average else {},
            "best": self.validation.best,
            "epochs": {key: torch.from_numpy(np.array(values)) for key, values in self.validation.per_epoch.items() if values},
            "logged": {key: torch.from_numpy(np.array(values)) for key, values in self.logged.items()},
            "parts": {key: torch.as_tensor(value) for key, value in self.logged_sums.items()},
            "train": {"sums": sums},
        }
        tensors = {f"{group}.{key}": value.cpu() for group, values in groups.items() for key, value in values.items()}
        seconds = time.perf_counter() - self.since
        return Checkpoint(self.done, tensors, {**written, "seconds": seconds, "weight": self.kl_weight, **self.validation.facts()})

    def load_state(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it lies beyond the last step, or its tensors do not fit this model.
        """
        expected = self._expected_tensors(*["best."] * bool(checkpoint.part("best")))
        checkpoints.check(checkpoint, expected, self.total_steps)
        self.vae.load_state_dict(checkpoint.part("model"))
        self.adamw.load_state_dict({**self.adamw.state_dict(), "state": checkpoints.nested(checkpoint.part("optimizer"))})
        if self.average:
            self.average.load_state_dict(checkpoint.part("average"))
        self.validation.restore(checkpoint.part("best"), checkpoint.part("epochs"), checkpoint.facts)
        self.logged = {key: list(values.numpy()) for key, values in checkpoint.part("logged").items()}
        if self.is_first:  # the sums are those of all processes: one of them carries them on
            self.sums.copy_(checkpoint.tensors["train.sums"])
        self.logged_sums = {key: value.to(self.fabric.device) for key, value in checkpoint.part("parts").items()}
        self.done = self.saved = checkpoint.step
        self.seconds, self.kl_weight = checkpoint.facts["seconds"], checkpoint.facts["weight"]

    def _expected_tensors(self, *copies: str) -> dict[str, Tensor]:
        """Return a tensor of the right shape and type for each that a checkpoint must have; `copies` are further sets of the weights."""
        expected = {f"{group}{key}": value for group in ("model.", *copies) for key, value in self.vae.state_dict().items()}
        expected |= {f"optimizer.{i}.{key}": p for i, p in enumerate(self.weights) for key in ("exp_avg", "exp_avg_sq")}
        expected |= {f"optimizer.{i}.step": torch.zeros(()) for i in range(len(self.weights))}
        if self.average:
            expected |= {f"average.{key}": value for key, value in self.average.state_dict().items()}
        return {**expected, "train.sums": self.sums}
