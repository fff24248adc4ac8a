"""What is sent to Kubeflow Pipelines.

A small stub replaces its API, and the requests are compared with the compiled pipeline.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import yaml

from homestead.components.base_image import IMAGE
from homestead.errors import UserError
from homestead.pipelines.compile import COMPILED
from homestead.pipelines.submit import Backend, submit, upload
from homestead.problem.loader import load_problem, parse_problem
from homestead.problem.schema import Problem
from tests.conftest import CHURN

DIGEST = f"registry.example/homestead-pipeline@sha256:{'1' * 64}"


class Api(HTTPServer):
    """Stub of the API that keeps the requests it gets: path and content."""

    requests: list[tuple[str, Any]]
    state = "SUCCEEDED"
    pipeline_id = ""


@pytest.fixture
def api() -> Iterator[Api]:
    class Handler(BaseHTTPRequestHandler):
        server: Api

        def do_GET(self) -> None:
            if "/runs/" in self.path:
                self.answer({"run_id": "run-1", "state": self.server.state})
            elif "/pipelines" in self.path:
                pipeline = {"pipeline_id": self.server.pipeline_id}
                self.answer({"pipelines": [pipeline]} if self.server.pipeline_id else {})
            else:
                experiment = {"experiment_id": "1", "display_name": "churn"}
                self.answer({"experiments": [experiment], **experiment})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            content = json.loads(body) if body.startswith(b"{") else body.decode()
            self.server.requests.append((self.path, content))
            self.answer(
                {
                    "run_id": "run-1",
                    "recurring_run_id": "recurring-1",
                    "pipeline_id": "pipeline-1",
                    "pipeline_version_id": "version-1",
                }
            )

        def answer(self, content: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = Api(("127.0.0.1", 0), Handler)
    server.requests = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def url(api: Api) -> str:
    return f"http://127.0.0.1:{api.server_port}"


def images(spec: dict[str, Any]) -> set[str]:
    executors = spec["pipeline_spec"]["deploymentSpec"]["executors"].values()
    return {executor["container"]["image"] for executor in executors}


def test_a_run_holds_pipeline_problem_seed_and_account(api: Api, churn: Problem) -> None:
    backend = Backend(url(api), service_account="homestead-pipeline")
    assert submit(churn, backend, seed=3, wait_s=30) == "run-1"
    path, run = api.requests[-1]
    assert path.startswith("/apis/v2beta1/runs")
    spec, platform = yaml.safe_load_all(COMPILED.read_text())
    assert run["pipeline_spec"] == {"pipeline_spec": spec, "platform_spec": platform}
    arguments = run["runtime_config"]["parameters"]
    assert parse_problem(arguments["problem"]) == churn
    assert arguments["seed"] == 3
    assert run["service_account"] == "homestead-pipeline"
    assert images(run["pipeline_spec"]) == {IMAGE}


def test_every_step_runs_in_the_image_that_was_asked_for(api: Api, churn: Problem) -> None:
    submit(churn, Backend(url(api), image=DIGEST))
    assert images(api.requests[-1][1]["pipeline_spec"]) == {DIGEST}


def test_a_recurring_run_runs_one_at_a_time(api: Api, churn: Problem) -> None:
    assert submit(churn, Backend(url(api)), cron="0 0 3 * * 1") == "recurring-1"
    path, job = api.requests[-1]
    assert path.startswith("/apis/v2beta1/recurringruns")
    assert job["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 1"
    assert int(job["max_concurrency"]) == 1
    assert job["no_catchup"] is True
    assert parse_problem(job["runtime_config"]["parameters"]["problem"]) == churn


def test_a_schedule_with_five_fields_is_refused(api: Api, churn: Problem) -> None:
    with pytest.raises(UserError, match=r"found 5 fields in '0 3 . . 1', allowed are six"):
        submit(churn, Backend(url(api)), cron="0 3 * * 1")
    assert api.requests == []


def test_waiting_for_a_run_that_fails_says_so(api: Api, churn: Problem) -> None:
    api.state = "FAILED"
    with pytest.raises(UserError, match="run run-1: FAILED"):
        submit(churn, Backend(url(api)), wait_s=30)


def test_the_pipeline_is_put_where_the_ui_shows_it(api: Api) -> None:
    assert upload(Backend(url(api))) == "pipeline-1"
    path, _ = api.requests[-1]
    assert path.startswith("/apis/v2beta1/pipelines/upload?name=homestead-training")


def test_a_new_version_is_labelled_with_the_image_digest(api: Api) -> None:
    api.pipeline_id = "pipeline-1"
    assert upload(Backend(url(api), image=DIGEST)) == "version-1"
    path, _ = api.requests[-1]
    assert "upload_version" in path
    assert f"name=homestead-training-{'1' * 12}" in path


def test_submitting_to_nobody_names_the_address(churn: Problem) -> None:
    with pytest.raises(UserError, match=r"http://127\.0\.0\.1:9: Kubeflow Pipelines refused"):
        submit(churn, Backend("http://127.0.0.1:9"))


def test_a_problem_that_no_parameter_can_hold_is_refused(churn: Problem) -> None:
    wordy = churn.model_copy(update={"description": "x" * 70_000})
    with pytest.raises(UserError, match="a parameter may hold 60000"):
        submit(wordy, Backend("http://127.0.0.1:9"))


def test_a_parameter_may_name_a_problem_file() -> None:
    assert parse_problem(str(CHURN)) == load_problem(CHURN)


def test_the_token_is_not_shown() -> None:
    assert "hidden" not in repr(Backend("http://127.0.0.1:9", token="hidden"))  # noqa: S106
