"""The command line: python -m vae_core --help lists its commands. Torch is imported only by those that need it."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def leave_at_once(number: int, frame: Any) -> None:
    """End the process on Ctrl-C: while modules are imported there is nothing to save, and Python would print where it was."""
    os.write(2, b"Stopped.\n")
    os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, leave_at_once)

import argparse
import io
import math
import shlex
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

from tqdm import tqdm

from vae_core import children, rounding
from vae_core.config import ConfigError, RunConfig, sections
from vae_core.data.errors import DataError
from vae_core.data.sources import load
from vae_core.inspection.report import results_table
from vae_core.jobs.queue import stem_of
from vae_core.jobs.worker import IDLE_SECONDS
from vae_core.jobs.worker import work as run_worker
from vae_core.model.effective_beta import OtherLoss
from vae_core.model.effective_beta import translate as effective_beta
from vae_core.presets import DEFAULT, PRESETS
from vae_core.printable import shown
from vae_core.runs import run as runs
from vae_core.runs.listing import list_runs
from vae_core.runs.verification import verify as verify_run

NICENESS = 10  # of the worker, once it is warm: until then somebody may be waiting for it

SECTION_TITLES = {"data": "data", "model": "model", "objective": "objective", "train": "training"}


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser. The settings of `train` are read off RunConfig and the registries, which costs importing torch, so only for it."""
    top = argparse.ArgumentParser(prog="python -m vae_core", description="Train variational autoencoders and look inside them.")
    commands = top.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train one VAE and write its run directory", description="Train one VAE and store the run.")
    preset_help = f"settings to start from; all others below change it (default: {DEFAULT})"
    train.add_argument("--preset", choices=PRESETS, help=preset_help)
    train.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped: its id in checkpoints/ or its directory")
    train.add_argument("--out", type=Path, metavar="DIR", help="the run directory to be made (default: a new one in checkpoints/)")
    if command == "train":
        _add_settings(train)
    for name, text in (("verify", "check a run's hashes, shapes and numbers"), ("evaluate", "print what a run scores on its test images")):
        sub = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        sub.add_argument("run", metavar="RUN", help="a run's id in checkpoints/, or the path of its directory")
        if name == "evaluate":
            sub.add_argument("--umap", action="store_true", help="also compute the UMAP map of the test images and store it with the run")
    _add_inspect(commands.add_parser("inspect", help="compute and print what the page Inspect shows of a run", description=inspect.__doc__))
    commands.add_parser("list", help="list the runs in checkpoints/")
    other = commands.add_parser("translate", help="tell which beta the loss of another program amounts to", description=translate.__doc__)
    _add_fields(other, OtherLoss, "default:")
    _add_story(commands.add_parser("story", help="check the Story page, write it as one file, or make its data", description=story.__doc__))
    worker = commands.add_parser("work", help="train what the dashboard asks for, one run after another")
    worker.add_argument("--idle", type=float, default=IDLE_SECONDS, metavar="SECONDS", help="leave when nothing was asked for so long")
    return top


def _add_story(command: argparse.ArgumentParser) -> None:
    command.add_argument("--check", action="store_true", help="open every step in both languages and say whether all is ready")
    command.add_argument("--export", type=Path, metavar="FILE", help="write the whole story as one HTML file that works offline")
    build = "make runs and steps anew: those named, or the runs that are missing and every step"
    command.add_argument("--build", nargs="*", metavar="STEP", help=build)


def _add_inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="a run's id in checkpoints/, or the path of its directory")
    command.add_argument("parts", metavar="PART", nargs="*", help="nats, rate-distortion, holes, outliers, bounds, gap (default: all)")
    command.add_argument("--split", choices=("test", "train"), default="test", help="which images (default: test)")
    command.add_argument("--again", action="store_true", help="compute what is stored, too")
    command.add_argument("--images", type=int, default=1000, metavar="N", help="images for bounds and gap, which are slow (default: 1000)")
    command.add_argument("--samples", type=int, default=5000, metavar="N", help="latent samples of the tightest bound (default: 5000)")
    command.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")


def _within(option: str, value: float, low: int, high: int) -> None:
    """Raise ConfigError where a number is not in its range."""
    if not low <= value <= high:
        raise ConfigError(f"{option} is {value}; it must be at least {low} and at most {high}.")


def _add_settings(command: argparse.ArgumentParser) -> None:
    default = RunConfig()
    command.add_argument("--name", help="display name of the run")
    for section, group in sections(default).items():
        _add_fields(command.add_argument_group(SECTION_TITLES[section]), type(group), "preset or")


def _add_fields(arguments: argparse._ActionsContainer, group: type[Any], fallback: str) -> None:
    """Add an option for each field of a dataclass of settings."""
    hints = get_type_hints(group)
    for f in fields(group):
        is_list = hints[f.name] == tuple[int, ...]
        kind = int if is_list else hints[f.name]
        text = f"{f.metadata['help']}{_choices(f.metadata['choices'])} ({fallback} {_shown(f.default)})".replace("%", "%%")
        flag = f"--{f.name.replace('_', '-')}"
        metavar = {int: "N", float: "X", str: "NAME"}[kind]
        arguments.add_argument(flag, type=kind, help=text, metavar=metavar, nargs="*" if is_list else None)


def _choices(registry: str) -> str:
    """Return the entries of a registry named as `package.module.NAME`."""
    if not registry:
        return ""
    module, _, name = registry.rpartition(".")
    entries = getattr(import_module(f"vae_core.{module}"), name)
    return ": " + ", ".join(entries)


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def configure(options: argparse.Namespace) -> RunConfig:
    """Return the preset with every setting that was given on the command line."""
    preset = PRESETS[options.preset or DEFAULT]
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in vars(options).items() if value is not None}
    changed = {}
    for section, group in sections(preset).items():
        changed[section] = replace(group, **{f.name: given[f.name] for f in fields(group) if f.name in given})
    # A preset's display name describes its data and model; with others it would be a lie.
    is_same = all(changed[key] == getattr(preset, key) for key in ("data", "model", "objective"))
    name = options.name if options.name is not None else preset.name if is_same else ""
    return replace(preset, name=name, **changed)


# --------------------------------------------------------------------------- train


def drop_broken_streams() -> None:
    """Let what is printed from now on vanish where nobody reads it any more, as behind `| head`."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def nobody_need_read() -> Iterator[None]:
    """Print, and go on in silence where the reader has gone, as `head` does: that is no reason to end a training."""
    try:
        yield
    except BrokenPipeError:
        drop_broken_streams()


class Console:
    """Progress on a terminal: a bar with the time left, and a line per epoch whose total is the sum of its parts.

    Before them it says which value of the data was `taken` for white.
    """

    taken: str | None = None

    def __init__(self) -> None:
        self.bar = tqdm(disable=True)

    def start(self, total_steps: int, n_train: int, done: int) -> None:
        """Open the bar."""
        with nobody_need_read():
            if self.taken:
                print(self.taken)
            print("nats per image            training                          validation")
            print("   epoch   reconstruction +   KL  =  total      reconstruction +   KL  =  total")
        with nobody_need_read():
            self.bar = tqdm(total=total_steps, initial=done, unit="step", dynamic_ncols=True, mininterval=0.2, file=sys.stderr)

    def step(self, step: int) -> None:
        """Move the bar."""
        with nobody_need_read():
            self.bar.update(1)

    def epoch(self, epoch: int, rows: list[dict[str, Any]]) -> None:
        """Print one line above the bar."""
        cells = []
        for parts in [(row["reconstruction"], row["kl"]) for row in rows]:
            if math.isnan(parts[1]):
                cells.append(f"{parts[0]:14.2f}")
            else:
                reconstruction, kl = rounding.parts(parts, 2)
                cells.append(f"{reconstruction:14.2f} + {kl:6.2f} = {rounding.total(parts, 2):7.2f}")
        with nobody_need_read():
            tqdm.write(f"{epoch:8d} {'    '.join(cells)}", file=sys.stdout)

    def close(self) -> None:
        """Close the bar."""
        with nobody_need_read():
            self.bar.close()


def train(options: argparse.Namespace) -> int:
    """Train, or go on with a run that was stopped, and print the command that shows the result."""
    from vae_core.diagnostics.advice import advise
    from vae_core.training.runner import resume
    from vae_core.training.runner import train as fit

    console = Console()
    try:
        if options.resume is not None:
            run = resume(to_resume(options), reporter=console)
        elif is_restarted(path := out(options)):
            run = resume(path, reporter=console)
        else:
            config = configure(options)
            dataset = load(config.data.dataset)
            console.taken = dataset.taken
            run = fit(config, path, dataset=dataset, reporter=console)
    finally:
        console.close()
    if int(os.environ.get("RANK", 0)):
        return 0
    print("\n".join(["", *results_table(run)]))
    for sentence in advise(run.config, run.summary):
        print(f"  {sentence}")
    root = "" if run.path.parent == runs.default_root() else f"LATENT_LENS_RUNS={shlex.quote(str(run.path.parent))} "
    print(f"\nThe run is in {run.path}. To see it:\n  {root}streamlit run dashboard/app.py")
    return 0


def to_resume(options: argparse.Namespace) -> Path:
    """Return the run to go on with; its settings stand in its config.json, so none may be given."""
    given = sorted(key for key, value in vars(options).items() if value is not None and key not in ("command", "resume"))
    if given:
        raise ConfigError(f"--resume goes on with the settings of the run; leave out --{given[0].replace('_', '-')}.")
    return find(options.resume).resolve()


def out(options: argparse.Namespace) -> Path:
    """Return the run directory to be made."""
    if options.out is not None:
        return options.out.resolve()
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise ConfigError("several processes need a run directory that all of them know; give one with --out.")
    return (runs.default_root() / f"{stem_of(configure(options))}-{time.strftime('%Y%m%d-%H%M%S')}").resolve()


def is_restarted(path: Path) -> bool:
    """Tell whether torchrun started us anew after it lost a process, so that the run of before goes on."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0)) > 0 and (path / "config.json").exists()


# --------------------------------------------------------------------------- list, verify, evaluate


def find(name: str) -> Path:
    """Return the directory of a run given by id or path.

    Raises:
        RunError: there is neither.
    """
    path = Path(name)
    return path.resolve() if os.path.isfile(path / "config.json") else runs.load(runs.default_root(), name).path


def list_all(options: argparse.Namespace) -> int:
    """Print a line per run."""
    found, broken = list_runs(runs.default_root())
    if not found and not broken:
        print(f"There are no runs in {runs.default_root()}; make one with: python -m vae_core train")
    for run in found:
        result = _result(run.summary) if run.summary else shown(run.sentence)
        print(f"{shown(run.id):32s} {shown(run.dataset['name']):14s} {run.config.model.latent_size:3d}-D  {run.state:12s} {result}")
    for folder in broken:
        print(f"{shown(folder.id):32s} cannot be read: {shown(folder.sentence)}")
    return 0


def _result(summary: dict[str, Any]) -> str:
    test = summary["test"]
    if test["negative_elbo"] is None:
        return f"{test['reconstruction']:8.2f} nats per image of reconstruction ({summary['protocol']})"
    return f"{test['negative_elbo']:8.2f} nats per image ({summary['protocol']})"


def verify(options: argparse.Namespace) -> int:
    """Print what is wrong with a run; the exit code is 1 if anything is."""
    path = Path(options.run) if Path(options.run).is_dir() else runs.default_root() / options.run
    if not path.is_dir():
        find(options.run)
    problems = verify_run(path.resolve())
    for problem in problems:
        print(shown(problem))
    if not problems:
        print(f"Run {path.resolve().name!r} is sound: hashes, shapes and numbers are as written by training.")
    return int(bool(problems))


def evaluate(options: argparse.Namespace) -> int:
    """Score a run on its test images once more, from its weights, and print the table."""
    from vae_core.evaluation.scoring import rescore
    from vae_core.latent.latents import umap, umap_obstacle

    run = runs.open_run(find(options.run))
    if not run.summary:
        raise runs.RunError(f"Run {run.id!r} is not finished ({run.state}), so there is nothing to evaluate.")
    if options.umap and (sentence := umap_obstacle(run.latents())):
        raise runs.RunError(sentence)
    print("\n".join(["", *results_table(replace(run, summary={**run.summary, **rescore(run)}))]))
    if options.umap:
        print("Computing the UMAP map of the test images; the first time this takes about a minute.")
        run.store_projection("umap", umap(run.latents().mu))
    return 0


def inspect(options: argparse.Namespace) -> int:
    """Compute what the page Inspect shows of a run, store it with the run and print it."""
    import torch

    from vae_core.inspection.parts.registry import PARTS
    from vae_core.inspection.process import InspectionProgress, run_parts
    from vae_core.inspection.report import report_of

    for name in ("images", "samples"):
        _within(f"--{name}", getattr(options, name), 1, 10**9)
    if options.threads is not None:
        _within("--threads", options.threads, 1, 1024)
        torch.set_num_threads(options.threads)
    run, parts = runs.open_run(find(options.run)), options.parts or tuple(PARTS)
    with tqdm(total=1.0, bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}", dynamic_ncols=True, file=sys.stderr) as bar:

        def show(now: InspectionProgress) -> None:
            bar.set_description(now.part, refresh=False)
            bar.update(now.whole - bar.n)

        limits = {"most_images": options.images, "most_samples": options.samples}
        found = run_parts(run, parts, options.split, again=options.again, report=show, **limits)
    for result in found:
        print("\n".join(report_of(result)))
    return 0


def _give_way() -> None:
    """Let this process come after others, so that a page which is opened while it trains goes first."""
    if not hasattr(os, "getsid") or os.getsid(0) != os.getpid():  # on Windows; or it shares its session with whoever started it by hand
        return
    os.setpriority(os.PRIO_PGRP, 0, NICENESS)
    with suppress(OSError):  # Linux weighs sessions before it weighs processes (sched(7), autogroup)
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def work(options: argparse.Namespace) -> int:
    """Train what the dashboard asks for."""
    _within("--idle", options.idle, 0, 10**9)
    if not run_worker(runs.default_root().resolve(), options.idle, _give_way):
        raise runs.RunError("Another worker is training for this folder already.")
    return 0


def translate(options: argparse.Namespace) -> int:
    """Print the beta here that the loss of another program amounts to."""
    given = {f.name: value for f in fields(OtherLoss) if (value := getattr(options, f.name)) is not None}
    found = effective_beta(OtherLoss(**given))
    print(f"{found.formula}\n{found.sentence}")
    return 0


def story(options: argparse.Namespace) -> int:
    """Check the Story page before a talk, write the whole of it as one file to share, or make what it stands on."""
    if options.build is not None:
        from vae_core.story.build import build

        build(options.build)
    wanted = [*(["--check"] if options.check else []), *(["--export", str(options.export.resolve())] if options.export else [])]
    if not wanted:
        if options.build is None:
            raise ConfigError("Tell what to do with the story: --check, --export FILE or --build.")
        return 0
    if not Path(children.HOME, "dashboard", "story.py").is_file():
        raise runs.RunError(f"The story is a page of the dashboard, which is not in {children.HOME}; get the whole project.")
    return subprocess.run(children.command("dashboard.story", *wanted), env=children.environment(), check=False).returncode


NEED_TORCH = ("train", "evaluate", "inspect", "work")
COMMANDS = {
    "train": train,
    "list": list_all,
    "verify": verify,
    "evaluate": evaluate,
    "inspect": inspect,
    "story": story,
    "work": work,
    "translate": translate,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every expected failure is one sentence on standard error and exit code 1."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may know few letters, and no name is worth losing a result over
            stream.reconfigure(errors="backslashreplace")
    options = parser(arguments[0] if arguments else None).parse_args(arguments)
    try:
        if options.command in NEED_TORCH:
            import torch  # noqa: F401  # seconds, in which Ctrl-C may still end the process at once
        if signal.getsignal(signal.SIGINT) is leave_at_once:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = COMMANDS[options.command](options)
        sys.stdout.flush()  # here, where a reader that has gone is expected
        return code
    except (ConfigError, DataError, runs.RunError) as error:
        print(shown(error), file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    except BrokenPipeError:
        drop_broken_streams()
    except OSError as error:  # what no command expects, such as a name that is too long or a folder that may not be read
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
