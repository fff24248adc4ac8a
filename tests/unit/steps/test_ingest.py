"""Ingest step: tables, data sheet and parent run; rows that cannot be trained on are refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.settings import Settings
from homestead.steps.ingest import StartedRun, ingest_source
from homestead.tracking import runs
from tests.problem_text import FLATS

ROWS = 120


@pytest.fixture
def rows() -> pd.DataFrame:
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), "D")
    return pd.DataFrame(
        {
            "id": 2**60 + np.arange(ROWS),
            "listed": days.strftime("%Y-%m-%d"),
            "rent": 700.5,
            "area": 50,
            "district": "north",
            "lift": pd.array([True, None] * (ROWS // 2), "boolean"),
        }
    )


def _run(rows: pd.DataFrame, settings: Settings, folder: Path) -> StartedRun:
    source = folder / "flats.csv"
    rows.to_csv(source, index=False)
    return ingest_source(
        parse_problem(FLATS.replace("flats.csv", str(source))),
        settings,
        "pipeline",
        valid=folder / "valid.parquet",
        quarantine=folder / "quarantine.parquet",
        data_sheet=folder / "sheet.html",
        report=lambda message: None,
    )


def test_bad_rows_are_told_by_the_line_of_the_file(
    rows: pd.DataFrame, settings: Settings, tmp_path: Path
) -> None:
    rows.loc[17, "district"] = "west"
    started = _run(rows, settings, tmp_path)
    valid = pd.read_parquet(tmp_path / "valid.parquet")
    assert valid["id"].tolist() == [2**60 + i for i in range(ROWS) if i != 17]
    artifact = runs.open_client(settings).download_artifacts(started.run_id, "quarantine.csv")
    quarantine = pd.read_csv(artifact)
    assert quarantine["file_line"].tolist() == [19]
    assert pd.read_parquet(tmp_path / "quarantine.parquet")["file_line"].tolist() == ["19"]
    reason = "district: found &#39;west&#39;, allowed are north, south"
    assert reason in (tmp_path / "sheet.html").read_text()


def test_rows_without_a_holdout_are_refused_before_a_run_is_opened(
    rows: pd.DataFrame, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"flats\.csv: split: no rows in validation, holdout; "):
        _run(rows.head(20), settings, tmp_path)
    assert not (settings.home / "mlflow.db").exists()
