"""The client: what it needs to be imported, its retries, tokens and waiting."""

import subprocess
import sys

import httpx
import pandas as pd
import pytest

from homestead.client.client import Client
from homestead.client.errors import OverCapacityError, UnauthorizedError, UnavailableError
from tests.client_server import IDS, MODELS, ScriptedServer, echo_rows, transport

AREA = (200, {"prediction": 80.5, **IDS})
AWAY = (503, {"error": "the feature store cannot be read", "reason": "features"})
HEAVY = {"pandas", "numpy", "pydantic", "sqlalchemy", "onnxruntime", "homestead.serving"}


def test_it_needs_no_heavy_library() -> None:
    code = "import sys, homestead; homestead.Client, homestead.AsyncClient; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())


def test_a_request_that_fails_is_sent_again_under_the_same_key() -> None:
    server = ScriptedServer(AWAY, httpx.ReadError("cut"), AREA)
    with Client("http://homes/", transport=transport(server)) as client:
        assert client.predict({"area": 80.5}).value == 80.5
        assert client.predict({"area": 80.5}).value == 80.5
    first, second, third, other = server.keys
    assert first is not None
    assert first == second == third != other
    assert {str(request.url) for request in server.requests} == {"http://homes/predict"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (AWAY, UnavailableError),
        ((503, {"error": "8 requests", "reason": "busy"}), OverCapacityError),
        ((429, {"error": "limited", "reason": "rate"}), OverCapacityError),
        (httpx.ConnectError("refused"), UnavailableError),
    ],
)
def test_what_does_not_pass_is_an_error_after_all_retries(
    answer: tuple[int, object] | Exception, kind: type[UnavailableError]
) -> None:
    server = ScriptedServer(answer)
    with (
        Client("http://homes", retries=1, transport=transport(server)) as client,
        pytest.raises(kind) as error,
    ):
        client.predict({"area": 1})
    assert len(server.requests) == 2
    assert error.value.retry_after_s in (0.0, None)


def test_a_token_is_shown_and_a_wrong_one_is_not_tried_again() -> None:
    server = ScriptedServer((401, {"error": "feedback needs a token"}))
    with (
        Client("http://homes", "secret", transport=transport(server)) as client,
        pytest.raises(UnauthorizedError, match="feedback needs a token"),
    ):
        client.label("p-1", 80.5)
    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer secret"


def test_labels_go_to_their_port_with_their_token() -> None:
    joined = {"counts": {}, "labels": [{"status": "joined", "prediction_id": "p-1", "row": 0}]}
    server = ScriptedServer((200, MODELS), (200, joined))
    with Client(
        "http://homes",
        "one",
        labels_url="http://labels:9003/",
        labels_token="two",  # noqa: S106
        transport=transport(server),
    ) as client:
        (result,) = client.label("p-1", 80.5)
    assert (result.status, result.prediction_id, result.row) == ("joined", "p-1", 0)
    request = server.requests[1]
    assert str(request.url) == "http://labels:9003/labels"
    assert request.headers["authorization"] == "Bearer two"
    assert server.bodies[1] == [{"prediction_id": "p-1", "row": 0, "price": 80.5}]


def test_waiting_ends_when_the_server_is_ready_or_in_time() -> None:
    server = ScriptedServer(AWAY, httpx.ConnectError("refused"), (200, {"ready": True}))
    with Client("http://homes", transport=transport(server)) as client:
        client.wait_until_ready(30)
        assert len(server.requests) == 3
    with (
        Client("http://homes", transport=transport(ScriptedServer(AWAY))) as client,
        pytest.raises(UnavailableError, match="not ready within 0 s"),
    ):
        client.wait_until_ready(0)


def test_a_frame_keeps_its_index_and_an_empty_one_asks_nothing() -> None:
    frame = pd.DataFrame({"area": [1.5, 2.5]}, index=["a", "b"])
    with Client("http://homes", transport=transport(echo_rows)) as client:
        found = client.predict(frame)
        assert found["prediction"].to_dict() == {"a": 1.5, "b": 2.5}
        assert client.predict(frame.head(0)).empty
        assert len(client.predict([])) == 0
