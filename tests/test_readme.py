"""README's tree shows what is there."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.places import ROOT


def project_files() -> set[str]:
    """Return every file that belongs to the project: what git tracks or would track, or all but caches where git is absent."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode == 0:
        return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    caches = re.compile(r"(^|/)(\.git|\.venv|__pycache__|\.\w+_cache|\.hypothesis)/")
    files = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return {name for name in files if not caches.search(name)}


def tree_paths(readme: str) -> list[str]:
    """Return the paths of the fenced tree: a line is `path, path  words`, two spaces of indentation per folder, folders end with /."""
    blocks = [block for block in re.findall(r"^```\w*\n(.*?)^```", readme, re.M | re.S) if re.search(r"^vae_core/", block, re.M)]
    paths, folders = [], [""]
    for line in blocks[0].splitlines() if blocks else []:
        if not line.strip():
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split(", ")
        del folders[depth + 1 :]
        paths += [folders[-1] + name for name in names]
        folders.append(paths[-1])
    return paths


def tree_complaints(readme: str, files: set[str]) -> list[str]:
    """Compare README's tree with the files.

    A folder without lines of its own stands for all in it, `tests/` for the files right in it, `<name>` for any name.
    """
    paths = tree_paths(readme)
    if not paths:
        return ["README.md holds no fenced tree with a line that starts with vae_core/."]
    leaves = [path for path in paths if not any(other != path and other.startswith(path) for other in paths)]
    patterns = {path: re.compile(re.sub(r"<\w+>", "[^/]+", re.escape(path)) + (".*" if path.endswith("/") else "")) for path in leaves}
    summed_up = re.compile(r"\.gitignore|.*/__init__\.py" + r"|tests/[^/]+" * ("tests/" in paths))
    complaints = [
        f"README.md's tree names {path}, which is not there; take its line out."
        for path, pattern in patterns.items()
        if not any(pattern.fullmatch(name) for name in files)
    ]
    for name in sorted(files):
        if not any(pattern.fullmatch(name) for pattern in (summed_up, *patterns.values())):
            folder, _, own = name.rpartition("/")
            complaints.append(f"README.md's tree lacks {name}; add the line `{own}  what it is`" + f" under `{folder}/`." * bool(folder))
    return complaints


def test_readme_shows_the_real_tree() -> None:
    assert tree_complaints((ROOT / "README.md").read_text(encoding="utf-8"), project_files()) == []


TREE = """
```
README.md, LICENSE  this page, MIT
vae_core/           the training package
  vae.py            encoder and decoder
checkpoints/<run>/  one folder per run
tests/              a file per module
  browser/          the real server in a real browser
```
"""
FILES = {
    "README.md",
    "LICENSE",
    "vae_core/vae.py",
    "vae_core/__init__.py",
    "checkpoints/a/config.json",
    "tests/browser/x.py",
    "tests/test_vae.py",
}


def test_the_tree_is_read_as_written() -> None:
    assert tree_complaints(TREE, FILES) == []


@pytest.mark.parametrize(
    "files", [FILES | {"vae_core/new.py"}, FILES | {"new.txt"}, FILES - {"vae_core/vae.py"}, FILES | {"tests/slow/x.py"}]
)
def test_the_tree_complains_of_a_file_too_many_or_too_few(files: set[str]) -> None:
    assert len(tree_complaints(TREE, files)) == 1


def test_a_readme_without_a_tree_is_complained_of() -> None:
    assert tree_complaints("# Latent Lens", FILES)
