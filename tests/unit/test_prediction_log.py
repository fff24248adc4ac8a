"""The prediction log: what was appended is in the table once, whatever happened in between."""

import math
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import FeedbackEntry, PredictionEntry, Spool
from homestead.prediction_log.table import create_tables, delete_older_than, read_window


def entry(name: str, *rows: float) -> PredictionEntry:
    return PredictionEntry(
        id=name,
        problem="homes",
        version="3",
        digest="d" * 64,
        at=1_700_000_000.0 + len(rows),
        names=("area", "floor"),
        features=[[row, math.nan] for row in rows],
        predictions=[row * 2 for row in rows],
        entities=["7"] * len(rows),
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def logged(engine: sa.Engine) -> pd.DataFrame:
    return pd.read_sql('SELECT * FROM predictions ORDER BY prediction_id, "row"', engine)


def ship(spool: Spool, engine: sa.Engine) -> Shipper:
    """What the companion does while a server runs, and once more when it has stopped."""
    shipper = Shipper(spool.folder, engine)
    shipper.turn()
    return shipper


def test_rows_arrive_once_with_all_that_identifies_them(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(entry("a", 1.0, 2.0))
    shipper = ship(spool, engine)
    spool.append(entry("b", 3.0))
    shipper.turn()
    assert shipper.lag == 0
    spool.close()
    shipper.turn()
    found = logged(engine)
    assert found[["prediction_id", "row", "prediction"]].values.tolist() == [
        ["a", 0, 2.0],
        ["a", 1, 4.0],
        ["b", 0, 6.0],
    ]
    assert set(found.version) == {"3"}
    window = read_window(engine, "homes")
    assert sorted(window.area) == [1.0, 2.0, 3.0]
    assert window.floor.isna().all()
    assert list(spool.folder.iterdir()) == []


CHILD = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_prediction_log import entry
from homestead.spool import Spool
spool = Spool(Path(sys.argv[1]))
for i in range(50):
    spool.append(entry(f"child-{i}", float(i)))
torn = b'{"kind": "prediction", "id": "torn", "prob'
os.pwrite(spool._file, torn, spool._size)
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_left_is_shipped_but_not_its_torn_line(
    tmp_path: Path, engine: sa.Engine
) -> None:
    folder = tmp_path / "spool"
    arguments = [sys.executable, "-c", CHILD, str(folder), str(Path(__file__).parent)]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    (left,) = folder.iterdir()
    assert b"torn" in left.read_bytes()
    shipper = Shipper(folder, engine)
    shipper.turn()
    assert len(logged(engine)) == 50
    assert shipper.lag == 0
    assert list(folder.iterdir()) == []


def test_a_segment_shipped_by_half_is_not_doubled(tmp_path: Path, engine: sa.Engine) -> None:
    first = Spool(tmp_path / "spool")
    for i in range(10):
        first.append(entry(f"p{i}", 1.0))
    ship(first, engine)
    first.append(entry("p10", 1.0))
    first.close()  # as when its process ends
    ship(first, engine)
    assert len(logged(engine)) == 11


def test_a_living_process_keeps_its_segment(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(entry("a", 1.0))
    another = Shipper(tmp_path / "spool", engine, owner=1)
    another.turn()
    assert (another.lag, another.error) == (0, "")
    assert spool.path is not None
    assert spool.path.exists()
    spool.append(entry("b", 1.0))
    ship(spool, engine)
    assert list(logged(engine).prediction_id) == ["a", "b"]


def test_an_absent_database_loses_nothing_and_the_lag_says_so(tmp_path: Path) -> None:
    place = tmp_path / "absent"
    engine = open_engine(f"sqlite:///{place / 'log.db'}")
    spool = Spool(tmp_path / "spool")
    shipper = Shipper(spool.folder, engine)
    for number in range(1200):
        spool.append(entry(f"p{number:04}", 1.0))
        if number == 500:
            shipper.turn()
            assert shipper.lag == 501
    shipper.turn()
    assert shipper.error
    assert shipper.lag == 1200
    place.mkdir()
    spool.append(entry("last", 1.0, 2.0))
    shipper.turn()
    assert (shipper.lag, shipper.error) == (0, "")
    arrived = pd.read_sql("SELECT prediction_id FROM predictions ORDER BY rowid", engine)
    assert list(arrived.prediction_id) == [*(f"p{n:04}" for n in range(1200)), "last", "last"]


def test_left_over_rows_count_as_lag(tmp_path: Path) -> None:
    left = Spool(tmp_path / "spool")
    left.append(entry("a", 1.0, 2.0, 3.0))
    left.close()
    shipper = Shipper(left.folder, open_engine(f"sqlite:///{tmp_path}/absent/log.db"), owner=1)
    shipper.turn()
    assert shipper.lag == 3


def test_a_turn_that_has_no_time_for_all_says_how_much_is_left(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.spool._SEGMENT_BYTES", 1000)
    monkeypatch.setattr("homestead.shipper._BATCH_LINES", 2)
    spool = Spool(tmp_path / "spool")
    for i in range(20):
        spool.append(entry(f"p{i:02}", 1.0))
    shipper = Shipper(spool.folder, engine)
    for turn in range(1, 30):
        shipper.turn(0)
        shipped = list(logged(engine).prediction_id)
        # In order, and something each time.
        assert shipped == [f"p{i:02}" for i in range(len(shipped))]
        assert len(shipped) >= min(turn, 20)
        assert shipper.lag == 20 - len(shipped)
    assert list(spool.folder.iterdir()) == [spool.path]


def test_full_segments_are_followed_by_new_ones_and_removed(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.spool._SEGMENT_BYTES", 1000)
    spool = Spool(tmp_path / "spool")
    for i in range(20):
        spool.append(entry(f"p{i:02}", 1.0))
    assert len(list(spool.folder.iterdir())) > 3
    ship(spool, engine)
    assert list(spool.folder.iterdir()) == [spool.path]
    assert len(logged(engine)) == 20


def test_a_full_disk_refuses_the_line_until_there_is_room(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.spool._SEGMENT_BYTES", 1000)
    spool = Spool(tmp_path / "spool")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (800, hard))
    kept, refused = [], 0
    try:
        for number in range(12):
            try:
                spool.append(entry(f"p{number}", 1.0))
                kept.append(f"p{number}")
            except OSError:
                refused += 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(kept) > 1
    assert refused > 5
    spool.append(entry("after", 1.0))
    ship(spool, engine)
    assert set(logged(engine).prediction_id) == {*kept, "after"}
    assert list(spool.folder.iterdir()) == [spool.path]


def test_a_spool_may_begin_on_a_full_disk(tmp_path: Path, engine: sa.Engine) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        spool = Spool(tmp_path / "spool")
        with pytest.raises(OSError, match="File too large"):
            spool.append(entry("refused", 1.0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    spool.append(entry("kept", 1.0))
    ship(spool, engine)
    assert list(logged(engine).prediction_id) == ["kept"]


def test_a_database_that_comes_back_empty_is_filled_again(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(entry("a", 1.0))
    shipper = ship(spool, engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE predictions"))
    spool.append(entry("b", 1.0))
    shipper.turn()
    shipper.turn()
    assert list(logged(engine).prediction_id) == ["b"]
    assert shipper.lag == 0


def test_a_line_that_is_not_wholly_there_is_waited_for(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(entry("a", 1.0))
    spool.append(entry("b", 1.0))
    assert spool.path is not None
    content = spool.path.read_bytes()
    at = content.index(b"\n") + 5
    with spool.path.open("r+b") as file:
        file.seek(at)
        file.write(bytes(4))  # as another core may see it
    shipper = ship(spool, engine)
    assert list(logged(engine).prediction_id) == ["a"]
    with spool.path.open("r+b") as file:
        file.write(content)
    shipper.turn()
    assert list(logged(engine).prediction_id) == ["a", "b"]


def test_a_line_longer_than_a_segment_has_one_of_its_own(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.spool._SEGMENT_BYTES", 1000)
    spool = Spool(tmp_path / "spool")
    for name, rows in (("a", 1), ("long", 500), ("b", 1)):
        spool.append(entry(name, *[1.0] * rows))
    ship(spool, engine)
    assert len(logged(engine)) == 502


def test_models_with_other_features_share_the_log(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(entry("old", 1.0))
    new = entry("new", 2.0)
    new.names, new.version, new.features = ("area", "lift"), "4", [[2.0, 1.0]]
    spool.append(new)
    ship(spool, engine)
    window = read_window(engine, "homes")
    assert set(window) == {"area", "floor", "lift"}
    assert sorted(window.area) == [1.0, 2.0]
    assert window.lift.isna().sum() == 1


def test_hashed_features_and_shadows_are_not_in_the_window(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    hashed = entry("a", 1.0)
    hashed.features = [[1.0, "5eb1"]]
    spool.append(hashed)
    shadow = entry("b", 9.0)
    shadow.shadow_of = "a"
    spool.append(shadow)
    ship(spool, engine)
    assert read_window(engine, "homes").to_dict("list") == {"area": [1.0]}
    assert list(logged(engine).shadow_of) == [None, "a"]


def test_feedback_is_kept_by_row(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(FeedbackEntry("f1", "homes", 5.0, "a", [100.0, 200.0]))
    spool.append(FeedbackEntry("f2", "homes", 6.0, "mine", ["left"], 0.5))
    spool.append(FeedbackEntry("f3", "homes", 7.0, "b", [], -1.0))
    ship(spool, engine)
    found = pd.read_sql('SELECT * FROM feedback ORDER BY feedback_id, "row"', engine)
    assert list(found.prediction_id) == ["a", "a", "mine", "b"]
    assert list(found.truth[:2]) == [100.0, 200.0]
    assert found.truth_label[2] == "left"
    assert list(found.reward[2:]) == [0.5, -1.0]


def test_a_text_that_a_database_cannot_hold_blocks_nobody(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    odd = entry("a", 1.0)
    odd.request_id, odd.entities, odd.labels = "mi\0ne", ["\0"], ["yes"]
    spool.append(odd)
    spool.append(FeedbackEntry("f", "homes", 5.0, "mi\0ne", ["\0no"]))
    spool.append(entry("b", 1.0))
    shipper = ship(spool, engine)
    assert (shipper.lag, shipper.error) == (0, "")
    found = logged(engine)
    assert list(found.prediction_id) == ["a", "b"]
    # Feedback still finds its prediction.
    feedback = pd.read_sql("SELECT * FROM feedback", engine)
    assert feedback.prediction_id[0] == found.request_id[0]


def test_several_may_be_the_first_to_use_a_database(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(6)]
    with ThreadPoolExecutor(len(engines)) as threads:
        for made in [threads.submit(create_tables, engine) for engine in engines]:
            made.result()
    for engine in engines:
        engine.dispose()


def test_old_rows_are_forgotten_and_only_they(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    now = time.time()
    for name, days in (("old", 31), ("new", 29)):
        line = entry(name, 1.0, 2.0)
        line.at = now - days * 86400
        spool.append(line)
        spool.append(FeedbackEntry(f"f-{name}", "homes", line.at, name, [1.0]))
    other = entry("other", 1.0)
    other.problem = "churn"
    spool.append(other)
    ship(spool, engine)
    assert delete_older_than(engine, "homes", 30) == 3
    assert delete_older_than(engine, "homes", 30) == 0
    assert set(logged(engine).prediction_id) == {"new", "other"}
    feedback = pd.read_sql("SELECT prediction_id FROM feedback", engine)
    assert list(feedback.prediction_id) == ["new"]


def test_a_log_of_before_gets_the_columns_that_came_later(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(entry("a", 1.0))
    ship(spool, engine)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE predictions DROP COLUMN shadow_of"))
    spool.append(entry("b", 1.0))
    shipper = ship(spool, engine)
    assert shipper.error == ""
    assert len(logged(engine)) == 2
