"""The metric table: names that Prometheus takes, and what alerts rely on."""

import re

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS, PrometheusMetric

ALL = list(PROMETHEUS_METRICS.values())
NAMES = [metric.name for metric in ALL]
# What Prometheus and its operator name a target by: a metric's own label of that name is renamed.
TARGET = {"job", "instance", "namespace", "pod", "container", "endpoint", "service", "node"}
MAKE = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}


@pytest.mark.parametrize("metric", ALL, ids=NAMES)
def test_prometheus_takes_each_metric_and_shows_the_names_we_say(metric: PrometheusMetric) -> None:
    registry = CollectorRegistry()
    more = {"buckets": metric.buckets} if metric.kind == "histogram" else {}
    made = MAKE[metric.kind](metric.name, metric.help, metric.labels, registry=registry, **more)
    made.labels(*("x" for _ in metric.labels))
    text = generate_latest(registry).decode()
    for name in metric.sample_names:
        assert re.search(rf"^{name}{{.*model=\"x\"", text, re.MULTILINE), text


@pytest.mark.parametrize("metric", ALL, ids=NAMES)
def test_each_metric_follows_the_conventions(metric: PrometheusMetric) -> None:
    assert PROMETHEUS_METRICS[metric.name] is metric
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert metric.labels[0] == "model"
    assert len(set(metric.labels)) == len(metric.labels)
    assert not TARGET & set(metric.labels)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.help.endswith(".")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))


def test_no_two_metrics_yield_the_same_series() -> None:
    series = [name for metric in ALL for name in metric.sample_names]
    assert len(set(series)) == len(series)


def test_buckets_start_at_100_microseconds_and_know_the_latency_objective() -> None:
    buckets = PROMETHEUS_METRICS["prediction_duration_seconds"].buckets
    assert buckets[0] == 0.0001
    assert 0.05 in buckets
