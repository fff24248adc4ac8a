"""Statements about labels look predictions up by an index, however large the log is."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.labels import statements
from homestead.prediction_log.labels.batch import BATCH, create_empty
from homestead.prediction_log.labels.join import MATCHES, VERDICTS


def plan(statement: str, folder: Path) -> list[str]:
    """Return what sqlite does for a statement."""
    engine = open_database(f"sqlite:///{folder / 'log.db'}")
    with engine.connect() as connection:
        create_empty(connection, BATCH, MATCHES, VERDICTS)
        for name in set(sa.text(statement)._bindparams):
            statement = statement.replace(f":{name}", "('x')")
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    engine.dispose()
    return [row[-1] for row in rows]


@pytest.mark.parametrize("statement", [*statements.MATCH, *statements.WRITE, *statements.JUDGE])
def test_no_statement_reads_a_whole_table_of_the_log(statement: str, tmp_path: Path) -> None:
    scans = [line for line in plan(statement, tmp_path) if line.startswith("SCAN")]
    lasting = {"p", "second", "l", "h", "predictions", "labels", "label_history"}
    assert not [line for line in scans if line.split()[1] in lasting]


def test_a_page_of_waiting_labels_reads_no_whole_table(tmp_path: Path) -> None:
    scans = [line for line in plan(statements.FIND_ARRIVALS, tmp_path) if line.startswith("SCAN")]
    assert not [line for line in scans if line.split()[1] in ("p", "l")]
