"""Waiting until the workloads of an overlay are ready."""

import json
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from homestead.deployment import seldon
from homestead.deployment.kubectl import kubectl
from homestead.deployment.manifests import Manifest, name_of_object
from homestead.errors import UserError
from homestead.names import release_config_map

_WORKLOADS = ("Deployment", "StatefulSet")
_POLL_INTERVAL_S = 1.0
# How long kubectl waits before refused pods are looked for.
_TURN_S = 5


class _Refusal(NamedTuple):
    """An event of a pod that was not created, and how often it has happened."""

    message: str
    times: int


def wait_for_rollout(
    documents: list[Manifest], timeout_s: int, report: Callable[[str], None]
) -> None:
    """Wait for each workload and job, and for the servers that the Seldon operator creates.

    Args:
        documents: the applied objects.
        timeout_s: limit for each workload.
        report: gets a line for each thing that is waited for.

    Raises:
        UserError: a workload is not ready in time; the message names it.
    """
    for document in documents:
        kind, namespace = document["kind"], document["metadata"].get("namespace", "")
        if kind in _WORKLOADS:
            name = f"{kind.lower()}/{name_of_object(document)}"
            _wait_for_workload(name, namespace, timeout_s, report)
        elif kind == "Job":
            _wait_for_job(name_of_object(document), namespace, timeout_s, report)
        elif kind == seldon.KIND:
            for name in _wait_for_operator(document, namespace, timeout_s, report):
                _wait_for_workload(name, namespace, timeout_s, report)


def _wait_for_workload(
    name: str, namespace: str, timeout_s: int, report: Callable[[str], None]
) -> None:
    report(f"waiting for {name}, at most {timeout_s} s")
    command = ("rollout", "status", name, "-n", namespace)
    hint = f"see: kubectl get pods,events -n {namespace}"
    try:
        _wait(command, name, namespace, timeout_s)
    except UserError as error:
        raise UserError(f"{name} is not ready ({error}); {hint}") from None


def _wait_for_job(name: str, namespace: str, timeout_s: int, report: Callable[[str], None]) -> None:
    report(f"waiting for job/{name}, at most {timeout_s} s")
    command = ("wait", f"job/{name}", "-n", namespace, "--for=condition=Complete")
    try:
        _wait(command, f"job/{name}", namespace, timeout_s)
    except UserError as error:
        raise UserError(
            f"job/{name} is not complete ({error}); see: kubectl logs job/{name} -n {namespace}"
            " --all-containers"
        ) from None


def _wait(command: tuple[str, ...], name: str, namespace: str, timeout_s: int) -> None:
    """Run a command of kubectl that waits, and look between its turns whether pods are refused.

    Raises:
        UserError: the workload is not ready in time, or a quota or an admission policy refuses
            its pods, which waiting would not change.
    """
    refused_before = set(_refusals(name, namespace))
    deadline = time.monotonic() + timeout_s
    while True:
        left_s = deadline - time.monotonic()
        try:
            kubectl(*command, f"--timeout={max(1, min(_TURN_S, round(left_s)))}s")
        except UserError as error:
            if new := set(_refusals(name, namespace)) - refused_before:
                raise UserError(f"its pods are refused: {min(new).message}") from None
            if left_s <= _TURN_S or "timed out" not in str(error):
                raise
        else:
            return


def _refusals(name: str, namespace: str) -> Iterator[_Refusal]:
    """Yield what the cluster says of pods of a workload that it did not create."""
    selector = ("--field-selector", "reason=FailedCreate", "-n", namespace, "-o", "json")
    output = kubectl("get", "events", *selector)
    workload = name.partition("/")[2]
    for event in json.loads(output)["items"] if output.strip() else ():
        involved = event["involvedObject"]["name"]
        # Pods of a Deployment are made by ReplicaSets, whose names begin with its own.
        if involved == workload or involved.startswith(f"{workload}-"):
            message = str(event.get("message", ""))
            yield _Refusal(message.partition(": ")[2] or message, int(event.get("count") or 1))


def _wait_for_operator(
    document: Manifest, namespace: str, timeout_s: int, report: Callable[[str], None]
) -> list[str]:
    """Wait until the operator's Deployments follow a SeldonDeployment; return their names.

    There is nothing to wait for before the first release, because servers start with it.
    """
    name = name_of_object(document)
    if not _is_released(name, namespace):
        report(f"{name}: its servers start with the first release")
        return []
    report(f"waiting for the Seldon operator to apply {name}, at most {timeout_s} s")
    deadline = time.monotonic() + timeout_s
    selector = ("-l", seldon.deployment_selector(document), "-n", namespace)
    while True:
        workloads = json.loads(kubectl("get", "deployment", *selector, "-o", "json"))["items"]
        if seldon.is_up_to_date(document, workloads):
            return [f"deployment/{name_of_object(workload)}" for workload in workloads]
        if time.monotonic() > deadline:
            raise UserError(
                f"SeldonDeployment {name}: the Seldon operator has not applied it within"
                f" {timeout_s} s; see: kubectl describe sdep {name} -n {namespace}"
            )
        time.sleep(_POLL_INTERVAL_S)


def _is_released(name: str, namespace: str) -> bool:
    arguments = ("get", "configmap", release_config_map(name), "-n", namespace)
    plan = kubectl(*arguments, "--ignore-not-found", "-o", "jsonpath={.data.plan\\.json}")
    return bool(plan)
