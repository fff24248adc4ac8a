"""Metrics of releases: the catalog has them, and those of the records are read from there."""

from homestead.database.engine import open_database
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.monitoring.release_metrics import RELEASE_METRICS
from homestead.serving.background.release_status import read_release_gauges
from homestead.settings import Settings
from homestead.steps.releases.records import ReleaseRecords
from tests.factories import release_record


def test_each_gauge_of_the_records_is_read_with_its_labels(settings: Settings) -> None:
    settings.folder()
    engine = open_database(settings.database_url)
    ReleaseRecords(engine, settings).start(release_record())
    read = {name: len(labels) for name, labels, _ in read_release_gauges(engine, "flats")}
    engine.dispose()
    # Counters, and the plan that it follows, a server sets itself; so it does the model's label.
    assert read == {
        metric.name: len(metric.labels) - 1
        for metric in RELEASE_METRICS
        if metric.kind == "gauge" and metric.name != "homestead_release_plan_timestamp_seconds"
    }
    assert {metric.name for metric in RELEASE_METRICS} <= set(PROMETHEUS_METRICS)
