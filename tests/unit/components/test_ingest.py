"""Ingest component: tables and data sheet of the data that the run was opened for."""

import re
from pathlib import Path

import pandas as pd
import pytest

from homestead.components.ingest.component import ingest
from tests.components import TrainedHome, run_locally


def test_the_function_writes_tables_and_sheet(home: TrainedHome) -> None:
    assert len(pd.read_parquet(home.artifact("ingest", "valid"))) == 700
    assert pd.read_csv(home.artifact("ingest", "quarantine")).empty
    assert "churn" in home.artifact("ingest", "data_sheet").read_text()


def test_the_local_runner_gives_the_same_files_whatever_the_run(
    home: TrainedHome, tmp_path: Path
) -> None:
    data_hash = home.parameter("open_run", "data_hash")
    outputs = run_locally(ingest, tmp_path, {"problem": home.problem, "data_hash": data_hash})
    for name, path in outputs.artifacts.items():
        assert _undated(path) == _undated(home.artifact("ingest", name)), name
        assert home.run_id.encode() not in path.read_bytes(), name


def test_a_table_that_was_replaced_meanwhile_is_refused(
    home: TrainedHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handles = [
        home.handle("ingest", name, tmp_path / name)
        for name in ("valid", "quarantine", "data_sheet")
    ]
    with pytest.raises(SystemExit):
        ingest.python_func(home.problem, "0" * 64, *handles)
    assert "at the start of the run it was 000000000000" in capsys.readouterr().out


def _undated(path: Path) -> bytes:
    """Return a file's content, without the minute in which a page says that it was written."""
    return re.sub(rb"<span>written [-0-9: ]+ UTC</span>", b"", path.read_bytes())
