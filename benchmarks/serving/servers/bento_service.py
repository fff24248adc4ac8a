"""A BentoML service with one worker."""

import bentoml
from onnx_file import Onnx


@bentoml.service(workers=1)
class House:
    def __init__(self) -> None:
        self._model = Onnx()

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[float]:
        found: list[float] = self._model.predict(rows).tolist()
        return found
