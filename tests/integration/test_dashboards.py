"""Dashboards and rules on a real Prometheus that scrapes our metrics: each query finds data."""

import json
import math
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import generate_latest, start_http_server

from homestead.monitoring.generated_files import MANIFEST_FOLDER
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.metrics.seldon_feedback import SeldonFeedbackCounters
from homestead.steps.ui.prometheus import read_alerts, read_latencies

ROOT = Path(__file__).parents[2]
DASHBOARDS = sorted((ROOT / MANIFEST_FOLDER / "dashboards").glob("*.json"))
LABELS = {
    "model": ["house_price"],
    "version": ["1", "2"],
    "digest": ["d1g3st"],
    "view": ["house", "market"],
    "reason": ["type", "log"],
    "task": ["drift", "release", "training"],
    "outcome": ["succeeded", "failed"],
    "route": ["/predict", "other"],
    "code": ["200", "404"],
    "process": ["server", "worker"],
    "verdict": ["accepted", "unknown_prediction", "harm", "fine", "inconclusive"],
    "role": ["champion", "challenger"],
    "side": ["champion", "challenger"],
    "kind": ["error", "out_of_range"],
    "state": [
        *("joined", "waiting", "quarantined"),
        *("starting", "running", "succeeded", "failed"),
    ],
    "action": ["start", "wait", "none"],
    "plan": ["planned", "other"],
    "end": ["promoted", "rolled_back"],
    "figure": ["promised", "measured", "estimated"],
    "bound": ["value", "low", "high"],
}
GAUGES = {
    "homestead_drift_share": 0.35,
    "homestead_drift_threshold": 0.3,
    "homestead_drift_rows": 500.0,
    "homestead_model_info": 1.0,
    "homestead_feature_store_available": 1.0,
    "homestead_release_state": 1.0,
}


def populate(metrics: ServerMetrics) -> None:
    """Set every metric of the catalog, with every combination of its labels."""
    for name, metric in PROMETHEUS_METRICS.items():
        for labels in product(*(LABELS[label] for label in metric.labels)):
            if metric.kind == "counter":
                metrics.counter(name, *labels).inc(3)
            elif metric.kind == "histogram":
                for seconds in (0.0002, 0.003, 0.07):
                    metrics.histogram(name, *labels).observe(seconds)
            else:
                is_time = name.endswith("_timestamp_seconds")
                value = time.time() - 3600 if is_time else GAUGES.get(name, 7.0)
                metrics.gauge(name, *labels).set(value)
    # A second model, whose drift report is inconclusive.
    metrics.gauge("homestead_drift_share", "few").set(math.nan)
    metrics.gauge("homestead_drift_threshold", "few").set(0.3)


@dataclass
class Prometheus:
    """A running Prometheus, queried as Grafana does."""

    url: str

    def get(self, path: str, **parameters: Any) -> Any:
        body = httpx.get(f"{self.url}/api/v1/{path}", params=parameters).json()
        assert body["status"] == "success", body
        return body["data"]

    def has_data(self, expression: str) -> bool:
        """Return whether a query yields a number within the last seconds."""
        now = time.time()
        matrix = self.get("query_range", query=expression, start=now - 5, end=now, step=1)
        values = [float(value) for series in matrix["result"] for _, value in series["values"]]
        return any(math.isfinite(value) for value in values)

    def without_data(self, dashboard: dict[str, Any]) -> list[str]:
        """Return the panels and annotations that have a query without data."""
        queries = [
            (panel["title"], target["expr"])
            for panel in dashboard["panels"]
            for target in panel["targets"]
        ]
        queries += [
            (annotation["name"], annotation["expr"])
            for annotation in dashboard["annotations"]["list"]
        ]
        return [title for title, query in queries if not self.has_data(with_variables(query))]


def with_variables(query: str) -> str:
    """Return a query with its variables replaced, as a viewer has selected them."""
    for variable, value in {
        "$__rate_interval": "10s",
        "$namespace": ".*",
        "$model": "house_price",
    }.items():
        query = query.replace(variable, value)
    assert "$" not in query, query
    return query


@pytest.fixture(scope="module")
def prometheus(
    tmp_path_factory: pytest.TempPathFactory, program: Callable[[str, str], str]
) -> Iterator[Prometheus]:
    """Start a Prometheus that scrapes changing metrics and evaluates our rules."""
    folder = tmp_path_factory.mktemp("prometheus")
    binary = program("prometheus", "prometheus")
    metrics = ServerMetrics()
    exposed, _ = start_http_server(0, "127.0.0.1", metrics.registry)
    ended = threading.Event()

    def change() -> None:
        while True:
            populate(metrics)
            if ended.wait(0.2):
                return

    changes = threading.Thread(target=change, daemon=True)
    changes.start()
    target = {
        "targets": [f"127.0.0.1:{exposed.server_port}"],
        # As the PodMonitor gives them.
        "labels": {"namespace": "ml", "pod": "house-price-0"},
    }
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(ROOT / MANIFEST_FOLDER / "rules.yaml")],
        "scrape_configs": [
            {"job_name": "pods", "metrics_path": "/prometheus", "static_configs": [target]}
        ],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                binary,
                f"--config.file={folder / 'prometheus.yaml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    prometheus = Prometheus(f"http://{address}")
    try:
        deadline = time.monotonic() + 60
        while not is_ready(prometheus):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.5)
        yield prometheus
    finally:
        process.terminate()
        process.wait(30)
        ended.set()
        changes.join(10)
        exposed.shutdown()
        exposed.server_close()


def is_ready(prometheus: Prometheus) -> bool:
    try:
        if httpx.get(f"{prometheus.url}/-/ready").status_code != httpx.codes.OK:
            return False
        return prometheus.has_data("model:latency:burnrate3d") and prometheus.has_data(
            "rate(homestead_predictions_total[10s])"
        )
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_each_panel_finds_data(prometheus: Prometheus, path: Path) -> None:
    assert prometheus.without_data(json.loads(path.read_text())) == []


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_each_variable_finds_values(prometheus: Prometheus, path: Path) -> None:
    for variable in json.loads(path.read_text())["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert match is not None
            selector, label = match.groups()
            values = prometheus.get(
                f"label/{label}/values", **{"match[]": with_variables(selector)}
            )
            assert values == ["house_price" if label == "model" else "ml"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("homestead_predictions_total", "homestead_predictons_total"),
        ("$__rate_interval", "0s1ms"),
        ('model="$model"', 'model="$model", version="7"'),
    ],
)
def test_a_panel_without_data_is_named(prometheus: Prometheus, right: str, wrong: str) -> None:
    dashboard = json.loads((ROOT / MANIFEST_FOLDER / "dashboards" / "model.json").read_text())
    broken = deepcopy(dashboard)
    panel = next(p for p in broken["panels"] if p["title"] == "Predictions, by version")
    (target,) = panel["targets"]
    assert right in target["expr"]
    target["expr"] = target["expr"].replace(right, wrong)
    assert prometheus.without_data(broken) == ["Predictions, by version"]


def test_an_inconclusive_report_is_not_shown_as_no_drift(prometheus: Prometheus) -> None:
    dashboard = json.loads((ROOT / MANIFEST_FOLDER / "dashboards" / "data.json").read_text())
    (verdict,) = (p for p in dashboard["panels"] if p["title"] == "Verdict")
    (target,) = verdict["targets"]
    values = {}
    for model in ("house_price", "few"):
        query = with_variables(target["expr"].replace("$model", model))
        (sample,) = prometheus.get("query", query=query)["result"]
        values[model] = sample["value"][1]
    assert values == {"house_price": "1", "few": "NaN"}


def test_every_rule_can_be_evaluated_and_drift_fires(prometheus: Prometheus) -> None:
    groups = prometheus.get("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 30
    assert {(rule["name"], rule["health"], rule.get("lastError", "")) for rule in rules} == {
        (rule["name"], "ok", "") for rule in rules
    }
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    assert "HomesteadDrift" in firing
    assert "HomesteadServerAbsent" not in firing


def test_the_page_of_a_problem_reads_latencies_and_alerts(prometheus: Prometheus) -> None:
    [latency] = read_latencies(prometheus.url, "house_price", (0.5, 0.9, 0.99))
    assert latency.requests > 0
    assert latency.p50 and latency.p99 and 0.0001 < latency.p50 <= latency.p99 < 0.2
    assert read_latencies(prometheus.url, "nobody", (0.5, 0.9, 0.99)) == []
    alerts = {alert.name: alert for alert in read_alerts(prometheus.url, "house_price")}
    drift = alerts["HomesteadDrift"]
    assert (drift.state, drift.severity) == ("firing", "warning")
    assert "house_price no longer look like its training data. 35% of the model" in drift.text
    assert alerts["HomesteadServerAbsent"].state == "quiet"
    assert read_alerts(prometheus.url, "few") == []


def test_promtool_finds_nothing_wrong_with_what_a_server_exposes(
    program: Callable[[str, str], str],
) -> None:
    metrics = ServerMetrics()
    populate(metrics)
    metrics.registry.register(SeldonFeedbackCounters())
    done = subprocess.run(
        [program("promtool", "prometheus"), "check", "metrics"],
        input=generate_latest(metrics.registry),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
