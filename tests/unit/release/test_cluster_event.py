"""Events of releases, which a cluster gets once for each change."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from homestead.errors import UserError
from homestead.release.cluster_event import write_cluster_event
from homestead.settings import Settings
from tests.cluster_stand_in import serving_as_cluster
from tests.factories import release_record


class _Cluster(HTTPServer):
    events: dict[str, Any]
    allowed = True


class _Handler(BaseHTTPRequestHandler):
    server: _Cluster

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = event["metadata"]["name"]
        status = 403 if not self.server.allowed else 409 if name in self.server.events else 201
        if status == 201:
            assert self.path == "/api/v1/namespaces/homestead/events"
            self.server.events[name] = event
        self.send_response(status, "Forbidden" if status == 403 else None)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(event).encode())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Cluster]:
    server = _Cluster(("127.0.0.1", 0), _Handler)
    server.events = {}
    with serving_as_cluster(server, tmp_path, monkeypatch):
        yield server


@pytest.fixture
def on_cluster(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, release_uri="configmap://homestead")


def test_a_change_gives_one_event_with_its_reason(events: _Cluster, on_cluster: Settings) -> None:
    record = release_record(revision=4, state="rolled_back", reason="worse by 30%" * 200)
    for _ in range(2):  # two controllers
        write_cluster_event(on_cluster, record)
    (event,) = events.events.values()
    assert event["metadata"]["name"] == "flats-1.4"
    assert (event["type"], event["reason"]) == ("Warning", "ReleaseRolledBack")
    assert event["involvedObject"]["name"] == "release-flats"
    assert event["message"].startswith("Release flats-1, version 2: rolled back, step 1, 0% of")
    assert "worse by 30%" in event["message"]
    assert len(event["message"]) == 1024
    write_cluster_event(on_cluster, release_record(revision=5))
    assert events.events["flats-1.5"]["type"] == "Normal"


def test_a_cluster_that_refuses_is_named_and_a_home_needs_none(
    events: _Cluster, on_cluster: Settings, tmp_path: Path
) -> None:
    events.allowed = False
    with pytest.raises(UserError, match="Event of release flats-1: Forbidden"):
        write_cluster_event(on_cluster, release_record())
    write_cluster_event(Settings(home=tmp_path), release_record())
    assert not events.events
