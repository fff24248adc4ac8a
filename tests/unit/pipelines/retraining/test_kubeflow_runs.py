"""Runs of retraining on Kubeflow Pipelines: submitted once, adopted when an answer was lost."""

import time
from collections.abc import Iterator

import pytest

from homestead.errors import UserError
from homestead.pipelines.retraining.kubeflow_runs import LONGEST_RUN_S, KubeflowRuns
from homestead.pipelines.submit import Backend
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.retraining.cause import run_id
from homestead.retraining.run import RetrainingRun
from homestead.settings import Settings
from homestead.steps.retraining.training_backend import RunEnd
from homestead.tracking import runs, tags
from tests.factories import cause, retraining_run
from tests.kubeflow import Api, serve_api

CAUSE = cause(key="report 7")
RUN = retraining_run(run_id([CAUSE]), number=4, cause=CAUSE.id, started_at=time.time())


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as server:
        yield server


@pytest.fixture
def backend(api: Api, churn: Problem, settings: Settings) -> KubeflowRuns:
    on_s3 = churn.model_copy(update={"source": "s3://bucket/churn.csv"})
    return KubeflowRuns(on_s3, settings, Backend(api.url, service_account="trainer"))


def submissions(api: Api) -> list[str]:
    return [
        content["run_id"]
        for _, content in api.requests
        if isinstance(content, dict) and "run_id" in content
    ]


def test_a_run_is_submitted_under_its_own_id_with_its_cause(
    api: Api, backend: KubeflowRuns
) -> None:
    assert backend.name == api.url
    assert backend.submit(RUN, [CAUSE]) == RUN.id
    _, content = api.requests[-1]
    assert content["display_name"] == "churn-retraining-4"
    assert content["service_account"] == "trainer"
    parameters = content["runtime_config"]["parameters"]
    assert parameters["cause"] == "measured_harm report 7: measured_harm of report 7"
    assert parse_problem(parameters["problem"]).source == "s3://bucket/churn.csv"
    assert set(content["pipeline_spec"]) == {"pipeline_spec", "platform_spec"}


def test_a_run_whose_answer_was_lost_is_adopted(api: Api, backend: KubeflowRuns) -> None:
    api.loses_answers = True
    with pytest.raises(UserError, match=api.url):
        backend.submit(RUN, [CAUSE])
    api.loses_answers = False
    assert backend.submit(RUN, [CAUSE]) == RUN.id
    # It was looked up: not even a second request, which would start a second workflow.
    assert submissions(api) == [RUN.id]


def test_a_run_that_another_process_submitted_meanwhile_is_adopted_after_the_409(
    api: Api, backend: KubeflowRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    real = Backend.client

    def client(self: Backend) -> object:
        client = real(self)
        find = client.get_run

        def get_run(run: str) -> object:
            looked_up.append(run)
            try:
                return find(run)
            finally:
                if run not in api.runs:
                    api.runs.append(run)

        monkeypatch.setattr(client, "get_run", get_run)
        return client

    monkeypatch.setattr(Backend, "client", client)
    assert backend.submit(RUN, [CAUSE]) == RUN.id
    assert looked_up == [RUN.id, RUN.id]


def test_a_run_that_the_api_refuses_says_why(api: Api, backend: KubeflowRuns) -> None:
    api.shutdown()
    api.server_close()
    with pytest.raises(UserError, match=api.url):
        backend.submit(RUN, [CAUSE])


def submitted(api: Api, state: str, **changes: object) -> RetrainingRun:
    api.runs.append(RUN.id)
    api.states[RUN.id] = state
    return RUN.changed(state="running", run_id=RUN.id, **changes)


def test_a_run_that_goes_on_has_no_end(api: Api, backend: KubeflowRuns) -> None:
    assert backend.poll(submitted(api, "RUNNING")) is None


def test_a_run_that_has_ended_says_how(
    api: Api, backend: KubeflowRuns, settings: Settings, churn: Problem
) -> None:
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, churn, {tags.PIPELINE_RUN: RUN.id})
    for tag, value in (
        (tags.COMPLETED, "true"),
        (tags.DECISION, "promote"),
        (tags.REASON, "better"),
    ):
        mlflow.set_tag(parent, tag, value)
    assert backend.poll(submitted(api, "SUCCEEDED")) == RunEnd("succeeded", "better", "promote")
    api.states[RUN.id] = "CANCELED"
    assert backend.poll(RUN) == RunEnd("failed", "CANCELED")


def test_a_run_that_failed_says_which_step_and_why(api: Api, backend: KubeflowRuns) -> None:
    run = submitted(api, "FAILED")
    api.fail(step="prepare-data", log="homestead! ingest: s3://bucket/churn.csv: no such file\n")
    assert backend.poll(run) == RunEnd("failed", "ingest: s3://bucket/churn.csv: no such file")


def test_a_run_that_was_deleted_has_failed(api: Api, backend: KubeflowRuns) -> None:
    assert backend.poll(RUN) == RunEnd("failed", f"{api.url} has no run {RUN.id} any more")


def test_a_run_that_never_ends_is_terminated(api: Api, backend: KubeflowRuns) -> None:
    run = submitted(api, "RUNNING", started_at=time.time() - LONGEST_RUN_S)
    assert backend.poll(run) == RunEnd("failed", "RUNNING after 48 hours: terminated")
    assert api.requests[-1][0].endswith(f"/runs/{RUN.id}:terminate")
