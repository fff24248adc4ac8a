"""Gauges of labels: each of the catalog is read, once a minute."""

from pathlib import Path

from homestead.database.engine import open_database
from homestead.monitoring.label_metrics import LABEL_METRICS
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.serving.background.label_status import LabelStatus
from tests.unit.prediction_log.labels.labelled_log import DAY_S, NOW_S, add, log, predicted


def test_labels_are_counted_by_state(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'log.db'}")
    status, now_s = LabelStatus(engine, "flats"), NOW_S + DAY_S + 60
    empty = {(name, *labels): value for name, labels, value in status.read(now_s)}
    assert empty["homestead_labels", "joined"] == 0
    assert empty["homestead_label_lag_seconds",] is None
    assert empty["homestead_label_timestamp_seconds",] is None
    log(engine, predicted("a"), predicted("b"))
    add(engine, {"prediction_id": "a", "rent": 1}, {"prediction_id": "later", "rent": 1})
    add(engine, {"prediction_id": "b", "row": 1, "rent": 1})
    assert status.read(now_s + 59) == []
    readings = status.read(now_s + 60)
    engine.dispose()
    values = {(name, *labels): value for name, labels, value in readings}
    assert values == {
        ("homestead_labels", "joined"): 1,
        ("homestead_labels", "waiting"): 1,
        ("homestead_labels", "quarantined"): 1,
        ("homestead_label_lag_seconds",): DAY_S,
        ("homestead_label_timestamp_seconds",): NOW_S + DAY_S,
    }
    read = {name: len(labels) for name, labels, _ in readings}
    assert read == {metric.name: len(metric.labels) - 1 for metric in LABEL_METRICS}
    assert {metric.name for metric in LABEL_METRICS} <= set(PROMETHEUS_METRICS)


def test_a_label_whose_wait_ends_is_in_quarantine_from_that_day_on(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'log.db'}")
    add(engine, {"prediction_id": "never", "rent": 1})
    end_s = NOW_S + 31 * DAY_S  # received after a day, and waits for 30
    found = []
    for now_s in (end_s - 1, end_s + 1, end_s + DAY_S + 1):
        readings = LabelStatus(engine, "flats").read(now_s)
        counts = {labels[0]: value for name, labels, value in readings if labels}
        found.append((counts["waiting"], counts["quarantined"]))
    engine.dispose()
    assert found == [(1, 0), (0, 1), (0, 0)]
