"""Tables of the log: a server ships to a home of an earlier version, and old rows are found."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.spool import Spool
from homestead.prediction_log.tables import (
    FEEDBACK,
    FEEDBACK_VERDICTS,
    PREDICTIONS,
    RELEASE_FAILURES,
)
from tests.factories import prediction_entry
from tests.unit.database.migrations.test_upgrade import fill
from tests.unit.prediction_log.log_database import logged_predictions, ship_once


def test_a_log_of_an_earlier_version_is_continued(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    earlier = sa.create_engine(url)
    fill(earlier, "before_migrations")
    earlier.dispose()
    engine = open_database(url)
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("later", 1.0))
    shipper = ship_once(spool, engine)
    spool.close()
    assert shipper.error == ""
    ids = list(logged_predictions(engine).prediction_id)
    assert ids == ["answered", "answered", "later", "shadow"]
    engine.dispose()


@pytest.mark.parametrize("table", [PREDICTIONS, FEEDBACK, FEEDBACK_VERDICTS, RELEASE_FAILURES])
def test_rows_of_a_time_are_found_by_an_index(table: sa.Table) -> None:
    assert ["problem", "at"] in [list(index.columns.keys()) for index in table.indexes]
