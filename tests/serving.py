"""A released model of the small problem, and the server as a process, for tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import onnx
import pandas as pd
from sqlalchemy import create_engine, inspect, text

from homestead.cli.demo.server import free_port
from homestead.data.ingest import ingest
from homestead.features.materialize import materialize
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.model.onnx_model import Model
from homestead.problem.contract import METADATA_KEY, Contract
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.training.search import train_candidate
from tests.certified import release
from tests.conftest import CHURN

FULL = {"plan": "pro", "months": 24, "satisfaction": 7.5, "paperless": True, "trouble": 0.4}


@dataclass
class World:
    """A home with a released model, and another model to release."""

    settings: Settings
    valid: pd.DataFrame
    models: dict[str, ModelVersion]

    def release(self, version: ModelVersion, **more: object) -> None:
        release(self.settings, "churn", version, **more)


class Server:
    """A server process of a home."""

    def __init__(
        self,
        home: Path,
        ready: bool = True,
        options: Sequence[str] = (),
        socket_path: Path | None = None,
        **environment: str,
    ) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "homestead", "serve", "--problem", str(CHURN)),
                *("--port", str(self.port), "--metrics-port", str(self.metrics_port)),
                *options,
            ],
            env={
                **os.environ,
                "HOMESTEAD_HOME": str(home),
                "HOMESTEAD_DRAIN_S": "1",
                # Look-ups must not time out on a busy machine.
                "HOMESTEAD_LOOKUP_MS": "5000",
                **environment,
            },
            stdout=subprocess.DEVNULL,
        )
        page = "/v2/health/ready" if ready else "/health/ping"
        uds = None if socket_path is None else str(socket_path)
        with httpx.Client(transport=httpx.HTTPTransport(uds=uds)) as client:
            self.wait(
                lambda: (
                    (socket_path is None or socket_path.exists())
                    and client.get(f"{self.url}{page}").status_code == 200
                )
            )

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server stopped"
            try:
                if condition():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError("waited too long")

    def wait_for_metric(self, sample: str, seconds: float = 20) -> None:
        """Wait until a sample with this name, labels and value is exposed."""
        self.wait(lambda: sample in self.metrics(), seconds)

    def stop_later(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        self.stop_later()
        return self.process.wait(30)

    def metrics(self) -> str:
        return httpx.get(f"http://127.0.0.1:{self.metrics_port}/prometheus").text


def make_world(home: Path, settings: Settings, churn: Problem) -> World:
    """Ingest, materialize, train two models and release one."""
    valid = ingest(churn).valid
    write_views(view_tables(valid, churn), home / "views")
    materialize(home / "views", churn, settings)
    dataset = training_set(valid, home / "views", churn)
    models = {}
    for number, name in enumerate(["boosting", "forest"], 1):
        path = home / f"{name}.onnx"
        path.write_bytes(train_candidate(name, dataset, churn).onnx)
        digest = Model(path.read_bytes()).digest
        models[name] = ModelVersion(version=str(number), digest=digest, uri=str(path))
    found = World(settings, valid, models)
    found.release(models["boosting"])
    return found


def ask(server: Server, row: Mapping[str, object]) -> httpx.Response:
    return httpx.post(f"{server.url}/predict", json={"jsonData": row})


def logged(settings: Settings) -> pd.DataFrame:
    engine = create_engine(settings.database_url)
    try:
        if not inspect(engine).has_table("predictions"):
            return pd.DataFrame({"prediction_id": [], "row": []})
        return pd.read_sql(text("SELECT prediction_id, row FROM predictions"), engine)
    finally:
        engine.dispose()


def with_contract(world: World, name: str, version: str, **changes: object) -> ModelVersion:
    """Return a copy of a model with another contract, hence with another digest."""
    model = onnx.load_from_string(Path(world.models[name].uri).read_bytes())
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            contract = Contract.model_validate_json(entry.value)
            entry.value = contract.model_copy(update=changes).model_dump_json()
    content = model.SerializeToString()
    path = world.settings.home / f"twin-{version}.onnx"
    path.write_bytes(content)
    return ModelVersion(version=version, digest=Model(content).digest, uri=str(path))
