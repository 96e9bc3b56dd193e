"""Strange images against slow code: density without themselves, duplicates by comparing all pairs, the order and the CSV."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from vae_core.evaluation import outliers


def test_the_density_of_an_image_leaves_it_out() -> None:
    rng = np.random.default_rng(0)
    mu, log_var = rng.normal(size=(30, 2)), rng.normal(size=(30, 2)) - 1
    mu[7] = 9.0
    found = outliers.leave_one_out(mu, log_var)
    for i in range(30):
        others = np.delete(np.arange(30), i)
        assert found[i] == pytest.approx(np.log(norm.pdf(mu[i], mu[others], np.exp(log_var[others] / 2)).prod(1).mean()))
    assert found.argmin() == 7


def test_no_density_without_others_or_without_spread() -> None:
    assert np.isnan(outliers.leave_one_out(np.zeros((1, 2)), np.zeros((1, 2)))).all()
    assert np.isnan(outliers.leave_one_out(np.zeros((3, 2)), np.full((3, 2), np.nan))).all()


def test_neighbours_disagree_about_a_wrong_label() -> None:
    rng = np.random.default_rng(0)
    mu = np.concatenate([rng.normal(size=(40, 2)) * 0.1, rng.normal(size=(40, 2)) * 0.1 + 5])
    labels = np.repeat([0, 1], 40)
    labels[3] = 1
    found = outliers.neighbour_agreement(mu, labels, k=10)
    assert found["agreement"][3] == 0 and found["agreement"].argmin() == 3 and np.median(found["agreement"]) == 1
    assert found["majority"][3] == 0 and found["majority_share"][3] == 1, "the neighbours say what it should be"
    for nothing in (outliers.neighbour_agreement(mu, None), outliers.neighbour_agreement(mu[:1], labels[:1])):
        assert np.isnan(nothing["agreement"]).all() and np.isnan(nothing["majority_share"]).all() and (nothing["majority"] == -1).all()


def test_neighbours_are_counted_as_by_hand() -> None:
    rng = np.random.default_rng(1)
    mu, labels = rng.normal(size=(50, 3)), rng.integers(0, 4, 50)
    found = outliers.neighbour_agreement(mu, labels, k=7)
    for i in range(50):
        others = np.delete(np.arange(50), i)
        near = others[np.argsort(((mu[others] - mu[i]) ** 2).sum(1))[:7]]
        counts = np.bincount(labels[near], minlength=4)
        assert found["agreement"][i] == pytest.approx(counts[labels[i]] / 7)
        assert found["majority"][i] == counts.argmax() and found["majority_share"][i] == pytest.approx(counts.max() / 7)
    assert outliers.neighbour_agreement(mu, labels, k=500)["agreement"] == pytest.approx((np.bincount(labels)[labels] - 1) / 49)


def slow_duplicates(pictures: np.ndarray, tolerance: float) -> list[list[int]]:
    """Join all pairs within the tolerance, one by one."""
    group = list(range(len(pictures)))
    for i in range(len(pictures)):
        for j in range(i):
            if np.sqrt(np.mean((pictures[i] - pictures[j]) ** 2)) <= tolerance:
                group = [group[j] if one == group[i] else one for one in group]
    found = [[i for i, one in enumerate(group) if one == number] for number in sorted(set(group))]
    return sorted((part for part in found if len(part) > 1), key=lambda part: (-len(part), part))


def test_duplicates_are_those_of_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    pictures = rng.random((60, 40)).astype(np.float32)
    pictures[[5, 33, 58]] = pictures[2]
    pictures[44] = pictures[7] + np.float32(0.015) * rng.choice([-1, 1], 40)
    pictures[45] = pictures[44] + np.float32(0.015) * rng.choice([-1, 1], 40)  # near 44, and through it near 7
    pictures[50] = pictures[8] + np.float32(0.05)
    for at_once in (2**22, 100):
        monkeypatch.setattr(outliers, "MAX_DISTANCES", at_once)
        found, identical = outliers.duplicates(pictures)
        assert found == slow_duplicates(pictures, outliers.TOLERANCE) == [[2, 5, 33, 58], [7, 44, 45]]
        assert identical == 1
    assert outliers.duplicates(pictures, tolerance=1e-4)[0] == [[2, 5, 33, 58]]


@pytest.mark.parametrize("pictures", [np.zeros((5, 9)), np.ones((1, 9)), np.zeros((4, 1))])
def test_constant_data_are_one_group(pictures: np.ndarray) -> None:
    found, identical = outliers.duplicates(pictures)
    assert found == ([list(range(len(pictures)))] if len(pictures) > 1 else []) and identical == len(found)


def table() -> SimpleNamespace:
    columns = {
        "rows": np.array([4, 8, 9]),
        "labels": np.array([1, 0, -1]),
        "reconstruction": np.array([1.0, 3.0, 2.0]),
        "negative_elbo": np.array([np.nan, np.nan, np.nan]),
        "log_density": np.array([-1.5, -3.0, np.nan]),
        "agreement": np.array([0.5, 1.0, 0.25]),
        "majority": np.array([0, 0, -1]),
        "majority_share": np.array([0.5, 1.0, np.nan]),
        "group": np.array([-1, 0, 0]),
    }
    return SimpleNamespace(arrays=columns, values={"classes": ["no, really", "yes"]})


def test_the_strangest_come_first_and_the_undefined_never() -> None:
    assert outliers.strangest(table(), "reconstruction").tolist() == [1, 2, 0]
    assert outliers.strangest(table(), "agreement", 2).tolist() == [2, 0]
    assert outliers.strangest(table(), "log_density").tolist() == [1, 0]
    assert outliers.strangest(table(), "negative_elbo").tolist() == []
    equals = SimpleNamespace(arrays={"agreement": np.zeros(3), "majority_share": np.array([0.4, 0.9, 0.5])}, values={})
    assert outliers.strangest(equals, "agreement").tolist() == [1, 2, 0], "the more neighbours agree, the stranger"


def test_the_csv_can_be_read_again() -> None:
    rows = list(csv.DictReader(io.StringIO(outliers.to_csv(table()))))
    assert [row["row"] for row in rows] == ["4", "8", "9"] and [row["label"] for row in rows] == ["yes", "no, really", ""]
    assert rows[1]["reconstruction"] == "3" and rows[0]["negative_elbo"] == "" and rows[2]["log_density"] == ""
    assert [row["majority"] for row in rows] == ["no, really", "no, really", ""] and rows[2]["majority_share"] == ""
    assert [row["duplicates"] for row in rows] == ["", "0", "0"]


def test_a_spreadsheet_computes_no_class() -> None:
    found = table()
    found.values["classes"] = ["=cmd|' /C calc'!A0", "-1"]
    rows = list(csv.DictReader(io.StringIO(outliers.to_csv(found))))
    assert [row["label"] for row in rows] == ["-1", "'=cmd|' /C calc'!A0", ""] and rows[0]["majority"] == "'=cmd|' /C calc'!A0"
