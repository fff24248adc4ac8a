"""Server process of the demo, and requests to it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings

START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 30
_ATTEMPTS = 5
# Prefixes of the metrics that the demo shows.
_SHOWN_METRICS = (
    "homestead_predictions_total{",
    "homestead_prediction_duration_seconds_count",
    "homestead_feature_lookup",
)


@dataclass(frozen=True)
class DemoServer:
    """Addresses of a running server."""

    url: str
    metrics_url: str

    def predict(
        self, rows: pd.DataFrame, problem: Problem, *, half_by_key: bool
    ) -> tuple[list[str], list[float]]:
        """Send one request for each row; return the ids of the predictions and latencies in ms.

        Args:
            half_by_key: whether every second request holds only the key, so that the server looks
                up the features.

        Raises:
            UserError: a request is not answered with 200.
        """
        prediction_ids: list[str] = []
        latencies_ms: list[float] = []
        with httpx.Client(base_url=self.url, timeout=10) as client:
            for number, (_, row) in enumerate(rows.iterrows()):
                inputs = request_inputs(row, problem, by_key=half_by_key and number % 2 == 1)
                started = time.perf_counter()
                response = _post_with_retries(client, {"jsonData": inputs})
                latencies_ms.append((time.perf_counter() - started) * 1000)
                if response.status_code != httpx.codes.OK:
                    raise UserError(f"prediction {number}: {response.status_code} {response.text}")
                prediction_ids.append(response.json()["meta"]["tags"]["prediction_id"])
        return prediction_ids, latencies_ms

    def metric_lines(self) -> list[str]:
        """Return the lines of the server's metrics that the demo shows."""
        return [
            line
            for line in httpx.get(self.metrics_url, timeout=5).text.splitlines()
            if line.startswith(_SHOWN_METRICS) and "_bucket" not in line and "_created" not in line
        ]


def request_inputs(row: pd.Series, problem: Problem, *, by_key: bool) -> dict[str, Any]:
    """Return a row as JSON inputs of a request, without missing values.

    Args:
        by_key: whether to send only key and time stamp, or all columns but key and target.
    """
    if by_key:
        names = list(problem.identity_columns)
    else:
        excluded = (problem.target, *problem.key_columns)
        names = [name for name in problem.columns if name not in excluded]
    return {name: json_value(row[name]) for name in names if not pd.isna(row[name])}


@contextmanager
def running_server(problem: Problem, settings: Settings) -> Iterator[DemoServer]:
    """Run ``homestead serve`` for the duration of the block, with its output in a log file.

    Raises:
        UserError: the server stops or is not ready in time.
    """
    port, metrics_port = free_port(), free_port()
    log = settings.folder("logs") / "serve.log"
    with tempfile.TemporaryDirectory() as folder, log.open("w", encoding="utf-8") as output:
        path = Path(folder) / "problem.yaml"
        path.write_text(dump_problem(problem), encoding="utf-8")
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "homestead", "serve", "--problem", str(path)),
                *("--port", str(port), "--metrics-port", str(metrics_port)),
            ],
            # Its only client is the demo, which then sends nothing more.
            env={**os.environ, **settings.environment(), "HOMESTEAD_DRAIN_S": "0"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_until_ready(url, process, log)
            yield DemoServer(url, f"http://127.0.0.1:{metrics_port}/prometheus")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """Return a port of this machine that no process listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UserError(f"the server stopped with code {process.returncode}: see {log}")
        try:
            if httpx.get(f"{url}/v2/health/ready", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise UserError(f"the server was not ready within {START_TIMEOUT_S} s: see {log}")


def _post_with_retries(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    """Post a request; repeat it while the server is too busy to look up a key in time."""
    response = client.post("/predict", json=body)
    for _ in range(_ATTEMPTS - 1):
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(float(response.headers.get("retry-after", 1)))
        response = client.post("/predict", json=body)
    return response


def json_value(value: Any) -> Any:
    """Return a table's value as JSON can hold it."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value
