"""Requests of the demo, and its server process."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from homestead.cli.demo.server import DemoServer, request_inputs, running_server
from homestead.data.ingest import ingest
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.settings import Settings


@pytest.fixture(scope="module")
def rows(churn: Problem) -> pd.DataFrame:
    return ingest(churn).valid.head(4)


class Handler(BaseHTTPRequestHandler):
    """A server that is busy for its first answer."""

    requests: list[dict[str, object]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append(msgspec.json.decode(body)["jsonData"])
        busy = len(self.requests) == 1
        answer = b'{"meta": {"tags": {"prediction_id": "p"}}}'
        self.send_response(503 if busy else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[DemoServer]:
    Handler.requests = []
    listener = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield DemoServer(f"http://127.0.0.1:{listener.server_port}", "")
    listener.shutdown()
    listener.server_close()


def test_a_request_by_key_leaves_the_features_to_the_server(
    rows: pd.DataFrame, churn: Problem
) -> None:
    row = rows.iloc[0]
    by_key = request_inputs(row, churn, by_key=True)
    assert set(by_key) == {churn.key, churn.timestamp}
    in_full = request_inputs(row, churn, by_key=False)
    assert churn.target not in in_full
    assert churn.key not in in_full
    assert msgspec.json.encode([by_key, in_full])


def test_every_second_request_holds_the_key_alone(
    server: DemoServer, rows: pd.DataFrame, churn: Problem
) -> None:
    prediction_ids, latencies_ms = server.predict(rows, churn, half_by_key=True)
    assert prediction_ids == ["p"] * 4
    assert len(latencies_ms) == 4
    # The first one was sent again, because the server was busy.
    by_key = [set(request) == {churn.key, churn.timestamp} for request in Handler.requests]
    assert by_key == [False, False, True, False, True]


def test_a_refused_request_ends_the_demo(
    server: DemoServer, rows: pd.DataFrame, churn: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "send_response", lambda self, _: self.send_response_only(400))
    with pytest.raises(UserError, match="prediction 0: 400"):
        server.predict(rows, churn, half_by_key=False)


def test_a_server_that_stops_is_reported_with_its_log(settings: Settings, churn: Problem) -> None:
    log = Path(settings.home) / "logs" / "serve.log"
    with (
        pytest.raises(UserError, match=f"the server stopped with code 1: see {log}"),
        running_server(churn, settings),
    ):
        pass
    assert "no release yet" in log.read_text()
