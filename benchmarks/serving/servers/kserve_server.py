"""A model of KServe's SDK."""

import sys
from typing import Any

from kserve import Model, ModelServer
from onnx_file import Onnx


class House(Model):
    def __init__(self) -> None:
        super().__init__("house_price")
        self._model = Onnx()
        self.ready = True

    def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> Any:
        return {"predictions": self._model.predict(payload["instances"]).tolist()}


if __name__ == "__main__":
    server = ModelServer(
        http_port=int(sys.argv[1]), enable_grpc=False, workers=1, access_log_format=None
    )
    server.start([House()])
