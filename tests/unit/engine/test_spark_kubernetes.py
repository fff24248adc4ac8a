"""Executor pods: what is asked of the API server, names of any length, the template, the ports."""

import json
import os
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from homestead.engine.spark_kubernetes import (
    BLOCK_PORT,
    DRIVER_PORT,
    OwnPod,
    executor_prefix,
    find_pod,
    kubernetes_options,
    own_pod,
)
from homestead.engine.spark_session import spark_options
from homestead.errors import UserError
from homestead.names import USER_ID
from homestead.settings import Settings
from tests.cluster_stand_in import serving_as_cluster

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api

ROOT = Path(__file__).parents[3]
POD = OwnPod("train-house-price-29-x7", "homestead", "10.244.0.9", "registry.example/p@sha256:0a")


class Cluster(HTTPServer):
    """An API server with pods, which selects them by phase and address as the real one does."""

    pods: list[dict[str, Any]]
    allowed = True


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    class Handler(BaseHTTPRequestHandler):
        server: Cluster

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            assert url.path == "/api/v1/namespaces/team/pods"
            [selector] = parse_qs(url.query)["fieldSelector"]
            wanted = dict(part.split("=") for part in selector.split(","))
            items = [
                pod
                for pod in self.server.pods
                if pod["status"]["phase"] == wanted["status.phase"]
                and pod["status"]["podIP"] == wanted["status.podIP"]
            ]
            self.send_response(200 if self.server.allowed else 403)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"kind": "PodList", "items": items}).encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = Cluster(("127.0.0.1", 0), Handler)
    with serving_as_cluster(server, tmp_path, monkeypatch):
        yield server


@pytest.fixture
def api(cluster: Cluster) -> "CoreV1Api":
    from kubernetes import client, config

    config.load_kube_config(os.environ["KUBECONFIG"])
    return client.CoreV1Api()


def pod(name: str, images: dict[str, str], phase: str = "Running", ip: str = "10.1.0.7") -> Any:
    containers = [{"name": key, "image": image} for key, image in images.items()]
    status = {"phase": phase, "podIP": ip}
    return {"metadata": {"name": name}, "spec": {"containers": containers}, "status": status}


def test_the_own_pod_is_found_by_address_though_its_name_is_cut(
    cluster: Cluster, api: "CoreV1Api"
) -> None:
    """Trap 43: a host name holds 63 characters of a pod's name of up to 253."""
    name = "train-" + "very-long-" * 12 + "x7"
    cluster.pods = [
        pod("earlier", {"homestead": "old:1"}, phase="Succeeded"),
        pod("monitor-of-the-node", {"monitor": "monitor:1"}),
        pod(name, {"sidecar": "mesh:1", "homestead": "registry.example/p:2"}),
        pod("train-other", {"homestead": "other:1"}, ip="10.1.0.8"),
    ]
    found = find_pod(api, "team", "10.1.0.7", name[:63])
    assert found == OwnPod(name, "team", "10.1.0.7", "registry.example/p:2")


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ({"wait": "argoexec:4", "main": "step:1"}, "step:1"),
        ({"base": "task:1", "mesh": "mesh:1"}, "task:1"),
    ],
)
def test_the_image_is_that_of_the_step(
    cluster: Cluster, api: "CoreV1Api", images: dict[str, str], expected: str
) -> None:
    cluster.pods = [pod("step-1", images)]
    assert find_pod(api, "team", "10.1.0.7", "step-1").image == expected


def test_what_is_missing_is_named(cluster: Cluster, api: "CoreV1Api") -> None:
    cluster.pods = [pod("another", {"main": "a:1"})]
    with pytest.raises(UserError, match=r"namespace team has no running pod step.* 10\.1\.0\.7"):
        find_pod(api, "team", "10.1.0.7", "step")
    cluster.allowed = False
    with pytest.raises(UserError, match=r"namespace team cannot be listed \(Forbidden\).*create"):
        find_pod(api, "team", "10.1.0.7", "step")


def test_outside_of_a_cluster_one_sentence_says_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(UserError, match=r"found k8s://.*allowed here are local\[\*\] and spark://"):
        own_pod()
    settings = Settings.read(spark_master="k8s://https://kubernetes.default.svc")
    with pytest.raises(UserError, match="HOMESTEAD_SPARK_MASTER"):
        spark_options(settings)
    assert not any("kubernetes" in name for name in spark_options(Settings.read()))


# What Kubernetes allows as a pod's name.
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", fullmatch=True)


@given(NAMES)
def test_names_of_executors_are_labels_whatever_the_pods_name(name: str) -> None:
    prefix, other = executor_prefix(name), executor_prefix(name)
    assert prefix != other
    # What Spark appends, for more executors than anybody has.
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", f"{prefix}-exec-99999")
    assert kubernetes_options(POD._replace(name=name))["spark.kubernetes.driver.pod.name"] == name


def test_options_name_the_pod_and_leave_executors_within_limits() -> None:
    options = kubernetes_options(POD)
    assert options["spark.driver.host"] == "10.244.0.9"
    assert options["spark.kubernetes.container.image"] == POD.image
    assert options["spark.kubernetes.namespace"] == "homestead"
    assert options["spark.kubernetes.executor.podNamePrefix"].startswith("train-house-price-29-x7-")
    # Trap 29: with a quota, a container without a limit is refused.
    assert options["spark.kubernetes.executor.limit.cores"] == options["spark.executor.cores"]
    assert kubernetes_options(POD._replace(ip="fd00::9"))["spark.driver.host"] == "[fd00::9]"


def test_network_rules_let_the_ports_through() -> None:
    text = (ROOT / "manifests" / "components" / "spark" / "network.yaml").read_text()
    policies = {d["metadata"]["name"]: d["spec"] for d in yaml.safe_load_all(text)}
    [from_executors] = policies["spark-driver"]["ingress"]
    ranges = [(rule["port"], rule["endPort"]) for rule in from_executors["ports"]]
    assert ranges == [(port, port + 16) for port in (DRIVER_PORT, BLOCK_PORT)]
    template = yaml.safe_load(
        Path(kubernetes_options(POD)["spark.kubernetes.executor.podTemplateFile"]).read_text()
    )
    selector = policies["spark-executor"]["podSelector"]["matchLabels"]
    assert selector.items() <= template["metadata"]["labels"].items()
    assert template["spec"]["securityContext"]["runAsUser"] == USER_ID
