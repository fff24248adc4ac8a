"""Reason of a failed run on Kubeflow Pipelines: the failed steps, and the errors in their logs.

The API says which nodes of the workflow failed, but not why. Each step prints its error in a last
line, which the API reads from the step's pod as long as that exists, about an hour.
"""

import itertools
import re
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from homestead.components.progress import ERROR, PROGRESS
from homestead.components.step_ends import killed, terminated
from homestead.pipelines.compile import COMPILED

if TYPE_CHECKING:
    from kfp_server_api import V2beta1Run

_LOG_TIMEOUT_S = 10
# The node of a workflow whose children are the pods of a step, one for each try.
_POD_NODE = "executor"
# A line with which the launcher, a Go program, ends: "F1126 23:48:08.357328 15 main.go:59] …".
_FATAL = re.compile(r"F\d{4} \d\d:\d\d:\d\d")
# What Kubeflow's and Argo's programs print of their own work; a step's inputs follow as JSON.
_FOREIGN = re.compile(
    r"^(?:[IWE]\d{4} \d\d:\d\d:\d\d|time=|\[KFP Executor ).*$(?:\n\{\n(?:.*\n)*?\}$)?",
    re.MULTILINE,
)
_KILLED = "exit status 137"
# The launcher says so of a step that failed by itself, whose own words are above.
_EXITED = "failed to execute component: exit status"


def failure_reason(host: str, token: str, run: "V2beta1Run") -> str:
    """Return one line for each error of the run's steps, or for each failed step without one.

    Args:
        host: URL of the API.
        token: bearer token; '' for none.
    """
    failed = [task for task in _task_details(run) if task.state == "FAILED"]
    templates = _pod_templates()
    logs = [
        log
        for task in failed
        if task.display_name == _POD_NODE
        for child in task.child_tasks or ()
        for pod in _pod_names(str(child.pod_name), templates)
        if (log := _read_log(host, token, str(run.run_id), pod))
    ]
    # Each try of a step has its pod: no line is told twice.
    errors = dict.fromkeys(line for log in logs for line in _error_lines(log))
    if errors:
        return "\n".join(errors)
    steps = _step_names()
    names = dict.fromkeys(task.display_name for task in failed if task.display_name in steps)
    if _is_terminated(run):
        # Its pods end as killed ones do, whose logs would mislead.
        return terminated(names)
    last_words = dict.fromkeys(_last_words(log, " or ".join(names) or "a step") for log in logs)
    if last_words:
        return "\n".join(last_words)
    if names:
        return "\n".join(f"{name}: failed; its log could not be read" for name in names)
    message = run.error.message if run.error else ""
    return message or "no step of it failed; was it stopped, or could a pod not be started?"


def _is_terminated(run: "V2beta1Run") -> bool:
    """Return whether someone ended the run, which the backend then calls failed."""
    return any(entry.state == "CANCELING" for entry in run.state_history or ())


def _task_details(run: "V2beta1Run") -> list[Any]:
    return list((run.run_details and run.run_details.task_details) or ())


def _step_names() -> set[str]:
    """Return the names of the tasks that run a step, not a group of steps."""
    pipeline = next(yaml.safe_load_all(COMPILED.read_text(encoding="utf-8")))
    components = pipeline["components"]
    dags = [pipeline["root"]["dag"], *(c["dag"] for c in components.values() if "dag" in c)]
    return {
        name
        for dag in dags
        for name, task in dag["tasks"].items()
        if "executorLabel" in components[task["componentRef"]["name"]]
    }


def _pod_templates() -> list[str]:
    """Return the names of the templates of the steps' pods: they count annotations and labels."""
    _, platform = yaml.safe_load_all(COMPILED.read_text(encoding="utf-8"))
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    metadata = [executor["podMetadata"] for executor in executors.values()]
    counts = {(len(pod.get("annotations", {})), len(pod["labels"])) for pod in metadata}
    return [f"metadata-{a}-{b}-retry-system-container-impl" for a, b in sorted(counts)]


def _pod_names(node: str, templates: list[str]) -> list[str]:
    """Return the names that a node's pod may have: its template's name stands in the node's id."""
    workflow, _, number = node.rpartition("-")
    return [f"{workflow}-{template}-{number}" for template in templates]


def _error_lines(log: str) -> Iterator[str]:
    for line in log.splitlines():
        if line.startswith(ERROR):
            yield line.removeprefix(ERROR)


def _last_words(log: str, step: str) -> str:
    """Return what a log says of a step that ended without an error of its own.

    Kubeflow's launcher fails after the step, for example as it uploads an artifact, and a process
    without memory is killed.
    """
    lines = [line for line in _FOREIGN.sub("", log).splitlines() if line.strip()]
    started = [line for line in lines if line.startswith(PROGRESS)]
    step = started[-1].removeprefix(PROGRESS).partition(": ")[0] if started else step
    fatal = [line.partition("] ")[2] for line in lines if _FATAL.match(line)]
    if not lines or lines[-1] in started or (fatal and _KILLED in fatal[-1]):
        return killed(step)
    words = list(itertools.takewhile(lambda line: not _FATAL.match(line), lines))
    if fatal and not (words and fatal[-1].startswith(_EXITED)):
        return f"{step}: Kubeflow's launcher: {fatal[-1]}"
    return f"{step}: ended without a message; the last line of its log: {words[-1]}"


def _read_log(host: str, token: str, run_id: str, pod: str) -> str:
    """Return the log of a pod, or '' if there is none."""
    request = urllib.request.Request(  # noqa: S310
        f"{host.rstrip('/')}/apis/v1alpha1/runs/{run_id}/nodes/{pod}/log",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    try:
        with urllib.request.urlopen(request, timeout=_LOG_TIMEOUT_S) as answer:  # noqa: S310
            log = str(answer.read().decode(errors="replace").strip())
    except OSError:
        # Finished pods are deleted after a time.
        return ""
    # The API answers 200 also for a pod that does not exist.
    return "" if log.startswith('{"error_message"') else log
