"""A step's pod as Spark's driver, with executors that are pods: bits, rights, names and their end.

It needs neither the stores nor the other tests. ``HOMESTEAD_E2E_LOAD`` loads the image, as there.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from homestead.deployment.pods.security import container_security, pod_security
from homestead.deployment.problems.jobs import PIPELINE_IMAGE
from homestead.deployment.server_pod import resources
from tests.e2e.kubectl import ROOT, is_allowed, kubectl, wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

_NAMESPACE, _ACCOUNT = "homestead-spark", "train-house-price"
_IMAGE = PIPELINE_IMAGE.replace("homestead-pipeline", "homestead-pipeline-spark")
_EXECUTORS = ("get", "pods", "-n", _NAMESPACE, "-l", "spark-role=executor", "-o", "json")
_SCRIPT = ROOT / "tests" / "e2e" / "executors.py"
# Longer than a host name, which Kubernetes cuts: executors must find the driver all the same.
_LONG_NAME = "train-" + "a-problem-with-a-very-long-name-" * 3 + "2915"
_OPTIONS = (
    "spark.dynamicAllocation.enabled=true spark.dynamicAllocation.maxExecutors=2"
    " spark.dynamicAllocation.executorIdleTimeout=15s spark.dynamicAllocation.cachedExecutorIdle"
    "Timeout=15s spark.executor.memory=512m spark.executor.memoryOverhead=768m"
)


@pytest.fixture(scope="module", autouse=True)
def namespace() -> Iterator[None]:
    """Make a namespace of the level ``restricted`` with the rights and rules of the component."""
    command = os.environ.get("HOMESTEAD_E2E_LOAD")
    if command:
        subprocess.run([*shlex.split(command), _IMAGE], check=True, timeout=300)
    kubectl("delete", "namespace", _NAMESPACE, "--ignore-not-found")
    kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(_objects()))
    yield
    kubectl("delete", "namespace", _NAMESPACE, "--wait=false")


def _objects() -> list[dict[str, Any]]:
    folders = (ROOT / "manifests" / "base" / "namespace", ROOT / "manifests" / "components")
    files = [folders[0] / "namespace.yaml", folders[0] / "quota.yaml"]
    files += [folders[1] / "spark" / name for name in ("rights.yaml", "network.yaml")]
    files.append(ROOT / "manifests" / "base" / "network" / "default.yaml")
    documents = [d for file in files for d in yaml.safe_load_all(file.read_text())]
    documents[0]["metadata"]["name"] = _NAMESPACE
    for document in documents[1:]:
        document["metadata"]["namespace"] = _NAMESPACE
        for subject in document.get("subjects", []):
            subject["namespace"] = _NAMESPACE
    metadata = {"name": _ACCOUNT, "namespace": _NAMESPACE}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata | {"name": "script"}}
    return [*documents, account, config | {"data": {_SCRIPT.name: _SCRIPT.read_text()}}]


def _driver(name: str, options: str) -> dict[str, Any]:
    """Return a pod like a training's, which runs the script."""
    variables = {
        "HOMESTEAD_SPARK_MASTER": "k8s://https://kubernetes.default.svc",
        "HOMESTEAD_SPARK_OPTIONS": options,
    }
    labels = {
        "app.kubernetes.io/name": "homestead-pipeline",
        "homestead/uses-kubernetes": "true",
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": _NAMESPACE, "labels": labels},
        "spec": {
            "serviceAccountName": _ACCOUNT,
            "restartPolicy": "Never",
            "enableServiceLinks": False,
            "securityContext": pod_security(),
            "containers": [
                {
                    "name": "homestead",
                    "image": _IMAGE,
                    "command": ["python", f"/script/{_SCRIPT.name}"],
                    "env": [{"name": n, "value": v} for n, v in variables.items()],
                    "resources": resources("200m", "1Gi", "2", "4Gi"),
                    "securityContext": container_security(),
                    "volumeMounts": [
                        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
                        {"name": "script", "mountPath": "/script"},
                    ],
                }
            ],
            "volumes": [
                {"name": "tmp", "emptyDir": {"sizeLimit": "2Gi"}},
                {"name": "script", "configMap": {"name": "script"}},
            ],
        },
    }


def _phase(name: str) -> str:
    return kubectl("get", "pod", name, "-n", _NAMESPACE, "-o", "jsonpath={.status.phase}")


def _executors() -> list[dict[str, Any]]:
    return list(json.loads(kubectl(*_EXECUTORS))["items"])


def test_a_step_with_executor_pods_writes_the_bits_of_its_own_cores(notes: list[str]) -> None:
    kubectl("apply", "-f", "-", stdin=json.dumps(_driver(_LONG_NAME, _OPTIONS)))
    seen: dict[str, dict[str, Any]] = {}

    def end() -> str:
        seen.update((pod["metadata"]["name"], pod) for pod in _executors())
        phase = _phase(_LONG_NAME)
        return phase if phase in ("Succeeded", "Failed") else ""

    phase = wait_for("the step with executors", end, 420)
    log = kubectl("logs", _LONG_NAME, "-n", _NAMESPACE)
    assert phase == "Succeeded", log
    found = json.loads(log.splitlines()[-1])
    assert found["spark"] == found["local"]
    parts = [name for name in found["local"] if name.startswith("scored part")]
    assert len(parts) == 4, found
    assert len(found["local"]) > len(parts) + 1
    notes.append(f"executor pods of the step: {', '.join(sorted(seen))}")
    assert seen, "no executor was seen"
    for name, pod in seen.items():
        assert name.startswith("train-a-problem-with-a")
        assert len(name) <= 63
        assert [c["image"] for c in pod["spec"]["containers"]] == [_IMAGE]
        assert [o["name"] for o in pod["metadata"]["ownerReferences"]] == [_LONG_NAME]
        limits = pod["spec"]["containers"][0]["resources"]["limits"]
        assert limits == {"cpu": "1", "memory": "1280Mi"}
    # The session's end deletes them.
    wait_for("executors to be deleted", lambda: not _executors(), 60)


def test_the_account_may_start_pods_and_nothing_else() -> None:
    person = f"--as=system:serviceaccount:{_NAMESPACE}:{_ACCOUNT}"
    for verb in ("get", "list", "watch", "create", "delete", "deletecollection"):
        assert is_allowed(verb, "pods", "-n", _NAMESPACE, person), verb
    for verb, what, part in (
        ("get", "secrets", ""),
        ("create", "pods", "--subresource=exec"),
        ("create", "configmaps", ""),
        ("create", "services", ""),
    ):
        arguments = (verb, what, *filter(None, [part]), "-n", _NAMESPACE, person)
        assert not is_allowed(*arguments), arguments
