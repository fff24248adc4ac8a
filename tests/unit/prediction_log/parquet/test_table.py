"""The table that is made of files: their version, features that differ, rows that were repeated."""

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from homestead.engine.limits import connect
from homestead.errors import UserError
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.parquet.log import ParquetLog
from homestead.prediction_log.parquet.table import create_predictions, read_features, text
from tests.factories import prediction_entry
from tests.unit.prediction_log.parquet.filled_log import fill, logged_rows


def _entry(name: str, *features: str) -> PredictionEntry:
    entry = prediction_entry(name, 1.0)
    entry.feature_names, entry.features = features, [[float(len(f)) for f in features]]
    return entry


def test_models_with_other_features_are_one_table(tmp_path: Path, engine: sa.Engine) -> None:
    log = ParquetLog(engine, str(tmp_path / "log"))
    fill(log, tmp_path / "spool", _entry("a", "x", "X"), _entry("b", "it's", 'a "b"'))
    assert list(logged_rows(log).features) == ['{"x":1.0,"X":1.0}', '{"it\'s":4.0,"a \\"b\\"":5.0}']


def test_a_repeated_row_is_there_once_and_the_first_counts(
    tmp_path: Path, engine: sa.Engine
) -> None:
    log = ParquetLog(engine, str(tmp_path / "log"))
    first, again = prediction_entry("a", 1.0), prediction_entry("a", 1.0)
    again.timestamp_s += 2 * 3600
    for entry in (again, first):
        fill(log, tmp_path / "spool", entry)
    assert list(logged_rows(log)["at"]) == [first.timestamp_s]


@pytest.mark.parametrize("version", ["2", "", "one"])
def test_a_file_of_a_newer_version_is_refused(tmp_path: Path, version: str) -> None:
    path = str(tmp_path / "new.parquet")
    told = f", KV_METADATA {{schema_version: {text(version)}}}" if version else ""
    duckdb.execute(f"COPY (SELECT 1 AS a) TO {text(path)} (FORMAT parquet{told})")
    with (
        connect() as database,
        pytest.raises(UserError, match=f"found version {version or 'none'} .* allowed are 1 to 1"),
    ):
        read_features(database, path)


def test_no_files_are_an_empty_table() -> None:
    with connect() as database:
        create_predictions(database, {})
        assert database.execute("SELECT count(*) FROM predictions").fetchall() == [(0,)]
