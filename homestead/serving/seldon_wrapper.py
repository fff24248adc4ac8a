r"""The model as a class for Seldon's own Python wrapper, ``seldon-core-microservice``.

    seldon-core-microservice homestead.serving.seldon_wrapper.SeldonModel --service-type MODEL \
      --parameters '[{"name": "model_uri", "value": "model.onnx", "type": "STRING"}]'

The conformance tests compare the server's responses with it, and it can serve where only the
wrapper's image is allowed. It decodes and checks requests as the server does, but it has neither a
feature store, so that a request must hold all that the model needs, nor a prediction log.
"""

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from homestead.model.onnx_model import Model
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.models.batcher import predict_rows
from homestead.serving.protocols import seldon
from homestead.serving.protocols.base import (
    PredictionRequest,
    PredictionResponse,
    interval_bounds,
)
from homestead.serving.protocols.json_body import encode_json


class SeldonModel:
    """A model as Seldon's wrapper calls it: ``load`` once, then ``predict_raw`` per request."""

    def __init__(self, model_uri: str, version: str = "") -> None:
        """Read the model's file.

        Args:
            model_uri: path of the ONNX file, a parameter of the SeldonDeployment's graph.
            version: the model version that responses name.
        """
        self._content = Path(model_uri).read_bytes()
        self._version = version

    def load(self) -> None:
        """Load the model; the wrapper calls this in each worker.

        Raises:
            UserError: the file was not exported by Homestead.
        """
        self._model = Model(self._content)
        self._resolver = Resolver(self._model.contract)

    def predict_raw(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return the response to a SeldonMessage; the wrapper takes its HTTP status from it.

        The raw form, because the wrapper would turn a row of mixed types into texts.
        """
        try:
            request = seldon.decode_request(encode_json(message))
            if request.explain:
                raise RefusedError(501, "explain", "contributions are not available here")
            inputs = self._model_inputs(request)
            predictions = predict_rows(self._model, inputs)
            bounds = interval_bounds(self._model, inputs, predictions) if request.interval else None
        except RefusedError as error:
            return _as_object(seldon.encode_error(error.status, error.reason, str(error)))
        response = PredictionResponse(
            prediction_id=str(uuid4()),
            request_id=request.request_id,
            contract=self._model.contract,
            model_version=self._version,
            model_digest=self._model.digest,
            predictions=predictions,
            response_form=request.response_form,
            returned_meta=request.returned_meta,
            bounds=bounds,
        )
        return _as_object(seldon.encode_response(response)[0])

    def _model_inputs(self, request: PredictionRequest) -> list[list[float]]:
        if request.rows is None:
            return self._resolver.check_matrix(request.matrix or [])
        return self._resolver.model_inputs(self._resolver.check_rows(request.rows, time.time()))


def _as_object(body: bytes) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(body)
    return content
