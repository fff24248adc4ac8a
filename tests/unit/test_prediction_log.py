"""The prediction log: what was appended is in the table once, whatever happened in between."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.prediction_log import Shipper, connect, read_window
from homestead.spool import Entry, Spool


def entry(name: str, *rows: float) -> Entry:
    return Entry(
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
def engine(tmp_path: Path) -> sa.Engine:
    return connect(f"sqlite:///{tmp_path / 'log.db'}")


def logged(engine: sa.Engine) -> pd.DataFrame:
    return pd.read_sql('SELECT * FROM predictions ORDER BY prediction_id, "row"', engine)


def test_rows_arrive_once_with_all_that_identifies_them(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    shipper = Shipper(spool, engine)
    shipper.start()
    spool.append(entry("a", 1.0, 2.0))
    spool.append(entry("b", 3.0))
    deadline = time.monotonic() + 10
    while shipper.lag and time.monotonic() < deadline:
        time.sleep(0.02)
    assert shipper.lag == 0
    shipper.stop()
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
os.write(spool._file, b'{"id": "torn", "prob')
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_left_is_shipped_but_not_its_torn_line(
    tmp_path: Path, engine: sa.Engine
) -> None:
    folder = tmp_path / "spool"
    arguments = [sys.executable, "-c", CHILD, str(folder), str(Path(__file__).parent)]
    subprocess.run(arguments, check=False)
    assert len(list(folder.iterdir())) == 1
    shipper = Shipper(Spool(folder), engine)
    shipper.stop()
    assert len(logged(engine)) == 50
    assert shipper.lag == 0
    assert list(folder.iterdir()) == []


def test_a_segment_shipped_by_half_is_not_doubled(tmp_path: Path, engine: sa.Engine) -> None:
    first = Spool(tmp_path / "spool")
    for i in range(10):
        first.append(entry(f"p{i}", 1.0))
    owner = Shipper(first, engine)
    owner._try()
    first.append(entry("p10", 1.0))
    first.close()  # as when its process ends
    Shipper(Spool(tmp_path / "spool"), engine).stop()
    assert len(logged(engine)) == 11


def test_a_living_process_keeps_its_segment(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(entry("a", 1.0))
    Shipper(Spool(tmp_path / "spool"), engine).stop()
    assert spool.path is not None
    assert spool.path.exists()
    spool.append(entry("b", 1.0))
    Shipper(spool, engine).stop()
    assert list(logged(engine).prediction_id) == ["a", "b"]


def test_an_absent_database_loses_nothing_and_the_lag_says_so(tmp_path: Path) -> None:
    place = tmp_path / "absent"
    engine = connect(f"sqlite:///{place / 'log.db'}")
    spool = Spool(tmp_path / "spool")
    shipper = Shipper(spool, engine)
    spool.append(entry("a", 1.0, 2.0))
    shipper._try()
    assert shipper.error
    assert shipper.lag == 2
    place.mkdir()
    shipper.stop()
    assert len(logged(engine)) == 2
    assert shipper.lag == 0


def test_left_over_rows_count_as_lag(tmp_path: Path) -> None:
    left = Spool(tmp_path / "spool")
    left.append(entry("a", 1.0, 2.0, 3.0))
    left.close()
    shipper = Shipper(Spool(tmp_path / "spool"), connect(f"sqlite:///{tmp_path}/absent/log.db"))
    shipper._try()
    assert shipper.lag == 3


def test_an_entry_after_a_short_write_is_on_a_line_of_its_own(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path / "spool")
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, line: whole(file, line[:20]))
    with pytest.raises(OSError, match="20 of"):
        spool.append(entry("torn", 1.0))
    monkeypatch.undo()
    spool.append(entry("after", 1.0))
    Shipper(spool, engine).stop()
    assert list(logged(engine).prediction_id) == ["after"]


def test_full_segments_are_followed_by_new_ones_and_removed(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.spool._SEGMENT_BYTES", 1000)
    spool = Spool(tmp_path / "spool")
    shipper = Shipper(spool, engine)
    for i in range(20):
        spool.append(entry(f"p{i:02}", 1.0))
    assert len(list(spool.folder.iterdir())) > 3
    shipper._try()
    assert len(list(spool.folder.iterdir())) == 1
    shipper.stop()
    assert len(logged(engine)) == 20
