"""What a cluster tells of its problems."""

import json
from typing import Any

import pytest

from homestead.deployment.labels import NAME_ANNOTATION, problem_labels
from homestead.deployment.problems.status import deployed_problems
from homestead.names import release_config_map
from tests.unit.deployment.conftest import Cluster


def items(*documents: dict[str, Any]) -> str:
    return json.dumps({"kind": "List", "items": documents})


def release(problem: str, namespace: str, **data: str) -> dict[str, Any]:
    metadata = {
        "name": release_config_map(problem),
        "namespace": namespace,
        "labels": problem_labels(problem),
        "annotations": {NAME_ANNOTATION: problem},
    }
    return {"metadata": metadata, "data": data} if data else {"metadata": metadata}


def pod(problem: str, namespace: str, ready: str) -> dict[str, Any]:
    metadata = {"namespace": namespace, "labels": problem_labels(problem)}
    return {"metadata": metadata, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


@pytest.fixture
def two_teams(cluster: Cluster) -> Cluster:
    file = release("a_b", "red")
    file["metadata"] = {**file["metadata"], "name": "problem-a-b"}
    cluster.answer(
        "get-configmaps",
        items(release("a_b", "red", **{"plan.json": "{}"}), file, release("a_b", "blue")),
    )
    cluster.answer("get-pods", items(pod("a_b", "red", "True"), pod("a_b", "red", "False")))
    prometheus = {"name": "prometheus-operated", "namespace": "monitoring"}
    cluster.answer("get-services", items({"metadata": prometheus}))
    firing = [
        {"alertname": "HomesteadDrift", "model": "a_b", "namespace": "red"},
        {"alertname": "HomesteadServerAbsent", "model": "a_b"},
        {"alertname": "HomesteadDrift", "model": "b", "namespace": "blue"},
    ]
    samples = {"data": {"result": [{"metric": labels} for labels in firing]}}
    cluster.answer("get---raw", json.dumps(samples))
    return cluster


def test_each_namespace_has_its_problems(two_teams: Cluster) -> None:
    blue, red = deployed_problems()
    assert (red.name, red.namespace, red.plan) == ("a_b", "red", "{}")
    assert (red.ready_servers, red.servers) == (1, 2)
    assert red.alerts == ("HomesteadDrift", "HomesteadServerAbsent")
    assert (blue.namespace, blue.plan, blue.servers) == ("blue", "", 0)
    assert blue.alerts == ("HomesteadServerAbsent",)
    assert all("--all-namespaces" in call for call in two_teams.calls[:2])


def test_a_namespace_can_be_chosen(two_teams: Cluster) -> None:
    deployed_problems("red")
    assert all("-n red" in call for call in two_teams.calls[:2])


@pytest.mark.parametrize("way", ["absent", "forbidden", "no answer"])
def test_without_prometheus_the_alerts_are_unknown(two_teams: Cluster, way: str) -> None:
    if way == "absent":
        two_teams.answer("get-services", items())
    elif way == "forbidden":
        two_teams.refuse("get-services", "forbidden")
    else:
        two_teams.answer("get---raw", "503")
    assert [problem.alerts for problem in deployed_problems()] == [None, None]
