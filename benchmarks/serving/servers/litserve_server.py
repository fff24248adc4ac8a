"""A LitServe API with one worker."""

import sys
from typing import Any

import litserve
from onnx_file import Onnx


class House(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self._model = Onnx()

    def decode_request(self, request: dict[str, Any]) -> Any:
        return request["rows"]

    def predict(self, x: Any) -> Any:
        return self._model.predict(x)

    def encode_response(self, output: Any) -> dict[str, Any]:
        return {"prediction": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(House(), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning"
    )
