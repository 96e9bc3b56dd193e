"""Print how many images a second are trained, beside the usual example loop, pythae's trainer and the products alone; then -ELBO by minute.

All train the same network under a Bernoulli likelihood: 784-400-20-400-784 with ReLU on MNIST (with --smoke: 64-400-20-400-64 on
scikit-learn's digits), then convolutions on 28x28 and on 64x64 in colour. pythae is no part of the requirements: pip install pythae. Run it
from the root of the repository, on a machine that does nothing else: python -m tests.benchmarks.training
"""

from __future__ import annotations

import itertools
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from tests.benchmarks.contenders import (
    EXAMPLE,
    FASTEST,
    LATENT,
    OURS,
    PRODUCTS,
    PYTHAE,
    RATE,
    Ours,
    Pythae,
    Task,
    UsualExample,
    contenders,
    has_pythae,
    tasks,
)
from tests.benchmarks.machine import machine, parser, table
from vae_core.config import RunConfig
from vae_core.data.batches import image_subset
from vae_core.evaluation import scoring
from vae_core.model.architectures import NETWORKS
from vae_core.model.likelihoods import Bernoulli
from vae_core.model.priors import StandardNormal
from vae_core.model.vae import VAE
from vae_core.seeding import TEST, keyed

Clock = Callable[[], float]


def timed(call: Callable[[], None], clock: Clock) -> float:
    """Return the seconds that a call takes by the clock."""
    start = clock()
    call()
    return clock() - start


def epochs_in_turn(task: Task, epochs: int, clock: Clock, most_threads: int) -> Iterator[str]:
    """Yield the rows of a task in the first table: everybody's epochs in turn, so that a busy moment meets all; ratios within a turn."""
    for threads, batch_size in itertools.product(range(1, most_threads + 1), task.batch_sizes):
        racing = contenders(task, batch_size, threads)
        turns = [{name: timed(racer.epoch, clock) for name, racer in racing.items()} for _ in range(1 + epochs)][1:]  # the first warms up
        for name in racing:
            cells = [f"{len(task.rows) / statistics.median(turn[name] for turn in turns):,.0f}"]
            for other, form in ((EXAMPLE, ".2f"), (PYTHAE, ".2f"), (PRODUCTS, ".0%"), (FASTEST, ".0%")):
                ratio = statistics.median(turn[other] / turn[name] for turn in turns) if other in racing else None
                cells.append("" if ratio is None or other == name else f"{ratio:{form}}")
            yield f"| {task.words} | {batch_size} | {threads} | {name} | {' | '.join(cells)} |"


def scores_in_turn(task: Task, moments: list[float], clock: Clock, threads: int) -> Iterator[str]:
    """Yield the lines of the second table, one for each of the moments (seconds of training, ascending).

    Each whole epoch is scored, by the same code and noise, and scoring is not counted.
    """
    torch.manual_seed(0)
    racing = {name: racer for name, racer in contenders(task, 128, threads).items() if isinstance(racer, Ours | Pythae)}
    test = image_subset(task.dataset, np.arange(len(task.rows), len(task.dataset.values)), RunConfig(), fixed=True).all()
    eps = torch.randn(1, len(test), LATENT, generator=keyed(0, TEST))
    seconds, found = dict.fromkeys(racing, 0.0), {name: [(0.0, math.nan)] for name in racing}
    while min(seconds.values()) < moments[-1]:
        name = min(seconds, key=lambda one: seconds[one])
        seconds[name] += timed(racing[name].epoch, clock)
        scored = VAE(racing[name].encoder, racing[name].decoder, Bernoulli(), StandardNormal(LATENT))
        found[name].append((seconds[name], scoring.score_images(scored, test, eps).negative_elbo))
    columns = [column for name in racing for column in (f"{name}: epochs", "-ELBO")]
    yield table(["seconds", *columns, *["ours ahead by"] * (PYTHAE in racing)])
    for moment in moments:
        done = {name: [score for at, score in found[name] if at <= moment] for name in racing}
        cells = [f"{len(scores) - 1} | {scores[-1]:.2f}" for scores in done.values()]
        ahead = [f"{done[PYTHAE][-1] - done[OURS][-1]:.2f}"] if PYTHAE in racing else []
        yield f"| {moment:g} | {' | '.join(cells + ahead)} |"


def main(arguments: list[str] | None = None) -> None:
    """Print both tables, and the machine they are of."""
    asked = parser("Race training loops on MNIST.")
    asked.add_argument("--epochs", type=int, default=5, help="epochs of each, of which the median is told")
    asked.add_argument("--minutes", type=int, default=5, help="minutes of training of each in the second table; 0: no second table")
    asked.add_argument("--busy", action="store_true", help="for a busy machine: one thread, and the processor's seconds, not the clock's")
    options = asked.parse_args(arguments)
    clock, threads = (time.process_time, 1) if options.busy or options.smoke else (time.perf_counter, 2)
    epochs, moments = (1, [0.5, 1.0]) if options.smoke else (options.epochs, [60.0 * n for n in range(1, options.minutes + 1)])
    NETWORKS["example"] = UsualExample
    asked_for = tasks(options.smoke)
    print(f"{machine()}, torch {torch.__version__}, seconds of the {'clock' if clock is time.perf_counter else 'processor'}")
    if not has_pythae():
        print("pythae is not installed, so it takes no part; install it with: pip install pythae")
    if epochs:
        counts = ", ".join(f"{len(task.rows):,}" for task in asked_for)
        print(f"\nEpochs of {counts} images; medians of {epochs} epochs taken in turn\n")
        ratios = ("as fast as the example, times", "as pythae, times", "as the products", "as oneDNN's products")
        print(table(["network", "batch", "threads", "", "images a second", *ratios]))
        for line in (line for task in asked_for for line in epochs_in_turn(task, epochs, clock, threads)):
            print(line, flush=True)
    if moments:
        print(f"\nTest -ELBO, nats per image (grey pixels, one sample), batch 128, {threads} threads, Adam at {RATE:g}\n")
        for line in scores_in_turn(asked_for[0], moments, clock, threads):
            print(line, flush=True)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
