"""Waiting for workloads: what is waited for, and who is named if it does not start."""

import json

import pytest

from homestead.deployment.seldon import seldon_deployment
from homestead.deployment.wait_until_ready import wait_for_rollout
from homestead.errors import UserError
from tests.unit.deployment.conftest import Cluster

MLFLOW = {"kind": "Deployment", "metadata": {"name": "mlflow", "namespace": "ml"}}
SERVING = seldon_deployment("churn")


def test_each_workload_is_waited_for(cluster: Cluster) -> None:
    lines: list[str] = []
    settings = {"kind": "ConfigMap", "metadata": {"name": "settings"}}
    wait_for_rollout([settings, MLFLOW], 5, lines.append)
    assert lines == ["waiting for deployment/mlflow, at most 5 s"]
    assert cluster.calls[-1] == "rollout status deployment/mlflow -n ml --timeout=5s"


def test_a_workload_that_does_not_start_is_named(cluster: Cluster) -> None:
    cluster.refuse("rollout-status", "timed out waiting for the condition")
    message = r"deployment/mlflow is not ready \(.*timed out.*kubectl get pods,events -n ml"
    with pytest.raises(UserError, match=message):
        wait_for_rollout([MLFLOW], 5, lambda _: None)


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_a_quota_s_refusal_is_shown_and_not_waited_out(cluster: Cluster, kind: str) -> None:
    # What is refused a second time is refused now; an event of the hour before is not.
    message = (
        'Error creating: pods "mlflow-7b" is forbidden: exceeded quota: homestead, requested:'
        " pods=1, used: pods=60, limited: pods=60"
    )
    workload = {**MLFLOW, "kind": kind}
    involved = {"name": "mlflow-7b" if kind == "Deployment" else "mlflow"}
    event = {"involvedObject": involved, "message": message, "count": 7}
    other = {"involvedObject": {"name": "backup"}, "message": "Error creating: too much"}
    refused = cluster.folder / "get-events"
    refused.write_text(json.dumps({"items": [event, other]}))
    cluster.refuse("rollout-status", "timed out waiting for the condition")
    cluster.refuse("wait-job/mlflow", "timed out waiting for the condition")
    with pytest.raises(UserError, match=r"\(kubectl (rollout|wait): timed out"):
        wait_for_rollout([workload], 1, lambda _: None)
    cluster.answer_later("get-events", json.dumps({"items": [{**event, "count": 8}, other]}))
    with pytest.raises(UserError, match=r"its pods are refused: pods .* exceeded quota: homestead"):
        wait_for_rollout([workload], 600, lambda _: None)


def test_servers_are_not_waited_for_before_the_first_release(cluster: Cluster) -> None:
    lines: list[str] = []
    wait_for_rollout([SERVING], 5, lines.append)
    assert lines == ["churn: its servers start with the first release"]


def test_servers_are_waited_for_once_the_operator_has_updated_them(cluster: Cluster) -> None:
    pod = SERVING["spec"]["predictors"][0]["componentSpecs"][0]["spec"]
    workload = {"metadata": {"name": "churn-default-0"}, "spec": {"template": {"spec": pod}}}
    cluster.answer("get-configmap", '{"problem": "churn"}')
    cluster.answer("get-deployment", json.dumps({"items": [workload]}))
    lines: list[str] = []
    wait_for_rollout([SERVING], 5, lines.append)
    assert lines[-1] == "waiting for deployment/churn-default-0, at most 5 s"


def test_an_operator_that_does_nothing_is_an_error(cluster: Cluster) -> None:
    cluster.answer("get-configmap", '{"problem": "churn"}')
    cluster.answer("get-deployment", '{"items": []}')
    with pytest.raises(UserError, match="the Seldon operator has not applied it within 0 s"):
        wait_for_rollout([SERVING], 0, lambda _: None)
