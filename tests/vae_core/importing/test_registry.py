"""What a path holds is found by looking, and what nobody opens is one sentence with the remedy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vae_core.data.errors import UnusableFile
from vae_core.importing.registry import name_of, open_source
from vae_core.importing.source import ImportOptions

OTHERS = {  # name of the file: its bytes, and the sentence
    "nothing.zip": (b"", "is empty; copy or save it again"),
    "pointer.parquet": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", ".* Git LFS pointer .* git lfs pull"),
    "weights.pt": (b"PK\x03\x04" + bytes(26), "is a PyTorch file, which is not read because it can run programs; save tensor"),
    "faces.pkl": (b"\x80\x04.", "is a pickle, which is not read because it can run programs; save its images"),
    "faces.bin": (b"\x80\x05K\x01.", "is a pickle, which is not read because"),
    "faces.mat": (b"MATLAB 5.0 MAT-file", "is a file of MATLAB or HDF5, which is not read here; read it"),
    "talk.mp4": (b"\x00\x00\x00\x18ftypmp42", "holds no images that can be read here; give a folder or a zip"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_nobody_reads_is_one_sentence_with_the_remedy(name: str, tmp_path: Path) -> None:
    content, sentence = OTHERS[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableFile, match=f"^{name} {sentence}") as error:
        open_source(tmp_path / name, ImportOptions())
    assert str(tmp_path) not in str(error.value) and "\n" not in str(error.value)


def test_what_is_no_file_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npy")
    for path, sentence in (
        (tmp_path / "pipe.npy", r"^pipe\.npy is neither a file nor a folder; give the path of a folder"),
        (Path("/dev/zero"), "^zero is neither a file nor a folder"),
        (tmp_path / "absent", "^There is no file or folder absent; give the path"),
        (tmp_path / "pipe.npy" / "below", "^There is no file or folder below"),
        (tmp_path / "a\0b", "^There is no file or folder a\0b; give the path"),
        (tmp_path / ("x" * 300), r"^x+ cannot be read \(.*\); make it readable"),
    ):
        with pytest.raises(UnusableFile, match=sentence):
            open_source(path, ImportOptions())


def test_a_data_set_is_called_by_its_file_without_what_says_how_it_is_packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = {"a/faces.npz": "faces", "x.csv.gz": "x", ".npz": ".npz", "birds.v2": "birds.v2", "cats/": "cats", "big.PARQUET": "big"}
    assert {path: name_of(Path(path)) for path in names} == names
    monkeypatch.chdir(tmp_path)
    assert name_of(Path(".")) == tmp_path.name
