"""Reason of a failed run: what the steps say, else which steps failed, else what the run says."""

from collections.abc import Iterator

import pytest
from kfp_server_api import GoogleRpcStatus, V2beta1Run

from homestead.pipelines.failed_steps import failure_reason
from homestead.pipelines.submit import Backend
from tests.kubeflow import Api, serve_api


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as server:
        yield server


def reason(api: Api) -> str:
    return failure_reason(api.url, "", Backend(api.url).client().get_run("run-1"))


def test_each_error_of_a_step_is_a_line(api: Api) -> None:
    lines = ["noise", "homestead! ingest: a.csv: no column x", "homestead! ingest: a.csv: no y"]
    api.fail("prepare-data", "\n".join(lines))
    assert reason(api) == "ingest: a.csv: no column x\ningest: a.csv: no y"


def test_a_failure_of_the_launcher_is_told_with_the_step_that_it_ran(api: Api) -> None:
    fatal = 'F1126 23:48:08.357328 15 main.go:59] failed to upload output artifact "quarantine"'
    api.fail("prepare-data", f"homestead> ingest: done\n{fatal}\nError: exit status 1\n")
    assert reason(api) == (
        'ingest: Kubeflow\'s launcher: failed to upload output artifact "quarantine"'
    )


def test_of_a_step_that_fails_before_its_first_message_its_own_last_line_is_told(api: Api) -> None:
    log = """\
[KFP Executor 2026-11-28 13:28:33,282 INFO]: Loading KFP component "prepare_data"
Traceback (most recent call last):
AttributeError: module 'kfp.dsl' has no attribute 'component'
E1128 13:28:33.329342      15 launcher_v2.go:449] Component failed to execute: exit status 1
F1128 13:28:33.396019      15 main.go:59] failed to execute component: exit status 1
Error: exit status 1
"""
    api.fail("prepare-data", log)
    assert reason(api) == (
        "prepare-data: ended without a message; the last line of its log: AttributeError: module"
        " 'kfp.dsl' has no attribute 'component'"
    )


def test_of_a_step_that_was_killed_the_last_line_is_told(api: Api) -> None:
    api.fail("train", "homestead> train forest: started\nError: signal: killed\n")
    assert reason(api) == (
        "train forest: ended without a message; the last line of its log: Error: signal: killed"
    )


def test_a_step_that_was_killed_before_its_first_line_has_the_name_of_its_task(api: Api) -> None:
    api.fail("train", "Error: exit status 137\n")
    assert reason(api).startswith("train: ended without a message")


STARTED = """\
time=2026-11-27T02:53:22.296Z level=INFO msg="capturing logs" argo=true
I1127 02:53:22.398767      16 registry.go:68] No task-level plugins enabled
"""
INPUTS = """\
[KFP Executor 2026-11-27 02:52:29,178 INFO]: Got executor_input:
{
    "inputs": {
        "parameterValues": {}
    }
}
"""
OUT_OF_MEMORY = """\
Killed
E1127 02:52:30.671256      15 launcher_v2.go:449] Component failed: exit status 137
F1127 02:52:30.903528      15 main.go:59] failed to execute component: exit status 137
time=2026-11-27T02:52:31.537Z level=INFO msg="sub-process exited" argo=true
Error: exit status 1
"""


@pytest.mark.parametrize(
    "log",
    [
        STARTED,
        STARTED + INPUTS,
        STARTED + INPUTS + "homestead> select: started\n",
        STARTED + INPUTS + OUT_OF_MEMORY,
    ],
)
def test_a_step_is_told_as_killed_if_its_log_has_no_end(api: Api, log: str) -> None:
    api.fail("evaluate-and-release", log)
    # Of several steps in a pod, the one that had started.
    step = "select" if "select" in log else "evaluate-and-release"
    assert reason(api) == f"{step}: was killed, as a process is that exceeds its memory limit"


def test_a_run_that_was_terminated_is_told_with_the_step_that_ran(api: Api) -> None:
    api.terminate("evaluate-and-release", f"{STARTED}homestead> evaluate: started\n")
    assert reason(api) == "it was terminated while evaluate-and-release ran"


def test_a_step_whose_pod_is_gone_is_named(api: Api) -> None:
    api.fail("prepare-data")
    assert reason(api) == "prepare-data: failed; its log could not be read"


def test_a_run_without_a_failed_step_says_what_the_backend_says(api: Api) -> None:
    run = V2beta1Run(run_id="run-1", error=GoogleRpcStatus(message="quota exceeded"))
    assert failure_reason(api.url, "", run) == "quota exceeded"
    assert "no step of it failed" in reason(api)
