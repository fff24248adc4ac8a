"""Predictions in parts: rows and fields of errors, versions, keys and what is no table."""

import httpx
import pandas as pd
import pytest

from homestead.client import operations
from homestead.client.client import Client
from homestead.client.errors import InvalidRequestError
from tests.client_server import IDS, MODELS, ScriptedServer, echo_rows, transport

ROWS = [{"area": float(n)} for n in range(5)]


def test_parts_keep_the_order_and_have_keys_of_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_PREDICTED_ROWS", 2)
    keys = []

    def handle(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return echo_rows(request)

    with Client("http://homes", transport=transport(handle)) as client:
        found = client.predict(ROWS, request_id="mine")
        assert found.values == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert [one.row for one in found] == [0, 1, 0, 1, 0]
        table = client.predict(pd.DataFrame(ROWS))
        assert table["prediction"].tolist() == found.values
        client.predict(ROWS[0], request_id="mine")
    assert keys[:3] == ["mine/0", "mine/1", "mine/2"]
    assert keys[-1] == "mine"


@pytest.mark.parametrize(
    ("message", "row", "field", "shown"),
    [
        ("row 1: area: found 9, allowed is 10 to 500", 3, "area", "row 3: area: found 9"),
        ("row 0: unknown field colour; allowed are area", 2, "colour", "row 2: unknown field"),
        ("row 0: missing fields rooms, lat; stored", 2, "rooms", "row 2: missing fields"),
        ("found 3 objects, allowed are up to 2", None, None, "found 3 objects"),
    ],
)
def test_errors_name_the_row_of_what_was_given(
    message: str, row: int | None, field: str | None, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_PREDICTED_ROWS", 2)
    good = (200, {"predictions": [{"prediction": 1.0}] * 2, **IDS})
    server = ScriptedServer(good, (400, {"error": message, "reason": "range"}))
    with (
        Client("http://homes", transport=transport(server)) as client,
        pytest.raises(InvalidRequestError) as error,
    ):
        client.predict(ROWS[:4])
    assert (error.value.row, error.value.field) == (row, field)
    assert str(error.value).startswith(shown)
    assert error.value.reason == "range"


def test_a_version_and_extras_are_in_the_path() -> None:
    answer = {"prediction": 1.0, "interval": {"low": 0.5, "high": 2.0, "coverage": 0.9}, **IDS}
    server = ScriptedServer((200, MODELS), (200, answer))
    with Client("http://homes", transport=transport(server)) as client:
        found = client.predict({"area": 1}, version="champion", interval=True)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (0.5, 2.0)
    path = "/models/homes/versions/champion/predict?interval=true"
    assert server.requests[1].url.raw_path == path.encode()


@pytest.mark.parametrize("data", ["text", 7, b"x", {1, 2}])
def test_what_is_no_table_is_refused(data: object) -> None:
    with (
        Client("http://homes", transport=transport(echo_rows)) as client,
        pytest.raises(InvalidRequestError, match="allowed are a mapping of fields, a list"),
    ):
        client.predict(data)  # type: ignore[call-overload]
