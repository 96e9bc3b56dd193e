"""Precision, recall, density and coverage: by hand, where a closed form is known, and with errors that are those of other draws."""

import numpy as np
import pytest

from vae_core.evaluation.sample_quality import MEASURES, expected_coverage, sample_quality


def clouds(n: int, seed: int, d: int = 3):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, d)), generator.normal(size=(n, d))


def values(real, drawn, k=5):
    return {name: value for name, (value, _) in sample_quality(real, drawn, k).items()}


def test_by_hand_on_a_line():
    real, drawn = np.arange(12.0)[:, None], np.array([0.5, *[100.0 + i for i in range(11)]])[:, None]
    found = values(real, drawn, 1)  # each real image reaches as far as its neighbour, 1 away
    assert found["precision"] == found["density"] / 2 == pytest.approx(1 / 12)  # 0.5 lies within the reach of 0 and of 1
    assert found["coverage"] == pytest.approx(2 / 12)
    assert found["recall"] == 1.0  # the lonely drawn one reaches to 100, over all real ones: the weakness that coverage mends


def test_sets_of_one_kind_have_density_one_and_the_coverage_of_the_closed_form():
    n, rounds = 120, [values(*clouds(120, seed)) for seed in range(30)]
    means = {name: np.array([one[name] for one in rounds]) for name in MEASURES}
    for name, expected in (("density", 1.0), ("coverage", expected_coverage(n, n))):
        assert means[name].mean() == pytest.approx(expected, abs=4 * means[name].std() / np.sqrt(len(rounds)))
    assert means["precision"].mean() == pytest.approx(means["recall"].mean(), abs=0.02)


def test_the_closed_form_tends_to_one_less_a_power_of_two():
    assert expected_coverage(10**6, 10**6, 5) == pytest.approx(1 - 2**-5, abs=1e-5)
    assert expected_coverage(1, 1, 1) == 1.0  # no other real image is in the way


def test_what_lies_apart_is_neither_precise_nor_covering_and_a_copy_is_both():
    real, other = clouds(60, 0)
    assert set(values(real, other + 100).values()) == {0.0}
    copy = values(real, real)
    assert copy["precision"] == copy["recall"] == copy["coverage"] == 1.0


def test_drawing_one_kind_of_two_is_precise_and_leaves_half_uncovered():
    real, _ = clouds(200, 1)
    real[100:] += 50
    found = values(real, clouds(200, 2)[1])
    assert (
        found["precision"] > 0.8 and found["recall"] == pytest.approx(0.45, abs=0.06) and found["coverage"] == pytest.approx(0.49, abs=0.02)
    )


def test_the_jackknife_gives_the_spread_of_other_draws():
    rounds = [sample_quality(*clouds(100, seed)) for seed in range(40)]
    for name in MEASURES:
        spread, said = np.std([one[name][0] for one in rounds]), np.mean([one[name][1] for one in rounds])
        assert 0.6 < said / spread < 2.2, name  # rather too much: of recall, which hangs on single far images, most


def test_images_that_are_all_the_same_are_no_error():
    same = np.zeros((30, 2))
    assert values(same, same) == {"precision": 1.0, "recall": 1.0, "density": 6.0, "coverage": 1.0}  # all 30 within reach of each, over 5
