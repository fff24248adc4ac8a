"""Small released models without views, and a predictor that serves them in the test's process."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import onnx
from onnx import TensorProto, helper

from homestead.model.onnx_model import Model
from homestead.prediction_log.spool import Spool
from homestead.problem.contract import METADATA_KEY, Contract
from homestead.problem.sections.column import Column
from homestead.release.plan import ModelVersion
from homestead.serving.http.application import Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.manager import ModelManager
from homestead.serving.prediction.predictor import Predictor
from homestead.serving.protocols import seldon
from homestead.serving.protocols.base import ProtocolAdapter
from homestead.settings import Settings
from tests import certified
from tests.homes import homes_contract
from tests.http_wire import http_request

# What the models of this module need; they predict the sum of both values, times a factor.
SMALL_ROW = {"area": 80, "rooms": 3}


def small_onnx(factor: float = 1.0, **changes: Any) -> bytes:
    """Return an ONNX file whose contract is that of homes, with some of its fields changed."""
    columns = {
        "id": Column(type="integer"),
        "area": Column(type="number", range=(10, 500)),
        "rooms": Column(type="integer", range=(1, 9)),
    }
    fields = {"columns": columns, "derived": {}, "views": (), "features": ("area", "rooms")}
    return sum_onnx(homes_contract(**{**fields, **changes}), factor)


def sum_onnx(contract: Contract, factor: float = 1.0) -> bytes:
    """Return an ONNX file that predicts the sum of its inputs, times a factor."""
    double = TensorProto.DOUBLE
    graph = helper.make_graph(
        [
            helper.make_node("ReduceSum", ["X", "axis"], ["sum"], keepdims=0),
            helper.make_node("Mul", ["sum", "factor"], ["predict"]),
        ],
        "sum",
        [helper.make_tensor_value_info("X", double, [None, len(contract.features)])],
        [helper.make_tensor_value_info("predict", double, [None])],
        [
            helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
            helper.make_tensor("factor", double, [], [factor]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: contract.model_dump_json()})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def save_version(folder: Path, version: str, factor: float = 1.0, **changes: Any) -> ModelVersion:
    """Write a model's file, and return the version of a release plan."""
    content = small_onnx(factor, **changes)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{version}.onnx"
    path.write_bytes(content)
    return ModelVersion(version=version, digest=Model(content).digest, uri=str(path))


def release(settings: Settings, champion: ModelVersion, **plan: Any) -> None:
    """Write the release plan of homes."""
    certified.release(settings, "homes", champion, **plan)


class SmallServer:
    """Manager, predictor and spool of the released models."""

    def __init__(self, settings: Settings, is_released: bool = True) -> None:
        self.metrics = ServerMetrics()
        self.manager = ModelManager("homes", settings, self.metrics)
        if is_released:
            self.manager.poll_plan()
        self.spool = Spool(settings.folder("spool", "homes"))
        self.predictor = Predictor(self.manager, self.spool, self.metrics, settings)

    def post(
        self,
        content: Any,
        protocol: ModuleType = seldon,
        version: str | None = None,
        explain: bool = False,
        interval: bool = False,
    ) -> tuple[int, Any]:
        """Send one request, or its content, and return the response's status and content."""
        request, adapter = _request(content), cast(ProtocolAdapter, protocol)
        return _response_to(
            lambda respond: self.predictor.predict(
                adapter, request, respond, version, explain, interval
            )
        )

    def send_feedback(self, content: Any) -> tuple[int, Any]:
        """Send a feedback message, and return the response's status and content."""
        request = _request(content)
        return _response_to(lambda respond: self.predictor.feedback.receive(request, respond))

    def entries(self) -> list[dict[str, Any]]:
        """Return the entries of the prediction log so far."""
        contents = [path.read_bytes() for path in sorted(self.spool.folder.glob("*.jsonl"))]
        lines = b"".join(content.rstrip(b"\0") for content in contents).splitlines()
        return [json.loads(line) for line in lines]

    def value(self, name: str, **labels: str) -> float | None:
        """Return a metric's value."""
        return self.metrics.registry.get_sample_value(name, {"model": "homes", **labels})


def _request(content: Any) -> HttpRequest:
    if isinstance(content, HttpRequest):
        return content
    return http_request(content if isinstance(content, bytes) else json.dumps(content).encode())


def _response_to(send: Callable[[Responder], None]) -> tuple[int, Any]:
    async def run() -> tuple[int, Any]:
        response: asyncio.Future[tuple[int, Any]] = asyncio.get_running_loop().create_future()

        def respond(status: int, content: bytes, headers: bytes = b"") -> None:
            response.set_result((status, json.loads(content)))

        send(respond)
        status_and_content = await response
        # A shadow follows the response.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others)
        return status_and_content

    return asyncio.run(run())
