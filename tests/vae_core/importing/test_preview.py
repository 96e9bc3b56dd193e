"""What an import would bring: counts, examples, values, ink and duplicates, and no more of the images than is bounded."""

from __future__ import annotations

import numpy as np
import pytest

from tests.vae_core.importing.sources import Made, made
from vae_core.importing import preview as module
from vae_core.importing.preview import EXAMPLES, MOST_GROUPS, preview
from vae_core.importing.source import ROWS_AT_ONCE

NOISE = np.random.default_rng(0).integers(10, 245, (300, 8, 6), dtype=np.uint8)


def test_classes_and_parts_are_counted_and_each_class_has_examples() -> None:
    labels = np.repeat([0, 1, 2], [200, 97, 3])
    seen = preview(made(values=NOISE, labels=labels, class_names=("a", "b", "c"), n_validation=20, n_test=30))
    assert seen.counts == (200, 97, 3) and (seen.n_train, seen.n_validation, seen.n_test) == (250, 20, 30)
    assert [(one.label, len(one.pictures)) for one in seen.examples] == [(0, EXAMPLES), (1, EXAMPLES), (2, 3)]
    assert (seen.examples[2].pictures == NOISE[297:]).all()


def test_without_classes_examples_are_spread_over_all_images() -> None:
    seen = preview(made(values=NOISE))
    (group,) = seen.examples
    assert group.label == -1 and len(group.pictures) == EXAMPLES * MOST_GROUPS and seen.counts == ()
    assert (group.pictures[0] == NOISE[0]).all() and (group.pictures[-1] == NOISE[-1]).all()


def test_of_many_classes_the_largest_have_examples() -> None:
    labels = np.concatenate([np.arange(30), np.arange(10, 10 + MOST_GROUPS)])
    seen = preview(made(values=NOISE[: len(labels)], labels=labels, class_names=tuple(map(str, range(30)))))
    assert [one.label for one in seen.examples] == list(range(10, 10 + MOST_GROUPS)) and len(seen.counts) == 30


def test_values_ink_and_duplicates_are_those_of_the_pixels() -> None:
    paper = np.full((4, 14, 14), 1.0, np.float32)
    paper[:, 4:10, 4:10] = 0.0
    paper[3, 5, 5] = 1.0
    seen = preview(made(values=paper))
    assert seen.is_dark and seen.is_binary and seen.extreme_share == 1 and (seen.low, seen.high) == (0, 1)
    assert (seen.looked, seen.duplicates) == (4, 2)
    seen = preview(made(values=1 - paper))
    assert seen.is_dark is False
    seen = preview(made(values=NOISE))
    assert not seen.is_binary and seen.duplicates == 0 and seen.extreme_share == pytest.approx(((NOISE <= 12) | (NOISE >= 243)).mean())
    assert (seen.low, seen.high) == pytest.approx((10 / 255, 244 / 255))


def test_of_colours_nobody_asks_which_way_the_ink_runs() -> None:
    seen = preview(made(values=np.stack([NOISE] * 3, 1)))
    assert seen.is_dark is None and seen.is_colour and seen.examples[0].pictures.shape[1:] == (3, 8, 6)


def test_no_more_images_are_read_than_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    source, asked = made(values=np.concatenate([NOISE, NOISE])), []
    monkeypatch.setattr(Made, "read", lambda self, rows: (asked.append(len(rows)), self.values[rows])[1])
    monkeypatch.setattr(module, "MOST_LOOKED", 300)
    assert preview(source).looked == 300 and max(asked) <= ROWS_AT_ONCE
    monkeypatch.setattr(module, "MOST_BYTES", 48 * 100)
    assert preview(source).looked == 100
