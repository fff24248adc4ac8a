"""The last steps on the cluster, after all others: memory, and a deletion that leaves nothing."""

import json

import pytest

from tests.e2e.kubectl import CLIENT_NAMESPACE, NAMESPACE, OVERLAY, homestead, kubectl, wait_for
from tests.e2e.monitoring import memory_mb
from tests.e2e.servers import server_pods

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]


def test_pods_run_within_their_requests_and_limits(notes: list[str]) -> None:
    used_mb = memory_mb()
    assert used_mb
    notes.append("memory (MB): " + ", ".join(f"{pod} {mb}" for pod, mb in sorted(used_mb.items())))
    for pod in server_pods():
        assert pod["status"]["qosClass"] == "Burstable"


def test_deletion_leaves_nothing_behind() -> None:
    volumes = [
        item["metadata"]["name"]
        for item in json.loads(kubectl("get", "pv", "-o", "json"))["items"]
        if item["spec"].get("claimRef", {}).get("namespace") == NAMESPACE
    ]
    assert len(volumes) == 4
    homestead("deploy", str(OVERLAY), "--delete")
    kubectl("delete", "namespace", CLIENT_NAMESPACE)
    assert not kubectl("get", "namespace", NAMESPACE, "--ignore-not-found")

    def volumes_are_gone() -> bool:
        existing = kubectl("get", "pv", "-o", "name").split()
        return not {f"persistentvolume/{name}" for name in volumes} & set(existing)

    wait_for("the end of the volumes", volumes_are_gone, 60)
    cluster_wide = kubectl("get", "clusterrole,clusterrolebinding", "-o", "name")
    assert "homestead" not in cluster_wide
