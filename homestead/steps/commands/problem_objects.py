"""The objects that a problem needs on a cluster, from its file alone."""

from homestead.deployment.manifests import Manifest
from homestead.deployment.problems.objects import problem_objects
from homestead.deployment.problems.problem_file import text_for_pods
from homestead.files import yaml_text
from homestead.monitoring.generated_files import prometheus_rule
from homestead.names import manifest_folder
from homestead.problem.schema import Problem

PROBLEM_FOLDER = "manifests/base/problem"
_HEADER = (
    "# Made by `homestead compile`; `homestead deploy --problem` makes the same of any file.\n"
)


def objects_of(problem: Problem, text: str) -> list[Manifest]:
    """Return every object of a problem, before an overlay gives them images and namespace.

    Args:
        text: the text of the problem's file.

    Raises:
        UserError: no pod can read the source, the file is too large for a ConfigMap, or the Seldon
            operator would refuse the servers.
    """
    in_pod = text_for_pods(problem, text)
    policy = problem.retraining
    return problem_objects(
        problem.name,
        problem.source,
        in_pod,
        [prometheus_rule(problem)],
        takes_alerts=policy is not None and bool(policy.alerts),
        scoring=problem.scoring,
    )


def problem_manifests(problem: Problem, text: str) -> dict[str, str]:
    """Return the generated manifest of a problem's objects: text by path in the project.

    Raises:
        UserError: as :func:`objects_of`.
    """
    documents = "---\n".join(yaml_text(document) for document in objects_of(problem, text))
    folder = manifest_folder(problem.name, PROBLEM_FOLDER)
    return {f"{folder}/objects.yaml": _HEADER + documents}
