"""What is sent to Kubeflow Pipelines.

A stand-in replaces its API, and the requests are compared with the compiled pipeline.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.bundled import find_file
from homestead.components.base_image import IMAGE
from homestead.deployment.problems.source_access import source_secret
from homestead.errors import UserError
from homestead.names import DEFAULT_PROBLEM_FILE
from homestead.pipelines.compile import COMPILED
from homestead.pipelines.run_arguments import run_arguments
from homestead.pipelines.submit import Backend, submit, upload
from homestead.problem.loader import load_problem, parse_problem
from homestead.problem.schema import Problem
from tests.conftest import CHURN
from tests.kubeflow import Api, serve_api

DIGEST = f"registry.example/homestead-pipeline@sha256:{'1' * 64}"


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as server:
        yield server


@pytest.fixture
def on_s3(churn: Problem) -> Problem:
    """Return the problem with a source that a pod can read."""
    return churn.model_copy(update={"source": "s3://bucket/churn.csv"})


def images(spec: dict[str, Any]) -> set[str]:
    executors = spec["pipeline_spec"]["deploymentSpec"]["executors"].values()
    return {executor["container"]["image"] for executor in executors}


def test_a_run_holds_pipeline_problem_seed_and_account(api: Api, on_s3: Problem) -> None:
    backend = Backend(api.url, service_account="homestead-pipeline")
    assert submit(on_s3, backend, seed=3, wait_s=30) == "run-1"
    path, run = api.requests[-1]
    assert path.startswith("/apis/v2beta1/runs")
    spec, platform = yaml.safe_load_all(COMPILED.read_text())
    assert run["pipeline_spec"] == {"pipeline_spec": spec, "platform_spec": platform}
    arguments = run["runtime_config"]["parameters"]
    assert parse_problem(arguments["problem"]) == on_s3
    assert arguments["seed"] == 3
    assert arguments["source_secret"] == source_secret("churn")
    assert run["service_account"] == "homestead-pipeline"
    assert images(run["pipeline_spec"]) == {IMAGE}


def test_every_step_runs_in_the_image_that_was_asked_for(api: Api, on_s3: Problem) -> None:
    submit(on_s3, Backend(api.url, image=DIGEST))
    assert images(api.requests[-1][1]["pipeline_spec"]) == {DIGEST}


def test_a_recurring_run_runs_one_at_a_time(api: Api, on_s3: Problem) -> None:
    assert submit(on_s3, Backend(api.url), cron="0 0 3 * * 1") == "recurring-1"
    path, job = api.requests[-1]
    assert path.startswith("/apis/v2beta1/recurringruns")
    assert job["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 1"
    assert int(job["max_concurrency"]) == 1
    assert job["no_catchup"] is True
    arguments = job["runtime_config"]["parameters"]
    assert parse_problem(arguments["problem"]) == on_s3
    assert arguments["source_secret"] == source_secret("churn")


def test_a_schedule_with_five_fields_is_refused(api: Api, on_s3: Problem) -> None:
    with pytest.raises(UserError, match=r"found 5 fields in '0 3 . . 1', allowed are six"):
        submit(on_s3, Backend(api.url), cron="0 3 * * 1")
    assert api.requests == []


def test_waiting_for_a_run_that_fails_says_so(api: Api, on_s3: Problem) -> None:
    api.fail(step="prepare-data", log="homestead! ingest: s3://bucket/churn.csv: no such file\n")
    with pytest.raises(UserError) as error:
        submit(on_s3, Backend(api.url), wait_s=30)
    assert str(error.value) == "run run-1: FAILED\ningest: s3://bucket/churn.csv: no such file"


def test_waiting_ends_with_a_run_that_is_cancelled(api: Api, on_s3: Problem) -> None:
    api.state = "CANCELED"
    with pytest.raises(UserError, match="run run-1: CANCELED"):
        submit(on_s3, Backend(api.url), wait_s=30)


def test_waiting_gives_up_after_the_time_that_was_asked_for(api: Api, on_s3: Problem) -> None:
    api.state = "RUNNING"
    with pytest.raises(UserError, match="run run-1: RUNNING and not finished after 1 s"):
        submit(on_s3, Backend(api.url), wait_s=1)


def test_a_failed_run_is_resumed_by_the_backend_s_retry(api: Api, on_s3: Problem) -> None:
    api.state = "FAILED"
    api.parameters = run_arguments(on_s3)
    assert submit(on_s3, Backend(api.url), resume="run-1", wait_s=30) == "run-1"
    assert [path for path, _ in api.requests] == ["/apis/v2beta1/runs/run-1:retry"]


def test_only_a_failed_run_of_the_same_problem_file_is_resumed(api: Api, on_s3: Problem) -> None:
    with pytest.raises(UserError, match=r"found state SUCCEEDED, only one that is FAILED or CANC"):
        submit(on_s3, Backend(api.url), resume="run-1")
    api.state = "FAILED"
    api.parameters = run_arguments(on_s3)
    changed = on_s3.model_copy(update={"max_bad_row_share": 0.5})
    with pytest.raises(UserError, match=r"another one: max_bad_row_share differ"):
        submit(changed, Backend(api.url), resume="run-1")
    assert not api.requests


def test_a_source_on_this_machine_is_refused_before_anything_is_sent(
    api: Api, churn: Problem
) -> None:
    for cron in ("", "0 0 3 * * 1"):
        with pytest.raises(
            UserError, match=r"source: found .*churn\.csv, which is on this machine"
        ):
            submit(churn, Backend(api.url), cron=cron)
    assert api.requests == []


def test_the_default_problem_reads_the_image_s_own_table(api: Api) -> None:
    submit(load_problem(find_file(Path(DEFAULT_PROBLEM_FILE))), Backend(api.url))
    arguments = api.requests[-1][1]["runtime_config"]["parameters"]
    sent = parse_problem(arguments["problem"])
    assert sent.source == "/app/data/king_county_house_sales.parquet"


def test_the_pipeline_is_put_where_the_ui_shows_it(api: Api) -> None:
    assert upload(Backend(api.url)).is_new
    paths = [path for path, _ in api.requests]
    assert paths[0].startswith("/apis/v2beta1/pipelines/upload?name=homestead-training")
    assert not upload(Backend(api.url)).is_new


def test_versions_are_named_by_their_content_and_uploaded_once(api: Api) -> None:
    for backend in (Backend(api.url), Backend(api.url, image=DIGEST)):
        first, second, third = upload(backend), upload(backend), upload(backend)
        assert first.version_id == second.version_id == third.version_id
        assert [first.is_new, second.is_new, third.is_new] == [True, False, False]
    names = [path for path, _ in api.requests if "upload_version" in path]
    assert len(names) == len(set(names)) == len(api.versions) == 2


def test_submitting_to_nobody_names_the_address(on_s3: Problem) -> None:
    nobody = r"http://127\.0\.0\.1:9: Kubeflow Pipelines does not answer: nothing listens there"
    with pytest.raises(UserError, match=nobody):
        submit(on_s3, Backend("http://127.0.0.1:9"))


def test_a_problem_that_no_parameter_can_hold_is_refused(on_s3: Problem) -> None:
    wordy = on_s3.model_copy(update={"description": "x" * 70_000})
    with pytest.raises(UserError, match="a parameter may hold 60000"):
        submit(wordy, Backend("http://127.0.0.1:9"))


def test_a_parameter_may_name_a_problem_file() -> None:
    assert parse_problem(str(CHURN)) == load_problem(CHURN)


def test_the_token_is_not_shown() -> None:
    assert "hidden" not in repr(Backend("http://127.0.0.1:9", token="hidden"))  # noqa: S106
