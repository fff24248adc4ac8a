"""Benchmark of scale: its sales keep the real ones' law, both ways agree, and targets are found."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from benchmarks.scale import sales, step
from benchmarks.scale.__main__ import PROBLEM, machine
from benchmarks.scale.measure import measure
from benchmarks.scale.report import growth, table_text, targets, write_report
from benchmarks.scale.sales import SALES, write_sales
from homestead.problem.loader import dump_problem, load_problem


def test_sales_keep_the_law_of_the_real_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sales, "ROWS_PER_GROUP", 4000)
    for name in ("a", "b"):
        write_sales(tmp_path / name, 10_000)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    file = pq.ParquetFile(tmp_path / "a")
    assert file.schema_arrow.equals(pq.read_schema(SALES))
    assert [file.metadata.row_group(i).num_rows for i in range(3)] == [4000, 4000, 2000]
    made, real = pd.read_parquet(tmp_path / "a"), pd.read_parquet(SALES)
    for name in ("price", "sqft_living", "sqft_lot", "lat", "long", "grade", "yr_built"):
        assert made[name].median() == pytest.approx(real[name].median(), rel=0.03)
    logs = np.log(made.price), np.log(made.sqft_living)
    real_logs = np.log(real.price), np.log(real.sqft_living)
    assert np.corrcoef(*logs)[0, 1] == pytest.approx(np.corrcoef(*real_logs)[0, 1], abs=0.05)
    resold = 1 - made.id.nunique() / len(made)
    assert resold == pytest.approx(1 - real.id.nunique() / len(real), rel=0.3)
    assert not made.duplicated(["id", "date"]).any()
    for name, column in load_problem(PROBLEM).columns.items():
        if column.range and name not in ("bedrooms", "date"):  # one real house has 33
            assert made[name].between(*column.range).all(), name


def test_both_ways_make_the_same_training_set(tmp_path: Path) -> None:
    source = tmp_path / "sales.parquet"
    write_sales(source, 1500)
    problem = load_problem(PROBLEM).model_copy(update={"source": str(source)})
    tables = {}
    for system in (step.OURS, step.BASELINE):
        folder = tmp_path / system
        folder.mkdir()
        (folder / step.PROBLEM_FILE).write_text(dump_problem(problem), encoding="utf-8")
        for name in (step.INGEST, step.TRAINING_SET):
            step.run(system, name, folder)
        table = pd.read_parquet(folder / "dataset.parquet")
        tables[system] = table.sort_values(["date", "id"], ignore_index=True)
    ours, theirs = tables[step.OURS], tables[step.BASELINE]
    assert ours.local_premium.notna().sum() > 1000
    for name in ("id", "price", "split", *problem.features):
        # Sums of doubles depend on the number of DuckDB's threads, of which the baseline has two.
        pd.testing.assert_series_equal(
            ours[name], theirs[name], check_dtype=False, check_names=False, rtol=1e-9
        )


def test_a_command_is_measured_with_its_children() -> None:
    child = "import time; held = bytearray(150_000_000); time.sleep(0.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    measured = measure([sys.executable, "-c", parent], {})
    assert 150 < measured.peak_mb < 400
    assert measured.seconds > 0.5
    assert measured.cpu_s > 0
    with pytest.raises(RuntimeError, match=r"exit code 1: .*no such row"):
        measure([sys.executable, "-c", "raise SystemExit('no such row')"], {})


def test_processor_time_of_a_child_that_nobody_waits_for_is_counted() -> None:
    child = (
        "import time; start = time.process_time()\nwhile time.process_time() < start + 0.6: pass"
    )
    parent = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}],"
        " stdout=subprocess.PIPE).stdout.read(); time.sleep(0.2)"
    )
    assert measure([sys.executable, "-c", parent], {}).cpu_s > 0.5


def _figures(rows: int, seconds: float, peak_mb: float) -> list[dict[str, Any]]:
    figure = {"system": step.OURS, "rows": rows, "peak_mb": peak_mb, "cpu_s": 1.0}
    named = {"machine": machine(), "settings": {"HOMESTEAD_MEMORY": "2 GB"}}
    return [
        {**figure, **named, "step": name, "seconds": seconds / 2}
        for name in (step.INGEST, step.TRAINING_SET)
    ]


def test_targets_are_those_of_the_sizes_that_were_measured() -> None:
    assert targets(_figures(100_000, 5, 400)) == []
    figures = [*_figures(1_000_000, 25, 1900), *_figures(10_000_000, 250, 4100)]
    found = {target["name"]: target for target in targets(figures)}
    way = "rows, ingest to training set"
    assert [(t["limit"], t["measured"], t["unit"]) for t in found.values()] == [
        *((30.0, 25.0, "s"), (2000.0, 1900, "MB"), (300.0, 250.0, "s"), (4000.0, 4100, "MB")),
        (1.1, 1.0, "exponent"),
    ]
    assert f"10,000,000 {way}: peak memory" in found
    [step_of_growth] = growth(figures)
    assert step_of_growth["exponent"] == pytest.approx(1)
    text = table_text(figures)
    assert f"| 10,000,000 {way}: peak memory | 4000 MB | 4100 MB | **not met** |" in text
    assert f"| 1,000,000 {way}: time | 30 s | 25 s | met |" in text


def test_a_report_keeps_the_sizes_that_were_not_measured_again(tmp_path: Path) -> None:
    write_report(_figures(1_000_000, 25, 1900), machine(), tmp_path)
    write_report(_figures(10_000, 2, 300), machine(), tmp_path)
    write_report(_figures(10_000, 1, 300), machine(), tmp_path)
    found = json.loads((tmp_path / "scale.json").read_text())
    assert [(f["rows"], f["seconds"]) for f in found["figures"]] == [
        *((10_000, 0.5), (10_000, 0.5), (1_000_000, 12.5), (1_000_000, 12.5)),
    ]
    assert {target["unit"] for target in found["targets"]} == {"s", "MB"}
    assert (tmp_path / "scale.png").stat().st_size > 10_000
    assert "2 GB" in json.dumps(found["figures"])
