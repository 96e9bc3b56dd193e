"""What happens while a run trains, in sentences; spans of time and memory in rough words."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.i18n.format import duration, memory
from dashboard.i18n.texts import t
from dashboard.views.train.narration import narrate
from vae_core.config import ObjectiveConfig, RunConfig
from vae_core.diagnostics.trends import Trend

TRENDS = [
    (Trend("nothing_yet"), t("train.say_nothing_yet")),
    (Trend("overfitting", {"epoch": 21, "worse": 1.234}), t("train.say_overfitting", epoch=21, worse="1.2")),
    (Trend("empty"), t("train.say_empty")),
    (Trend("warming", {"weight": 0.634}), t("train.say_warming", what=t("losses.weighed.kl"), weight="0.63")),
    (Trend("kl_rising"), t("train.say_kl_rising")),
    (Trend("kl_falling"), t("train.say_kl_falling")),
    (Trend("drawing_better", {"nats": 6.0, "n": 6}), t("train.say_drawing_better", nats="6.0", n=6)),
    (Trend("drawing_worse", {"nats": 6.0, "n": 6}), t("train.say_drawing_worse", nats="6.0", n=6)),
    (Trend("still", {"n": 12}), t("train.say_still", n=12)),
]


@pytest.mark.parametrize(("trend", "sentence"), TRENDS)
def test_every_trend_has_its_sentence(trend: Trend, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.views.train.narration.find_trends", lambda history, latent_size: [trend])
    assert narrate({"epoch": np.zeros(0)}, RunConfig()) == [sentence]


def test_the_weight_that_warms_up_is_named_after_what_it_weighs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.views.train.narration.find_trends", lambda history, latent_size: [Trend("warming", {"weight": 2.0})])
    (sentence,) = narrate({"epoch": np.zeros(0)}, RunConfig(objective=ObjectiveConfig(objective="beta-tc", beta=4.0)))
    assert "the total correlation is 2.0" in sentence and "KL" not in sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a second"),
        (4.4, "4 seconds"),
        (13, "15 seconds"),
        (88, "90 seconds"),
        (130, "2 minutes"),
        (5300, "88 minutes"),
        (20000, "6 hours"),
    ],
)
def test_spans_of_time_are_said_roughly(seconds: float, words: str) -> None:
    assert duration(seconds) == f"about {words}"


def test_memory_is_said_in_gigabytes() -> None:
    assert (memory(612e6), memory(1.234e9), memory(25e9)) == ("about 0.6 GB", "about 1.2 GB", "about 25 GB")
