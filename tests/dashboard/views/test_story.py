"""The Story page without a browser: its packet, its texts, the check before a talk, the file to share, and that the page stands."""

from __future__ import annotations

import base64
import json
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard import story
from dashboard.components import html_file
from dashboard.components import story as component
from dashboard.components.story import packet
from dashboard.components.story.routes import Route, route
from dashboard.i18n.texts import LANGUAGES, in_language, t
from dashboard.pages import PAGES
from dashboard.views.story import check, export
from tests.dashboard.pages import open_page
from tests.places import ROOT
from vae_core import place
from vae_core.inspection.parts.registry import APPLICATIONS
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run
from vae_core.storage.files import write_npz
from vae_core.story.build import LONG, RUNS, SHORT
from vae_core.story.recipes import BESIDE, MAP, place_of

APP = ROOT / "dashboard" / "app.py"
MOST_WORDS, MOST_CHARACTERS = 14, 24


def taken_apart(parcel: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the packet's header and its blobs by name, as store.js does."""
    at = 4 + struct.unpack_from("<I", parcel)[0]
    header = json.loads(parcel[4:at])
    blobs = {}
    for name, size in header["sizes"]:
        blobs[name] = parcel[at : at + size]
        at += size
    assert at == len(parcel)
    return header, blobs


@pytest.fixture(scope="module")
def built() -> tuple[dict[str, Any], dict[str, bytes]]:
    """The header and blobs of all packets together."""
    whole, blobs = {}, {}
    for _, parcel in packet.build():
        header, parts = taken_apart(parcel)
        assert not set(parts) & set(blobs), "sent twice"
        blobs |= parts
        for name in ("arrays", "facts", "runs"):
            whole[name] = whole.get(name, {}) | header[name]
    return whole, blobs


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A story of one's own, to damage; the runs are those that are shipped until a test needs another."""
    folder = tmp_path / "_story"
    shutil.copytree(packet.FOLDER, folder)
    for name in BESIDE:
        shutil.copytree(place_of(name), place_of(name, folder))
    return folder


# ------------------------------------------------------------------ packet


def test_the_packet_holds_what_the_steps_need(built: tuple[dict[str, Any], dict[str, bytes]]) -> None:
    header, blobs = built
    wanted = {f"run/{run}/{part}" for asked in RUNS.values() for run, parts in asked.items() for part in parts}
    assert wanted == {name for name in blobs if name.startswith("run/")}
    assert {name.split("/")[1] for name in wanted} == set(header["runs"])
    stored = packet.arrays(packet.FOLDER)
    assert len(stored) > 10
    for name, array in stored.items():
        entry = header["arrays"][name]
        again = np.frombuffer(blobs[name], entry["dtype"]).reshape(entry["shape"])
        np.testing.assert_array_equal(again, array)
    assert header["facts"] == packet.facts(packet.FOLDER)


def test_a_network_in_the_packet_is_that_of_its_run(built: tuple[dict[str, Any], dict[str, bytes]]) -> None:
    header, blobs = built
    run = open_run(place_of(MAP))
    parts = [blobs[f"run/{MAP}/{part}"] for part in ("decoder", "encoder")]
    names = [set(json.loads(part[8 : 8 + struct.unpack_from("<Q", part)[0]])) - {"__metadata__"} for part in parts]
    assert names[0] | names[1] == set(run.model().state_dict()) and not names[0] & names[1]
    told = header["runs"][MAP]
    assert told["test"] == run.summary["test"] and told["usual"] == run.summary["usual"] and told["support"] == "binary"


def test_the_key_follows_the_bytes(copied: Path) -> None:
    before = packet.build(copied)[0][0]
    assert before == packet.build()[0][0]
    with np.load(copied / "map.npz") as stored:
        arrays = dict(stored)
    arrays["points"] = arrays["points"] + np.float32(1)
    write_npz(copied / "map.npz", **arrays)
    assert packet.build(copied)[0][0] != before


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros(3, np.int64), np.array(["a"])])  # texts are not read at all
def test_an_array_that_the_browser_cannot_read_is_named(copied: Path, bad: np.ndarray) -> None:
    np.savez(copied / "odd.npz", thing=bad)
    with pytest.raises(RunError, match=r"odd/thing has the type|odd\.npz"):
        packet.build(copied)


@pytest.mark.parametrize("name", ["facts.json", "map.npz", f"../{MAP}/model.safetensors"])
def test_damage_is_one_sentence(copied: Path, name: str) -> None:
    (copied / name).write_bytes(b"not this")
    with pytest.raises(RunError) as error:
        packet.build(copied)
    assert str(error.value).endswith((".", "--build")) and "\n" not in str(error.value)


# ------------------------------------------------------------------ texts and files


def test_every_step_is_one_file_and_one_section() -> None:
    folder = component.HERE / "steps"
    listed = re.findall(r"^  (\w+): \w+Step,$", (folder / "index.js").read_text(encoding="utf-8"), re.M)
    assert tuple(listed) == LONG
    assert {path.stem for path in folder.glob("*.js")} == {*LONG, "index"}


@pytest.mark.parametrize("step", LONG)
def test_sentences_are_short(step: str) -> None:
    with in_language("en"):
        assert len(t(f"story.{step}.sentence").split()) <= MOST_WORDS
    with in_language("zh"):
        sentence = t(f"story.{step}.sentence")
    assert len(sentence) <= MOST_CHARACTERS and re.search(r"[\u4e00-\u9fff]", sentence)


def test_words_are_told_in_every_language() -> None:
    words = component.words()
    assert set(words) == set(LANGUAGES) and len({frozenset(texts) for texts in words.values()}) == 1
    assert words["zh"]["map.sentence"] != words["en"]["map.sentence"]


# ------------------------------------------------------------------ routes


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Route("short", SHORT)),
        ({"step": "strict"}, Route("short", SHORT)),
        ({"step": "nowhere"}, Route("short", SHORT)),
        ({"route": "long"}, Route("long", LONG)),
        ({"step": "mat"}, Route("long", ("map", "mat"))),
        ({"steps": "strict, map,strict"}, Route("own", ("strict", "map"))),
        ({"steps": "map,house,", "route": "long"}, Route("own", ("map",), ("house",))),
        ({"steps": "house"}, Route("short", SHORT, ("house",))),
        ({"steps": "map", "title": "A talk" * 100}, Route("own", ("map",), (), ("A talk" * 100)[:80])),
        ({"steps": "x" * 5000}, Route("short", SHORT, ("x" * 1000,))),
    ],
)
def test_the_address_chooses_the_steps(query: dict[str, str], expected: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    if query == {"step": "mat"}:  # a step of the long route alone, whatever there is
        monkeypatch.setattr("dashboard.components.story.routes.LONG", ("map", "mat"))
        monkeypatch.setattr("dashboard.components.story.routes.ROUTES", {"short": SHORT, "long": ("map", "mat")})
    assert route(query) == expected


def test_unknown_steps_are_left_out_with_a_sentence() -> None:
    at = open_page("story", {"steps": "map,<b>house</b>"})
    assert not at.exception
    assert "house" in at.info[0].value and "<b>" not in at.info[0].value
    at = open_page("story", {"route": "long"})
    assert not at.exception and not at.info


# ------------------------------------------------------------------ check


def test_all_steps_are_ready_to_present() -> None:
    found = check.open_steps()
    assert [opened.step for opened in found] == list(LONG)
    assert [opened.problem for opened in found] == [""] * len(found)
    assert sum(opened.seconds for opened in found) < 30


def test_check_names_a_changed_run_and_goes_on(copied: Path) -> None:
    weights = copied / "turn-60" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    found = {opened.step: opened.problem for opened in check.open_steps(copied)}
    assert "model.safetensors of run 'turn-60' was changed" in found.pop("turn")
    assert not any(found.values())


def test_check_names_a_missing_array_and_a_missing_fact(copied: Path) -> None:
    with np.load(copied / "map.npz") as stored:
        arrays = {name: stored[name] for name in stored.files if name != "film"}
    write_npz(copied / "map.npz", **arrays)
    facts = packet.facts(copied)
    del facts["aim"]
    (copied / "facts.json").write_text(json.dumps(facts))
    found = {opened.step: opened.problem for opened in check.open_steps(copied)}
    assert found["map"] == t("story.no_array", file="map.npz", name="film", command=place.COMMAND)
    assert found["aim"] == t("story.no_facts", command=place.COMMAND)


def test_check_names_texts_that_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    words = component.words()
    del words["zh"]["map.do"]
    words["zh"]["end.met"] = words["zh"]["end.met"].replace("{name}", "")
    monkeypatch.setattr(component, "words", lambda: words)
    found = {opened.step: opened.problem for opened in check.open_steps()}
    assert found["map"] == t("story.no_text", key="story.map.do", file="zh.toml")
    assert "story.end.met has other values in zh.toml" in found["end"]


def test_the_command_checks(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vae_core", "story", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[-1] == t("story.check_all")
    assert [line.split(":")[0] for line in lines[: len(LONG)]] == list(LONG)
    routes = {t("story.route_short"): SHORT, t("story.route_long"): LONG}
    assert lines[len(LONG) : -1] == [t("story.check_route", route=route, n=len(order)) for route, order in routes.items()]
    assert "strict-ae" in done.stdout


def test_a_failing_step_is_exit_code_1(copied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (copied / "facts.json").unlink()
    monkeypatch.setattr(packet, "FOLDER", copied)
    assert story.main(["--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == t("story.check_not_all") and "--build" in lines[0]
    assert story.main(["--export", str(copied / "story.html")]) == 1
    assert capsys.readouterr().err.count("\n") == 1 and not (copied / "story.html").exists()


# ------------------------------------------------------------------ one file


def test_the_file_to_share_is_whole_and_small(tmp_path: Path) -> None:
    path = tmp_path / "story.html"
    assert story.main(["--export", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size <= export.MAX_BYTES
    inside = re.findall(r'class="packet">([^<]+)<', text)
    assert [base64.b64decode(one) for one in inside] == [parcel for _, parcel in packet.build()]
    told = re.search(r'id="told">(.+?)</script>', text, re.S)
    assert told and json.loads(told[1])["routes"] == {"short": list(SHORT), "long": list(LONG)}
    assert not re.search(r'(src|href)="|url\((?!data:)|@import|https?://(?!www\.w3\.org)', text)
    assert story.main(["--export", str(tmp_path / "no" / "such" / "story.html")]) == 1


def test_the_file_opens_on_the_steps_that_were_chosen_and_has_their_title() -> None:
    text = export.html_page(chosen=route({"steps": "strict,map", "title": "<b>Mine</b>"}))
    told = json.loads(re.search(r'id="told">(.+?)</script>', text, re.S)[1])  # type: ignore[index]
    assert (told["route"], told["order"], told["title"]) == ("own", ["strict", "map"], "<b>Mine</b>")
    assert "<title>&lt;b&gt;Mine&lt;/b&gt;</title>" in text and "<b>Mine</b>" not in text


def test_a_script_to_share_loses_comments_and_indentation_alone() -> None:
    script = (
        "// what\nconst a = 1; // stays\n/** @type {x} */\n  /**\n   * Of * lines.\n   */\n    const b = `//\n  /* c`;\n//# sourceURL=x\n"
    )
    assert html_file.lean(script) == "const a = 1; // stays\nconst b = `//\n/* c`;\n//# sourceURL=x\n"


def test_the_end_leads_to_pages_and_parts_that_there_are() -> None:
    pages = {page.key for page in PAGES}
    for visit in component.VISITS:
        key, _, part = visit.partition("/")
        assert key in pages and (not part or part in APPLICATIONS)
    source = (component.HERE / "steps" / "end.js").read_text(encoding="utf-8")
    assert set(re.findall(r'"(use/[a-z-]+)"', source)) == {visit for visit in component.VISITS if "/" in visit}


def test_a_file_too_large_to_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_BYTES", 1000)
    with pytest.raises(RunError, match="MB is hard to share"):
        export.html_page()


# ------------------------------------------------------------------ the page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_stands(language: str) -> None:
    at = open_page("story", {"lang": language})
    assert not at.exception and not at.warning
    protos = [element.proto for element in at.get("bidi_component")]
    assert len(protos) >= 2
    with in_language(language):
        labels = [t("story.check")]
    assert [button.label for button in at.button] == labels
    at.button(key="story_check").click().run()
    with in_language(language):
        assert t("story.check_all") in [element.value for element in at.markdown]
