"""A new run: the form, what the run will take, and its start."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from dashboard.i18n.format import duration, fixed, memory, number, plain
from dashboard.i18n.messages import translated
from dashboard.i18n.names import run_name, setting_value
from dashboard.i18n.texts import prose, t, text_or
from dashboard.views.train import actions, form
from vae_core.config import ConfigError, RunConfig
from vae_core.data import sources
from vae_core.data.dataset import SplitSizes, split_sizes
from vae_core.data.errors import DataError
from vae_core.jobs import cost_estimate, folder, queue, worker
from vae_core.messages import Message
from vae_core.presets import as_command
from vae_core.runs.errors import RunError
from vae_core.runs.listing import load_run
from vae_core.training import preflight


def can_write(root: Path) -> bool:
    """Start the worker, so that it is warm when it is needed; False, and a sentence, where nothing can be written."""
    try:
        folder.check_folder(root)
        worker.start_worker(root)
    except RunError as error:
        st.warning(plain(translated(error)))
        return False
    return True


def show_form(root: Path, is_allowed: bool) -> None:
    """Show the form, and beside it the button that starts what was chosen, what that will take, and how it differs from the preset."""
    left, right = st.columns([5, 3], gap="large")
    card = right.container(border=True)
    try:
        with left:
            config = form.ask_settings()
        check(config, root)
    except (ConfigError, DataError) as error:
        card.button(t("train.start"), disabled=True, key="train/start", width="stretch")
        card.warning(t("train.refused", sentence=plain(translated(error))))
        return
    with card:
        label = _start_label(config.data.dataset)
        st.button(label, type="primary", disabled=not is_allowed, key="train/start", on_click=_start, args=(root,), width="stretch")
        dataset = sources.placeholder(config.data.dataset)
        show_cost(config, split_sizes(dataset, config.data), root, is_allowed, dataset.taken)
        _show_changes(config)
        with st.expander(t("train.command")):
            st.write(t("train.command_said"))
            st.code(as_command(config, form.preset_name()), language="bash", wrap_lines=True)


def _show_changes(config: RunConfig) -> None:
    """List what is not the preset's, each with the way back."""
    if not (changes := form.changes(config)):
        return
    st.markdown(f"**{t('train.changed')}**")
    for name, values in changes.items():
        before, after = (plain(setting_value(name, value)) for value in values)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(t("train.change", name=t(f"setting.{name}"), before=before, after=after), width="stretch")
            st.button(t("train.reset"), type="tertiary", key=f"train/reset/{name}", on_click=form.reset, args=([name],))
    if len(changes) > 1:
        st.button(t("train.reset_all"), key="train/reset_all", on_click=form.reset, args=(list(changes),))


def check(config: RunConfig, root: Path) -> None:
    """Raise ConfigError or DataError where settings fit neither the data nor this computer."""
    preflight.check_settings(config, sources.placeholder(config.data.dataset))
    if config.train.device == "gpu" and folder.worker_state(root).get("has_card") is False:
        raise ConfigError(t("train.no_card"))


def show_cost(config: RunConfig, images: SplitSizes, root: Path, is_allowed: bool, taken: Message | None = None) -> None:
    """Say how long a run on so many images will take, as soon as the worker, which `is_allowed` to work, has measured this computer."""
    is_unknown = cost_estimate.machine_of(folder.worker_state(root).get("machine", {})) is None
    st.fragment(_show_cost, run_every=1.0 if is_unknown and is_allowed else None)(config, images, root, is_unknown, taken)


def _show_cost(config: RunConfig, images: SplitSizes, root: Path, was_unknown: bool, taken: Message | None) -> None:
    """Say how long the run will take and how much memory, once the worker has measured this computer."""
    machine = cost_estimate.machine_of(folder.worker_state(root).get("machine", {}))
    if machine is None:
        st.write(t("train.takes_warming"))
        return
    if was_unknown:
        st.rerun()
    expected, has = cost_estimate.estimate_cost(config, images, machine), cost_estimate.memory_of_machine()
    if has and expected.bytes > has:
        st.warning(t("train.takes_too_much", memory=memory(expected.bytes), has=memory(has)))
    else:
        shape = " × ".join(map(str, images.event_shape[-2:]))
        values = {"n": fixed(images.n_train, 0), "shape": shape, "time": duration(expected.seconds), "memory": memory(expected.bytes)}
        st.write(prose(t("train.takes", **values), *([plain(translated(taken))] if taken else [])))


def _start_label(dataset: str) -> str:
    """Return the words of the button; of a dataset that must be downloaded, say how large it is and where it comes from."""
    download = sources.download_needed(dataset)
    if download is None:
        return t("train.start")
    size = number(download.size / 1e6)
    host = plain(urlsplit(download.mirrors[0]).netloc)
    st.write(t("train.fetch", name=text_or(f"dataset.{dataset}.title", download.title), size=size, host=host))
    return t("train.start_fetching", size=size)


def _start(root: Path) -> None:
    try:
        config = form.current_settings()
        check(config, root)
    except (ConfigError, DataError):  # a value that changed with this press is refused; the page is about to say why
        return

    def ask() -> None:
        started = queue.enqueue(config, root)
        actions.watch(started.id)
        if not started.is_new:
            st.session_state["train_said"] = t("train.under_way", name=plain(run_name(load_run(root, started.id).name)))
        worker.start_worker(root)

    actions.attempt(ask)
