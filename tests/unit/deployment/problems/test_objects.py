"""What a problem gets on a cluster: complete, valid, and least rights."""

import re
from pathlib import Path

import pytest

from homestead.deployment import seldon
from homestead.deployment.checks.policy_checks import policy_errors
from homestead.deployment.checks.schema_checks import custom_schemas, schema_errors
from homestead.deployment.labels import PROBLEM_LABEL
from homestead.deployment.manifests import Manifest, name_of_object
from homestead.names import object_name
from tests.unit.deployment.documents import find_object
from tests.unit.deployment.problems.conftest import objects_named

NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?")


@pytest.mark.parametrize("name", ["a", "flats", "a_", "b" * 48, "c" * 63, "d_" * 31 + "_"])
def test_all_objects_are_valid_for_a_name_of_any_length(name: str, tmp_path: Path) -> None:
    documents = objects_named(name, tmp_path)
    errors, unchecked = schema_errors(documents, custom_schemas())
    assert errors + policy_errors(documents) == []
    assert set(unchecked) <= {"SeldonDeployment", "PrometheusRule"}
    for document in documents:
        limit = {"CronJob": 52}.get(document["kind"], 63)
        assert NAME.fullmatch(name_of_object(document)), name_of_object(document)
        assert len(name_of_object(document)) <= limit
        for label in document["metadata"]["labels"].values():
            assert LABEL_VALUE.fullmatch(label), label
            assert len(label) <= 63
        if document["kind"] == seldon.KIND:
            assert seldon.operator_errors(document) == []
    names = [(document["kind"], name_of_object(document)) for document in documents]
    assert len(set(names)) == len(names)


def test_every_object_and_pod_says_whose_it_is(objects: list[Manifest]) -> None:
    kinds = [document["kind"] for document in objects]
    assert kinds.count("ConfigMap") == 2
    assert kinds.count("CronJob") == 7
    assert {"SeldonDeployment", "PrometheusRule", "Role", "RoleBinding", "ServiceAccount"} < set(
        kinds
    )
    assert {"Deployment", "Service"} < set(kinds)
    for document in objects:
        labels = document["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "homestead"
        assert labels[PROBLEM_LABEL] == object_name("flats")
        assert document["metadata"]["annotations"] == {"homestead/problem-name": "flats"}
    job = find_object(objects, "CronJob", "train-flats")["spec"]["jobTemplate"]
    assert job["metadata"]["labels"][PROBLEM_LABEL] == "flats"
    assert job["spec"]["template"]["metadata"]["labels"][PROBLEM_LABEL] == "flats"


def test_two_problems_share_no_object(objects: list[Manifest], tmp_path: Path) -> None:
    others = objects_named("flats_default", tmp_path)
    ours = {(document["kind"], name_of_object(document)) for document in objects}
    assert not ours & {(document["kind"], name_of_object(document)) for document in others}
    # Dashboards have a variable for the problem: there are none to overwrite.
    labels = [label for d in (*objects, *others) for label in d["metadata"]["labels"]]
    assert "grafana_dashboard" not in labels
