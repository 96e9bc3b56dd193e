"""Few labels and what they tell: chosen alike for all features, and right where the classes lie apart."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from vae_core.evaluation.label_probe import balanced_draws, draws_of, probe


def clouds(n: int, seed: int, apart: float = 8.0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    return {"apart": generator.normal(size=(n, 2)) + apart * np.eye(3)[labels][:, :2], "noise": generator.normal(size=(n, 2))}, labels


def test_a_draw_has_as_many_of_each_class_and_none_where_a_class_has_fewer():
    labels = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    for rows in draws_of(labels, 2, 4):
        assert np.bincount(labels[rows]).tolist() == [2, 2, 2] and len(set(rows)) == 6
    assert draws_of(labels, 3, 4) is None
    assert [rows.tolist() for rows in draws_of(labels, 1, 3)] == [rows.tolist() for rows in draws_of(labels, 1, 3)]


def test_a_hundred_labels_are_as_even_as_can_be_over_the_classes():
    labels = np.repeat(np.arange(3), 50)
    for rows in balanced_draws(labels, 100, 6):
        assert sorted(np.bincount(labels[rows])) == [33, 33, 34] and len(set(rows)) == 100
    assert balanced_draws(labels, 2, 1) is None and balanced_draws(np.array([0, 1, 1, 1]), 4, 1) is None


def test_what_lies_apart_is_told_and_noise_is_chance():
    (train, train_labels), (test, test_labels) = clouds(600, 0), clouds(600, 1)
    scores = {(one.features, one.classifier, one.labels): one for one in probe(train, train_labels, test, test_labels, (1, 10, 5000))}
    assert {key[2] for key in scores} == {1, 10}  # no class has 5,000
    for classifier in ("logistic", "knn"):
        assert scores["apart", classifier, 10].value > 0.98
        noise = scores["noise", classifier, 10]
        assert noise.value == pytest.approx(1 / 3, abs=4 * noise.standard_error + 0.01)


def test_the_error_is_that_of_draws_and_of_test_images():
    (train, train_labels), (test, test_labels) = clouds(400, 0, apart=1.5), clouds(100, 1, apart=1.5)
    several = probe(train, train_labels, test, test_labels, (5,), draws=8)[0]
    one = probe(train, train_labels, test, test_labels, (5,), draws=1)[0]
    assert one.standard_error == pytest.approx(np.sqrt(one.value * (1 - one.value) / 100))
    assert several.standard_error > np.sqrt(several.value * (1 - several.value) / 100)


def test_the_scale_of_a_kind_of_features_does_not_matter():
    (train, train_labels), (test, test_labels) = clouds(300, 0, apart=2), clouds(300, 1, apart=2)
    large = [{name: 1000 * values for name, values in part.items()} for part in (train, test)]
    given = [one.value for one in probe(train, train_labels, test, test_labels, (10,), draws=2)]
    assert [one.value for one in probe(large[0], train_labels, large[1], test_labels, (10,), draws=2)] == pytest.approx(given, abs=0.01)


def test_constant_features_are_no_error():
    flat = {"flat": np.zeros((40, 3))}
    labels = np.arange(40) % 2
    assert probe(flat, labels, flat, labels, (2,), draws=1)[0].value == 0.5


def test_one_thread_does_the_small_products():
    (train, train_labels), (test, test_labels) = clouds(60, 0), clouds(60, 1)
    with threadpool_limits(2):
        counts = []
        probe(train, train_labels, test, test_labels, (2,), 1, lambda share: counts.extend(threads()))
        assert set(counts) == {1} and set(threads()) == {2}


def threads():
    return [pool["num_threads"] for pool in threadpool_info()]
