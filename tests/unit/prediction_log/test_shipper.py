"""Shipping: each spooled line reaches the table once, whatever happens in between."""

import time
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.read_window import read_window
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool
from homestead.prediction_log.tables import PREDICTIONS
from tests.factories import prediction_entry
from tests.unit.prediction_log.log_database import logged_predictions, ship_once


def test_rows_arrive_once_with_all_that_identifies_them(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0, 2.0))
    shipper = ship_once(spool, engine)
    spool.append(prediction_entry("b", 3.0))
    shipper.ship()
    assert shipper.status.shipped == spool.written()[0]
    spool.close()
    shipper.ship()
    predictions = logged_predictions(engine)
    assert predictions[["prediction_id", "row", "prediction"]].values.tolist() == [
        ["a", 0, 2.0],
        ["a", 1, 4.0],
        ["b", 0, 6.0],
    ]
    assert set(predictions.version) == {"3"}
    window = read_window(engine, "homes").inputs
    assert sorted(window.area) == [1.0, 2.0, 3.0]
    assert window.floor.isna().all()
    assert list(spool.folder.iterdir()) == []


def test_a_closed_segment_of_several_batches_is_shipped_in_one_call(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path)
    for number in range(1200):
        spool.append(prediction_entry(f"p{number:04}", 1.0))
    spool.close()
    shipper = Shipper(tmp_path, engine)
    shipper.ship()
    assert not shipper.error
    assert len(logged_predictions(engine)) == 1200
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_partly_shipped_segment_is_not_doubled(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    for i in range(10):
        spool.append(prediction_entry(f"p{i}", 1.0))
    ship_once(spool, engine)
    spool.append(prediction_entry("p10", 1.0))
    spool.close()  # as when its process ends
    ship_once(spool, engine)
    assert len(logged_predictions(engine)) == 11


def test_the_open_segment_of_another_process_is_left_alone(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0))
    other = Shipper(tmp_path / "spool", engine)
    other.ship()
    assert (other.status.abandoned_rows, other.error) == (0, "")
    assert spool.segment_path is not None
    assert spool.segment_path.exists()
    spool.append(prediction_entry("b", 1.0))
    ship_once(spool, engine)
    assert list(logged_predictions(engine).prediction_id) == ["a", "b"]


def test_an_unreachable_database_loses_nothing_and_the_lag_tells(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    engine = open_database(f"sqlite:///{folder / 'log.db'}")
    spool = Spool(tmp_path / "spool")
    shipper = Shipper(spool.folder, engine, spool.owner)
    for number in range(1200):
        spool.append(prediction_entry(f"p{number:04}", 1.0))
        if number == 500:
            shipper.ship()
    shipper.ship()
    assert shipper.error
    assert shipper.status.shipped is None
    folder.mkdir()
    spool.append(prediction_entry("last", 1.0, 2.0))
    shipper.ship()
    assert shipper.error == ""
    assert shipper.status.shipped == spool.written()[0]
    arrived = pd.read_sql("SELECT prediction_id FROM predictions ORDER BY rowid", engine)
    assert list(arrived.prediction_id) == [*(f"p{n:04}" for n in range(1200)), "last", "last"]


def test_rows_of_abandoned_segments_count_as_lag(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0, 2.0, 3.0))
    spool.close()
    shipper = Shipper(spool.folder, open_database(f"sqlite:///{tmp_path}/absent/log.db"))
    shipper.ship()
    assert shipper.status.abandoned_rows == 3
    assert time.time() - 60 < (shipper.status.abandoned_since_s or 0) < time.time()


def test_a_call_without_enough_time_ships_in_order_and_tells_the_rest(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.prediction_log.spool._SEGMENT_BYTES", 1000)
    monkeypatch.setattr("homestead.prediction_log.shipper._MAX_BATCH_LINES", 2)
    spool = Spool(tmp_path / "spool")
    for i in range(20):
        spool.append(prediction_entry(f"p{i:02}", 1.0))
    spool.close()
    shipper = Shipper(spool.folder, engine)
    for call in range(1, 30):
        shipper.ship(0)
        shipped = list(logged_predictions(engine).prediction_id)
        assert shipped == [f"p{i:02}" for i in range(len(shipped))]
        # Each call makes progress.
        assert len(shipped) >= min(call, 20)
        assert shipper.status.abandoned_rows == 20 - len(shipped)
        assert shipper.has_more or len(shipped) == 20
    assert list(spool.folder.iterdir()) == []


def test_a_database_that_comes_back_empty_is_filled_again(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0))
    shipper = ship_once(spool, engine)
    with engine.begin() as connection:
        connection.execute(sa.delete(PREDICTIONS))
    engine.dispose()  # a database that is stopped closes its connections
    spool.append(prediction_entry("b", 1.0))
    spool.close()  # so that the segment is removed once it is shipped
    shipper.ship()
    # The spool still has what it shipped before.
    assert list(logged_predictions(engine).prediction_id) == ["a", "b"]


def test_an_incomplete_line_is_shipped_once_it_is_complete(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0))
    spool.append(prediction_entry("b", 1.0))
    assert spool.segment_path is not None
    content = spool.segment_path.read_bytes()
    with spool.segment_path.open("r+b") as file:
        file.seek(content.index(b"\n") + 5)
        file.write(bytes(4))  # as another core may see it
    shipper = ship_once(spool, engine)
    assert list(logged_predictions(engine).prediction_id) == ["a"]
    with spool.segment_path.open("r+b") as file:
        file.write(content)
    shipper.ship()
    assert list(logged_predictions(engine).prediction_id) == ["a", "b"]


def test_the_segments_of_a_living_process_are_left_to_its_own_shipper(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.prediction_log.spool._SEGMENT_BYTES", 1000)
    spool = Spool(tmp_path / "spool")
    for i in range(10):
        spool.append(prediction_entry(f"p{i}", 1.0))
    Shipper(spool.folder, engine).ship()
    assert logged_predictions(engine).empty
    spool.close()
    Shipper(spool.folder, engine).ship()
    assert len(logged_predictions(engine)) == 10
