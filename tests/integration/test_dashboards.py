"""Dashboards and rules on a real Prometheus that scrapes a server under load: none is empty."""

import json
import math
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import start_http_server
from prometheus_client.parser import text_string_to_metric_families

from homestead.database.engine import open_database
from homestead.features.materialize import materialize
from homestead.monitoring.generated_files import MANIFEST_FOLDER, rule_groups
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.problem.schema import Problem
from homestead.serving.background.job_status import JobStatusPoller
from homestead.serving.background.metric_readings import set_gauges
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from homestead.steps.ui.prometheus import read_alerts, read_latencies
from tests.conftest import Redis, settings_at
from tests.prometheus import Prometheus, with_variables
from tests.serving import Server, World
from tests.watched import FEW, TOKEN, Load, start_release, write_results

ROOT = Path(__file__).parents[2]
DASHBOARDS = sorted((ROOT / MANIFEST_FOLDER / "dashboards").glob("*.json"))


@dataclass
class Watched:
    """A server under load, and the Prometheus that scrapes it."""

    server: Server
    prometheus: Prometheus


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory,
    program: Callable[[str, str], str],
    world: World,
    churn: Problem,
    redis_server: Redis,
) -> Iterator[Watched]:
    """Start a server of a home in which all has happened, requests to it, and a Prometheus.

    By hand are only the labels ``namespace`` and ``pod``, which a PodMonitor gives, and the port of
    ``few``, a second problem, which has no server.
    """
    binary, home = program("prometheus", "prometheus"), tmp_path_factory.mktemp("watched")
    settings = settings_at(home)
    store = settings.model_copy(update={"redis_connection": redis_server.address})
    materialize(world.settings.home / "views", churn, store)
    write_results(settings, churn)
    start_release(settings, world)
    with ExitStack() as stack:
        server = Server(
            home,
            HOMESTEAD_REDIS=redis_server.address,
            # Long enough for a busy machine, and short enough to wait for twice.
            HOMESTEAD_LOOKUP_MS="1500",
            HOMESTEAD_FEEDBACK_TOKEN=TOKEN,
        )
        stack.callback(server.stop)
        ports = [server.metrics_port, stack.enter_context(jobs_of_few(settings))]
        prometheus = Prometheus(
            binary, tmp_path_factory.mktemp("prometheus"), rule_groups(churn), ports
        )
        stack.callback(prometheus.stop)
        # A rate sees what is counted after the first scrape.
        prometheus.wait_for("homestead_model_info")
        keys = [int(key) for key in world.valid.customer.unique()[:50]]
        load = Load(server, redis_server, keys)
        stack.callback(load.stop)
        load.wait_for_failures()
        # Verdicts on feedback are given, and counted, every ten seconds.
        prometheus.wait_for(
            "model:latency:burnrate3d",
            "rate(homestead_predictions_total[10s])",
            'homestead_feedback_messages{verdict="accepted"} > 0',
        )
        yield Watched(server, prometheus)


@contextmanager
def jobs_of_few(settings: Settings) -> Iterator[int]:
    """Expose what the jobs of ``few`` left in the database; yield the port."""
    metrics, engine = ServerMetrics(), open_database(settings.database_url)
    set_gauges(metrics, FEW, JobStatusPoller(engine, FEW, settings.release_plan(FEW)).read())
    engine.dispose()
    exposed, thread = start_http_server(0, "127.0.0.1", metrics.registry)
    yield exposed.server_port
    exposed.shutdown()
    exposed.server_close()
    thread.join(10)


def dashboard(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DASHBOARDS[0].parent / f"{name}.json").read_text())
    return found


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_each_panel_finds_data(watched: Watched, path: Path) -> None:
    assert watched.prometheus.without_data(dashboard(path.stem)) == []


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_each_variable_finds_values(watched: Watched, path: Path) -> None:
    for variable in dashboard(path.stem)["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert match is not None
            selector, label = match.groups()
            values = watched.prometheus.get(
                f"label/{label}/values", **{"match[]": with_variables(selector)}
            )
            assert values == ["churn" if label == "model" else "ml"]


@pytest.mark.parametrize(
    "query",
    [
        'rate(homestead_failed_requests_total{reason="features"}[5m])',
        'rate(homestead_unavailable_features_total{view="region_trouble"}[5m])',
        'rate(homestead_stale_features_total{view="customer_facts"}[5m])',
        'rate(homestead_challenger_failures_total{version="8"}[5m])',
        'rate(homestead_release_failures_total{side="challenger", kind="refused"}[5m])',
        'rate(homestead_predictions_total{version="8"}[5m])',
        'sum(rate(homestead_http_requests_total{code="404"}[5m]))',
        'homestead_release_servers{plan="planned"}',
        "model:availability:burnrate1h",
    ],
)
def test_what_happened_is_seen(watched: Watched, query: str) -> None:
    # On a busy machine the second request of a kind comes scrapes after the first.
    watched.prometheus.wait_for(f"({query}) > 0")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("homestead_predictions_total", "homestead_predictons_total"),
        ("$__rate_interval", "0s1ms"),
        ('model="$model"', 'model="$model", version="7"'),
    ],
)
def test_a_panel_without_data_is_named(watched: Watched, right: str, wrong: str) -> None:
    broken = dashboard("model")
    broken["annotations"]["list"] = []
    (panel,) = (p for p in broken["panels"] if p["title"] == "Predictions, by version")
    (target,) = panel["targets"]
    assert right in target["expr"]
    target["expr"] = target["expr"].replace(right, wrong)
    broken["panels"] = [panel]
    assert watched.prometheus.without_data(broken) == ["Predictions, by version"]


def test_an_inconclusive_report_is_not_shown_as_no_drift(watched: Watched) -> None:
    (verdict,) = (p for p in dashboard("data")["panels"] if p["title"] == "Verdict")
    (target,) = verdict["targets"]
    assert watched.prometheus.value(target["expr"]) == 1
    assert math.isnan(watched.prometheus.value(target["expr"].replace("$model", FEW)))


def test_every_rule_can_be_evaluated_and_drift_fires(watched: Watched) -> None:
    groups = watched.prometheus.get("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 30
    assert {(rule["name"], rule["health"], rule.get("lastError", "")) for rule in rules} == {
        (rule["name"], "ok", "") for rule in rules
    }
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    assert {"HomesteadDrift", "HomesteadPerformanceHarm", "HomesteadRetrainingFailed"} <= firing
    assert not firing & {"HomesteadServerAbsent", "HomesteadTaskFailed"}


def test_the_page_of_a_problem_reads_latencies_and_alerts(watched: Watched) -> None:
    url = watched.prometheus.url
    [latency] = read_latencies(url, "churn", (0.5, 0.9, 0.99))
    assert latency.requests > 0
    assert latency.p50 and latency.p99 and 0.00001 < latency.p50 <= latency.p99
    assert read_latencies(url, "nobody", (0.5, 0.9, 0.99)) == []
    alerts = {alert.name: alert for alert in read_alerts(url, "churn")}
    drift = alerts["HomesteadDrift"]
    assert (drift.state, drift.severity) == ("firing", "warning")
    assert "churn no longer look like its training data. 50% of the model" in drift.text
    assert alerts["HomesteadServerAbsent"].state == "quiet"
    assert read_alerts(url, FEW) == []


def test_a_server_exposes_each_metric_of_the_catalog(watched: Watched) -> None:
    families = text_string_to_metric_families(watched.server.metrics())
    exposed = {sample.name for family in families for sample in family.samples}
    assert not {name for m in PROMETHEUS_METRICS.values() for name in m.sample_names} - exposed


def test_promtool_finds_nothing_wrong_with_what_a_server_exposes(
    watched: Watched, program: Callable[[str, str], str]
) -> None:
    done = subprocess.run(
        [program("promtool", "prometheus"), "check", "metrics"],
        input=watched.server.metrics().encode(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
