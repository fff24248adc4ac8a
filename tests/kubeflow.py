"""Stand-in for the backend of Kubeflow Pipelines: its API, its driver and its cache."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from homestead.pipelines.compile import COMPILED

_WORKFLOW = "homestead-training-x7x2k"
UUID_HYPHENS = 4


class Api(HTTPServer):
    """Stub of the API that keeps the requests it gets: path and content."""

    requests: list[tuple[str, Any]]
    state = "SUCCEEDED"
    pipelines: list[str]
    versions: list[dict[str, str]]
    history: list[str]
    tasks: list[dict[str, Any]]
    logs: dict[str, str]
    states: dict[str, str]
    runs: list[str]
    loses_answers: bool
    parameters: dict[str, Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fail(self, step: str, log: str = "") -> None:
        """Let a step fail, as the backend tells it: without a reason, but in the pod's log.

        A node has no name of its pod, only the ids of its children; the name of a pod is the id
        with the name of its template inserted, which counts the pod's labels.
        """
        self.state = "FAILED"
        groups = {"exit-handler-1": 11, step: 12, "executor": 13}
        self.tasks = [
            {
                "display_name": name,
                "state": "FAILED",
                "child_tasks": [{"pod_name": f"{_WORKFLOW}-{child}"}],
            }
            for name, child in groups.items()
        ]
        self.tasks.append({"display_name": "executor(0)", "state": "FAILED"})
        if log:
            self.logs = {f"{_WORKFLOW}-{_pod_template(step)}-13": log}

    def terminate(self, step: str, log: str) -> None:
        """End the run while a step runs: the backend calls it failed, after it was canceling."""
        self.fail(step, log)
        self.history = ["PENDING", "RUNNING", "CANCELING", "FAILED"]


def _pod_template(step: str) -> str:
    _, platform = yaml.safe_load_all(COMPILED.read_text())
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    labels = executors[f"exec-{step}"]["podMetadata"]["labels"]
    return f"metadata-0-{len(labels)}-retry-system-container-impl"


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        if self.path.endswith("/log"):
            pod = self.path.split("/")[-2]
            # The backend answers 200 also for a pod that does not exist.
            no_log = '{"error_message":"BadRequestError: Failed to read logs","error_details":"x"}'
            self.answer(self.server.logs.get(pod, no_log).encode())
        elif "/runs/" in self.path:
            history = [{"state": state} for state in self.server.history]
            run_id = urlsplit(self.path).path.rpartition("/")[2]
            if run_id.count("-") == UUID_HYPHENS and run_id not in self.server.runs:
                self.answer(b'{"error_message": "Run not found"}', 404)
                return
            state = self.server.states.get(run_id, self.server.state)
            run = {"run_id": run_id, "state": state, "state_history": history}
            configuration = {"parameters": self.server.parameters}
            details = {"task_details": self.server.tasks}
            self.answer_json({**run, "runtime_config": configuration, "run_details": details})
        elif "/versions" in self.path:
            self.answer_json({"pipeline_versions": self.server.versions})
        elif "/pipelines" in self.path:
            pipelines = [{"pipeline_id": pipeline} for pipeline in self.server.pipelines]
            self.answer_json({"pipelines": pipelines} if pipelines else {})
        else:
            experiment = {"experiment_id": "1", "display_name": "churn"}
            self.answer_json({"experiments": [experiment], **experiment})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = json.loads(body) if body.startswith(b"{") else body.decode()
        self.server.requests.append((self.path, content))
        if self.path.endswith(":retry"):
            self.server.state = "SUCCEEDED"
            self.answer_json({})
            return
        if self.path.endswith(":terminate"):
            self.server.state = "CANCELED"
            self.answer_json({})
            return
        if "/upload_version" in self.path:
            self.answer_upload(parse_qs(urlsplit(self.path).query)["name"][0])
            return
        if isinstance(content, dict) and "run_id" in content:
            self.answer_run(content["run_id"])
            return
        if "/upload" in self.path:
            self.server.pipelines.append("pipeline-1")
        self.answer_json(
            {
                "run_id": "run-1",
                "recurring_run_id": "recurring-1",
                "pipeline_id": "pipeline-1",
            }
        )

    def answer_run(self, run_id: str) -> None:
        """Take a run under the client's id; refuse a second one of that id, and lose answers."""
        if run_id in self.server.runs:
            self.answer(b'{"error_message": "Already exist error"}', 409)
            return
        self.server.runs.append(run_id)
        if self.server.loses_answers:
            self.close_connection = True
            self.connection.close()
            return
        self.answer_json({"run_id": run_id})

    def answer_upload(self, name: str) -> None:
        """Refuse a second version of a name, as the backend does."""
        versions = self.server.versions
        if name in (version["display_name"] for version in versions):
            self.answer(b'{"error_message": "Already exist error"}', 409)
            return
        version = {"pipeline_version_id": f"version-{len(versions) + 1}", "display_name": name}
        versions.append(version)
        self.answer_json({**version, "pipeline_id": "pipeline-1"})

    def answer_json(self, content: dict[str, Any]) -> None:
        self.answer(json.dumps(content).encode())

    def answer(self, content: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass


@contextlib.contextmanager
def serve_api() -> Iterator[Api]:
    """Serve the stub for the block."""
    server = Api(("127.0.0.1", 0), _Handler)
    server.requests, server.tasks, server.logs = [], [], {}
    server.pipelines, server.versions, server.history = [], [], []
    server.states, server.runs, server.loses_answers = {}, [], False
    server.parameters = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class TaskOutput:
    """An output of a task, by the names of component and output."""

    component: str
    output: str


@dataclass(frozen=True)
class DrivenTask:
    """A task as the driver starts it.

    Attributes:
        inputs: parameters and artifacts by name: values, or outputs of other tasks.
        may_be_cached: whether the pipeline allows an earlier result.
    """

    component: str
    inputs: Mapping[str, Any]
    may_be_cached: bool


def drive(
    pipeline: Mapping[str, Any], parameters: Mapping[str, Any], run_id: str
) -> list[DrivenTask]:
    """Return the tasks of a run with their inputs, as the driver of KFP 2.17.0 resolves them.

    A placeholder is replaced only where it is the whole constant argument of a task. The default of
    a pipeline parameter reaches the tasks as it is written.
    """
    root = pipeline["root"]
    definitions = root.get("inputDefinitions", {}).get("parameters", {})
    given = {name: parameters.get(name, d.get("defaultValue")) for name, d in definitions.items()}
    return list(_drive_dag(pipeline, root["dag"], given, run_id))


def _drive_dag(
    pipeline: Mapping[str, Any], dag: Mapping[str, Any], given: Mapping[str, Any], run_id: str
) -> Iterator[DrivenTask]:
    for task in dag["tasks"].values():
        name = task["componentRef"]["name"]
        component = pipeline["components"][name]
        sources = {
            **task.get("inputs", {}).get("parameters", {}),
            **task.get("inputs", {}).get("artifacts", {}),
        }
        inputs = {
            key: _resolve(pipeline, dag, source, given, run_id) for key, source in sources.items()
        }
        iterator = task.get("parameterIterator")
        if iterator:
            inputs[iterator["itemInput"]] = inputs[iterator["items"]["inputParameter"]]
        if "dag" in component:
            yield from _drive_dag(pipeline, component["dag"], inputs, run_id)
        else:
            cached = task.get("cachingOptions", {}).get("enableCache", False)
            yield DrivenTask(name.removeprefix("comp-"), inputs, cached)


def _resolve(
    pipeline: Mapping[str, Any],
    dag: Mapping[str, Any],
    source: Mapping[str, Any],
    given: Mapping[str, Any],
    run_id: str,
) -> Any:
    if "runtimeValue" in source:
        constant = source["runtimeValue"]["constant"]
        return run_id if constant == "{{$.pipeline_job_uuid}}" else constant
    for kind in ("Parameter", "Artifact"):
        if f"componentInput{kind}" in source:
            return given[source[f"componentInput{kind}"]]
        if f"taskOutput{kind}" in source:
            produced = source[f"taskOutput{kind}"]
            return _producer(
                pipeline, dag, produced["producerTask"], produced[f"output{kind}Key"], kind
            )
    return source


def _producer(
    pipeline: Mapping[str, Any], dag: Mapping[str, Any], task: str, output: str, kind: str
) -> TaskOutput:
    """Return the output of the component below a task that may be a DAG."""
    name = dag["tasks"][task]["componentRef"]["name"]
    component = pipeline["components"][name]
    if "dag" not in component:
        return TaskOutput(name.removeprefix("comp-"), output)
    inner = component["dag"]["outputs"][f"{kind.lower()}s"][output]
    if kind == "Artifact":
        (selector,) = inner["artifactSelectors"]
        key = selector["outputArtifactKey"]
    else:
        selector = inner["valueFromParameter"]
        key = selector["outputParameterKey"]
    return _producer(pipeline, component["dag"], selector["producerSubtask"], key, kind)


def served_from_cache(
    pipeline: Mapping[str, Any], parameters: Mapping[str, Any], equal: frozenset[TaskOutput]
) -> set[str]:
    """Return the components that a second run with the same parameters takes from the cache.

    The key of the cache holds parameters by value and artifacts by identity: an uncached task
    makes new artifacts, whatever is in them.

    Args:
        equal: parameters that an uncached task returns with the same value in both runs.
    """
    first, second = (drive(pipeline, parameters, run) for run in ("first", "second"))
    served: set[str] = set()
    while True:
        found = {
            task.component
            for task, again in zip(first, second, strict=True)
            if task.may_be_cached
            and task.inputs == again.inputs
            and all(
                value.component in served or value in equal
                for value in task.inputs.values()
                if isinstance(value, TaskOutput)
            )
        }
        if found == served:
            return served
        served = found


def pods(
    pipeline: Mapping[str, Any], candidates: int, cached: frozenset[str] | set[str] = frozenset()
) -> int:
    """Return the pods of a run at Kubeflow: each DAG has a driver, each step a driver and itself.

    Args:
        candidates: iterations of the loop.
        cached: components that the cache serves, of which only the driver runs.
    """

    def of_dag(dag: Mapping[str, Any]) -> int:
        return 1 + sum(map(of_task, dag["tasks"].values()))

    def of_task(task: Mapping[str, Any]) -> int:
        name = task["componentRef"]["name"]
        component = pipeline["components"][name]
        if "dag" not in component:
            return 1 if name.removeprefix("comp-") in cached else 2
        if "parameterIterator" in task:
            return 1 + candidates * of_dag(component["dag"])
        return of_dag(component["dag"])

    return of_dag(pipeline["root"]["dag"])


def in_sequence(pipeline: Mapping[str, Any]) -> int:
    """Return the steps of a run that wait for each other: the longest way through its DAGs."""

    def of_dag(dag: Mapping[str, Any]) -> int:
        lengths: dict[str, int] = {}

        def length(name: str) -> int:
            if name not in lengths:
                task = dag["tasks"][name]
                component = pipeline["components"][task["componentRef"]["name"]]
                own = of_dag(component["dag"]) if "dag" in component else 1
                before = map(length, task.get("dependentTasks", ()))
                lengths[name] = own + max(before, default=0)
            return lengths[name]

        return max(map(length, dag["tasks"]))

    return of_dag(pipeline["root"]["dag"])
