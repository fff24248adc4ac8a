"""The whole loop on a real cluster, in the order of its steps; each step needs those before it.

``KUBECONFIG`` names the cluster. ``HOMESTEAD_E2E_LOAD`` is a command that gives an image to it
(``kind load docker-image``, for example); without it the images are there already.
"""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.deployment.server_pod import SERVER_IMAGE, pod_template
from homestead.names import HTTP_PORT
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, split_names
from tests.e2e import cluster as c

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]
TABLE: list[tuple[str, float]] = []
NOTES: list[str] = []
PROM = ("monitoring.coreos.com", "PodMonitor")


@pytest.fixture(scope="module")
def problem() -> Problem:
    return load_problem(c.ROOT / "problems" / "house_price.yaml")


@pytest.fixture(scope="module")
def sales(problem: Problem) -> pd.DataFrame:
    """Sales that no model was trained on, in random order."""
    valid = ingest(problem).valid
    holdout = valid[split_names(valid[problem.timestamp], problem.split) == HOLDOUT]
    return holdout.sample(frac=1, random_state=0).reset_index(drop=True)


def bodies(rows: pd.DataFrame, problem: Problem, by_key: bool = False) -> list[dict[str, Any]]:
    """One request a row, with its attributes or with its key alone."""
    names = [problem.key, problem.timestamp]
    if not by_key:
        names = [n for n in problem.columns if n not in (problem.target, problem.key)]
    texts = json.loads(rows[names].to_json(orient="records", date_format="iso"))
    return [{"jsonData": text} for text in texts]


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    """The table of steps, at the end; and what helps when one fails."""
    yield
    lines = [f"{name:<58} {seconds:7.1f} s" for name, seconds in TABLE]
    lines += [f"{'all':<58} {sum(seconds for _, seconds in TABLE):7.1f} s", *NOTES]
    text = "\n".join(lines)
    print(f"\n{text}")  # noqa: T201
    if target := os.environ.get("HOMESTEAD_E2E_REPORT"):
        Path(target).write_text(text + "\n")


@pytest.fixture(autouse=True)
def timed(request: pytest.FixtureRequest) -> Iterator[None]:
    before = time.monotonic()
    failed = request.session.testsfailed
    yield
    name = request.node.name.removeprefix("test_").replace("_", " ")
    TABLE.append((name, time.monotonic() - before))
    if request.session.testsfailed > failed:
        print(c.kubectl("get", "pods,events", "-n", c.NAMESPACE, check=False))  # noqa: T201


def test_images_are_there() -> None:
    command = os.environ.get("HOMESTEAD_E2E_LOAD")
    if not command:
        pytest.skip("HOMESTEAD_E2E_LOAD is not set: the images are taken as there")
    for image in (SERVER_IMAGE, SERVER_IMAGE.replace("serving", "pipeline")):
        subprocess.run([*shlex.split(command), image], check=True, timeout=300)


def test_deploy() -> None:
    c.kubectl("delete", "namespace", c.CLIENTS, "--ignore-not-found")
    if c.kubectl("get", "namespace", c.NAMESPACE, "--ignore-not-found"):
        if os.environ.get("HOMESTEAD_E2E_CLEAN") != "true":
            pytest.exit(f"namespace {c.NAMESPACE} is there: set HOMESTEAD_E2E_CLEAN=true", 1)
        c.homestead("deploy", str(c.OVERLAY), "--delete")
    c.homestead("deploy", str(c.OVERLAY), "--wait", "300")
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": c.CLIENTS}}
    made["metadata"]["labels"] = {"homestead/client": "true"}  # type: ignore[index]
    c.kubectl("apply", "-f", "-", text=json.dumps(made))


def test_deploying_again_changes_nothing() -> None:
    def versions() -> dict[str, str]:
        kinds = "configmap,secret,service,deployment,statefulset,cronjob,networkpolicy,role"
        kinds += ",rolebinding,serviceaccount,poddisruptionbudget,resourcequota"
        if c.operated():
            kinds += ",sdep"
        # What has an owner is the operator's to make, in its own time.
        items = [i for i in c.get(kinds)["items"] if "ownerReferences" not in i["metadata"]]
        spec = {}
        for item in items:
            key = f"{item['kind']}/{item['metadata']['name']}"
            item["metadata"].pop("managedFields", None)
            item["metadata"].pop("resourceVersion")
            item.pop("status", None)
            spec[key] = json.dumps(item, sort_keys=True)
        return spec

    before, passwords = versions(), c.secret_values()
    c.homestead("deploy", str(c.OVERLAY))
    assert versions() == before
    assert c.secret_values() == passwords


def test_nothing_runs_by_the_clock_while_this_test_runs() -> None:
    for name in ("train", "materialize", "drift"):
        suspend = '{"spec": {"suspend": true}}'
        c.kubectl("patch", "cronjob", name, "-n", c.NAMESPACE, "-p", suspend)
    assert not [j for j in c.get("jobs")["items"] if not j["status"].get("completionTime")]


def test_two_pipelines_at_once_leave_one_champion() -> None:
    for name in ("train-1", "train-2"):
        c.start_job("train", name)
    logs = [c.finish_job(name, 900) for name in ("train-1", "train-2")]
    decisions = sorted(line for log in logs for line in log.splitlines() if "decision:" in line)
    assert len(decisions) == 2
    aliases = c.sql("mlflow", "select alias, version from registered_model_aliases")
    assert aliases.count("champion|1") == 1
    assert len([alias for alias in aliases if alias.startswith("champion|")]) == 1
    running = c.sql("mlflow", "select count(*) from runs where status = 'RUNNING'")
    assert running == ["0"]
    plan = c.released()
    assert plan is not None
    assert plan["champion"]["version"] == "1"


def test_the_servers_come_up() -> None:
    NOTES.append(f"served by: {c.serve()}")
    pods = c.wait_for("two ready servers", lambda: len(c.ready_servers()) >= 2, 180)
    assert pods
    for pod in c.server_pods():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert not spec.get("automountServiceAccountToken", True)
        assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


def test_the_operator_makes_what_the_seldon_deployment_says(
    sales: pd.DataFrame, problem: Problem
) -> None:
    if not c.operated():
        pytest.skip("the cluster has no Seldon operator")
    c.wait_for("the state Available", c.available, 60)
    for pod in c.server_pods():
        assert c.lacking(pod_template(c.PROBLEM), pod) == []
    ports = {p["name"]: p["port"] for p in c.get("service", c.SERVICE)["spec"]["ports"]}
    assert ports["http"] == HTTP_PORT
    (scaler,) = c.get("horizontalpodautoscaler")["items"]
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 4)
    address = urlsplit(c.seldon_status()["address"]["url"])
    plan = {"host": address.netloc, "path": address.path, "requests": 1, "connections": 1}
    c.start_client("address", bodies(sales.head(1), problem), **plan)
    result = c.client_result("address")
    assert result["wrong"] == {}
    assert_logged(result["answered"])


def test_predict_with_all_features_and_by_key(sales: pd.DataFrame, problem: Problem) -> None:
    # A house that was sold once: what the online store knows of it is this sale.
    known = ingest(problem).valid
    once = sales[~sales[problem.key].isin(known[problem.key][known[problem.key].duplicated()])]
    row = once.head(1)
    asked = bodies(row, problem) + bodies(row, problem, by_key=True)
    c.start_client("features-and-key", asked, requests=2, connections=1, patient=True)
    result = c.client_result("features-and-key")
    assert result["wrong"] == {}
    full, by_key = result["answers"]
    assert full["data"]["ndarray"][0][0] == pytest.approx(by_key["data"]["ndarray"][0][0])
    assert full["meta"]["tags"]["model_version"] == "1"
    digest = c.released()["champion"]["digest"]  # type: ignore[index]
    assert full["meta"]["tags"]["digest"] == digest
    assert_logged(result["answered"])


def assert_logged(ids: list[str]) -> None:
    """Each answered request is in the prediction log, once."""
    prefix = ids[0].rpartition("-")[0]
    query = f"select request_id from predictions where request_id like '{prefix}-%'"  # noqa: S608

    def missing() -> set[str]:
        return set(ids) - set(c.sql("homestead", query))

    c.wait_for(f"all of {len(ids)} answered in the log", lambda: not missing(), 60)
    rows = c.sql("homestead", query)
    assert len(rows) == len(set(rows))


def test_a_rolling_update_under_load_loses_no_request(
    sales: pd.DataFrame, problem: Problem
) -> None:
    before = {pod["metadata"]["name"] for pod in c.server_pods()}
    c.start_client("rolling", bodies(sales.head(200), problem), seconds=75)
    c.restart_servers()

    def renewed() -> bool:
        return len(ready := set(c.ready_servers())) >= 2 and not ready & before

    c.wait_for("two new servers and no old one", renewed, 120)
    result = c.client_result("rolling")
    NOTES.append(f"rolling update: {len(result['answered'])} answered, wrong {result['wrong']}")
    assert result["wrong"] == {}
    assert_logged(result["answered"])
    if c.operated():
        c.wait_for("the state Available", c.available, 60)


def test_deploy_waits_for_the_servers_and_says_when_they_do_not_start() -> None:
    if not c.operated():
        pytest.skip("the cluster has no Seldon operator")
    before = set(c.ready_servers())
    said = c.homestead("deploy", str(c.OVERLAY), "--wait", "120")
    assert f"waiting for deployment/{c.SERVICE}" in said
    assert set(c.ready_servers()) == before
    absent = ("--wait", "10", "--image", "homestead-serving:absent")
    said = c.homestead("deploy", str(c.OVERLAY), *absent, fails=True)
    assert f"deployment/{c.SERVICE}" in said.splitlines()[-1]
    assert "is not ready" in said.splitlines()[-1]
    assert set(c.ready_servers()) == before
    c.homestead("deploy", str(c.OVERLAY), "--wait", "120")
    c.wait_for("the state Available", c.available, 60)


def test_killed_and_deleted_servers_lose_nothing_that_was_answered(
    sales: pd.DataFrame, problem: Problem
) -> None:
    c.start_client("kill", bodies(sales.head(200), problem), seconds=60)
    time.sleep(5)
    first, second = c.ready_servers()[:2]
    c.kill_server(first)
    c.wait_for("the killed server again", lambda: first in c.ready_servers(), 60)
    c.kubectl("delete", "pod", second, "-n", c.NAMESPACE, "--wait=false")
    result = c.client_result("kill")
    NOTES.append(f"kill and delete: {len(result['answered'])} answered, wrong {result['wrong']}")
    assert len(result["answered"]) > 1000
    assert_logged(result["answered"])
    restarts = [p["status"]["containerStatuses"][0]["restartCount"] for p in c.server_pods()]
    assert sum(restarts) >= 1


def drift_report() -> dict[str, Any]:
    row = c.sql("homestead", "select row_to_json(d) from drift_reports d order by at desc limit 1")
    return dict(json.loads(row[0]))


def test_the_drift_job_is_quiet_on_normal_traffic(sales: pd.DataFrame, problem: Problem) -> None:
    rows = sales.iloc[200:700]
    c.start_client("normal", bodies(rows, problem), requests=500, pause=0.005)
    assert_logged(c.client_result("normal")["answered"])
    arguments = ["drift", "--last", "500", "--exit-zero"]
    c.start_job("drift", "drift-normal", arguments)
    assert "no drift: drift share" in c.finish_job("drift-normal", 180).splitlines()[-1]
    assert drift_report()["verdict"] == "no drift"


def test_the_drift_job_finds_shifted_traffic(sales: pd.DataFrame, problem: Problem) -> None:
    rows = sales.nlargest(300, problem.target)
    c.start_client("shifted", bodies(rows, problem), requests=300, pause=0.005)
    assert_logged(c.client_result("shifted")["answered"])
    c.start_job("drift", "drift-shifted", ["drift", "--last", "300", "--exit-zero"])
    assert "drift: drift share" in c.finish_job("drift-shifted", 180).splitlines()[-1]
    report = drift_report()
    assert report["verdict"] == "drift"
    assert report["share"] > problem.drift.max_drift_share


def test_prometheus_has_the_series_and_the_alert_fires() -> None:
    if not c.has_kind(*PROM):
        pytest.skip("the cluster has no Prometheus Operator")
    monitors = c.kubectl("get", "podmonitors", "-n", c.NAMESPACE, "-o", "name")
    if not monitors:
        pytest.skip("the overlay has no PodMonitor")

    def of_every_pod() -> bool:
        found = c.prometheus(f'predictions_total{{namespace="{c.NAMESPACE}"}}')
        return {s["metric"]["pod"] for s in found} >= set(c.ready_servers())

    c.wait_for("predictions_total of every server", of_every_pod, 120, 3)
    query = 'ALERTS{alertname="HomesteadDrift",alertstate="firing"}'
    c.wait_for("the alert HomesteadDrift", lambda: c.prometheus(query), 180, 3)


def test_the_online_store_is_brought_up_to_date_by_the_job() -> None:
    c.start_job("materialize", "materialize-1")
    log = c.finish_job("materialize-1", 300)
    assert "house: 21435 entities" in log


def test_pods_have_no_more_than_they_were_given() -> None:
    used = c.memory()
    assert used
    NOTES.append("memory (MB): " + ", ".join(f"{pod} {mb}" for pod, mb in sorted(used.items())))
    for pod in c.server_pods():
        assert pod["status"]["qosClass"] == "Burstable"


def test_deletion_leaves_nothing() -> None:
    volumes = [
        item["metadata"]["name"]
        for item in json.loads(c.kubectl("get", "pv", "-o", "json"))["items"]
        if item["spec"].get("claimRef", {}).get("namespace") == c.NAMESPACE
    ]
    assert len(volumes) == 3
    c.homestead("deploy", str(c.OVERLAY), "--delete")
    c.kubectl("delete", "namespace", c.CLIENTS)
    assert not c.kubectl("get", "namespace", c.NAMESPACE, "--ignore-not-found")

    def left() -> list[str]:
        there = c.kubectl("get", "pv", "-o", "name").split()
        return [name for name in volumes if f"persistentvolume/{name}" in there]

    c.wait_for("the volumes' end", lambda: not left(), 60)
    everywhere = c.kubectl("get", "clusterrole,clusterrolebinding", "-o", "name")
    assert "homestead" not in everywhere
