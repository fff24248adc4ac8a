"""The whole loop on a real cluster, in the order of its steps: each step needs those before it.

``KUBECONFIG`` names the cluster. ``HOMESTEAD_E2E_LOAD`` is a command that loads an image into it,
such as ``kind load docker-image``; without it the cluster must have the images.
"""

import json
import os
import shlex
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.deployment.server_pod import SERVER_IMAGE, pod_template
from homestead.names import HTTP_PORT
from homestead.problem.schema import Problem
from tests.e2e.clients import client_result, start_client
from tests.e2e.kubectl import (
    CLIENT_NAMESPACE,
    NAMESPACE,
    OVERLAY,
    PROBLEM,
    SERVICE,
    finish_job,
    get_object,
    has_kind,
    homestead,
    kubectl,
    may,
    secret_values,
    service_name,
    sql,
    start_job,
    wait_for,
)
from tests.e2e.monitoring import drift_report, query_prometheus
from tests.e2e.second_problem import (
    TABLE,
    anything_of,
    delete_stand_in,
    objects_of,
    second_problem,
    surveys,
    write_second_problem,
)
from tests.e2e.servers import (
    has_seldon_operator,
    is_available,
    kill_server,
    missing_fields,
    ready_servers,
    release_plan,
    restart_servers,
    seldon_status,
    server_pods,
    start_servers,
)

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]


def bodies(rows: pd.DataFrame, problem: Problem, by_key: bool = False) -> list[dict[str, Any]]:
    """Return one request per row, with its attributes or only with its key."""
    names = [problem.key, problem.timestamp]
    if not by_key:
        names = [n for n in problem.columns if n not in (problem.target, problem.key)]
    records = json.loads(rows[names].to_json(orient="records", date_format="iso"))
    return [{"jsonData": record} for record in records]


def test_images_are_loaded() -> None:
    command = os.environ.get("HOMESTEAD_E2E_LOAD")
    if not command:
        pytest.skip("HOMESTEAD_E2E_LOAD is not set: the images are expected to be there")
    for image in (SERVER_IMAGE, SERVER_IMAGE.replace("serving", "pipeline")):
        subprocess.run([*shlex.split(command), image], check=True, timeout=300)


def test_deploy() -> None:
    kubectl("delete", "namespace", CLIENT_NAMESPACE, "--ignore-not-found")
    if kubectl("get", "namespace", NAMESPACE, "--ignore-not-found"):
        if os.environ.get("HOMESTEAD_E2E_CLEAN") != "true":
            pytest.exit(f"namespace {NAMESPACE} exists: set HOMESTEAD_E2E_CLEAN=true", 1)
        homestead("deploy", str(OVERLAY), "--delete")
    homestead("deploy", str(OVERLAY), "--wait", "300")
    metadata = {"name": CLIENT_NAMESPACE, "labels": {"homestead/client": "true"}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    kubectl("apply", "-f", "-", stdin=json.dumps(namespace))


def test_deploying_again_changes_nothing() -> None:
    def objects() -> dict[str, str]:
        kinds = "configmap,secret,service,deployment,statefulset,cronjob,networkpolicy,role"
        kinds += ",rolebinding,serviceaccount,poddisruptionbudget,resourcequota"
        if has_seldon_operator():
            kinds += ",sdep"
        # The operator changes what it owns in its own time.
        items = [i for i in get_object(kinds)["items"] if "ownerReferences" not in i["metadata"]]
        texts = {}
        for item in items:
            key = f"{item['kind']}/{item['metadata']['name']}"
            item["metadata"].pop("managedFields", None)
            item["metadata"].pop("resourceVersion")
            item.pop("status", None)
            texts[key] = json.dumps(item, sort_keys=True)
        return texts

    before, passwords = objects(), secret_values()
    homestead("deploy", str(OVERLAY))
    assert objects() == before
    assert secret_values() == passwords


def test_scheduled_jobs_are_suspended_for_this_test() -> None:
    for name in get_object("cronjobs")["items"]:
        suspend = '{"spec": {"suspend": true}}'
        kubectl("patch", "cronjob", name["metadata"]["name"], "-n", NAMESPACE, "-p", suspend)
    # A job that was started before may still run: the release's starts every minute.
    wait_for("jobs that run to end", lambda: not _unfinished_jobs(), 300)


def _unfinished_jobs() -> list[str]:
    return [
        job["metadata"]["name"]
        for job in get_object("jobs")["items"]
        if not {"Complete", "Failed"} & {c["type"] for c in job["status"].get("conditions", [])}
    ]


def test_two_pipelines_at_once_leave_one_champion() -> None:
    for name in ("train-1", "train-2"):
        start_job("train", name)
    logs = [finish_job(name, 900) for name in ("train-1", "train-2")]
    decisions = sorted(line for log in logs for line in log.splitlines() if "decision:" in line)
    assert len(decisions) == 2
    aliases = sql("mlflow", "select alias, version from registered_model_aliases")
    assert aliases.count("champion|1") == 1
    assert len([alias for alias in aliases if alias.startswith("champion|")]) == 1
    running = sql("mlflow", "select count(*) from runs where status = 'RUNNING'")
    assert running == ["0"]
    plan = release_plan()
    assert plan is not None
    assert plan["champion"]["version"] == "1"


def test_the_servers_start(notes: list[str]) -> None:
    notes.append(f"served by: {start_servers()}")
    pods = wait_for("two ready servers", lambda: len(ready_servers()) >= 2, 180)
    assert pods
    for pod in server_pods():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert not spec.get("automountServiceAccountToken", True)
        assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


def test_the_operator_follows_the_seldon_deployment(sales: pd.DataFrame, problem: Problem) -> None:
    if not has_seldon_operator():
        pytest.skip("the cluster has no Seldon operator")
    wait_for("the state Available", is_available, 60)
    for pod in server_pods():
        assert missing_fields(pod_template(PROBLEM), pod) == []
    ports = {p["name"]: p["port"] for p in get_object("service", SERVICE)["spec"]["ports"]}
    assert ports["http"] == HTTP_PORT
    (scaler,) = get_object("horizontalpodautoscaler")["items"]
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 4)
    address = urlsplit(seldon_status()["address"]["url"])
    plan = {"host": address.netloc, "path": address.path, "requests": 1, "connections": 1}
    start_client("address", bodies(sales.head(1), problem), **plan)
    result = client_result("address")
    assert result["errors"] == {}
    assert_logged(result["answered"])


def test_predict_with_all_features_and_by_key(sales: pd.DataFrame, problem: Problem) -> None:
    # A house that was sold once, so that the online store has the features of this very sale.
    valid = ingest(problem).valid
    sold_again = valid[problem.key][valid[problem.key].duplicated()]
    row = sales[~sales[problem.key].isin(sold_again)].head(1)
    requests = bodies(row, problem) + bodies(row, problem, by_key=True)
    start_client("features-and-key", requests, requests=2, connections=1, patient=True)
    result = client_result("features-and-key")
    assert result["errors"] == {}
    full, by_key = result["answers"]
    assert full["data"]["ndarray"][0][0] == pytest.approx(by_key["data"]["ndarray"][0][0])
    assert full["meta"]["tags"]["model_version"] == "1"
    plan = release_plan()
    assert plan is not None
    assert full["meta"]["tags"]["digest"] == plan["champion"]["digest"]
    assert_logged(result["answered"])


def assert_logged(ids: list[str]) -> None:
    """Assert that each answered request is in the prediction log, once."""
    prefix = ids[0].rpartition("-")[0]
    # Of a request that two models predicted, one answered.
    query = (
        "select request_id from predictions"  # noqa: S608
        f" where shadow_of is null and request_id like '{prefix}-%'"
    )

    def missing() -> set[str]:
        return set(ids) - set(sql("homestead", query))

    wait_for(f"all {len(ids)} answered requests in the log", lambda: not missing(), 60)
    rows = sql("homestead", query)
    assert len(rows) == len(set(rows))


def test_a_rolling_update_under_load_loses_no_request(
    sales: pd.DataFrame, problem: Problem, notes: list[str]
) -> None:
    before = {pod["metadata"]["name"] for pod in server_pods()}
    start_client("rolling", bodies(sales.head(200), problem), seconds=75)
    restart_servers()

    def replaced() -> bool:
        return len(ready := set(ready_servers())) >= 2 and not ready & before

    wait_for("two new servers and no old one", replaced, 120)
    result = client_result("rolling")
    notes.append(f"rolling update: {len(result['answered'])} answered, errors {result['errors']}")
    assert result["errors"] == {}
    assert_logged(result["answered"])
    if has_seldon_operator():
        wait_for("the state Available", is_available, 60)


def test_deploy_waits_for_the_servers_and_fails_if_they_do_not_start() -> None:
    if not has_seldon_operator():
        pytest.skip("the cluster has no Seldon operator")
    before = set(ready_servers())
    output = homestead("deploy", str(OVERLAY), "--wait", "120")
    assert f"waiting for deployment/{SERVICE}" in output
    assert set(ready_servers()) == before
    absent = ("--wait", "10", "--image", "homestead-serving:absent")
    output = homestead("deploy", str(OVERLAY), *absent, fails=True)
    assert f"deployment/{SERVICE}" in output.splitlines()[-1]
    assert "is not ready" in output.splitlines()[-1]
    assert set(ready_servers()) == before
    homestead("deploy", str(OVERLAY), "--wait", "120")
    wait_for("the state Available", is_available, 60)


def test_killed_and_deleted_servers_lose_no_answered_request(
    sales: pd.DataFrame, problem: Problem, notes: list[str]
) -> None:
    start_client("kill", bodies(sales.head(200), problem), seconds=60)
    time.sleep(5)
    first, second = ready_servers()[:2]
    kill_server(first)
    wait_for("the killed server to be ready again", lambda: first in ready_servers(), 60)
    kubectl("delete", "pod", second, "-n", NAMESPACE, "--wait=false")
    result = client_result("kill")
    notes.append(f"kill and delete: {len(result['answered'])} answered, errors {result['errors']}")
    assert len(result["answered"]) > 1000
    assert_logged(result["answered"])
    restarts = [p["status"]["containerStatuses"][0]["restartCount"] for p in server_pods()]
    assert sum(restarts) >= 1


def test_a_server_restarts_while_s3_is_away(sales: pd.DataFrame, problem: Problem) -> None:
    server = ready_servers()[0]
    kubectl("scale", "statefulset/s3", "-n", NAMESPACE, "--replicas=0")
    kubectl("wait", "pod/s3-0", "-n", NAMESPACE, "--for=delete", "--timeout=60s")
    kill_server(server)
    wait_for("the killed server to be away", lambda: server not in ready_servers(), 20, 0.2)
    # From the copy of the model in its volume.
    wait_for("the killed server to be ready again", lambda: server in ready_servers(), 60)
    kubectl("scale", "statefulset/s3", "-n", NAMESPACE, "--replicas=1")
    kubectl("wait", "pod/s3-0", "-n", NAMESPACE, "--for=condition=Ready", "--timeout=60s")


def test_each_part_has_an_account_of_its_own() -> None:
    accounts = sql("homestead", "select distinct usename from pg_stat_activity where usename ~ '_'")
    assert "homestead_server" in accounts
    rights = "select grantee || ':' || privilege_type from information_schema.table_privileges"
    granted = sql("homestead", f"{rights} where table_name = 'predictions'")
    assert {g for g in granted if g.startswith("homestead_server")} == {
        "homestead_server:SELECT",
        "homestead_server:INSERT",
    }


def test_a_backup_is_restored() -> None:
    start_job("backup", "backup-1", problem="")
    assert "copied to /backup/artifacts" in finish_job("backup-1", 300)
    runs = sql("homestead", "select count(*) from task_runs")
    versions = sql("mlflow", "select name, version, run_id from model_versions")
    assert versions
    sql("homestead", "drop table task_runs")
    sql("mlflow", "drop table model_versions cascade")
    start_job("restore", "restore-1", problem="")
    assert "objects in /backup/artifacts, 0 copied" in finish_job("restore-1", 300)
    assert sql("homestead", "select count(*) from task_runs") == runs
    assert sql("mlflow", "select name, version, run_id from model_versions") == versions


def test_the_drift_job_finds_no_drift_in_normal_traffic(
    sales: pd.DataFrame, problem: Problem
) -> None:
    rows = sales.iloc[200:700]
    start_client("normal", bodies(rows, problem), requests=500, pause=0.005)
    assert_logged(client_result("normal")["answered"])
    arguments = ["drift", "--last", "500", "--exit-zero"]
    start_job("drift", "drift-normal", arguments)
    assert "\nno drift: drift share" in "\n" + finish_job("drift-normal", 180)
    assert drift_report()["verdict"] == "no drift"


def test_the_drift_job_finds_drift_in_shifted_traffic(
    sales: pd.DataFrame, problem: Problem
) -> None:
    rows = sales.nlargest(300, problem.target)
    start_client("shifted", bodies(rows, problem), requests=300, pause=0.005)
    assert_logged(client_result("shifted")["answered"])
    start_job("drift", "drift-shifted", ["drift", "--last", "300", "--exit-zero"])
    assert "\ndrift: drift share" in "\n" + finish_job("drift-shifted", 180)
    report = drift_report()
    assert report["verdict"] == "drift"
    assert report["share"] > problem.drift.max_drift_share


def test_prometheus_has_the_series_and_the_alert_fires() -> None:
    if not has_kind("monitoring.coreos.com", "PodMonitor"):
        pytest.skip("the cluster has no Prometheus Operator")
    monitors = kubectl("get", "podmonitors", "-n", NAMESPACE, "-o", "name")
    if not monitors:
        pytest.skip("the overlay has no PodMonitor")

    def every_server_is_scraped() -> bool:
        samples = query_prometheus(f'homestead_predictions_total{{namespace="{NAMESPACE}"}}')
        return {sample["metric"]["pod"] for sample in samples} >= set(ready_servers())

    wait_for("homestead_predictions_total of every server", every_server_is_scraped, 120, 3)
    query = 'ALERTS{alertname="HomesteadDrift",alertstate="firing"}'
    wait_for("the alert HomesteadDrift", lambda: query_prometheus(query), 180, 3)


def test_the_materialize_job_updates_the_online_store() -> None:
    start_job("materialize", "materialize-1")
    log = finish_job("materialize-1", 300)
    assert "house: 21435 entities" in log


def test_a_second_problem_is_deployed_by_its_file_alone(tmp_path: Path, notes: list[str]) -> None:
    first, plan = objects_of(PROBLEM), release_plan()
    local = tmp_path / "local.yaml"
    local.write_text(TABLE.with_suffix(".yaml").read_text())
    refused = homestead("deploy", "--problem", str(local), fails=True)
    assert "homestead data push FILE" in refused
    start = time.monotonic()
    file = write_second_problem(tmp_path)
    homestead("deploy", "--problem", str(file))
    notes.append(f"second problem: pushed and deployed in {time.monotonic() - start:.1f} s")
    before = objects_of("churn")
    homestead("deploy", "--problem", str(file))
    assert objects_of("churn") == before
    assert {"ConfigMap/problem-churn", "ConfigMap/release-churn", "CronJob/train-churn"} < set(
        before
    )
    assert (objects_of(PROBLEM), release_plan()) == (first, plan)
    renamed = tmp_path / "renamed.yaml"
    renamed.write_text(file.read_text().replace("name: churn", "name: churn_"))
    homestead("deploy", "--problem", str(renamed))
    assert "ConfigMap/problem-churn" not in objects_of("churn_")
    homestead("deploy", "--problem", "churn_", "--delete")
    assert objects_of("churn") == before


def test_each_problem_s_training_may_write_its_own_plan_alone() -> None:
    assert may("train-churn", "patch", "configmap/release-churn")
    for verb, what in (
        ("patch", "configmap/release-house-price"),
        ("list", "configmaps"),
        ("get", "secrets"),
        ("create", "pods"),
    ):
        assert not may("train-churn", verb, what), (verb, what)


def test_the_second_problem_is_trained_released_and_served(notes: list[str]) -> None:
    problem, plan = second_problem(), release_plan()
    start_job("train", "train-churn-1", problem=problem.name)
    assert "decision: promote" in finish_job("train-churn-1", 600)
    released = release_plan(problem.name)
    assert released is not None
    assert released["problem"] == problem.name
    assert release_plan() == plan
    start_servers(problem.name, replicas=1)
    wait_for("a ready server", lambda: ready_servers(problem.name), 180)
    rows = bodies(surveys(problem, 200), problem)
    host = f"{service_name(problem.name)}.{NAMESPACE}:{HTTP_PORT}"
    start_client("churn", rows, host=host, requests=200, pause=0.005, patient=True)
    result = client_result("churn")
    assert result["errors"] == {}
    assert result["answers"][0]["meta"]["tags"]["digest"] == released["champion"]["digest"]
    assert_logged(result["answered"])
    table = homestead("list", "--cluster")
    notes.append(table)
    lines = {line.split()[1]: line.split() for line in table.splitlines()[1:]}
    assert set(lines) == {PROBLEM, problem.name}
    assert lines[problem.name][2] == "1"
    assert "1/1" in lines[problem.name]


def test_the_second_problem_s_drift_is_its_own() -> None:
    start_job("drift", "drift-churn-1", ["drift", "--exit-zero"], problem="churn")
    assert "drift share" in finish_job("drift-churn-1", 180)
    rows = sql("homestead", "select problem, count(*) from drift_reports group by 1 order by 1")
    assert [row.split("|")[0] for row in rows] == ["churn", PROBLEM]


def test_the_second_problem_is_deleted_and_the_first_stays(
    sales: pd.DataFrame, problem: Problem
) -> None:
    first, plan, servers = objects_of(PROBLEM), release_plan(), ready_servers()
    start_job("materialize", "materialize-churn-1", problem="churn")
    output = homestead("deploy", "--problem", "churn", "--delete")
    assert "stay in the stores" in output
    if not has_seldon_operator():
        delete_stand_in("churn")
    wait_for("the end of the servers", lambda: not anything_of("churn"), 90)
    assert (objects_of(PROBLEM), release_plan(), ready_servers()) == (first, plan, servers)
    start_client("first-stays", bodies(sales.head(5), problem), requests=5, connections=1)
    assert client_result("first-stays")["errors"] == {}
    # Its models and its log stay.
    assert "churn|1" in sql("mlflow", "select name, version from model_versions")
    assert "churn" not in homestead("list", "--cluster")
