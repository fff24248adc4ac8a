"""The watch of the release plan, against an API server that answers as the real one does."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from homestead.serving.models import plan_watch
from homestead.serving.models.plan_watch import PlanWatch, open_plan_watch
from homestead.settings import Settings


def plan(revision: int) -> str:
    return json.dumps({"revision": revision})


class Api(ThreadingHTTPServer):
    """The plan's text, and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.text = plan(1)
        self.status = 200
        self.tokens: list[str] = []
        self.ends = threading.Event()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=5)


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        api = self.server
        api.tokens.append(str(self.headers["Authorization"]))
        self.send_response(api.status)
        self.end_headers()
        sent = ""
        while api.status == 200 and not api.ends.is_set():
            if api.text != sent:
                kind = "MODIFIED" if sent else "ADDED"
                sent = api.text
                event = {"type": kind, "object": {"data": {"plan.json": sent}}}
                self.wfile.write(json.dumps(event).encode() + b"\n")
            time.sleep(0.01)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.ends.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def watch(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlanWatch]:
    monkeypatch.setattr(plan_watch, "_RETRY_S", 0.05)
    monkeypatch.setattr(plan_watch, "_REFUSED_RETRY_S", 0.05)
    tokens = iter(f"token-{number}" for number in range(1000))
    watch = PlanWatch(api.connect, lambda: next(tokens), "/watch")
    watch.start()
    yield watch
    watch.stop()


def until(condition: Callable[[], bool], seconds: float = 5) -> float:
    """Return how long a condition took to become true."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() < start + seconds
        time.sleep(0.005)
    return time.monotonic() - start


def test_a_change_is_here_at_once(api: Api, watch: PlanWatch) -> None:
    old = plan(0).encode()
    until(lambda: watch.newest(old) == plan(1).encode())
    api.text = plan(2)
    assert until(lambda: watch.newest(old) == plan(2).encode()) < 1


def test_a_plan_that_someone_put_back_is_followed_while_the_watch_holds(
    api: Api, watch: PlanWatch
) -> None:
    until(lambda: watch.newest(None) == plan(1).encode())
    assert watch.newest(plan(7).encode()) == plan(1).encode()


def test_an_interrupted_watch_goes_on_with_a_new_token(api: Api, watch: PlanWatch) -> None:
    until(lambda: watch.newest(None) is not None)
    api.ends.set()
    api.text = plan(3)
    until(lambda: len(api.tokens) > 2)
    api.ends.clear()
    until(lambda: watch.newest(None) == plan(3).encode())
    assert len(set(api.tokens)) == len(api.tokens)


def test_without_the_right_the_newer_copy_counts(
    api: Api, watch: PlanWatch, caplog: pytest.LogCaptureFixture
) -> None:
    until(lambda: watch.newest(None) is not None)
    api.status = 403
    api.ends.set()
    until(lambda: watch.newest(plan(2).encode()) == plan(2).encode())
    assert watch.newest(plan(0).encode()) == plan(1).encode()
    assert watch.newest(b"no plan") == plan(1).encode()
    until(lambda: len(api.tokens) > 4)
    warnings = [record for record in caplog.records if "answers 403" in record.getMessage()]
    assert len(warnings) == 1


def test_there_is_no_watch_without_a_cluster_or_an_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_watch, "ACCOUNT_FOLDER", tmp_path)
    assert open_plan_watch(Settings(home=tmp_path), "flats") is None
    on_cluster = Settings(home=tmp_path, release_uri="configmap://red")
    assert open_plan_watch(on_cluster, "flats") is None
    (tmp_path / "token").write_text("x")
    assert open_plan_watch(on_cluster, "flats") is not None
