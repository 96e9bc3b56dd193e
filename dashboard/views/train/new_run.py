"""What the Train page asks for: a new run, with what it will take, and order among the runs that are there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from dashboard.i18n.format import duration, fixed, memory, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import run_name
from dashboard.i18n.texts import prose, t, text_or
from dashboard.views.train import form, monitor
from vae_core.config import ConfigError, RunConfig
from vae_core.data import sources
from vae_core.data.dataset import split_sizes
from vae_core.data.errors import DataError
from vae_core.jobs import cost_estimate, folder, queue, worker
from vae_core.jobs.queue import ACTIVE, RESUMABLE
from vae_core.runs.errors import RunError
from vae_core.runs.run import Run
from vae_core.training import preflight


def can_write(root: Path) -> bool:
    """Wake the worker, so that it is warm when it is needed; False, and a sentence, where nothing can be written."""
    try:
        folder.check_folder(root)
        worker.start_worker(root)
    except RunError as error:
        st.warning(plain(translated(error)))
        return False
    return True


def say_what_was_said() -> None:
    """Show what stood against the last request, and the way back from a deletion."""
    if sentence := st.session_state.get("train_said"):
        st.info(sentence)
    if trashed := st.session_state.get("trashed"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(t("train.deleted", name=plain(run_name(trashed[0]))))
            st.button(t("train.undo"), on_click=_undo, args=(trashed[1],))


def _undo(lies: Path) -> None:
    del st.session_state["trashed"]
    monitor.tried(lambda: queue.restore(lies))


# --------------------------------------------------------------------------- a new run


def offer(root: Path, is_allowed: bool) -> None:
    """Show the form, what the chosen run will take, and the button that starts it."""
    top, middle, sight, fold = st.container(), st.container(), st.container(), st.expander(t("train.all_settings"))
    try:
        config = form.ask(top, sight, fold)
        check(config, root)
    except (ConfigError, DataError) as error:
        middle.warning(t("train.refused", sentence=plain(translated(error))))
        middle.button(t("train.start"), disabled=True, key="train/start")
        return
    with middle:
        machine = cost_estimate.machine_of(folder.worker_state(root).get("machine", {}))
        st.fragment(_takes, run_every=1.0 if machine is None and is_allowed else None)(config, root, machine is None)
        label = _fetching(config.data.dataset)
        st.button(label, type="primary", disabled=not is_allowed, key="train/start", on_click=_start, args=(root,))


def check(config: RunConfig, root: Path) -> None:
    """Raise ConfigError or DataError where settings fit neither the data nor this computer."""
    preflight.check_settings(config, sources.placeholder(config.data.dataset))
    if config.train.device == "gpu" and folder.worker_state(root).get("has_card") is False:
        raise ConfigError(t("train.no_card"))


def _takes(config: RunConfig, root: Path, was_unknown: bool) -> None:
    """Say how long the run will take and how much memory, once the worker has measured this computer."""
    machine = cost_estimate.machine_of(folder.worker_state(root).get("machine", {}))
    if machine is None:
        st.write(t("train.takes_warming"))
        return
    if was_unknown:
        st.rerun()
    dataset = sources.placeholder(config.data.dataset)
    images = split_sizes(dataset, config.data)
    expected, has = cost_estimate.estimate_cost(config, images, machine), cost_estimate.memory_of_machine()
    if has and expected.bytes > has:
        st.warning(t("train.takes_too_much", memory=memory(expected.bytes), has=memory(has)))
    else:
        shape = " × ".join(map(str, images.event_shape))
        said = {"n": fixed(images.n_train, 0), "shape": shape, "time": duration(expected.seconds), "memory": memory(expected.bytes)}
        st.write(prose(t("train.takes", **said), *([plain(translated(dataset.taken))] if dataset.taken else [])))


def _fetching(dataset: str) -> str:
    """Say of a dataset that is not here how large it is and where it comes from; return the words of the button."""
    download = sources.download_needed(dataset)
    if download is None:
        return t("train.start")
    size = number(download.size / 1e6)
    host = plain(urlsplit(download.mirrors[0]).netloc)
    st.write(t("train.fetch", name=text_or(f"dataset.{dataset}.title", download.title), size=size, host=host))
    return t("train.start_fetching", size=size)


def _start(root: Path) -> None:
    try:
        config = form.standing()
        check(config, root)
    except (ConfigError, DataError):  # what was changed with the press is refused, and the page is about to say why
        return

    def ask() -> None:
        started = queue.enqueue(config, root)
        monitor.choose(started.id)
        if not started.is_new:
            st.session_state["train_said"] = t("train.under_way")
        worker.start_worker(root)

    monitor.tried(ask)


# --------------------------------------------------------------------------- the runs that are there


def others(runs: list[Run]) -> None:
    """Point to runs that are under way, and to those that were stopped and can go on."""
    for run in runs:
        if run.state in ACTIVE or (run.state in RESUMABLE and not run.summary):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(t("train.now_active" if run.state in ACTIVE else "train.stopped_here", name=plain(run_name(run.name))))
                st.button(t("train.watch"), key=f"train/watch/{run.id}", on_click=monitor.choose, args=(run.id,))


def housekeeping(root: Path, runs: list[Run], is_allowed: bool) -> None:
    """Rename and delete runs, and empty the trash."""
    with st.expander(t("train.runs")):
        if runs:
            by_id = {run.id: run for run in runs}
            chosen = st.selectbox(
                t("train.runs_which"), list(by_id), format_func=lambda one: f"{run_name(by_id[one].name)} ({one})", key="train/which"
            )
            run, key = by_id[chosen], f"train/name/{chosen}"
            st.text_input(t("train.runs_name"), run.name, key=key, max_chars=200, help=t("train.runs_name_help"))
            with st.container(horizontal=True):
                st.button(t("train.rename"), disabled=not is_allowed, on_click=_rename, args=(run, key))
                st.button(t("train.delete"), disabled=not is_allowed, on_click=monitor.tried, args=(partial(monitor.remove, run),))
        if trashed := list((root / ".trash").glob("*")):
            st.write(t("train.trash", n=len(trashed)))
            st.button(t("train.empty_trash"), disabled=not is_allowed, on_click=_empty, args=(root,))


def _rename(run: Run, key: str) -> None:
    monitor.tried(lambda: queue.rename(run, st.session_state[key]))


def _empty(root: Path) -> None:
    st.session_state.pop("trashed", None)
    monitor.tried(lambda: queue.empty_trash(root))
