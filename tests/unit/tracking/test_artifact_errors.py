"""An object store that refuses: callers see one kind of error, which names the file."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from homestead.tracking.artifact_errors import TrackingClient

_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>"


class _Refusal(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        """Refuse."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(403)
        self.send_header("Content-Length", str(len(_DENIED)))
        self.end_headers()
        self.wfile.write(_DENIED)

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackingClient]:
    """Return a client whose artifacts lie in a bucket that refuses every request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusal)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    yield TrackingClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_the_object_store_refuses_names_run_and_file(
    client: TrackingClient, tmp_path: Path
) -> None:
    experiment = client.create_experiment("homes", "s3://bucket/homes")
    run = client.create_run(experiment).info.run_id
    with pytest.raises(MlflowException, match=rf"run {run}: releases: .*Access Denied"):
        client.log_text(run, "text", "releases/homes-1.html")
    with pytest.raises(FileNotFoundError):
        client.log_artifact(run, str(tmp_path / "absent.html"))
