"""The metric catalog: Prometheus accepts each metric, and alerts can rely on it."""

import re

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.monitoring.prometheus_metric import PrometheusMetric

ALL = list(PROMETHEUS_METRICS.values())
NAMES = [metric.name for metric in ALL]
# Labels that Prometheus and its operator give to targets; they rename a metric's own ones.
TARGET_LABELS = {"job", "instance", "namespace", "pod", "container", "endpoint", "service", "node"}
METRIC_TYPES = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}


@pytest.mark.parametrize("metric", ALL, ids=NAMES)
def test_prometheus_exposes_each_metric_under_the_names_of_the_catalog(
    metric: PrometheusMetric,
) -> None:
    registry = CollectorRegistry()
    options = {"buckets": metric.buckets} if metric.kind == "histogram" else {}
    exposed = METRIC_TYPES[metric.kind](
        metric.name, metric.help, metric.labels, registry=registry, **options
    )
    exposed.labels(*("x" for _ in metric.labels))
    text = generate_latest(registry).decode()
    for name in metric.sample_names:
        assert re.search(rf"^{name}{{.*model=\"x\"", text, re.MULTILINE), text


@pytest.mark.parametrize("metric", ALL, ids=NAMES)
def test_each_metric_follows_the_conventions(metric: PrometheusMetric) -> None:
    assert PROMETHEUS_METRICS[metric.name] is metric
    assert re.fullmatch(r"(homestead|process)_[a-z0-9_]+", metric.name)
    assert metric.labels[0] == "model"
    assert len(set(metric.labels)) == len(metric.labels)
    assert not TARGET_LABELS & set(metric.labels)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.help.endswith(".")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))


def test_no_two_metrics_yield_the_same_series() -> None:
    series = [name for metric in ALL for name in metric.sample_names]
    assert len(set(series)) == len(series)


def test_buckets_start_at_100_microseconds_and_include_the_default_objective() -> None:
    buckets = PROMETHEUS_METRICS["homestead_prediction_duration_seconds"].buckets
    assert buckets[0] == 0.0001
    assert 0.05 in buckets
