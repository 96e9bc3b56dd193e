"""The grid of reconstructions: every pixel of every line, the sign of a difference, captions that cannot be markup, links."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from dashboard.figures.reconstructions import ACROSS, LESS, MORE, OFF, Caption, difference, grid
from tests.places import ROOT


class Read(HTMLParser):
    """What a grid holds: links, words, pictures, and the classes of the names of its lines."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.pictures: list[np.ndarray] = []
        self.lines: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found)
        elif tag == "img":
            data = base64.b64decode(str(found["src"]).partition(",")[2])
            self.pictures.append(np.asarray(Image.open(io.BytesIO(data))))
        elif "lines" in str(found.get("class")):
            self.lines.append(str(found["class"]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def images(n: int, seed: int = 0) -> np.ndarray:
    """Return n made-up pictures, taller than wide."""
    return np.random.default_rng(seed).integers(0, 256, (n, 5, 4), np.uint8)


def captions(n: int, name: str = "7") -> list[Caption]:
    """Return a caption for each of n pictures."""
    return [Caption(100 + i, name, 80.25 + i, f"explore?run=one&z={i},0.5") for i in range(n)]


def test_a_difference_is_opaque_by_its_size_and_coloured_by_its_sign() -> None:
    before, after = np.array([[[0, 255, 9, 200]]], np.uint8), np.array([[[255, 0, 9, 150]]], np.uint8)
    found = difference(before, after)
    assert found.shape == (1, 4, 1, 4) and found[0, 3, 0].tolist() == [255, 255, 0, 50]
    assert found[0, :3, 0, 0].tolist() == list(MORE)
    assert found[0, :3, 0, 1].tolist() == list(LESS) == found[0, :3, 0, 3].tolist()


def test_every_image_stands_in_three_lines_and_leads_to_its_place() -> None:
    before, after = images(4), images(4, seed=1)
    found = Read(grid(before, after, captions(4)))
    assert len(found.pictures) == 12
    for i in range(4):
        original, redrawn, gap = found.pictures[3 * i : 3 * i + 3]
        np.testing.assert_array_equal(original, before[i])
        np.testing.assert_array_equal(redrawn, after[i])
        np.testing.assert_array_equal(gap[..., 3], np.abs(after[i].astype(int) - before[i]))
        assert found.links[i]["href"] == f"explore?run=one&z={i},0.5"
        said = str(found.links[i]["aria-label"])
        assert f"{100 + i}" in said and f"{80.25 + i:.1f}" in said and "7" in said
    assert {"80.2 nats", "row 103", "7"} <= set(found.words)


def test_of_colours_the_mean_of_how_far_the_channels_are_off_is_shown_and_said() -> None:
    before, after = np.zeros((1, 3, 1, 2), np.uint8), np.zeros((1, 3, 1, 2), np.uint8)
    before[0, :, 0, 0], after[0, :, 0, 0] = (255, 0, 10), (0, 30, 10)
    found = difference(before, after)
    assert found.shape == (1, 4, 1, 2) and found[0, 3, 0].tolist() == [95, 0] and found[0, :3, 0, 0].tolist() == list(OFF)
    html = grid(before, after, captions(1))
    original, redrawn, _ = Read(html).pictures
    assert original[0, 0].tolist() == [255, 0, 10] and redrawn[0, 0].tolist() == [0, 30, 10]
    assert "far off 255" not in html and "255 far off" in html and "brighter" not in html


def test_a_file_stands_below_its_image_and_is_letters_alone() -> None:
    named = Caption(7, "cat", 1.0, "explore", file='cat/<b>"1".png')
    html = grid(images(1), images(1, 1), [named])
    (link,) = Read(html).links
    assert "<b>" not in html and '<b>"1".png' in Read(html).words and "row 7" not in Read(html).words
    assert str(link["title"]).endswith('File: cat/<b>"1".png.') and "Image 7" in str(link["title"])


def test_the_lines_are_named_where_a_row_begins_on_any_screen() -> None:
    found = Read(grid(images(13), images(13, 1), captions(13)))
    assert found.lines == ["lines by-12 by-6 by-3", "lines by-3", "lines by-6 by-3", "lines by-3", "lines by-12 by-6 by-3"]
    css = (ROOT / "dashboard" / "style.css").read_text()
    block = css[css.index(".reconstructions ul") :]
    assert tuple(map(int, re.findall(r"max-content repeat\((\d+)", block))) == ACROSS


def test_a_class_name_is_letters_and_no_markup() -> None:
    html = grid(images(1), images(1, 1), captions(1, '<img src=x onerror="1">'))
    assert "<img src=x" not in html and '<img src=x onerror="1">' in Read(html).words
    assert "“" not in grid(images(1), images(1, 1), captions(1, ""))
