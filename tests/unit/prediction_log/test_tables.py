"""Tables of the log: created once by several processes, extended by later versions."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.prediction_log.spool import Spool
from homestead.prediction_log.tables import create_tables, tables_exist
from tests.factories import prediction_entry
from tests.unit.prediction_log.log_database import logged_predictions, ship_once


def test_several_processes_may_create_the_tables_at_once(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(6)]
    assert not tables_exist(engines[0])
    with ThreadPoolExecutor(len(engines)) as threads:
        for future in [threads.submit(create_tables, engine) for engine in engines]:
            future.result()
    assert tables_exist(engines[0])
    for engine in engines:
        engine.dispose()


def test_a_log_of_an_earlier_version_gets_the_missing_columns(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0))
    ship_once(spool, engine)
    with engine.begin() as connection:
        for index in ("predictions_in_release", "shadows_in_release"):
            connection.execute(sa.text(f"DROP INDEX {index}"))
        connection.execute(sa.text("ALTER TABLE predictions DROP COLUMN shadow_of"))
    spool.append(prediction_entry("b", 1.0))
    shipper = ship_once(spool, engine)
    assert shipper.error == ""
    assert len(logged_predictions(engine)) == 2
