"""The map of a run as one HTML file: what is in it, what is left out where it would be too large, and what is refused."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard import export
from dashboard.components import map_file
from tests.dashboard.pages import unfinish
from tests.places import ROOT
from vae_core.cli.main import main
from vae_core.runs.errors import RunError
from vae_core.runs.listing import open_run

SHIPPED = [ROOT / "checkpoints" / name for name in ("digits-2d", "mnist-2d", "mnist-16d")]


def told(page: str) -> dict[str, Any]:
    found = re.search(r'id="told">(.+?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def keys(page: str) -> list[str]:
    """Return the keys of the packets in a file, without the run's."""
    packets = [base64.b64decode(text) for text in re.findall(r'class="packet">([^<]+)<', page)]
    heads = [json.loads(packet[4 : 4 + int.from_bytes(packet[:4], "little")]) for packet in packets]
    return [head["key"].split("/", 1)[1] for head in heads]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_run_is_whole_and_small_and_asks_for_nothing(folder: Path) -> None:
    page = map_file.map_file(open_run(folder), "en")
    assert len(page.encode()) <= map_file.MAX_BYTES
    assert {"points", "first", "weights", "trust", "encoder", "images", "column/kl"} <= set(keys(page))
    assert told(page)["absent"] == ["answers", "row"]
    assert "default-src 'none'" in page and not re.search(r"url\((?!data:)|@import|https?://(?!www\.w3\.org)", page)


def test_what_would_make_it_too_large_is_left_out_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run(SHIPPED[0])
    monkeypatch.setattr(map_file, "MAX_BYTES", 1000)
    page = map_file.map_file(run, "zh")
    assert keys(page) == ["points", "first", "weights", "trust"]
    said = told(page)
    assert said["absent"] == ["answers", "row", "draw"]
    assert [column["name"] for column in said["columns"]] == ["class"] and not said["has_film"]
    assert said["language"] == "zh" and '<html lang="zh">' in page


def test_names_are_text_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run(SHIPPED[0])
    evil = "</script><!--<script><img src=x onerror=alert(1)>"
    monkeypatch.setattr(map_file, "run_name", lambda _: evil)
    monkeypatch.setattr("dashboard.components.run_packets.class_names", lambda _: [evil] * 10)
    page = map_file.map_file(run, "en")
    assert evil not in page and "<img" not in page
    assert told(page)["names"] == [evil] * 10


def test_the_command_writes_it_or_says_in_one_sentence_why_not(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "map.html"
    assert main(["export", str(SHIPPED[0]), "--html", str(path), "--language", "zh"]) == 0
    assert str(path) in capfd.readouterr().out and '<html lang="zh">' in path.read_text(encoding="utf-8")
    for run, file in ((SHIPPED[0], tmp_path / "no" / "map.html"), (tmp_path, path)):
        assert export.main([str(run), "--html", str(file)]) == 1
        assert capfd.readouterr().err.count("\n") == 1
    assert main(["export", "no-such-run", "--html", str(path)]) == 1
    assert "no-such-run" in capfd.readouterr().err


def test_what_has_no_map_says_why_in_its_language_and_names_no_page(runs: Path) -> None:
    run = open_run(SHIPPED[0])
    with pytest.raises(RunError, match=r"这次训练学的不是图像，所以没有地图可画。$"):
        map_file.map_file(replace(run, dataset={**run.dataset, "event_shape": [64]}), "zh")
    unfinish(runs / "tiny-2d")
    with pytest.raises(RunError, match="the run is not finished yet"):
        map_file.map_file(open_run(runs / "tiny-2d"), "en")
