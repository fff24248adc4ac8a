"""A prediction log of house prices, and files of outcomes for it."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.database.migrations.upgrade import upgrade
from homestead.prediction_log.tables import PREDICTIONS

PROBLEM = Path(__file__).parents[2] / "problems" / "house_price.yaml"
START_S = 1_750_000_000.0
_SECONDS_APART = 30.0
_FIRST_HOUSE = 1_000_000_001
_PREDICTIONS_OF_A_HOUSE = 4
_CHUNK_ROWS = 50_000
_FEATURES = (
    '{"ln_living":7.5,"ln_lot":8.9,"bedrooms":3,"bathrooms":2.25,"floors":2,"view":0,"condition":3,'
    '"grade":8,"yr_built":1987,"lat":47.56,"long":-122.21,"local_premium":0.0312}'
)


def fill_log(database_url: str, rows: int) -> None:
    """Create the tables, and write that many predictions, four of each house, in random order."""
    engine = open_engine(database_url)
    upgrade(engine)
    columns = ("prediction_id", "row", "problem", "version", "digest", "at", "entity")
    names = ", ".join(f'"{name}"' for name in (*columns, "features", "prediction"))
    records = _predictions(rows)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            driver: Any = connection.connection.driver_connection
            copy = f"COPY {PREDICTIONS.name} ({names}) FROM STDIN"
            with driver.cursor() as cursor, cursor.copy(copy) as into:
                for record in records:
                    into.write_row(record)
            connection.exec_driver_sql(f"ANALYZE {PREDICTIONS.name}")
        else:
            insert = f"INSERT INTO {PREDICTIONS.name} ({names}) VALUES (?,?,?,?,?,?,?,?,?)"  # noqa: S608 - names
            while chunk := list(islice(records, _CHUNK_ROWS)):
                connection.exec_driver_sql(insert, chunk)
    engine.dispose()


def _predictions(rows: int) -> Iterator[tuple[object, ...]]:
    digest = "d" * 64
    for number in range(rows):
        at = START_S + number * _SECONDS_APART
        entity = str(_house(number, rows))
        yield (
            *(_prediction_id(number), 0, "house_price", "3", digest, at),
            *(entity, _FEATURES, 450_000.0 + number % 1000),
        )


def _prediction_id(number: int) -> str:
    # Ids of the server are random; the low bits of a product with an odd number are as good here.
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}{number:016x}"


def _house(number: int, rows: int) -> int:
    return _FIRST_HOUSE + number * 7_919 % max(1, rows // _PREDICTIONS_OF_A_HOUSE)


def write_labels(path: Path, rows: int, named_by: str, *, raised: int = 0) -> None:
    """Write a CSV file with an outcome of each prediction.

    Args:
        named_by: "prediction_id", or "entity" for the key and a time an hour after the prediction.
        raised: by how much the outcome is above the first one, in dollars.
    """
    names = ("prediction_id",) if named_by == "prediction_id" else ("id", "date")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*names, "price", "labelled_at"))
        for number in range(rows):
            at = START_S + number * _SECONDS_APART
            name: tuple[object, ...] = (_prediction_id(number),)
            if named_by == "entity":
                name = (_house(number, rows), _text(at + 3600))
            # Corrections are known later.
            known = _text(at + 864_000 + raised)
            writer.writerow((*name, 460_000 + number % 977 + raised, known))


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def count(database_url: str) -> dict[str, int]:
    """Return the number of rows in each table of labels."""
    engine = open_engine(database_url)
    with engine.connect() as connection:
        found = {
            table: int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608
            for table in ("labels", "label_history", "label_quarantine")
        }
    engine.dispose()
    return found
