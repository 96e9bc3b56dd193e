"""Files, classes and columns of imported images whose names try to be markup or formulas: each page shows them letter by letter."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from playwright.sync_api import expect

from dashboard.figures.colours import SHAPES
from dashboard.i18n.texts import t
from tests.browser.serving import Server
from tests.browser.stage import Map
from tests.conftest import tiny_config
from tests.dashboard.views.train.trainpage import MACHINE
from vae_core.config import DataConfig
from vae_core.data.imported import remove
from vae_core.importing.registry import open_source
from vae_core.importing.source import ImportOptions
from vae_core.importing.writer import import_images
from vae_core.inspection import process
from vae_core.training.runner import train

MARKUP = '<img src=x onerror="document.title=1"> ![a](http://evil.invalid/i.png) <b>zork</b> **quux**'
CLASSES = (
    "<b>zork</b><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0 <b>zork</b>",
    "\u202e![a](http://evil.invalid/i)<b>zork</b>\u200f",
    f"<b>zork</b>{'w' * 290}",
)
SET = "=cmd <img src=x onerror=document.title=1> <b>zork ![a](http://evil.invalid/i)"  # marked on every view
FOLDERS = ("<img src=x onerror=document.title=1>", "![a](http:evil.invalid) <b>zork")  # a slash would part two folders
PAGES = ("home", "explore", "latent", "film", "losses", "runs", "report", "inspect", "compare")  # that links lead to after Data and Train
# The words of a page, components and fields included, and the elements that only a name can have made.
FOUND = """() => {
  const below = (root) => [...root.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot ? below(e.shadowRoot) : [])]);
  const all = below(document.body).filter((e) => !e.closest('script, style, noscript'));
  const texts = all.flatMap((e) => [...e.childNodes]).filter((one) => one.nodeType === Node.TEXT_NODE);
  const leadsAway = (e) => e.matches('[*|href*="evil.invalid"]') && new URL(e.href?.baseVal ?? e.href, location).origin !== location.origin;
  return {
    made: all.filter((e) => e.matches('[src=x], [onerror], [src*="evil.invalid"]') || leadsAway(e)).map((e) => e.outerHTML),
    words: [...texts.map((one) => one.data), ...all.filter((e) => e.matches('input')).map((e) => e.value)],
  };
}"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 48 pictures in two folders; beside it lie labels.csv and side.csv."""
    place = tmp_path_factory.mktemp("names") / FOLDERS[0]
    generator, files = np.random.default_rng(0), []
    for n in range(48):
        files.append(f"{FOLDERS[n % 2]}/=cmd <b>zork ![a](http:evil.invalid) {n}.png")
        (place / files[-1]).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(generator.integers(0, 256, (8, 8), np.uint8)).save(place / files[-1])
    columns = [MARKUP, "=cmd|' /C calc'!A0", "\u202ethgir", "c" * 300]
    with (place.parent / "labels.csv").open("w", newline="", encoding="utf-8") as labels:
        csv.writer(labels).writerows([("file", "label"), *((file, CLASSES[n % 4]) for n, file in enumerate(files))])
    with (place.parent / "side.csv").open("w", newline="", encoding="utf-8") as side:
        csv.writer(side).writerows([columns, *((file, MARKUP, "@SUM(1)", n) for n, file in enumerate(files))])
    return place


@pytest.fixture(scope="module")
def own_set(root: Path, pictures: Path) -> Iterator[str]:
    """Yield the id of these pictures, imported, from which two small runs have learned whose names are no better; no worker starts."""
    options = ImportOptions(labels=str(pictures.parent / "labels.csv"), table=pictures.parent / "side.csv")
    source = open_source(pictures, options)
    imported = import_images(source, MARKUP)
    source.close()
    config = replace(tiny_config(MARKUP, epochs=1, batch_size=16, snapshots=2), data=DataConfig(dataset=imported.id))
    trained = train(config, root / "hostile")
    trained.select(SET, trained.latents().rows, 3)
    process.run_parts(trained, max_images=12, max_samples=10)
    shutil.copytree(root / "hostile", root / "=cmd")
    copied = root / "=cmd" / "config.json"
    copied.write_text(copied.read_text().replace("**quux**", "**quux** again"))
    (root / ".worker.json").write_text(json.dumps({"state": "ready", "machine": MACHINE}))
    with FileLock(root / ".worker.lock"):
        yield imported.id
    for file in root.glob(".*"):
        file.unlink()
    remove(imported)


def is_inert(live: Map, key: str) -> None:
    """Fail where a page is not shown, or a name on it has become anything else than the text that it is."""
    live.watch.settle()
    expect(live.page).to_have_title(f"{t(f'{key}.nav')} · {t('app.title')}")
    found = live.page.evaluate(FOUND)
    assert found["made"] == [], key
    assert any("![a](http" in words for words in found["words"]), f"{key} shows no name"
    assert [words for words in found["words"] if re.search(r"(?<!<b>)zork|(?<!\*\*)quux", words)] == [], key
    assert live.watch.complaints == [], key


def test_names_reach_every_page_as_text(live: Map, server: Server, own_set: str, pictures: Path) -> None:
    page = live.page
    page.goto(f"{server.url}/data?run=hostile&sel={quote(quote(SET))}")
    page.get_by_text(t("data.options"), exact=True).click()
    for key, path in (("labels", pictures.parent / "labels.csv"), ("table", pictures.parent / "side.csv"), ("path", pictures)):
        page.get_by_role("textbox", name=t(f"data.{key}"), exact=True).fill(str(path))
    page.keyboard.press("Enter")
    expect(page.get_by_text(t("data.suggested"))).to_be_visible()
    is_inert(live, "data")
    page.locator(f"[class*='st-key-data-train'][class*='{own_set[-8:]}'] button").click()
    is_inert(live, "train")
    for key in PAGES:
        page.locator(f"[data-testid=stSidebarNavLink][href$='/{key.removeprefix('home')}']").click()
        if key == "explore":
            live.ready("hostile")
            live.move(0, 0)
            expect(page.locator(".ll-legend button")).to_contain_text(["<b>zork</b>"] * 4)
            expect(page.locator(".ll-trust")).to_contain_text("<b>zork</b>")
        if key == "inspect":
            page.get_by_role("radio", name=t("inspect.outliers.name")).check()
            page.get_by_text(t("inspect.outliers.order.agreement"), exact=True).click()
            expect(page.get_by_text(f"{SHAPES[3]} “{SET[:44]}")).to_be_visible()
        is_inert(live, key)
