"""Metrics of performance: each gauge of the catalog is read from the newest report."""

from homestead.database.engine import open_database
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.monitoring.performance_metrics import PERFORMANCE_METRICS
from homestead.serving.background.performance_status import read_performance_gauges
from homestead.settings import Settings
from homestead.steps.performance.stored_reports import store_report
from tests.factories import performance_report


def test_each_gauge_is_read_with_its_labels_from_the_newest_report(settings: Settings) -> None:
    settings.folder()
    engine = open_database(settings.database_url)
    assert list(read_performance_gauges(engine, "flats")) == []
    report = performance_report()
    store_report(engine, report)
    readings = list(read_performance_gauges(engine, "flats"))
    engine.dispose()
    values = {(name, *labels): value for name, labels, value in readings}
    assert values["homestead_performance", "promised", "value"] == 0.08
    assert values["homestead_performance", "measured", "low"] == 0.11
    assert values["homestead_performance", "estimated", "value"] is None
    assert values["homestead_performance_verdict", "measured", "harm"] == 1
    assert values["homestead_performance_verdict", "measured", "fine"] == 0
    # Without an estimate its verdict is unknown, not 'fine'.
    assert values["homestead_performance_verdict", "estimated", "harm"] is None
    assert values["homestead_performance_labelled_rows",] == 900
    assert values["homestead_performance_checked_timestamp_seconds",] == report.at.timestamp()
    read = {name: len(labels) for name, labels, _ in readings}
    assert read == {metric.name: len(metric.labels) - 1 for metric in PERFORMANCE_METRICS}
    assert {metric.name for metric in PERFORMANCE_METRICS} <= set(PROMETHEUS_METRICS)
