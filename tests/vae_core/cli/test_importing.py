"""`import` and `data`: what is printed, what is kept, and one sentence where something is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.importing.sources import Made, labelled, pictures
from vae_core.cli.main import main
from vae_core.data import imported
from vae_core.importing.source import ImageSource, ImportOptions


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ImportOptions]:
    """Options that a source was opened with; it has 30 x 20 pictures of three classes."""
    found: list[ImportOptions] = []

    def opened(path: Path, options: ImportOptions) -> ImageSource:
        found.append(options)
        classes = ("cat", "[x](y)", "a\u202eb")
        return Made(path, "faces", options, values=pictures(12, (30, 20)), labels=labelled().labels, class_names=classes)

    monkeypatch.setattr("vae_core.importing.registry.open_source", opened)
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "data"))
    return found


def test_an_import_says_what_it_finds_and_how_to_train_on_it(asked: list[ImportOptions], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "/pictures"]) == 0
    found, text = imported.find("faces"), capsys.readouterr().out
    assert text.startswith("faces: 12 images\n  from              made\n  each              30 x 20 pixels, grey, uint8\n")
    assert "  classes           cat (4), [x](y) (4), ab (4)\n" in text and "  sizes found       30 x 20 (12)\n" in text
    assert f"\nImported as {found.id} into {found.path}.\nTo train on them:\n  python -m vae_core train " in text
    assert f"--dataset {found.id}" in text
    assert main(["import", "/pictures", "--name", "other"]) == 0
    assert f"These images were there already, as {found.id}." in capsys.readouterr().out


def test_options_say_how_images_are_imported(asked: list[ImportOptions], capsys: pytest.CaptureFixture[str]) -> None:
    how = "--name my --size 64x32 --fit crop --colour grey --labels kind --table t.csv --inverted"
    assert main(["import", "/p", *how.split()]) == 0 and imported.find("my").name == "my"
    assert asked[-1] == ImportOptions(size=(64, 32), fit="crop", colour="grey", labels="kind", table=Path("t.csv"), is_inverted=True)
    for size, wanted in (("keep", None), ("28", (28, 28)), ("64×48", (64, 48))):
        assert main(["import", "/p", "--size", size]) == 0 and asked[-1].size == wanted
    with pytest.raises(SystemExit):
        main(["import", "/p", "--size", "large"])
    assert "'large' is no size; write height x width, such as 64x64, or keep" in capsys.readouterr().err


def test_imported_sets_are_listed_shown_and_removed(asked: list[ImportOptions], root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list"]) == 0 and "There are no imported data sets in" in capsys.readouterr().out
    main(["import", "/p"])
    main(["import", "/p", "--name", "no matter"])
    found = imported.find("faces")
    (found.path.parent / "bad@12345678").mkdir()
    capsys.readouterr()
    assert main(["data", "list"]) == 0
    first, second = sorted(capsys.readouterr().out.splitlines(), reverse=True)
    assert first.startswith(found.id) and "12 images" in first and "3 classes" in first and "30 x 20" in first
    assert second.startswith("bad@12345678") and "cannot be used: The imported data set bad@12345678" in second
    assert main(["data", "show", "faces"]) == 0
    text = capsys.readouterr().out
    assert f"{found.sha256} (checked)" in text and "columns           class, split" in text and "made from         p (made)" in text
    with open(found.path / "images.npy", "rb+") as file:
        file.seek(-1, 2)
        file.write(bytes([255 - int(np.load(found.path / "images.npy").flat[-1])]))
    assert main(["data", "show", "faces"]) == 1 and "THE IMAGES ARE OTHERS NOW" in capsys.readouterr().out
    assert main(["data", "remove", "faces"]) == 0 == main(["data", "remove", "bad"])
    assert capsys.readouterr().out == f"Removed {found.id}.\nRemoved bad@12345678, which could not be used.\n"
    assert main(["data", "remove", "faces"]) == 1 and "There is no imported data set faces" in capsys.readouterr().err


def test_a_run_on_imported_images_finds_them_by_hash(
    asked: list[ImportOptions], root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vae_core.runs.errors import MissingImages
    from vae_core.runs.listing import open_run

    main(["import", "/p"])
    found = imported.find("faces")
    small = ["--epochs", "1", "--hidden", "8", "--snapshots", "0", "--out", str(root / "mine")]
    assert main(["train", "--dataset", "faces", *small]) == 0
    run = open_run(root / "mine")
    assert (run.config.data.dataset, run.dataset["name"], run.dataset["sha256"]) == (found.id, "faces", found.sha256)
    assert run.dataset["class_names"] == ["cat", "[x](y)", "a\u202eb"] and run.images().labels is not None
    capsys.readouterr()
    assert main(["data", "show", found.id]) == 0 and "runs              mine" in capsys.readouterr().out
    assert main(["data", "remove", "faces"]) == 0 and "stay, but they cannot show its images any more: mine." in capsys.readouterr().out
    with pytest.raises(MissingImages, match=r"The images of faces are not on this computer; import them again with `python -m vae_core"):
        run.images()
    main(["import", "/p", "--name", "portraits"])
    assert open_run(root / "mine").images().sha256 == found.sha256
