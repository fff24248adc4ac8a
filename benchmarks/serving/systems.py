"""The servers that are compared: how each is started and asked, and how to read its responses."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.serving.world import PROBLEM, REDIS_PORT, World, body

HERE = Path(__file__).parent
SERVERS = HERE / "servers"
PORT = 9792
SINGLE = (1, 16)
Numbers = Sequence[float]


@dataclass(frozen=True)
class Scenario:
    """One kind of request, and the numbers of connections that it is measured with.

    Attributes:
        bodies: returns the bodies of its requests.
        read: returns the predictions of a response.
        rows: number of rows in each request.
        by_key: a request holds only a key, so its predictions are not compared with the model's.
    """

    name: str
    path: str
    bodies: Callable[[World], list[str]]
    read: Callable[[Any], Numbers]
    connections: tuple[int, ...] = SINGLE
    rows: int = 1
    by_key: bool = False


@dataclass(frozen=True)
class System:
    """A server.

    Attributes:
        environment: the folder ``.venv-<environment>``; empty for the one that runs this.
        program: a program of the environment and its arguments, with placeholders ``{servers}``,
            ``{folder}`` (of the world) and ``{port}`` to ``{port2}``.
        env: environment variables of the server.
        home: the world's home that it uses, if any.
        prepare: returns a command to run once before the start, from the world and ``bin/``.
        port: its first port; two more may follow it.
    """

    name: str
    title: str
    environment: str
    program: str
    scenarios: Sequence[Scenario]
    env: dict[str, str] = field(default_factory=dict)
    home: str = ""
    prepare: Callable[[World, Path], Sequence[str]] | None = None
    port: int = PORT

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, world: World) -> list[str]:
        """Return the command that starts the server."""
        values = {"servers": SERVERS.absolute(), "folder": world.folder.absolute()}
        ports = {"port": self.port, "port1": self.port + 1, "port2": self.port + 2}
        program, *arguments = (part.format(**values, **ports) for part in self.program.split())
        return [str(self.bin() / program), *arguments]

    def bin(self) -> Path:
        """Return the folder of the environment's programs."""
        if not self.environment:
            return Path(sys.executable).parent
        return Path(f".venv-{self.environment}").absolute() / "bin"


def matrix(wrap: Callable[[list[list[float]]], Any], rows: int = 1) -> Callable[[World], list[str]]:
    """Return a function that makes requests of model inputs, ``rows`` in each."""

    def bodies(world: World) -> list[str]:
        table = world.matrix.tolist()
        if rows == 1:
            return [body(wrap([row])) for row in table]
        return [body(wrap((table * (rows // len(table) + 1))[:rows]))]

    return bodies


def fields(rows: int = 1) -> Callable[[World], list[str]]:
    """Return a function that makes requests of named fields, as our clients send them."""

    def bodies(world: World) -> list[str]:
        if rows == 1:
            return [body({"jsonData": row}) for row in world.fields]
        many = (world.fields * (rows // len(world.fields) + 1))[:rows]
        return [body({"jsonData": many})]

    return bodies


def keys(world: World) -> list[str]:
    """Return requests that hold only a key."""
    return [body({"jsonData": {"id": key}}) for key in world.keys]


def feast_keys(world: World) -> list[str]:
    """Return the same look-ups for Feast's own server: one view with all columns of a house."""
    view = world.problem.views["house"]
    names = [f"house:{name}" for name in view.names]
    return [body({"features": names, "entities": {"id": [key]}}) for key in world.keys]


def _seldon(answer: Any) -> Numbers:
    data = answer["data"]
    return [row[0] if isinstance(row, list) else row for row in data["ndarray"]]


def _v2(answer: Any) -> Numbers:
    values: Numbers = answer["outputs"][0]["data"]
    return values


def _flat(*path: str) -> Callable[[Any], Numbers]:
    def read(answer: Any) -> Numbers:
        for step in path:
            answer = answer[step]
        return [row[0] if isinstance(row, list) else row for row in answer]

    return read


def _v2_request(rows: list[list[float]]) -> Any:
    flat = [value for row in rows for value in row]
    shape = [len(rows), len(rows[0])]
    return {"inputs": [{"name": "X", "shape": shape, "datatype": "FP64", "data": flat}]}


def _seldon_request(rows: list[list[float]]) -> Any:
    return {"data": {"ndarray": rows}}


def _of_peer(
    path: str, wrap: Callable[[list[list[float]]], Any], read: Callable[[Any], Numbers]
) -> list[Scenario]:
    return [
        Scenario("full", path, matrix(wrap), read),
        Scenario("batch-32", path, matrix(wrap, 32), read, (1,), 32),
    ]


def _mlserver(world: World, programs: Path) -> Sequence[str]:
    folder = world.folder / "mlserver"
    folder.mkdir(exist_ok=True)
    # Without a pool of workers: on one core it would only cost.
    settings = {"http_port": PORT, "grpc_port": PORT + 1, "metrics_port": PORT + 2}
    (folder / "settings.json").write_text(
        json.dumps({**settings, "parallel_workers": 0, "debug": False}), encoding="utf-8"
    )
    model = {"name": "house_price", "implementation": "mlserver_model.OnnxModel"}
    (folder / "model-settings.json").write_text(json.dumps(model), encoding="utf-8")
    return []


def _mlflow(world: World, programs: Path) -> Sequence[str]:
    return [str(programs / "python"), str(SERVERS / "mlflow_save.py"), str(world.model)]


def _feast(world: World, programs: Path) -> Sequence[str]:
    registry = world.home("redis").absolute() / "feast" / "registry.db"
    (world.folder / "feature_store.yaml").write_text(
        f"""
project: {world.problem.name}
provider: local
registry: {{registry_type: sql, path: "sqlite:///{registry}", cache_ttl_seconds: 60}}
online_store: {{type: redis, connection_string: "127.0.0.1:{REDIS_PORT}"}}
offline_store: {{type: duckdb}}
entity_key_serialization_version: 3
""",
        encoding="utf-8",
    )
    return []


OURS = f"python -m homestead serve --problem {PROBLEM} --port {{port}} --metrics-port {{port1}}"
_PREDICT = "/predict"
_V2 = "/v2/models/house_price/infer"

SYSTEMS = [
    System(
        "floor",
        "trivial ASGI answer (the floor)",
        "",
        "python {servers}/floor.py {port}",
        [Scenario("full", "/", fields(), lambda answer: [])],
    ),
    System(
        "homestead",
        "Homestead",
        "",
        OURS,
        [
            Scenario("full", _PREDICT, fields(), _seldon),
            Scenario("matrix", _V2, matrix(_v2_request), _v2),
            Scenario("batch-32", _PREDICT, fields(32), _seldon, (1,), 32),
            Scenario("batch-1000", _PREDICT, fields(1000), _seldon, (1,), 1000),
            Scenario("key-redis", _PREDICT, keys, _seldon, by_key=True),
        ],
        {"HOMESTEAD_REDIS": f"127.0.0.1:{REDIS_PORT}"},
        "redis",
    ),
    System(
        "homestead-sqlite",
        "Homestead, sqlite as online store",
        "",
        OURS,
        [Scenario("key-sqlite", _PREDICT, keys, _seldon, by_key=True)],
        home="sqlite",
    ),
    System(
        "seldon-core",
        "seldon-core's Python wrapper",
        "seldon",
        "seldon-core-microservice seldon_onnx.SeldonOnnx --service-type MODEL"
        " --http-port {port} --grpc-port {port1} --metrics-port {port2}",
        _of_peer(_PREDICT, _seldon_request, _seldon),
    ),
    System(
        "mlserver",
        "MLServer",
        "bench-mlserver",
        "mlserver start {folder}/mlserver",
        _of_peer(_V2, _v2_request, _v2),
        prepare=_mlserver,
    ),
    System(
        "mlflow",
        "MLflow",
        "bench-mlflow",
        "mlflow models serve -m {folder}/mlflow -p {port} -w 1 --env-manager local",
        _of_peer(
            "/invocations", lambda rows: {"inputs": {"X": rows}}, _flat("predictions", "prediction")
        ),
        prepare=_mlflow,
    ),
    System(
        "bentoml",
        "BentoML",
        "bench-bentoml",
        "bentoml serve bento_service:House --port {port} --host 127.0.0.1 --working-dir {servers}",
        _of_peer(_PREDICT, lambda rows: {"rows": rows}, _flat()),
        {"BENTOML_DO_NOT_TRACK": "True"},
    ),
    System(
        "litserve",
        "LitServe",
        "bench-litserve",
        "python {servers}/litserve_server.py {port}",
        _of_peer(_PREDICT, lambda rows: {"rows": rows}, _flat("prediction")),
    ),
    System(
        "kserve",
        "KServe's SDK",
        "bench-kserve",
        "python {servers}/kserve_server.py {port}",
        _of_peer(
            "/v1/models/house_price:predict",
            lambda rows: {"instances": rows},
            _flat("predictions"),
        ),
    ),
    System(
        "fastapi",
        "FastAPI on uvicorn",
        "bench-fastapi",
        "python {servers}/fastapi_server.py {port}",
        _of_peer(_PREDICT, lambda rows: {"rows": rows}, _flat("prediction")),
    ),
    System(
        "feast",
        "Feast's feature server, the look-up alone",
        "",
        "feast -c {folder} serve -h 127.0.0.1 -p {port} --no-access-log --workers 1",
        [Scenario("key-redis", "/get-online-features", feast_keys, lambda answer: [], by_key=True)],
        {"FEAST_USAGE": "False"},
        prepare=_feast,
    ),
]
