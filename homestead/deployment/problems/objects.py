"""The objects of a problem: its file, release plan, rights, servers, ports and scheduled jobs."""

import copy

from homestead.deployment.labels import NAME_ANNOTATION, problem_labels
from homestead.deployment.manifests import Manifest
from homestead.deployment.pods.problem_mount import problem_config_map
from homestead.deployment.problems.intakes import intake_objects
from homestead.deployment.problems.jobs import cron_jobs
from homestead.deployment.problems.release_objects import release_objects
from homestead.deployment.problems.source_access import source_policies
from homestead.deployment.seldon import seldon_deployment
from homestead.deployment.server_pod import server_labels
from homestead.names import PROBLEM_FILE, object_name
from homestead.problem.sections.loop.scoring import Scoring


def problem_objects(
    problem: str,
    source: str,
    text: str,
    others: list[Manifest],
    *,
    takes_alerts: bool,
    scoring: Scoring | None = None,
) -> list[Manifest]:
    """Return every object of a problem, each with its labels and the problem's name.

    Args:
        problem: the problem's name.
        source: where its table is.
        text: its file, as pods read it.
        others: further objects, such as alert rules.
        takes_alerts: whether alerts may be causes of a training run.
        scoring: what is scored at set times; None for nothing.

    Raises:
        UserError: the Seldon operator would refuse its servers, or no pod can score what is to be.
    """
    file = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": problem_config_map(problem)},
        "data": {PROBLEM_FILE: text},
    }
    documents = [
        file,
        *release_objects(problem),
        seldon_deployment(problem),
        _disruption_budget(problem),
        *intake_objects(problem, takes_alerts=takes_alerts),
        *cron_jobs(problem, scoring),
        *source_policies(problem, source),
        *copy.deepcopy(others),
    ]
    for document in documents:
        metadata = document["metadata"]
        metadata["labels"] = metadata.get("labels", {}) | problem_labels(problem)
        metadata["annotations"] = metadata.get("annotations", {}) | {NAME_ANNOTATION: problem}
    return documents


def _disruption_budget(problem: str) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": f"server-{object_name(problem)}"},
        "spec": {
            "maxUnavailable": 1,
            # A pod that is not ready anyway does not hold up a node's drain.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": server_labels(problem)},
        },
    }
