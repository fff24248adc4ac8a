"""The spool: an accepted line survives a killed process and a full disk."""

import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool
from tests.factories import prediction_entry
from tests.unit.prediction_log.log_database import logged_predictions, ship_once

KILLED_WRITER = """
import os, sys
from pathlib import Path
from homestead.prediction_log.spool import Spool
from tests.factories import prediction_entry
spool = Spool(Path(sys.argv[1]))
for i in range(50):
    spool.append(prediction_entry(f"child-{i}", float(i)))
spool._segment.append(b'{"kind": "prediction", "id": "torn", "prob')
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homestead.prediction_log.spool._SEGMENT_BYTES", 1000)


def test_a_killed_process_loses_only_its_torn_line(tmp_path: Path, engine: sa.Engine) -> None:
    folder = tmp_path / "spool"
    command = [sys.executable, "-c", KILLED_WRITER, str(folder)]
    root = Path(__file__).parents[3]
    assert subprocess.run(command, check=False, cwd=root).returncode == -signal.SIGKILL
    (segment,) = folder.iterdir()
    assert b"torn" in segment.read_bytes()
    shipper = Shipper(folder, engine)
    shipper.ship()
    assert len(logged_predictions(engine)) == 50
    assert shipper.status.left_out_lines == 0
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("small_segments")
def test_full_segments_are_followed_by_new_ones_and_removed(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    for i in range(20):
        spool.append(prediction_entry(f"p{i:02}", 1.0))
    assert len(list(spool.folder.iterdir())) > 3
    ship_once(spool, engine)
    assert list(spool.folder.iterdir()) == [spool.segment_path]
    assert len(logged_predictions(engine)) == 20


@pytest.mark.usefixtures("small_segments")
def test_a_full_disk_refuses_lines_until_there_is_space(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (800, hard))
    accepted, refused = [], 0
    try:
        for number in range(12):
            try:
                spool.append(prediction_entry(f"p{number}", 1.0))
                accepted.append(f"p{number}")
            except OSError:
                refused += 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(accepted) > 1
    assert refused > 5
    spool.append(prediction_entry("after", 1.0))
    ship_once(spool, engine)
    assert set(logged_predictions(engine).prediction_id) == {*accepted, "after"}
    assert list(spool.folder.iterdir()) == [spool.segment_path]


def test_a_spool_may_be_opened_on_a_full_disk(tmp_path: Path, engine: sa.Engine) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        spool = Spool(tmp_path / "spool")
        with pytest.raises(OSError, match="File too large"):
            spool.append(prediction_entry("refused", 1.0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    spool.append(prediction_entry("accepted", 1.0))
    ship_once(spool, engine)
    assert list(logged_predictions(engine).prediction_id) == ["accepted"]


@pytest.mark.usefixtures("small_segments")
def test_a_line_longer_than_a_segment_gets_a_segment_of_its_own(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    for entry_id, rows in (("a", 1), ("long", 500), ("b", 1)):
        spool.append(prediction_entry(entry_id, *[1.0] * rows))
    ship_once(spool, engine)
    assert len(logged_predictions(engine)) == 502


def delete_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def replace(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


@pytest.mark.parametrize("remove", [Path.unlink, delete_folder, move_folder, replace])
def test_what_a_deleted_segment_held_is_written_again(
    tmp_path: Path, engine: sa.Engine, remove: Callable[[Path], None]
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(prediction_entry("before", 1.0))
    assert spool.segment_path is not None
    remove(spool.segment_path)
    spool.append(prediction_entry("meanwhile", 1.0))
    spool.restore_segment()
    spool.append(prediction_entry("after", 1.0))
    ship_once(spool, engine)
    assert set(logged_predictions(engine).prediction_id) == {"before", "meanwhile", "after"}
    spool.restore_segment()
    assert spool.written()[1] == 3


@pytest.mark.usefixtures("small_segments")
def test_a_segment_deleted_just_before_the_end_or_the_next_one_is_written_again(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    for number in range(12):
        assert spool.segment_path is not None
        spool.segment_path.unlink(missing_ok=True)
        spool.append(prediction_entry(f"p{number}", 1.0))
    assert spool.segment_path is not None
    shutil.rmtree(spool.folder)
    spool.close()
    ship_once(spool, engine)
    assert {"p10", "p11"} <= set(logged_predictions(engine).prediction_id)


def test_a_spool_that_reaches_its_limit_refuses_lines_until_some_are_shipped(
    tmp_path: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.prediction_log.spool._SEGMENT_BYTES", 1024)
    monkeypatch.setattr("homestead.prediction_log.spool._MEASURE_INTERVAL_S", 0)
    spool = Spool(tmp_path / "spool", 4 / 1024)
    accepted = []
    with pytest.raises(OSError, match="HOMESTEAD_SPOOL_MB allows"):
        for number in range(40):
            spool.append(prediction_entry(f"p{number:02}", 1.0))
            accepted.append(f"p{number:02}")
    assert len(accepted) >= 8
    assert sum(path.stat().st_size for path in spool.folder.iterdir()) <= 4096
    ship_once(spool, engine)
    spool.append(prediction_entry("after", 1.0))
    ship_once(spool, engine)
    assert list(logged_predictions(engine).prediction_id) == ["after", *accepted]
