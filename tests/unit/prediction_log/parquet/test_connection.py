"""SQLAlchemy's statements on DuckDB: values, parts of results, and tables of the database."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.prediction_log.labels.tables import LABELS
from homestead.prediction_log.parquet.log import ParquetLog, of_window
from homestead.prediction_log.tables import PREDICTIONS
from tests.factories import prediction_entry
from tests.unit.prediction_log.parquet.filled_log import fill

COLUMNS = PREDICTIONS.c


@pytest.fixture
def log(tmp_path: Path, engine: sa.Engine) -> ParquetLog:
    """Return a log of 30 predictions, one of them labelled."""
    log = ParquetLog(engine, str(tmp_path / "log"))
    entries = [prediction_entry(f"p{number:02}", number / 3) for number in range(30)]
    fill(log, tmp_path / "spool", *entries)
    label = {
        **{"prediction_id": "p07", "row": 0, "problem": "homes", "at": entries[7].timestamp_s},
        **{"truth": 0.1, "received_at": 2e9, "source": "it's", "offset_s": 0.0},
    }
    with engine.begin() as connection:
        connection.execute(sa.insert(LABELS), [label, label | {"problem": "x", "row": 1}])
    found = of_window(log, "homes")
    assert isinstance(found, ParquetLog)
    return found


def test_values_are_bound_bit_by_bit(log: ParquetLog) -> None:
    statement = sa.select(COLUMNS.prediction_id).where(
        COLUMNS.prediction.in_([2 * (7 / 3), 2 * (8 / 3)]), COLUMNS.digest == "d" * 64
    )
    with log.connect() as connection:
        assert connection.execute(statement.order_by(COLUMNS.prediction)).all() == [
            ("p07",),
            ("p08",),
        ]
        quoted = sa.select(sa.func.count()).where(COLUMNS.version == "it's; DROP TABLE x")
        assert connection.scalar(quoted) == 0


def test_results_come_in_parts_and_two_may_be_read_side_by_side(log: ParquetLog) -> None:
    statement = sa.select(COLUMNS.prediction_id).order_by(COLUMNS.prediction_id)
    with log.connect() as connection:
        result = connection.execution_options(yield_per=8).execute(statement)
        parts = result.partitions(8)
        first = next(iter(parts))
        assert connection.scalar(sa.select(sa.func.count()).select_from(PREDICTIONS)) == 30
        rest = [row.prediction_id for part in parts for row in part]
    assert [row.prediction_id for row in first] + rest == [f"p{n:02}" for n in range(30)]


def test_labels_are_joined_to_files_and_others_read_in_the_database(log: ParquetLog) -> None:
    is_same = (COLUMNS.prediction_id == LABELS.c.prediction_id) & (COLUMNS.row == LABELS.c.row)
    joined = sa.select(COLUMNS.prediction_id, LABELS.c.truth, LABELS.c.source)
    with log.connect() as connection:
        found = connection.execute(joined.join(LABELS, is_same)).all()
        assert found == [("p07", 0.1, "it's")]
        assert connection.scalar(sa.select(sa.func.count()).select_from(LABELS)) == 2
