"""Segments as Parquet files: each row once, whatever happens in between; after a time; typed."""

import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from homestead.prediction_log.entries import FeedbackEntry
from homestead.prediction_log.parquet.log import ParquetLog
from homestead.prediction_log.parquet.segment_files import segment_files
from homestead.prediction_log.shipper import SET_ASIDE_FOLDER, Shipper
from homestead.prediction_log.spool import Spool
from homestead.prediction_log.tables import FEEDBACK, RELEASE_FAILURES
from tests.factories import failure_entry, prediction_entry
from tests.unit.prediction_log.log_database import logged_predictions
from tests.unit.prediction_log.parquet.filled_log import fill, logged_rows

SCRIPT = Path(__file__).with_name("shipping_script.py")


def _files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.parquet"))}


def test_a_kill_at_any_write_loses_and_doubles_nothing(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    for number in range(40):
        entry = prediction_entry(f"p{number:02}", 1.0, 2.0)
        entry.timestamp_s += 3600 * (number % 2)
        spool.append(entry)
    spool.close()
    log = ParquetLog(engine, str(tmp_path / "log"))
    run = subprocess.run(
        [sys.executable, str(SCRIPT), str(spool.folder), log.root],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 10  # kills
    rows = logged_rows(log)
    assert list(rows.prediction_id) == sorted([f"p{n:02}" for n in range(40)] * 2)
    # Not doubled in the files themselves either.
    files = (tmp_path / "log").rglob("*.parquet")
    assert sum(pq.read_metadata(path).num_rows for path in files) == 80
    assert not list(spool.folder.glob("*.jsonl"))


def test_a_segment_that_is_written_again_is_the_same_files(tmp_path: Path) -> None:
    entries = [prediction_entry(f"p{number}", 1.0) for number in range(50)]
    written = []
    for name in ("first", "second"):
        with segment_files(str(tmp_path / name), "0001-owner") as files:
            assert files.add(entries) == []
            files.write()
        written.append(_files(tmp_path / name))
    assert written[0] == written[1]
    [path] = written[0]
    assert path.startswith("predictions/problem=homes/hour=2023-11-14T22/0001-owner-")


def test_little_traffic_is_written_after_a_time(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool", max_age_s=60)
    log = ParquetLog(engine, str(tmp_path / "log"))
    shipper = Shipper(spool.folder, engine, spool.owner, log.root)
    spool.end_old_segment(1000.0)
    spool.append(prediction_entry("a", 1.0))
    for now_s, rows in ((1001.0, 0), (1060.0, 0), (1061.5, 1)):
        spool.end_old_segment(now_s)
        shipper.ship()
        assert len(logged_rows(log)) == rows
    assert shipper.status.shipped is not None
    assert shipper.status.shipped < spool.written()[0]
    spool.append(prediction_entry("b", 1.0))  # as if the server ended with it
    spool.close()
    shipper.ship()
    assert list(logged_rows(log).prediction_id) == ["a", "b"]
    assert list(spool.folder.iterdir()) == []


def test_a_store_that_is_away_loses_nothing(tmp_path: Path, engine: sa.Engine) -> None:
    blocked = tmp_path / "log"
    blocked.write_text("no folder")
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0))
    spool.close()
    shipper = Shipper(spool.folder, engine, parquet_root=str(blocked))
    shipper.ship()
    assert shipper.error
    assert shipper.status.abandoned_rows == 1
    blocked.unlink()
    shipper.ship()
    assert not shipper.error
    assert len(logged_rows(ParquetLog(engine, str(blocked)))) == 1


def test_feedback_and_releases_have_their_place_in_sql(tmp_path: Path, engine: sa.Engine) -> None:
    released = prediction_entry("b", 1.0)
    released.release = "r1/0"
    log = ParquetLog(engine, str(tmp_path / "log"))
    feedback = FeedbackEntry("f", "homes", time.time(), "a", [1.0])
    fill(
        log, tmp_path / "spool", prediction_entry("a", 1.0), released, feedback, failure_entry("x")
    )
    assert list(logged_rows(log).prediction_id) == ["a", "b"]
    assert list(logged_predictions(engine).prediction_id) == ["b"]
    with engine.connect() as connection:
        for table in (FEEDBACK, RELEASE_FAILURES):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_columns_are_typed_and_the_version_is_told(tmp_path: Path, engine: sa.Engine) -> None:
    log = ParquetLog(engine, str(tmp_path / "log"))
    fill(log, tmp_path / "spool", prediction_entry("a", 1.0))
    [path] = (tmp_path / "log").rglob("*.parquet")
    schema = pq.read_schema(path)
    kinds = {name: str(schema.field(name).type) for name in schema.names}
    assert kinds["feature_area"] == kinds["feature_floor"] == kinds["at"] == "double"
    assert (kinds["prediction_id"], kinds["row"]) == ("string", "int32")
    assert schema.metadata[b"schema_version"] == b"1"


@pytest.mark.parametrize("damage", ["no json", '{"kind":"prediction","id":"x"}'])
def test_a_damaged_line_is_left_out_and_its_segment_kept(
    tmp_path: Path, engine: sa.Engine, damage: str
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("a", 1.0))
    uneven = prediction_entry("uneven", 1.0)
    uneven.features = [[1.0]]
    spool.append(uneven)
    spool.close()
    [segment] = spool.folder.glob("*.jsonl")
    segment.write_text(segment.read_text() + damage + "\n")
    shipper = Shipper(spool.folder, engine, parquet_root=str(tmp_path / "log"))
    shipper.ship()
    assert list(logged_rows(ParquetLog(engine, str(tmp_path / "log"))).prediction_id) == ["a"]
    assert shipper.status.left_out_lines == 2
    assert len(list((spool.folder / SET_ASIDE_FOLDER).iterdir())) == 1
