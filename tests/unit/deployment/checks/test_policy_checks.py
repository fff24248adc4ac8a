"""Policy checks: each violation is found and named."""

from collections.abc import Callable
from typing import Any

import pytest

from homestead.deployment.checks.policy_checks import policy_errors
from homestead.deployment.manifests import Manifest, name_of_object
from tests.unit.deployment.documents import find_object

Rendered = dict[str, list[Manifest]]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda p: p["containers"][0].update(image="mlflow"), "a tag other than latest"),
        (lambda p: p["containers"][0].update(image="a.b:5/mlflow:latest"), "other than latest"),
        (lambda p: p["securityContext"].update(runAsUser=0), "may run as root"),
        (lambda p: p["securityContext"].pop("seccompProfile"), "seccompProfile"),
        (lambda p: p.pop("automountServiceAccountToken"), "ServiceAccountToken is not set"),
        (lambda p: p.update(hostNetwork=True), "hostNetwork is set"),
        (lambda p: p["containers"][0]["resources"].pop("limits"), "limits.memory is not set"),
        (lambda p: p["containers"][0].pop("livenessProbe"), "no livenessProbe"),
        (lambda p: p["containers"][0]["securityContext"].clear(), "readOnlyRootFilesystem"),
        (lambda p: p["volumes"].append({"name": "x", "hostPath": {"path": "/"}}), "a hostPath"),
        (lambda p: p["volumes"].append({"name": "x", "emptyDir": {}}), "no sizeLimit"),
        (
            lambda p: p["containers"][0]["env"].append({"name": "DB_PASSWORD", "value": "x"}),
            "DB_PASSWORD holds a secret in the file",
        ),
    ],
)
def test_a_violation_of_a_pod_is_found(
    break_it: Callable[[Manifest], Any], message: str, rendered: Rendered
) -> None:
    document = find_object(rendered["kind"], "Deployment", "mlflow")
    assert policy_errors([document]) == []
    break_it(document["spec"]["template"]["spec"])
    assert message in "\n".join(policy_errors([document]))


def test_a_secret_in_a_file_is_refused() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "x"},
        "data": {"a": "Yg=="},
    }
    assert policy_errors([secret]) == ["Secret x: a file must not hold the values of a Secret"]


def test_pods_without_a_network_policy_are_refused(rendered: Rendered) -> None:
    documents = [
        document
        for document in rendered["kind"]
        if not name_of_object(document).startswith("uses-")
        and not name_of_object(document).endswith("to-mlflow")
    ]
    errors = policy_errors(documents)
    assert "Deployment mlflow: no NetworkPolicy selects its pods" in errors
    assert "CronJob drift-house-price: no NetworkPolicy selects its pods" in errors


def test_one_network_policy_must_deny_all_traffic(rendered: Rendered) -> None:
    documents = [
        document
        for document in rendered["kind"]
        if document["kind"] != "NetworkPolicy" or document["spec"]["podSelector"]
    ]
    (error,) = policy_errors(documents)
    assert "no policy denies all traffic" in error
