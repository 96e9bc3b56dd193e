"""ROC, precision and thresholds, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from vae_core.evaluation.detection import auc_of, average_precision, detection, roc, threshold_at


@pytest.mark.parametrize("places", [0, 1, 8])  # rounded to whole numbers most scores are equal to others
def test_they_are_those_of_scikit_learn(places):
    generator = np.random.default_rng(0)
    known, strange = np.round(generator.normal(0, 2, 83), places), np.round(generator.normal(1, 2, 57), places)
    scores, truth = np.concatenate([known, strange]), np.repeat([0, 1], [83, 57])
    assert auc_of(known, strange) == pytest.approx(roc_auc_score(truth, scores))
    assert average_precision(known, strange) == pytest.approx(average_precision_score(truth, scores))


def test_a_score_that_never_errs_is_no_more_than_certain():
    found = detection(np.arange(120.0), np.arange(200.0, 321.0))
    assert found.auc == found.precision == found.precision_interval[1] == 1.0


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    generator, held = np.random.default_rng(1), 0
    for seed in range(60):  # of two normal clouds one standard deviation apart the truth is Phi(1 / sqrt 2)
        low, high = detection(generator.normal(0, 1, 80), generator.normal(1, 1, 80), seed).auc_interval
        held += low <= 0.76025 <= high
    assert held >= 50


def test_a_threshold_flags_at_most_what_was_asked_for_and_as_many_as_it_can():
    known = np.arange(100.0)
    for alarm, flagged in ((0.0, 0), (0.01, 1), (0.025, 2), (0.1, 10), (1.0, 99)):
        assert (known > threshold_at(known, np.array([alarm]))[0]).sum() == flagged
    assert (np.zeros(10) > threshold_at(np.zeros(10), np.array([0.5]))[0]).sum() == 0  # equals are flagged together or not at all


def test_the_curve_rises_from_what_no_alarm_catches_to_all():
    generator = np.random.default_rng(0)
    curve = roc(generator.normal(0, 1, 500), generator.normal(1, 1, 500))
    assert len(curve) == 101 and (np.diff(curve) >= 0).all() and curve[-1] == 1.0
    assert np.trapezoid(curve, dx=0.01) == pytest.approx(0.76, abs=0.04)
