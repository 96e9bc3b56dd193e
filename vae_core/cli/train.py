"""train: train one VAE, or go on with a run that was stopped."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from dataclasses import replace
from pathlib import Path

from vae_core import place
from vae_core.cli.arguments import Subparsers, add_fields, find_run, given
from vae_core.config import ConfigError, RunConfig, sections
from vae_core.presets import DEFAULT, PRESETS, name_kept

SECTION_TITLES = {"data": "data", "model": "model", "objective": "objective", "train": "training"}


def add(subparsers: Subparsers) -> None:
    """Add the command with every setting of a run."""
    text = f"Train one VAE and store the run, in {place.folder()} or in the folder that LATENT_LENS_RUNS names."
    command = subparsers.add_parser("train", help="train one VAE and write its run directory", description=text)
    preset_help = f"settings to start from; all others below change it (default: {DEFAULT})"
    command.add_argument("--preset", choices=PRESETS, help=preset_help)
    command.add_argument("--resume", metavar="RUN", help="continue a run that was stopped: its id, as `list` shows it, or its directory")
    command.add_argument("--like", metavar="RUN", help="settings to start from: those of this run; all below change them")
    rows = command.add_mutually_exclusive_group()
    rows.add_argument("--without", metavar="SET", help="with --like: leave out the images of this set of the run, see `select`")
    rows.add_argument("--only", metavar="SET", help="with --like: leave out all images that are not in this set of the run")
    command.add_argument("--out", type=Path, metavar="DIR", help="the run directory to be made (default: a new one in the folder of runs)")
    command.add_argument("--name", help="display name of the run")
    for section, group in sections(RunConfig()).items():
        add_fields(command.add_argument_group(SECTION_TITLES[section]), type(group), "preset or")


def configure(options: argparse.Namespace) -> RunConfig:
    """Return the preset, or the settings of a run, with every setting that was given on the command line."""
    if options.like is None and (options.without is not None or options.only is not None):
        raise ConfigError("--without and --only name a set of a run; name the run with --like.")
    if options.like is not None and options.preset is not None:
        raise ConfigError("--like starts from the settings of a run; leave out --preset.")
    preset = PRESETS[options.preset or DEFAULT] if options.like is None else _like(options)
    changed = {key: value for group in (preset, *sections(preset).values()) for key, value in given(options, group).items()}
    config = preset.with_settings(**changed)
    return config if "name" in changed else replace(config, name=name_kept(preset, config))


def _like(options: argparse.Namespace) -> RunConfig:
    """Return the settings of a run, without its name, on the images that were asked for."""
    from vae_core.runs.listing import open_run
    from vae_core.runs.retraining import settings_again, settings_of

    found = open_run(find_run(options.like))
    if options.without is None and options.only is None:
        return settings_of(found) if options.dataset is None else replace(found.config, name="")
    name = options.only if options.without is None else options.without
    return settings_again(found, found.selection(name), "only" if options.without is None else "without")


def run(options: argparse.Namespace) -> int:
    """Train, or go on with a run that was stopped, and print the command that shows the result."""
    from vae_core.cli.console import Console
    from vae_core.cli.scores import results_table
    from vae_core.data.sources import load, named_in_full
    from vae_core.diagnostics.advice import advise
    from vae_core.runs.layout import default_root
    from vae_core.training import runner

    console = Console()
    try:
        if options.resume is not None:
            trained = runner.resume(_to_resume(options), reporter=console)
        elif _is_restarted(path := _run_folder(options)):
            trained = runner.resume(path, reporter=console)
        else:
            config = named_in_full(configure(options))
            dataset = load(config.data.dataset)
            console.taken = dataset.taken
            trained = runner.train(config, path, dataset=dataset, reporter=console)
    finally:
        console.close()
    if int(os.environ.get("RANK", 0)):
        return 0
    print("\n".join(["", *results_table(trained)]))
    for advice in advise(trained.config, trained.summary):
        print(f"  {advice.sentence}")
    root = "" if trained.path.parent == default_root() else f"LATENT_LENS_RUNS={shlex.quote(str(trained.path.parent))} "
    print(f"\nThe run is in {trained.path}. To see it:\n  {root}{place.DASHBOARD}")
    return 0


def _to_resume(options: argparse.Namespace) -> Path:
    """Return the run to go on with; its settings stand in its config.json, so none may be given."""
    others = sorted(key for key, value in vars(options).items() if value is not None and key not in ("command", "resume"))
    if others:
        raise ConfigError(f"--resume continues with the settings of the run; leave out --{others[0].replace('_', '-')}.")
    return find_run(options.resume).resolve()


def _run_folder(options: argparse.Namespace) -> Path:
    """Return the run directory to be made."""
    from vae_core.jobs.queue import stem_of
    from vae_core.runs.layout import default_root

    if options.out is not None:
        return options.out.resolve()
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise ConfigError("several processes need a run directory that all of them know; give one with --out.")
    return (default_root() / f"{stem_of(configure(options))}-{time.strftime('%Y%m%d-%H%M%S')}").resolve()


def _is_restarted(path: Path) -> bool:
    """Tell whether torchrun started us anew after it lost a process, so that the run of before goes on."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0)) > 0 and (path / "config.json").exists()
