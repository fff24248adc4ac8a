"""Applying one problem's objects to a cluster, and deleting them again; nothing else is touched."""

import json
from collections.abc import Callable

from homestead.deployment.checks.placeholders import require_filled_in
from homestead.deployment.kubectl import (
    ForbiddenError,
    apply_objects,
    delete_objects,
    kubectl,
    served_kinds,
)
from homestead.deployment.labels import NAME_ANNOTATION, problem_selector
from homestead.deployment.manifests import Manifest, describe_object, name_of_object
from homestead.deployment.overlay_secrets import require_secrets
from homestead.deployment.problems.conflicts import require_no_conflicts
from homestead.deployment.wait_until_ready import wait_for_rollout
from homestead.errors import UserError

# Kinds of a problem's objects, as kubectl names them. Jobs are those of its CronJobs.
KINDS = {
    "SeldonDeployment": "seldondeployments.machinelearning.seldon.io",
    "Deployment": "deployments",
    "Service": "services",
    "CronJob": "cronjobs",
    "Job": "jobs",
    "PrometheusRule": "prometheusrules.monitoring.coreos.com",
    "NetworkPolicy": "networkpolicies",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "RoleBinding": "rolebindings",
    "Role": "roles",
    "ServiceAccount": "serviceaccounts",
    "ConfigMap": "configmaps",
}


def apply_problem(
    problem: str,
    documents: list[Manifest],
    report: Callable[[str], None],
    wait_s: int = 600,
) -> None:
    """Apply a problem's objects; applying them again changes nothing.

    What an earlier deployment of the problem had and this one has not is deleted.

    Args:
        problem: the problem's name.
        documents: its objects, as the overlay renders them.
        report: gets a line for each step.
        wait_s: how long to wait for the servers, if there is a release; 0 not to wait.

    Raises:
        UserError: the overlay holds an example in place of an address, no cluster answers, the
            namespace or a secret is missing, a name belongs to something else, the cluster
            refuses an object, or the servers are not ready in time.
    """
    require_filled_in(documents)
    namespace = documents[0]["metadata"]["namespace"]
    _require_namespace(namespace)
    served = served_kinds()
    known = [d for d in documents if (d["apiVersion"], d["kind"]) in served]
    for document in documents:
        if document not in known:
            report(f"skipped {describe_object(document)}: the cluster has no such kind")
    try:
        require_secrets(known, namespace)
    except ForbiddenError:
        # Whoever may deploy problems need not be allowed to read passwords.
        report("note: whether all secrets exist is not known: this account may not list them")
    require_no_conflicts(problem, known, namespace)
    apply_objects(known, report)
    delete_objects(_superseded(problem, known, namespace, served), report)
    if wait_s:
        wait_for_rollout(known, wait_s, report)


def delete_problem(problem: str, namespace: str, report: Callable[[str], None]) -> None:
    """Delete the objects of a problem, with running jobs and servers, and wait for their end.

    Its models, its features and its logged predictions stay in the stores.

    Raises:
        UserError: there is no such problem in the namespace, no cluster answers, or it refuses.
    """
    existing = _objects_of(problem, namespace, served_kinds())
    owners = {
        item["metadata"].get("annotations", {}).get(NAME_ANNOTATION)
        for item in existing
        if item["kind"] != "Job"
    }
    if problem not in owners:
        raise UserError(
            f"problem {problem}: not deployed in namespace {namespace}; homestead list --cluster"
            " shows those that are"
        )
    kinds = sorted({KINDS[item["kind"]] for item in existing})
    # In the foreground, so that a job's or a server's pods are gone when this returns.
    arguments = ("-l", problem_selector(problem), "-n", namespace, "--cascade=foreground")
    for line in kubectl("delete", ",".join(kinds), *arguments).splitlines():
        report(line)
    report(f"{problem}: its models, features and logged predictions stay in the stores")


def _superseded(
    problem: str, documents: list[Manifest], namespace: str, served: set[tuple[str, str]]
) -> list[Manifest]:
    """Return objects of earlier deployments that are no longer the problem's.

    What a controller made, such as the Seldon operator's Deployments, is that controller's.
    """
    current = {(document["kind"], name_of_object(document)) for document in documents}
    return [
        {
            "apiVersion": item["apiVersion"],
            "kind": item["kind"],
            "metadata": {"name": name_of_object(item), "namespace": namespace},
        }
        for item in _objects_of(problem, namespace, served)
        if item["kind"] != "Job"
        and not item["metadata"].get("ownerReferences")
        and (item["kind"], name_of_object(item)) not in current
    ]


def _objects_of(problem: str, namespace: str, served: set[tuple[str, str]]) -> list[Manifest]:
    kinds = {kind for _, kind in served}
    names = ",".join(name for kind, name in KINDS.items() if kind in kinds)
    arguments = ("-l", problem_selector(problem), "-n", namespace, "-o", "json")
    return list(json.loads(kubectl("get", names, *arguments))["items"])


def _require_namespace(namespace: str) -> None:
    if not kubectl("get", "namespace", namespace, "--ignore-not-found", "-o", "name"):
        raise UserError(
            f"namespace {namespace}: does not exist; deploy the stores first: homestead deploy"
            " OVERLAY"
        )
