"""Helpers of these tests: a log in Parquet files, filled as servers do."""

from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from homestead.prediction_log.entries import LogLine
from homestead.prediction_log.parquet.log import ParquetLog, of_window
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool
from homestead.prediction_log.tables import PREDICTIONS


def fill(log: ParquetLog, folder: Path, *lines: LogLine) -> None:
    """Spool lines, and ship them to the log."""
    spool = Spool(folder)
    for line in lines:
        spool.append(line)
    spool.close()
    shipper = Shipper(folder, log.engine, parquet_root=log.root)
    shipper.ship()
    assert not shipper.error, shipper.error
    assert not list(folder.glob("*.jsonl"))


def logged_rows(source: sa.Engine | ParquetLog, problem: str = "homes") -> pd.DataFrame:
    """Return a problem's rows in the order of their keys."""
    columns = PREDICTIONS.c
    statement = sa.select(PREDICTIONS).where(columns.problem == problem)
    statement = statement.order_by(columns.prediction_id, columns.row)
    with of_window(source, problem).connect() as connection:
        result = connection.execute(statement)
        return pd.DataFrame(result.all(), columns=list(result.keys())).astype(object)
