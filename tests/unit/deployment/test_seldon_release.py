"""What of a SeldonDeployment disagrees with the release plan."""

from typing import Any

from homestead.deployment.seldon import seldon_deployment
from homestead.deployment.seldon_release import release_obstacles
from homestead.names import release_config_map

AVAILABLE = {
    "state": "Available",
    "deploymentStatus": {"d": {"replicas": 2, "availableReplicas": 2}},
}


def deployed(**status: Any) -> dict[str, Any]:
    return {**seldon_deployment("house_price"), "status": {**AVAILABLE, **status}}


def test_the_deployment_that_we_make_follows_the_plan() -> None:
    assert list(release_obstacles(deployed(), "house_price")) == []


def test_servers_that_are_missing_are_counted() -> None:
    status = {"d": {"replicas": 2, "availableReplicas": 1}, "e": {"replicas": 1}}
    found = deployed(state="Creating", deploymentStatus=status)
    assert list(release_obstacles(found, "house_price")) == [
        "it is Creating: the operator says no more",
        "1 of 2 servers of d are available",
        "0 of 1 servers of e are available",
    ]


def test_a_traffic_split_of_seldons_own_is_named() -> None:
    found = deployed()
    (predictor,) = found["spec"]["predictors"]
    canary = {**predictor, "name": "canary", "traffic": 20}
    found["spec"]["predictors"] = [{**predictor, "traffic": 80}, canary]
    assert list(release_obstacles(found, "house_price")) == [
        "its predictors are default (80%), canary (20%); the plan's shares hold with one predictor"
        " alone"
    ]


def test_pods_without_the_plan_or_our_server_are_named() -> None:
    found = deployed()
    (component,) = found["spec"]["predictors"][0]["componentSpecs"]
    assert list(release_obstacles(found, "churn")) == [
        "container house-price does not mount the plan, ConfigMap release-churn"
    ]
    assert release_config_map("churn") == "release-churn"
    component["spec"]["containers"][0]["args"] = ["other"]
    assert list(release_obstacles(found, "house_price")) == [
        "no container runs our server, which follows the plan; found house-price"
    ]
