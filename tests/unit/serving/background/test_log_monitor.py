"""The server's own view of its log: lag without a worker, counts, a deleted spool."""

import shutil
from pathlib import Path

import pytest

from homestead.database.engine import open_database
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.prediction_log.spool import Spool
from homestead.serving.background.log_monitor import LogMonitor
from homestead.serving.metrics.metric_registry import ServerMetrics
from tests.factories import prediction_entry


class Watched:
    """A spool, its monitor and what is exposed."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool(folder)
        self._metrics = ServerMetrics()
        self.monitor = LogMonitor("homes", self.spool, self._metrics)

    def value(self, name: str) -> float | None:
        name = f"homestead_prediction_log_{name}"
        return self._metrics.registry.get_sample_value(name, {"model": "homes"})


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "spool")


def test_rows_lag_until_a_worker_says_that_they_are_shipped(
    watched: Watched, tmp_path: Path
) -> None:
    assert (watched.value("lag_rows"), watched.value("lag_seconds")) == (0, 0)
    watched.spool.append(prediction_entry("a", 1.0, 2.0))
    assert watched.value("lag_rows") == 2
    assert (watched.value("lag_seconds") or 0) > 0
    engine = open_database(f"sqlite:///{tmp_path / 'log.db'}")
    shipper = Shipper(watched.spool.folder, engine, watched.spool.owner)
    shipper.ship()
    engine.dispose()
    assert watched.value("lag_rows") == 2
    watched.monitor.accept(shipper.status, ShippingStatus())
    assert (watched.value("lag_rows"), watched.value("lag_seconds")) == (0, 0)


def test_counts_go_on_when_a_new_worker_begins_at_zero(watched: Watched) -> None:
    first = ShippingStatus(left_out_lines=2, lost_segments=1, set_aside_segments=1)
    second = ShippingStatus(left_out_lines=1, set_aside_segments=2)
    watched.monitor.accept(first, ShippingStatus())
    watched.monitor.accept(first, first)
    watched.monitor.accept(second, ShippingStatus())
    assert watched.value("left_out_lines_total") == 3
    assert watched.value("lost_segments_total") == 1
    assert watched.value("set_aside_segments") == 2


def test_a_deleted_spool_is_written_again_at_the_next_check(watched: Watched) -> None:
    watched.spool.append(prediction_entry("a", 1.0))
    shutil.rmtree(watched.spool.folder)
    watched.monitor.check()
    assert watched.spool.segment_path is not None
    assert b'"id":"a"' in watched.spool.segment_path.read_bytes()


def test_a_spool_that_cannot_be_written_is_tried_again(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    folder = watched.spool.folder
    watched.spool.append(prediction_entry("a", 1.0))
    shutil.rmtree(folder)
    folder.write_text("in the way")
    for _ in range(3):
        watched.monitor.check()
    assert caplog.text.count("cannot be written again") == 1
    folder.unlink()
    watched.monitor.check()
    assert watched.spool.segment_path is not None
    assert b'"id":"a"' in watched.spool.segment_path.read_bytes()
