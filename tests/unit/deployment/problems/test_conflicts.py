"""Objects of others under a problem's names: nothing is written."""

import json
from typing import Any

import pytest

from homestead.deployment.manifests import Manifest
from homestead.deployment.problems.apply import apply_problem
from homestead.errors import UserError
from tests.unit.deployment.conftest import Cluster


def existing(kind: str, name: str, **metadata: Any) -> str:
    return json.dumps({"kind": kind, "metadata": {"name": name, **metadata}})


def deploy(objects: list[Manifest]) -> None:
    apply_problem("flats", objects, lambda _: None, wait_s=0)


def test_a_name_that_is_equal_on_the_cluster_is_refused(
    ready: Cluster, objects: list[Manifest]
) -> None:
    annotations = {"homestead/problem-name": "flats_"}
    ready.answer("get--f", existing("ConfigMap", "release-flats", annotations=annotations))
    with pytest.raises(
        UserError, match=r"ConfigMap release-flats belongs to the problem flats_\. Nothing was"
    ):
        deploy(objects)
    assert not [call for call in ready.calls if call.startswith(("apply", "delete"))]


def test_objects_of_anything_else_are_refused(ready: Cluster, objects: list[Manifest]) -> None:
    others = [json.loads(existing("CronJob", f"{job}-flats")) for job in ("drift", "train")]
    ready.answer("get--f", json.dumps({"kind": "List", "items": others}))
    with pytest.raises(UserError, match=r"CronJob drift-flats belongs to something else; CronJob"):
        deploy(objects)
    assert not [call for call in ready.calls if call.startswith("apply")]


def test_names_that_the_operator_joins_are_refused(ready: Cluster, objects: list[Manifest]) -> None:
    owners = [{"kind": "SeldonDeployment", "name": "flats-default"}]
    ready.answer("get-service", existing("Service", "flats-default", ownerReferences=owners))
    with pytest.raises(UserError, match="Service flats-default belongs to the SeldonDeployment"):
        deploy(objects)
    assert not [call for call in ready.calls if call.startswith("apply")]


def test_the_problem_s_own_objects_and_those_of_an_earlier_version_are_taken_over(
    ready: Cluster, objects: list[Manifest]
) -> None:
    former = {"app.kubernetes.io/part-of": "homestead"}
    own = {"homestead/problem-name": "flats"}
    found = [
        existing("SeldonDeployment", "flats", labels=former),
        existing("ConfigMap", "release-flats", annotations=own),
    ]
    ready.answer("get--f", json.dumps({"kind": "List", "items": [json.loads(f) for f in found]}))
    owners = [{"kind": "SeldonDeployment", "name": "flats"}]
    ready.answer("get-service", existing("Service", "flats-default", ownerReferences=owners))
    deploy(objects)
    assert ready.objects
