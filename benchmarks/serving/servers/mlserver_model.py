"""A custom runtime of MLServer."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from onnx_file import Onnx


class OnnxModel(MLModel):
    async def load(self) -> bool:
        self._model = Onnx()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        X = NumpyCodec.decode_input(payload.inputs[0])
        output = NumpyCodec.encode_output("prediction", self._model.predict(X))
        return InferenceResponse(model_name=self.name, outputs=[output])
