"""The server as a process, and the environments of the code that it is compared with."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from homestead.cli.demo.server import free_port
from homestead.data.ingest import ingest
from homestead.features.materialize import materialize
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.model.onnx_model import Model
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.training.search import train_candidate
from tests.certified import release
from tests.conftest import CHURN, settings_at

ROOT = Path(__file__).parents[2]
# Months become years, a derived feature; the middle row has a value missing.
ROWS: list[dict[str, Any]] = [
    {"plan": "pro", "months": 24, "satisfaction": 7.5, "paperless": True, "trouble": 0.4},
    {"plan": "basic", "months": 3, "satisfaction": None, "paperless": False, "trouble": 0.9},
    {"plan": "plus", "months": 120, "satisfaction": 1.25, "paperless": True, "trouble": 0.1},
]


# What Seldon's operator tells a container of its place in the graph.
SELDON_ENVIRONMENT = {
    "SELDON_DEPLOYMENT_ID": "churn",
    "PREDICTOR_ID": "default",
    "PREDICTOR_LABELS": '{"version": "default"}',
    "PREDICTIVE_UNIT_ID": "churn",
    "PREDICTIVE_UNIT_IMAGE": "homestead-serving:0.2.0",
}


@dataclass
class Served:
    """A running server and what it serves."""

    port: int
    model: Model
    path: Path
    metrics_port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def python_of() -> Callable[[str], Path]:
    """Return a function that finds an environment's programs, or else skips the test."""

    def find(name: str) -> Path:
        folder = ROOT / f".venv-{name}" / "bin"
        if not (folder / "python").exists():
            message = f"needs the environment of requirements/{name}.txt: make environments"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        return folder

    return find


@pytest.fixture(scope="session")
def tracker_packages(python_of: Callable[[str], Path]) -> Path:
    """Return the folder of the trackers' packages, which this Python puts on its path."""
    programs = python_of("trackers")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = programs.parent / "lib" / version / "site-packages"
    if not folder.is_dir():
        message = f"{programs.parent.name} is of another Python than {version}: remove it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(f"{message}, then: make environments")
    return folder


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, churn: Problem) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("conformance")
    settings = settings_at(home)
    valid = ingest(churn).valid
    write_views(view_tables(valid, churn), home / "views")
    materialize(home / "views", churn, settings)
    dataset = training_set(valid, home / "views", churn)
    path = home / "model.onnx"
    path.write_bytes(train_candidate("boosting", dataset, churn).onnx)
    model = Model(path.read_bytes())
    version = ModelVersion(version="1", digest=model.digest, uri=str(path))
    release(settings, "churn", version)
    port, metrics_port = free_port(), free_port()
    command = [
        *(sys.executable, "-m", "homestead", "serve", "--problem", str(CHURN)),
        *("--port", str(port), "--metrics-port", str(metrics_port)),
    ]
    environment = {"HOMESTEAD_HOME": str(home), **SELDON_ENVIRONMENT}
    with running(command, f"http://127.0.0.1:{port}/v2/health/ready", **environment):
        yield Served(port, model, path, metrics_port)


@contextmanager
def running(command: list[str], ready: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process, and yield it from when ``ready`` answers 200 to the end of the block."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "HOMESTEAD_DRAIN_S": "0", **env},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not is_up(ready):
            assert process.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < deadline, f"{ready} did not answer"
            time.sleep(0.05)
        yield process
    finally:
        # The group: gunicorn and Seldon's wrapper have children.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_up(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def calls(script: str, programs: Path, *arguments: str) -> dict[str, Any]:
    """Run a script of this folder in another environment, and return the JSON that it prints."""
    path = Path(__file__).with_name(script)
    done = subprocess.run(
        [str(programs / "python"), str(path), *arguments, json.dumps(ROWS)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
