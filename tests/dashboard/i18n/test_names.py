"""What data are called: the project's own by the texts, a user's own by their own name, even where it is one of the project's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.i18n.names import class_names, dataset_title
from dashboard.i18n.texts import in_language


def run(dataset: str, name: str, *classes: str) -> Any:
    return SimpleNamespace(
        config=SimpleNamespace(data=SimpleNamespace(dataset=dataset)), dataset={"name": name, "class_names": list(classes)}
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_imported_sets_and_their_classes_are_called_as_the_user_called_them(language: str) -> None:
    with in_language(language):
        for mine in (run("fashion-mnist@1a2b3c4d", "fashion-mnist", "Bag"), run("fashion-mnist.npy", "fashion-mnist", "Bag")):
            assert dataset_title(mine) == "fashion-mnist" and class_names(mine) == ["Bag"]
        assert dataset_title(run("fashion-mnist", "fashion-mnist")).startswith("Fashion-MNIST")
        evil = run("a\u202eb@1a2b3c4d", "a\u202eb\n", "<b>\n")
        assert dataset_title(evil) == "ab\\n" and class_names(evil) == ["<b>\\n"]
    with in_language("zh"):
        assert class_names(run("fashion-mnist", "fashion-mnist", "Bag")) != ["Bag"]
