"""A kubeconfig that leads to a stand-in of the API server in the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path

import pytest
import yaml


@contextmanager
def serving_as_cluster(
    server: HTTPServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Serve in a thread, as the cluster that clients find, until the block ends."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "clusters": [{"name": "x", "cluster": {"server": address}}],
        "users": [{"name": "x", "user": {}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(file))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    yield
    server.shutdown()
    server.server_close()
