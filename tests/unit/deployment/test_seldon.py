"""The SeldonDeployment: the generated file, the operator's rules, and when it is up to date."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from homestead.deployment import seldon


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda s: s["predictors"][0]["graph"].update(name="other"), "other has no container"),
        (lambda s: s["predictors"][0]["graph"].pop("type"), "neither type nor methods"),
        (
            lambda s: s.update(annotations={seldon.NO_ENGINE: "true"}),
            "no effect in spec.annotations",
        ),
        (lambda s: s.update(protocol="grpc"), "protocol: found grpc"),
        (lambda s: s.update(predictors=[]), "no predictors"),
        (lambda s: s["predictors"][0].update(traffic=50), "found 50 in all, allowed is 100"),
        (lambda s: s["predictors"].append(s["predictors"][0]), "two predictors have the same name"),
        (lambda s: s["predictors"][0].update(shadow=True), "shadows: found 1"),
        (lambda s: s["predictors"].extend(shadows(s, 20, 20)), "shadows: found 2"),
        (lambda s: s["predictors"].extend(shadows(s, 120)), "a shadow: found 120"),
        (lambda s: s["predictors"][0].update(name="x" * 60), "allowed are 63"),
        (
            lambda s: s["predictors"][0]["graph"]["children"].append({"name": "churn"}),
            "the graph may have one node",
        ),
        (
            lambda s: s["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0].pop("ports"),
            "no port named http",
        ),
        (
            lambda s: s["predictors"][0]["componentSpecs"][0]["spec"]["containers"][0].pop(
                "readinessProbe"
            ),
            "no readinessProbe",
        ),
    ],
)
def test_what_the_operator_would_refuse_is_found(
    break_it: Callable[[dict[str, Any]], Any], message: str
) -> None:
    deployment = seldon.seldon_deployment("churn")
    assert seldon.operator_errors(deployment) == []
    break_it(deployment["spec"])
    assert message in "\n".join(seldon.operator_errors(deployment))


def shadows(spec: dict[str, Any], *traffic: int) -> list[dict[str, Any]]:
    return [
        {**spec["predictors"][0], "name": f"shadow-{i}", "shadow": True, "traffic": share}
        for i, share in enumerate(traffic)
    ]


def test_one_shadow_beside_a_predictor_is_valid() -> None:
    deployment = seldon.seldon_deployment("churn")
    deployment["spec"]["predictors"] += shadows(deployment["spec"], 20)
    assert seldon.operator_errors(deployment) == []


@pytest.mark.parametrize(
    ("length", "message"),
    [(49, "container a+ has 49 letters, allowed are 48"), (60, "has 68 letters, allowed are 63")],
)
def test_a_name_too_long_for_the_operator_is_refused(length: int, message: str) -> None:
    # With 49 letters the operator accepts the SeldonDeployment and then cannot create its service.
    text = json.dumps(seldon.seldon_deployment("a" * 48)).replace("a" * 48, "a" * length)
    assert re.search(message, "\n".join(seldon.operator_errors(json.loads(text))))


def test_a_problem_s_name_is_cut_to_what_the_operator_takes() -> None:
    for length in (48, 49, 63):
        assert seldon.operator_errors(seldon.seldon_deployment("a" * length)) == []


def test_workloads_are_up_to_date_once_they_have_the_images_and_variables() -> None:
    deployment = seldon.seldon_deployment("churn")
    pod = copy.deepcopy(deployment["spec"]["predictors"][0]["componentSpecs"][0])
    workloads = [{"spec": {"template": pod}}]
    pod["spec"]["containers"][0]["env"].append({"name": "PREDICTOR_ID", "value": "default"})
    assert seldon.is_up_to_date(deployment, workloads)
    assert not seldon.is_up_to_date(deployment, [])
    (container,) = deployment["spec"]["predictors"][0]["componentSpecs"][0]["spec"]["containers"]
    container["env"].append({"name": "HOMESTEAD_DRAIN_S", "value": "6"})
    assert not seldon.is_up_to_date(deployment, workloads)
    assert not seldon.is_up_to_date(seldon.seldon_deployment("churn", image="a:2"), workloads)


def test_the_autoscaler_adds_servers_where_a_core_is_busy() -> None:
    component = seldon.seldon_deployment("churn")["spec"]["predictors"][0]["componentSpecs"][0]
    (server,) = component["spec"]["containers"]
    (metric,) = component["hpaSpec"]["metrics"]
    requested = float(server["resources"]["requests"]["cpu"].removesuffix("m")) / 1000
    limit = float(server["resources"]["limits"]["cpu"])
    cores = requested * metric["resource"]["targetAverageUtilization"] / 100
    # A server of one process cannot use more than its limit, so a higher target is never reached.
    assert 0.5 * limit <= cores <= 0.8 * limit
