"""Metrics of releases: the catalog has them, and a server sets each of them."""

from homestead.database.engine import open_database
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.monitoring.release_metrics import RELEASE_METRICS
from homestead.serving.background.release_status import read_release_gauges
from homestead.settings import Settings
from homestead.steps.releases.records import ReleaseRecords
from tests.factories import release_record


def test_a_server_sets_each_metric_of_releases_with_its_labels(settings: Settings) -> None:
    settings.folder()
    engine = open_database(settings.database_url)
    ReleaseRecords(engine, settings).start(release_record())
    read = {name: len(labels) for name, labels, _ in read_release_gauges(engine, "flats")}
    engine.dispose()
    # The label of the model comes from the server.
    assert read == {metric.name: len(metric.labels) - 1 for metric in RELEASE_METRICS}
    assert {metric.name for metric in RELEASE_METRICS} <= set(PROMETHEUS_METRICS)
