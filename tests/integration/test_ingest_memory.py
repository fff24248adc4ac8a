"""Ingest in little memory: a table larger than its share ends with a result or a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROWS = 300_000
SCRIPT = """
import json, sys
from pathlib import Path
from homestead.data.ingest import open_checked
from homestead.errors import UserError
from homestead.problem.loader import load_problem
from tests.peak_memory import peak_mb

problem, before = load_problem(Path(sys.argv[1])), peak_mb()
try:
    with open_checked(problem) as (checked, _):
        checked.write_valid(Path(sys.argv[2]))
        print(json.dumps({"counts": str(checked.counts), "mb": peak_mb() - before}))
except UserError as error:
    print(json.dumps({"refusal": str(error)}))
"""
PROBLEM = """
name: wide
task: regression
source: wide.parquet
key: id
timestamp: at
target: y
max_bad_row_share: 0.5
columns:
  id: {type: integer}
  at: {type: timestamp}
  y: {type: number}
COLUMNS
features: [x0]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2021-06-01, holdout_from: 2022-06-01}
metric: mae
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a problem and its table, of about 120 MB in memory, not in order."""
    rng = np.random.default_rng(0)
    names = [f"x{i}" for i in range(45)]
    table = pd.DataFrame({name: rng.random(ROWS) for name in names})
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**8, ROWS), "s")
    table = table.assign(id=rng.permutation(ROWS), at=times, y=rng.random(ROWS))
    table.loc[7, "x3"] = np.inf
    table.to_parquet(tmp_path / "wide.parquet", row_group_size=50_000)
    columns = "\n".join(f"  {name}: {{type: number}}" for name in names)
    (tmp_path / "wide.yaml").write_text(PROBLEM.replace("COLUMNS", columns))
    return tmp_path


def run(folder: Path, memory: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "wide.yaml"), str(folder / "valid.parquet")],
        env={**os.environ, "HOMESTEAD_MEMORY": memory, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("memory", ["200MB", "600MB"])
def test_a_table_beyond_its_share_of_memory_ends_with_a_result_or_a_sentence(
    folder: Path, memory: str
) -> None:
    told = run(folder, memory)
    if memory == "200MB" and "refusal" in told:
        assert "HOMESTEAD_MEMORY" in str(told["refusal"])
    else:
        assert told["counts"] == f"{ROWS - 1} valid rows, 1 bad"
        valid = pd.read_parquet(folder / "valid.parquet", columns=["id", "at"])
        assert valid["at"].is_monotonic_increasing
        assert valid["id"].nunique() == ROWS - 1
        # Above the first imports: others, batches of wide rows in the hands of threads, and what
        # DuckDB holds beside its limit, none of which shrinks with the setting.
        assert float(str(told["mb"])) < 650
    assert sorted(path.name for path in folder.iterdir()) in (
        ["valid.parquet", "wide.parquet", "wide.yaml"],
        ["wide.parquet", "wide.yaml"],
    )
