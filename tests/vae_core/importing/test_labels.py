"""Labels of any kind as classes with names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vae_core.data.errors import UnusableFile
from vae_core.importing.labels import classes_of

# labels of five images -> indices, names
KINDS: list[tuple[Any, list[int], tuple[str, ...]]] = [
    (np.array([0, 2, 1, 0, 2], np.uint8), [0, 2, 1, 0, 2], ("0", "1", "2")),
    (np.array([[3], [7], [3], [3], [7]]), [0, 1, 0, 0, 1], ("3", "7")),
    (np.array([2.0, 10.0, 2.0, 2.0, 10.0], ">f4"), [0, 1, 0, 0, 1], ("2", "10")),
    (np.array([1, -1, 0, 1, -1]), [1, 2, 0, 1, 2], ("0", "1", "?")),
    (np.array([1, -1, -1, 1, -1]), [1, 0, 0, 1, 0], ("-1", "1")),
    (np.array([1.0, np.nan, 0.0, 1.0, 0.0]), [1, 2, 0, 1, 0], ("0", "1", "?")),
    (np.eye(3)[[2, 0, 1, 1, 0]], [2, 0, 1, 1, 0], ("0", "1", "2")),
    (np.array([[0, 1], [0, 0], [1, 0], [1, 0], [0, 0]], bool), [1, 2, 0, 0, 2], ("0", "1", "?")),
    (np.array([True, False, True, True, False]), [1, 0, 1, 1, 0], ("false", "true")),
    (np.array(["cat", "dog", "cat", "ant", "dog"]), [1, 2, 1, 0, 2], ("ant", "cat", "dog")),
    (np.array([b"cat", b"\xc3\xa9", b"cat", b"", b"\xff"]), [0, 1, 0, 3, 2], ("cat", "é", "\ufffd", "?")),
    (["10", "9", "10", " 9 ", ""], [1, 0, 1, 0, 2], ("9", "10", "?")),
    (["1.0", "2.0", "1.0", "2.0", "nan"], [0, 1, 0, 1, 2], ("1", "2", "?")),
    (["01", "1", "01", "1", "1"], [0, 1, 0, 1, 1], ("01", "1")),
    (["e\u0301", "\u00e9", "a", "a", "?"], [1, 1, 0, 0, 2], ("a", "é", "?")),
    ([None, "b", "a", None, "b"], [2, 1, 0, 2, 1], ("a", "b", "?")),
    ([3, None, 4, 3, 4], [0, 2, 1, 0, 1], ("3", "4", "?")),
    ([True, False, True, True, True], [1, 0, 1, 1, 1], ("false", "true")),
    ([2**60, 2**60 + 1, 2**60, 2**60, 2**60], [0, 1, 0, 0, 0], (str(2**60), str(2**60 + 1))),
    (["same"] * 5, [0] * 5, ("same",)),
]


@pytest.mark.parametrize(("values", "labels", "names"), KINDS)
def test_labels_of_any_kind_become_classes_with_names(values: Any, labels: list[int], names: tuple[str, ...]) -> None:
    found = classes_of(values, 5, "faces.csv")
    assert found.labels.dtype == np.int64 and found.labels.tolist() == labels and found.names == names
    unknown = labels.count(len(names) - 1) if names[-1] == "?" else 0
    if unknown:
        assert found.said == f"{len(names) - 1} classes from faces.csv; {unknown} images have no label and make up the class ?."
    else:
        assert found.said == f"{len(names)} classes from faces.csv."


def test_half_a_letter_is_no_reason_to_fail() -> None:
    assert classes_of(["\ud800x", "a"], 2, "faces.npz").names == ("?x", "a")


def test_numbers_are_called_as_the_source_calls_them() -> None:
    found = classes_of(np.array([1, 0, -1, 5]), 4, "faces.parquet", names=("cat", "dog"))
    assert found.names == ("cat", "dog", "5", "?") and found.labels.tolist() == [1, 0, 3, 2]


REFUSED: list[tuple[Any, str]] = [
    (np.zeros(4), r"holds 4 labels for 5 images; give one label for each image\."),
    (np.array(3), "holds 1 labels for 5 images"),
    (np.full((5, 2), 0.5), r"holds labels of shape \(5, 2\), which are neither one class for each image nor one-hot"),
    (np.ones((5, 2), int), r"holds labels of shape \(5, 2.*neither one class"),
    (np.zeros((5, 2, 2)), r"holds labels of shape \(5, 2.*neither one class"),
    (np.array([0, 0.5, 1, 1, 1]), r"holds the label 0\.5; give whole numbers or texts"),
    (np.array([0, np.inf, 1, 1, 1]), "holds the label inf"),
    (np.full(5, np.nan), "holds no label; give labels, or leave them out"),
    (["", "nan", "?", "", ""], "holds no label"),
    (["x" * 1001, "", "", "", ""], "holds long texts and not names of classes"),
]


@pytest.mark.parametrize(("values", "complaint"), REFUSED)
def test_what_is_no_class_is_refused_in_a_sentence(values: Any, complaint: str) -> None:
    with pytest.raises(UnusableFile, match=f"^faces.csv {complaint}"):
        classes_of(values, 5, "faces.csv")


def test_a_thousand_classes_are_the_most() -> None:
    assert len(classes_of(np.arange(1000), 1000, "a.npy").names) == 1000
    for values in (np.arange(1001), [f"class {n}" for n in range(1001)]):
        with pytest.raises(UnusableFile, match=r"^a\.npy holds 1001 different labels, and 1000 classes are the most; give another column"):
            classes_of(values, 1001, "a.npy")
