"""The page Data: a look before anything is written, the import and what follows it, uploads, and the imported sets."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.i18n.texts import t
from dashboard.session.background import Work, words_of
from dashboard.views.data import importing, looking, options, source_choice, uploads
from tests.dashboard.pages import open_page, words
from tests.dashboard.views.train.trainpage import MACHINE
from tests.vae_core.importing.sources import Made, made
from vae_core.data import imported
from vae_core.data.errors import DataError, UnusableFile
from vae_core.importing.source import ImportOptions
from vae_core.jobs import folder, worker
from vae_core.runs.listing import open_run

HOSTILE = "<b>x</b> ![](http://a.example/x.png)"
INERT = "![](http"  # stands on a page only where Markdown would make a picture of it


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty data folder beside empty runs; the page is seen from this computer, whose speed is known, and nobody trains."""
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / ".worker.json").write_text(json.dumps({"state": "ready", "run": "", "machine": MACHINE, "has_card": False}))
    monkeypatch.setenv("LATENT_LENS_RUNS", str(runs))
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(worker, "start_worker", lambda root: None)
    monkeypatch.setattr(source_choice, "is_local", lambda: True)
    monkeypatch.setattr(looking, "AT_ONCE", 30)
    return tmp_path / "data"


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that says what any path holds from then on."""

    def hold(**what: Any) -> None:
        def opened(path: Path, how: ImportOptions) -> Made:
            return made(options=how, **{"values": made().values if not how.is_inverted else 255 - made().values, **what})

        monkeypatch.setattr(looking, "open_source", opened)

    hold()
    return hold


def visited(path: str = "faces") -> AppTest:
    """Return the page with what lies at a path in sight."""
    at = open_page("data")
    return at.text_input(key="data/path").set_value(path).run()


def pressed(at: AppTest, then: str) -> AppTest:
    """Press a button that imports, and return the page once that is over."""
    at.button(key=f"data/import/{then}").click().run()
    if one := importing._under_way.get(imported.data_folder()):
        assert one.work.wait(30)
        at.run()
    return at


def letters(text: str) -> str:
    """Return a text without what keeps it from being Markdown."""
    return text.replace("\\", "").replace("\u2060", "")


def left(place: Path) -> list[str]:
    """Return what lies in the data folder, locks apart."""
    return sorted(path.name for path in place.iterdir() if path.name != ".lock") if place.exists() else []


def test_a_look_writes_nothing_and_the_button_trains(place: Path, opens: Callable[..., None]) -> None:
    opens(labels=np.arange(12) % 2, class_names=("cat", HOSTILE), n_test=3)
    at = visited()
    said = letters(words(at) + at.subheader[0].value)
    assert left(place) == [] and not at.exception and not at.warning
    assert t("data.seen", name="faces", n=12, what=t("data.what_grey", height=4, width=3)) in said and t("data.suggested") in said
    assert t("data.parts", train=9, validation=0, test=3) in said and t("data.one_size", height=4, width=3) in said
    pictures = [one.proto.imgs[0] for one in at.get("image")]
    assert [letters(one.caption) for one in pictures] == [t("data.class_count", name=name, n=6) for name in ("cat", HOSTILE)]
    assert INERT not in "".join(one.caption for one in pictures) + words(at)
    pressed(at, "train")
    (run,) = folder.waiting(place.parent / "runs")
    (one,) = imported.listed()
    assert open_run(run).config.data.dataset == one.id and open_run(run).name == "faces"
    assert at.session_state["page"].key == "train" and at.query_params["watch"] in (run.name, [run.name]) and not at.exception


def test_an_import_may_lead_to_the_form_or_stay(place: Path, opens: Callable[..., None]) -> None:
    at = pressed(visited(), "form")
    (one,) = imported.listed()
    assert at.session_state["page"].key == "train" and at.selectbox(key="train/dataset").value == one.id
    assert at.selectbox(key="train/likelihood").value == "bernoulli" and at.number_input(key="train/batch_size").value == 32
    assert not at.button(key="train/start").disabled and "faces" in at.selectbox(key="train/dataset").options
    opens(values=np.zeros((5, 3, 8, 8), np.uint8))
    at = visited()
    at.text_input(key="data/name").set_value("My faces").run()
    pressed(at, "stay")
    assert at.session_state["page"].key == "data" and t("data.imported", name="My faces", n=5) in [one.value for one in at.success]
    assert {one.name for one in imported.listed()} == {"faces", "My faces"} and at.text_input(key="data/name").value == ""
    assert len(left(place)) == 2 and not folder.waiting(place.parent / "runs")


def test_imported_sets_are_listed_trained_on_and_removed(place: Path, opens: Callable[..., None]) -> None:
    at = pressed(visited(), "stay")
    (one,) = imported.listed()
    assert t("data.library") in [found.value for found in at.subheader] and t("data.unused") in words(at)
    at.button(key=f"data/train/{one.id}").click().run()
    assert at.session_state["page"].key == "train" and at.selectbox(key="train/dataset").value == one.id
    at = open_page("data", at=at)
    at.button(key=f"data/remove/{one.id}").click().run()
    assert left(place) == [] and not at.exception and t("data.library") not in [found.value for found in at.subheader]
    at = open_page("train", at=at)
    assert not at.exception and at.selectbox(key="train/dataset").value == "digits"


def test_a_refusal_is_one_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, how: ImportOptions) -> Made:
        raise UnusableFile("{name} is empty; copy or save it again.", name=f"{path.name}{HOSTILE}")

    monkeypatch.setattr(looking, "open_source", refuse)
    at = visited()
    assert [letters(one.value) for one in at.warning] == [f"faces{HOSTILE} is empty; copy or save it again."]
    assert INERT not in at.warning[0].value and not at.exception and left(place) == []
    at.text_input(key="data/size").set_value("wide").run()
    assert "The size is 'wide'" in letters(at.warning[0].value)


def test_an_import_is_called_off_and_leaves_nothing(place: Path, opens: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, blocks = threading.Event(), Made.blocks

    def slowly(source: Made) -> Iterator[np.ndarray]:
        for block in blocks(source):
            yield block
            assert may_go_on.wait(30)

    monkeypatch.setattr(Made, "blocks", slowly)
    at = visited()
    at.button(key="data/import/stay").click().run()
    assert t("data.progress", name="faces", done=5, total=12)[:9] in "".join(one.proto.text for one in at.get("progress"))
    other = open_page("data")  # somebody else sees the import and can do nothing else meanwhile
    assert not other.text_input and other.button(key="data/cancel")
    at.button(key="data/cancel").click().run()
    may_go_on.set()
    assert importing._under_way[place].work.wait(30)
    at.run()
    assert t("app.cancelled") in [one.value for one in at.warning] and left(place) == []


def test_the_switch_turns_light_into_dark(place: Path, opens: Callable[..., None]) -> None:
    values = np.full((4, 14, 14), 250, np.uint8)
    values[:, 4:10, 4:10] = 3
    opens(values=values)
    at = visited()
    assert t("data.ink_dark") in words(at) and t("data.repeats", n=3, of=t("data.looked_all", n=4)) in words(at)
    seen = at.session_state["data_look"][0]
    at.toggle(key=options.INVERTED).set_value(True).run()
    assert at.session_state["data_look"][0] != seen and at.session_state["data_look"][0][1].is_inverted


# ---- uploads


def test_uploads_are_bounded_and_looked_at(place: Path, opens: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_choice, "is_local", lambda: False)
    at = open_page("data")
    assert not any(one.key == "data/path" for one in at.text_input) and t("data.upload_said", n=200) in words(at)
    at.file_uploader[0].set_value([("a.npy", bytes(9), "")]).run()
    path = at.session_state["data_uploaded"][1].path
    assert path.exists() and t("data.suggested") in words(at)
    monkeypatch.setattr(source_choice, "limit", lambda: 0)
    at.run()
    assert t("data.upload_too_much", n=0) in [one.value for one in at.warning]
    monkeypatch.setattr(source_choice, "limit", lambda: 200)
    at.run()
    pressed(at, "stay")
    assert not path.exists() and len(left(place)) == 1 and not at.exception


class File:
    """A file as Streamlit hands it over."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size

    def getbuffer(self) -> memoryview:
        """Return its bytes."""
        return memoryview(bytes(self.size))


def test_uploaded_names_stay_within_their_folder() -> None:
    names = ("../../up.png", "..", "a/b.png", "b.png", "C:\\c.png", "x\0y.png", "n" * 300 + ".png", "")
    kept = uploads.UploadFolder([File(name, 1) for name in names])
    found = {path.name for path in kept.path.iterdir()}
    assert len(found) == len(names) and all(len(name) <= 140 for name in found) and {"up.png", "b.png", "c.png", "x_y.png"} <= found
    assert kept.source == kept.path
    assert uploads.UploadFolder([File("labels.npy", 3), File("images.npy", 9)]).source.name == "images.npy"
    assert (faces := uploads.UploadFolder([File("a.pgm", 3), File("b.pgm", 9)])).source == faces.path
    path = kept.path
    del kept
    gc.collect()
    assert not path.exists()


def test_paths_are_offered_where_only_this_computer_reaches_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    here, elsewhere = ("127.0.0.1", "localhost", "::1"), ("0.0.0.0", "192.168.0.2", None)
    for address, is_here in [(one, True) for one in here] + [(one, False) for one in elsewhere]:
        monkeypatch.setattr(st, "get_option", lambda name, address=address: address)
        assert source_choice.is_local() is is_here


# ---- work in a thread of its own


FAILURES = (OSError(28, "No space left on device"), MemoryError(), ValueError("odd\nlines"), DataError("It is empty."))


@pytest.mark.parametrize("error", FAILURES)
def test_work_that_fails_ends_in_one_sentence(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def fail(work: Work[int]) -> int:
        raise error

    work = Work(fail)
    assert work.wait(10) and work.result is None and work.error is error
    assert words_of(work.error).endswith("\\.") or words_of(work.error).endswith(".")
    assert bool(caplog.records) == isinstance(error, ValueError)


def test_work_is_called_off_at_its_next_report() -> None:
    def count(work: Work[int]) -> int:
        while True:
            work.report(0.5)
            time.sleep(0.001)

    work = Work(count)
    work.cancel()
    assert work.wait(10) and work.share == 0.5 and work.result is work.error is None
