"""Stand-in for a cluster with one ConfigMap.

It gives the real API server's refusals: of what is not allowed, of an object that does not exist,
and of a write to another version than the one that was read. It tells accounts their names and
rights.
"""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cluster_stand_in import serving_as_cluster


class Cluster(HTTPServer):
    """An API server with one ConfigMap."""

    path = "/api/v1/namespaces/homestead/configmaps/release-house-price"
    data: dict[str, str]
    version = 1
    allowed = True
    denied_verbs: tuple[str, ...] = ()
    account = "system:serviceaccount:kubeflow:pipeline-runner"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    class Handler(BaseHTTPRequestHandler):
        server: Cluster

        def do_GET(self) -> None:
            self.answer()

        def do_PATCH(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server = self.server
            if server.allowed and self.path == server.path:
                if body["metadata"]["resourceVersion"] != str(server.version):
                    self.send(409, {"kind": "Status", "reason": "Conflict"})
                    return
                server.data.update(body["data"])
                server.version += 1
            self.answer()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/selfsubjectreviews"):
                status: dict[str, Any] = {"userInfo": {"username": self.server.account}}
            else:
                attributes = body["spec"]["resourceAttributes"]
                assert attributes["resource"] == "configmaps"
                assert attributes["name"] == "release-house-price"
                verb_is_denied = attributes["verb"] in self.server.denied_verbs
                status = {"allowed": self.server.allowed and not verb_is_denied}
            self.send(201, {"spec": {}, "status": status})

        def answer(self) -> None:
            status = 200 if self.path == self.server.path else 404
            content: dict[str, Any] = {
                "kind": "ConfigMap",
                "metadata": {"resourceVersion": str(self.server.version)},
                "data": self.server.data,
            }
            self.send(status if self.server.allowed else 403, content)

        def send(self, status: int, content: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = Cluster(("127.0.0.1", 0), Handler)
    server.data = {}
    with serving_as_cluster(server, tmp_path, monkeypatch):
        yield server
