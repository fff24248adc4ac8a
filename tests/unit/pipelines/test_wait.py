"""Waits for runs of Kubeflow: calls have an end, and a wait that ends first may cancel the run."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from homestead.errors import UserError
from homestead.pipelines import wait
from homestead.pipelines.submit import Backend, submit
from homestead.problem.schema import Problem
from tests.kubeflow import Api, serve_api


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as server:
        server.state = "RUNNING"
        yield server


@pytest.fixture
def on_s3(churn: Problem) -> Problem:
    return churn.model_copy(update={"source": "s3://bucket/churn.csv"})


def test_a_call_that_is_never_answered_ends(
    monkeypatch: pytest.MonkeyPatch, on_s3: Problem
) -> None:
    monkeypatch.setattr(wait, "CALL_TIMEOUT_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(UserError, match=r"refused the request: .*timed out"):
            submit(on_s3, Backend(host))
        assert time.monotonic() - started < 15


def test_a_backend_that_is_away_for_a_moment_does_not_end_the_wait(
    monkeypatch: pytest.MonkeyPatch, api: Api
) -> None:
    monkeypatch.setattr(wait, "_POLL_S", 0.01)
    api.state = "SUCCEEDED"
    client = Backend(api.url).client()
    answers = [OSError("connection refused"), OSError("connection refused")]
    get_run = client.get_run

    def flaky(run_id: str) -> object:
        if answers:
            raise answers.pop()
        return get_run(run_id)

    monkeypatch.setattr(client, "get_run", flaky)
    wait.wait_for_end(client, api.url, "", "run-1", 30, threading.Event())
    assert not answers


def test_a_wait_that_ends_before_the_run_cancels_it_where_that_was_asked_for(
    api: Api, on_s3: Problem
) -> None:
    expected = "run run-1: RUNNING and not finished after 1 s; it "
    with pytest.raises(UserError, match=f"{expected}goes on"):
        submit(on_s3, Backend(api.url), wait_s=1)
    assert not any(path.endswith(":terminate") for path, _ in api.requests)
    with pytest.raises(UserError, match=f"{expected}is cancelled"):
        submit(on_s3, Backend(api.url), wait_s=1, cancels=True)
    assert api.requests[-1][0].endswith("/runs/run-1:terminate")


def test_a_signal_ends_the_wait_and_cancels_the_run(api: Api, on_s3: Problem) -> None:
    before = signal.getsignal(signal.SIGTERM)
    timer = threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    try:
        with pytest.raises(UserError, match="ended by a signal; it is cancelled"):
            submit(on_s3, Backend(api.url), wait_s=60, cancels=True)
    finally:
        timer.cancel()
    assert signal.getsignal(signal.SIGTERM) == before
    assert api.state == "CANCELED"


def test_a_run_that_cannot_be_cancelled_is_said_to_go_on(api: Api) -> None:
    client = Backend(api.url).client()
    client.terminate_run = lambda run_id: (_ for _ in ()).throw(OSError("gone"))
    assert wait.cancel(client, "run-1") == "it could not be cancelled and may go on: gone"
