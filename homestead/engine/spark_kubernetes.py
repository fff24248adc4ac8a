"""Executor pods: the options of a session whose driver is a step's pod on Kubernetes.

The step is the driver, in client mode; Spark's own support makes the executors, from the step's
image, without an operator. All that it must know of its pod it asks the API server for: a pod's
host name is cut at 63 characters, and no variable holds the image.
"""

import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from homestead.errors import UserError
from homestead.names import derived_name

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api, V1Pod

MASTER_SCHEME = "k8s://"
# Network policies name these ports (manifests/components/spark). Spark takes the next ones, up to
# 16, where steps of one pod are drivers at the same time.
DRIVER_PORT, BLOCK_PORT = 7078, 7100
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TEMPLATE = Path(__file__).with_name("executor-pod.yaml")
# Spark appends "-exec-" and a number, and Kubernetes makes a label of 63 characters of it.
_MAX_PREFIX_LENGTH = 47
_TOKEN_LENGTH = 6
# Containers that other programs put into a step's pod; Argo's runs its steps in "main".
_STEP_CONTAINERS = ("homestead", "main")
_RIGHTS = "get, list, watch, create, delete and deletecollection of pods"


class OwnPod(NamedTuple):
    """The pod that this process runs in.

    Attributes:
        ip: by which executors reach the driver.
        image: of the step's container.
    """

    name: str
    namespace: str
    ip: str
    image: str


def kubernetes_options(pod: OwnPod) -> dict[str, str]:
    """Return the options of a session whose executors are pods beside a driver's.

    Executors are deleted when the session ends. Those of a driver that was killed end themselves,
    and the garbage collector deletes them with the driver's pod, which owns them.
    """
    cores = "1"
    return {
        "spark.driver.host": f"[{pod.ip}]" if ":" in pod.ip else pod.ip,
        "spark.driver.port": str(DRIVER_PORT),
        "spark.driver.blockManager.port": str(BLOCK_PORT),
        "spark.blockManager.port": str(BLOCK_PORT),
        # Rows go between the pods of one session only, by a secret that Spark gives to executors.
        "spark.authenticate": "true",
        "spark.executor.instances": "2",
        "spark.executor.cores": cores,
        "spark.executor.memory": "1g",
        # Python and DuckDB, beside Java's heap.
        "spark.executor.memoryOverhead": "2g",
        # A namespace with a quota takes no container without limits.
        "spark.kubernetes.executor.limit.cores": cores,
        "spark.kubernetes.namespace": pod.namespace,
        "spark.kubernetes.driver.pod.name": pod.name,
        "spark.kubernetes.container.image": pod.image,
        "spark.kubernetes.executor.podNamePrefix": executor_prefix(pod.name),
        "spark.kubernetes.executor.podTemplateFile": str(_TEMPLATE),
        # With these three the driver's account needs rights for pods alone.
        "spark.kubernetes.executor.disableConfigMap": "true",
        "spark.kubernetes.driver.service.deleteOnTermination": "false",
        "spark.kubernetes.driver.ownPersistentVolumeClaim": "false",
    }


def executor_prefix(pod: str) -> str:
    """Return the beginning of the names of a session's executors: its driver's name, and a token.

    Whatever the length of the pod's name, up to Kubernetes' 253 characters, the names of executors
    are labels, and differ between two sessions of one pod.
    """
    token = uuid4().hex[:_TOKEN_LENGTH]
    label = re.sub("[^a-z0-9-]", "-", pod.lower()).strip("-")
    # A label of Spark's begins with a letter.
    label = label if label[:1].isalpha() else f"pod-{label}"
    return f"{derived_name('', label, _MAX_PREFIX_LENGTH - len(token) - 1)}-{token}"


def own_pod() -> OwnPod:
    """Return the pod that this process runs in.

    Raises:
        UserError: it runs in none, or its account may not list pods.
    """
    from kubernetes import client, config

    try:
        config.load_incluster_config()
    except config.ConfigException:
        raise UserError(
            "HOMESTEAD_SPARK_MASTER: found k8s://…, whose driver is a pod with a service account,"
            " and this process runs in none; allowed here are local[*] and spark://HOST:PORT"
        ) from None
    namespace = (_ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    return find_pod(client.CoreV1Api(), namespace, _own_address(), socket.gethostname())


def find_pod(api: "CoreV1Api", namespace: str, ip: str, host: str) -> OwnPod:
    """Return a running pod by its address.

    Args:
        host: its host name, the beginning of its name: it tells pods of the node's network apart.

    Raises:
        UserError: the account may not list pods, or there is no such pod.
    """
    from kubernetes.client import ApiException
    from urllib3.exceptions import HTTPError

    selector = f"status.phase=Running,status.podIP={ip}"
    try:
        listed = api.list_namespaced_pod(namespace, field_selector=selector)
    except (ApiException, HTTPError) as error:
        reason = getattr(error, "reason", None) or error
        raise UserError(
            f"HOMESTEAD_SPARK_MASTER: pods of namespace {namespace} cannot be listed ({reason});"
            f" the account of a driver needs {_RIGHTS}: manifests/components/spark"
        ) from None
    for pod in listed.items:
        if pod.metadata.name.startswith(host):
            return OwnPod(pod.metadata.name, namespace, ip, _image(pod))
    raise UserError(
        f"HOMESTEAD_SPARK_MASTER: namespace {namespace} has no running pod {host}… with the address"
        f" {ip}, by which executors would reach it"
    )


def _image(pod: "V1Pod") -> str:
    images = {container.name: container.image for container in pod.spec.containers}
    own = [images[name] for name in _STEP_CONTAINERS if name in images]
    return str([*own, *images.values()][0])


def _own_address() -> str:
    """Return the address by which this pod reaches the API server; nothing is sent."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as probe:
        probe.connect(address)
        return str(probe.getsockname()[0])
