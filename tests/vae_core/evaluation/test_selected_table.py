"""The table of a set: what stands in it, and that nothing in it is computed by a spreadsheet."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from vae_core.evaluation.selected_table import _as_they_stand, table_of, to_csv, to_parquet
from vae_core.runs.listing import load_run

SIGNS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", " =", "\u00a0+", "\u202e=", "\u2066@"]
HOSTILE = [f"{sign}{rest}" for sign in SIGNS for rest in ("cmd|'/c calc'!A1", "1+1", "HYPERLINK(\"http://a\",\"b\")")] + [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a,b", 'say "so"', "two\nlines", "two\r\nlines", "nul\0", "x" * 5000,
    "\u202etxt.exe", "half\ud800", "'; DROP TABLE runs;--",
]  # fmt: skip


def test_a_table_has_row_class_nats_and_places(tiny_root) -> None:
    run = load_run(tiny_root, "tiny-2d")
    latents = run.latents()
    table = table_of(run, latents.rows[[7, 2]])
    measured = ["kl", "neighbour", "log_density", "probe_residual"]
    assert list(table) == ["row", "class", *measured, "mu-1", "mu-2", "sigma-1", "sigma-2", "kl-1", "kl-2"]
    assert table["row"] == latents.rows[[2, 7]].tolist() and table["class"] == [str(latents.labels[i]) for i in (2, 7)]
    assert table["mu-2"] == latents.mu[[2, 7], 1].tolist()
    assert table["sigma-1"] == pytest.approx(np.exp(latents.log_var[[2, 7], 0] / 2).tolist(), rel=1e-6)
    first = next(csv.DictReader(io.StringIO(to_csv(table).decode())))
    assert float(first["kl"]) == pytest.approx(latents.kl_per_image[2], rel=1e-8) and int(first["row"]) == latents.rows[2]
    assert pyarrow.parquet.read_table(io.BytesIO(to_parquet(table))).to_pydict() == table
    assert [len(column) for column in table_of(run, []).values()] == [0] * 12


def test_fifty_hostile_names_and_values_stay_inert() -> None:
    assert len(HOSTILE) == 50
    table = {f"{word}": [word, None, -1.5, 7] for word in HOSTILE}
    head, *rows = csv.reader(io.StringIO(to_csv(table).decode(), newline=""))
    assert len(head) == 50 and [len(row) for row in rows] == [50] * 4 and rows[1:] == [[""] * 50, ["-1.5"] * 50, ["7"] * 50]
    for field in (*head, *rows[0]):
        assert not field.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")), field
        assert field.replace("\u00a0", " ").isprintable() and not set(field) & set("\u202e\u2066\n\r\0"), field


def test_the_numbers_of_a_table_of_ones_own_come_back_as_they_were() -> None:
    own = [123456789.75, 1706745678.0, -1.5, 0.1, 1 / 3, 2.0**-40, 1e300]
    lines = to_csv({"own": own}).decode().splitlines()[1:]
    assert [float(line) for line in lines] == own and lines[:3] == ["123456789.75", "1706745678", "-1.5"]
    single = pyarrow.chunked_array([pyarrow.array([0.1, None], "float32")])
    assert to_csv({"own": _as_they_stand(single), "n": [1, 2]}).decode().splitlines()[1:] == ["0.100000001,1", ",2"], (
        "no more digits than it has"
    )
