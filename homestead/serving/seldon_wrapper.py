"""The served model as a class for Seldon's own Python wrapper, ``seldon-core-microservice``.

    seldon-core-microservice homestead.serving.seldon_wrapper.SeldonModel --service-type MODEL \\
      --parameters '[{"name": "model_uri", "value": "model.onnx", "type": "STRING"}]'

It is what the server's answers are compared with (tests/conformance), and a way to serve where only
the wrapper's image is allowed. It takes the same requests through the same codec and checks; it
has no feature store, so a request must hold all that the model needs, and no prediction log.
"""

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from homestead.model.onnx_model import Model
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.models.batcher import predict
from homestead.serving.protocols import seldon
from homestead.serving.protocols.base import PredictionRequest, PredictionResponse
from homestead.serving.protocols.json_body import encode_json


class SeldonModel:
    """The contract of Seldon's wrapper: ``load`` once, then ``predict_raw`` for each request."""

    def __init__(self, model_uri: str, version: str = "") -> None:
        """Take the parameters of the SeldonDeployment's graph.

        Args:
            model_uri: path of the ONNX file.
            version: what answers name as the model's version.
        """
        self._content = Path(model_uri).read_bytes()
        self._version = version

    def load(self) -> None:
        """Load the model; the wrapper calls it in each worker.

        Raises:
            UserError: not an ONNX file of Homestead's.
        """
        self._model = Model(self._content)
        self._resolver = Resolver(self._model.contract, _no_store)

    def predict_raw(self, message: dict[str, Any]) -> dict[str, Any]:
        """Answer a SeldonMessage. A refusal has a status; the wrapper answers with its code.

        The raw form, since the wrapper's numpy array of a mixed row would hold texts only.
        """
        try:
            request = seldon.decode_request(encode_json(message))
            if request.explain:
                raise RefusedError(501, "explain", "the wrapper has no contributions")
            values = predict(self._model, self._table(request))
        except RefusedError as error:
            return _object(seldon.encode_error(error.status, error.reason, str(error)))
        found = PredictionResponse(
            prediction_id=str(uuid4()),
            request_id=request.request_id,
            contract=self._model.contract,
            model_version=self._version,
            model_digest=self._model.digest,
            predictions=values,
            response_form=request.response_form,
        )
        return _object(seldon.encode_response(found))

    def _table(self, request: PredictionRequest) -> list[list[float]]:
        if request.rows is None:
            return self._resolver.check_matrix(request.matrix or [])
        return self._resolver.table(self._resolver.check(request.rows, time.time()))


def _object(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(body)
    return found


async def _no_store(wanted: Any) -> Any:
    raise RefusedError(503, "features", "the wrapper has no feature store")
