"""Ingest step: tables and data sheet; rows that cannot be trained on are refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.data.tables import hash_source
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.steps.ingest import ingest_source
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


def _run(rows: pd.DataFrame, folder: Path) -> None:
    source = folder / "flats.csv"
    rows.to_csv(source, index=False)
    ingest_source(
        parse_problem(FLATS.replace("flats.csv", str(source))),
        hash_source(str(source)),
        valid=folder / "valid.parquet",
        quarantine=folder / "quarantine.csv",
        data_sheet=folder / "sheet.html",
        report=lambda message: None,
    )


def test_bad_rows_are_told_by_the_line_of_the_file(rows: pd.DataFrame, tmp_path: Path) -> None:
    rows.loc[17, "district"] = "west"
    _run(rows, tmp_path)
    valid = pd.read_parquet(tmp_path / "valid.parquet")
    assert valid["id"].tolist() == [2**60 + i for i in range(ROWS) if i != 17]
    quarantine = pd.read_csv(tmp_path / "quarantine.csv")
    assert quarantine["file_line"].tolist() == [19]
    reason = "district: found &#39;west&#39;, allowed are north, south"
    assert reason in (tmp_path / "sheet.html").read_text()


def test_rows_without_a_holdout_are_refused_before_anything_is_trained(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"flats\.csv: split: no rows in validation, holdout; "):
        _run(rows.head(20), tmp_path)
    assert not (tmp_path / "valid.parquet").exists()
