"""Paint on a pad, and pictures made smaller, against numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.js.node import Engine, running

MODULES = ("paint", "ink", "shrinking")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine with paint."""
    with running(*(f"js/engine/{name}.js" for name in MODULES)) as node:
        yield node


SHOWN = """([pixels, height, width]) => {
    const pad = js.paint.Paint.forPicture(height, width, [9, 9, 9]);
    const facts = { dataset: "other", levels: 255, pixels: "grey" };
    const empty = js.ink.asSeen({ picked: null, ink: pad, isDark: false }, facts, height, width);
    pad.show(pixels, height, width, 255);
    const seen = js.ink.asSeen({ picked: null, ink: pad, isDark: false }, facts, height, width);
    return [empty, pad.width, pad.height, Array.from(seen)];
}"""


@pytest.mark.parametrize("shape", [(14, 14), (28, 20), (300, 12)])
def test_a_picture_that_lies_on_the_pad_is_seen_as_it_is(engine: Engine, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (3, *shape))
    empty, width, height, seen = engine.call(SHOWN, [picture.ravel().tolist(), *shape])
    assert empty is None and max(width, height) == 280
    if max(shape) <= 280:
        np.testing.assert_allclose(np.reshape(seen, picture.shape), picture / 255, atol=1e-6 if shape == (14, 14) else 0.5)
        assert abs(np.mean(seen) - picture.mean() / 255) < 0.01


STROKE = """([from, to, colour]) => {
    const pad = new js.paint.Paint(40, 30, [10, 20, 30]);
    pad.stroke(...from, ...to, 5, colour);
    pad.stroke(...to, ...from, 5, colour);
    return [Array.from(pad.dots), pad.isEmpty, (pad.clear(), pad.isEmpty)];
}"""


def test_a_stroke_covers_what_is_near_and_leaves_the_rest(engine: Engine) -> None:
    colour = [250, 0, 77]
    dots, is_empty, is_clear = engine.call(STROKE, [[10, 15], [30, 15], colour])
    dots = np.reshape(dots, (30, 40, 3))
    y, x = np.mgrid[:30, :40] + 0.5
    far = np.hypot(x - np.clip(x, 10, 30), y - 15)
    assert (dots[far < 4.5] == colour).all() and (dots[far > 5.5] == [10, 20, 30]).all()
    assert not is_empty and is_clear


SMALLER = """([means, picture, times]) => {
    const shrinking = new js.shrinking.Shrinking(picture, times);
    return [shrinking.height, shrinking.width, Array.from(shrinking.run(means))];
}"""


@pytest.mark.parametrize(("channels", "height", "width", "times"), [(1, 8, 6, 2), (3, 9, 12, 3), (3, 7, 5, 2), (3, 4, 4, 1)])
def test_a_smaller_picture_has_the_means_of_what_lies_under_its_pixels(
    engine: Engine, channels: int, height: int, width: int, times: int
) -> None:
    means = np.random.default_rng(1).random((channels, height, width))
    tall, wide, found = engine.call(SMALLER, [means.ravel().tolist(), {"channels": channels, "height": height, "width": width}, times])
    assert (tall, wide) == (-(-height // times), -(-width // times))
    found = np.reshape(found, (channels, tall, wide))
    if height % times == width % times == 0:
        np.testing.assert_allclose(found, means.reshape(channels, tall, times, wide, times).mean((2, 4)), rtol=1e-6)
    np.testing.assert_allclose(found.mean((1, 2)), means.mean((1, 2)), rtol=1e-6)
