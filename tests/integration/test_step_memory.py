"""Peak memory of what once held all rows: labelled predictions, stratified splits, CSV streams."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.data.labelled.logged_rows import LoggedWriter
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats

# Of DuckDB half, a connection at least; batches, Arrow's and pandas' own code come on top.
MEMORY = "128MB"
FLATS = changed_flats(
    features=["area", "district", "lift"],
    views=None,
    derived=None,
    slices=None,
    split={"kind": "stratified", "column": "area"},
)
SCRIPTS = {
    "labelled": """
with labelled_rows_at_their_time(folder / "logged", folder / "valid", problem, folder) as found:
    found.write_with(folder / "written")
    print(found.rows)
""",
    "stratified": """
import pyarrow.parquet as pq
with split_parts(folder / "valid", problem) as parts:
    count = 0
    for batch in pq.ParquetFile(folder / "valid").iter_batches(50_000, columns=["id"]):
        count += (parts(batch, count) != "").sum()
    print(count)
""",
    "csv": """
import time
batches = CsvTable(lambda: (folder / "rows.csv").open("rb"), "rows.csv", SourceFormat()).batches()
rows = len(next(batches))
time.sleep(1)  # of a slow reader, whom Arrow's own reading outruns
print(rows + sum(map(len, batches)))
""",
}
HEAD = """
import sys
from pathlib import Path
from homestead.data.formats.csv_text import CsvTable
from homestead.data.labelled.training_rows import labelled_rows_at_their_time
from homestead.data.splitting.split_parts import split_parts
from homestead.problem.loader import load_problem
from homestead.problem.sections.source_format import SourceFormat
from tests.peak_memory import peak_mb
import duckdb

folder = Path(sys.argv[1])
problem, before = load_problem(folder / "flats.yaml"), peak_mb()
"""
TAIL = """
print(peak_mb() - before)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a problem."""
    (tmp_path / "flats.yaml").write_text(FLATS, encoding="utf-8")
    return tmp_path


def _write_valid(folder: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(rows), "min")
    table = pd.DataFrame(
        {
            **{"id": np.arange(rows) % (rows // 5), "listed": times.astype("datetime64[us]")},
            **{"rent": rng.random(rows) * 500 + 100, "area": rng.random(rows) * 50 + 10},
            "district": rng.choice(["north", "south"], rows),
            "lift": pd.array(rng.random(rows) < 0.5, dtype="boolean"),
        }
    )
    table.to_parquet(folder / "valid", index=False, row_group_size=50_000)


def _run(folder: Path, kind: str) -> tuple[int, float]:
    """Return what a script counts, and its peak in MB above that of its imports."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD + SCRIPTS[kind] + TAIL, str(folder)],
        env={**os.environ, "HOMESTEAD_MEMORY": MEMORY, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    count, megabytes = done.stdout.split()
    return int(count), float(megabytes)


def test_labelled_predictions_and_their_table_are_not_held(folder: Path) -> None:
    rows, predictions = 100_000, 50_000
    _write_valid(folder, rows)
    values = json.dumps({"area": 33.0, "lift": True, "district": "north"})
    logged = pd.DataFrame(
        {
            **{"prediction_id": [f"{i:040d}" for i in range(predictions)], "row": 0},
            **{"version": "1", "at": 1_577_836_800.5 + np.arange(predictions) * 60},
            **{"entity": (np.arange(predictions) % 900).astype(str), "truth": 300.0},
            **{"labelled_at": 0.0, "values": values, "reason": ""},
        }
    )
    assert parse_problem(FLATS).task == "regression"
    with LoggedWriter(folder / "logged", is_regression=True) as writer:
        for start in range(0, predictions, 16_384):
            writer.write(logged[start : start + 16_384])
    found, megabytes = _run(folder, "labelled")
    assert found == predictions
    assert len(pd.read_parquet(folder / "written", columns=["id"])) == rows + predictions

    assert megabytes < 260


def test_a_stratified_split_holds_no_row(folder: Path) -> None:
    rows = 500_000
    _write_valid(folder, rows)
    found, megabytes = _run(folder, "stratified")
    assert found == rows

    assert megabytes < 260


def test_a_csv_is_not_read_far_ahead_of_who_takes_its_rows(folder: Path) -> None:
    line = b"1,2020-01-01,100.5,a text that is somewhat longer than the others,2.25\n"
    block = line * 100_000
    with (folder / "rows.csv").open("wb") as file:
        file.write(b"id,listed,rent,note,area\n")
        for _ in range(12):
            file.write(block)
    found, megabytes = _run(folder, "csv")
    assert found == 1_200_000

    assert megabytes < 110
