"""The registry exposes the catalog, and for one version also the names that metrics had before."""

from prometheus_client import generate_latest

from homestead.monitoring.metric_catalog import FORMER_NAMES, PROMETHEUS_METRICS
from homestead.serving.metrics.metric_registry import ServerMetrics


def exposed(metrics: ServerMetrics) -> list[str]:
    return generate_latest(metrics.registry).decode().splitlines()


def test_a_renamed_counter_is_exposed_under_both_names() -> None:
    metrics = ServerMetrics()
    metrics.counter("homestead_predictions_total", "churn", "3").inc(2)
    lines = exposed(metrics)
    assert 'homestead_predictions_total{model="churn",version="3"} 2.0' in lines
    assert 'predictions_total{model="churn",version="3"} 2.0' in lines
    assert (
        "# HELP predictions_total Deprecated, removed in version 0.3:"
        " use homestead_predictions_total." in lines
    )


def test_a_renamed_histogram_keeps_its_buckets() -> None:
    metrics = ServerMetrics()
    metrics.histogram("homestead_prediction_duration_seconds", "churn", "3").observe(0.003)
    lines = exposed(metrics)
    for name in ("homestead_prediction_duration_seconds", "prediction_duration_seconds"):
        assert f'{name}_bucket{{le="0.005",model="churn",version="3"}} 1.0' in lines
        assert f'{name}_count{{model="churn",version="3"}} 1.0' in lines


def test_only_renamed_metrics_have_former_names() -> None:
    assert FORMER_NAMES.keys() <= PROMETHEUS_METRICS.keys()
    assert not set(FORMER_NAMES.values()) & PROMETHEUS_METRICS.keys()
