"""The benchmark of log sinks: each sink gets each row, and the table says what was measured."""

from pathlib import Path

import pytest

from benchmarks.log_sinks.__main__ import measure
from benchmarks.log_sinks.report import write_report


@pytest.mark.parametrize("kind", ["sqlite", "parquet"])
def test_each_row_is_shipped_and_measured(kind: str, tmp_path: Path) -> None:
    figure = measure(kind, 20, 3, tmp_path)
    assert figure["rows"] == 60
    assert figure["spool_bytes"] > 60 * 50
    assert figure["stored_bytes"] > 0
    assert figure["cpu_s"] > 0
    machine = {"cores": 2, "processor": "x", "python": "3", "load_before": 0.5}
    report = tmp_path / "report.md"
    write_report({"machine": machine, "figures": [figure]}, report)
    assert f"| {kind} | 60 |" in report.read_text(encoding="utf-8")
