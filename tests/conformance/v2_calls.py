"""Run in the environment of Triton's and MLServer's clients: both against a server. Prints JSON.

usage: v2_calls.py HOST:PORT ROWS
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import tritonclient.http as triton
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse, MetadataModelResponse
from mlserver.types import RequestInput as Input

KINDS = {"plan": "BYTES", "months": "INT64", "paperless": "BOOL"}
TYPES = {"BYTES": np.object_, "INT64": np.int64, "BOOL": np.bool_, "FP64": np.float64}
MATRIX = np.array([[2.0, 7.5, 1.0, 2.0, 0.4], [1.0, 1.25, 1.0, 10.0, 0.1]])


def main(address: str, rows: list[dict[str, Any]]) -> None:
    complete = [row for row in rows if row["satisfaction"] is not None]
    found = {"matrix": MATRIX.tolist(), "rows": complete}
    found |= with_triton(address, complete) | with_mlserver(address, complete)
    print(json.dumps(found))  # noqa: T201


def with_triton(address: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    client = triton.InferenceServerClient(address)
    found: dict[str, Any] = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready("churn"),
        "other_ready": client.is_model_ready("other"),
        "server": client.get_server_metadata(),
        "metadata": client.get_model_metadata("churn"),
    }
    X = triton.InferInput("X", list(MATRIX.shape), "FP64")
    X.set_data_from_numpy(MATRIX, binary_data=False)
    answer = client.infer("churn", [X], request_id="mine")
    found["triton_id"] = answer.get_response()["id"]
    found["triton_matrix"] = answer.as_numpy("probabilities").tolist()
    columns = []
    for name in rows[0]:
        kind = KINDS.get(name, "FP64")
        column = triton.InferInput(name, [len(rows)], kind)
        values: Any = np.array([row[name] for row in rows], dtype=TYPES[kind])
        column.set_data_from_numpy(values, binary_data=False)
        columns.append(column)
    wanted = triton.InferRequestedOutput("probabilities", binary_data=False)
    found["triton_columns"] = (
        client.infer("churn", columns, outputs=[wanted]).as_numpy("probabilities").tolist()
    )
    # Its own defaults, in which tensors are binary.
    X.set_data_from_numpy(MATRIX)
    answer = client.infer("churn", [X])
    found["triton_binary_matrix"] = answer.as_numpy("probabilities").tolist()
    found["triton_labels"] = [text.decode() for text in answer.as_numpy("predict")]
    for column, name in zip(columns, rows[0], strict=True):
        values = np.array([row[name] for row in rows], dtype=TYPES[KINDS.get(name, "FP64")])
        column.set_data_from_numpy(values)
    for coding in (None, "gzip", "deflate"):
        answer = client.infer(
            "churn",
            columns,
            outputs=[triton.InferRequestedOutput("probabilities")],
            request_compression_algorithm=coding,
        )
        found[f"triton_binary_columns_{coding}"] = answer.as_numpy("probabilities").tolist()
    answer = client.infer("churn", [X], parameters={"explain": True})
    found["triton_contributions"] = answer.as_numpy("contributions").tolist()
    try:
        client.infer("churn", columns[:-2])
    except triton.InferenceServerException as error:
        found["triton_refused"] = [error.status(), error.message()]
    return found


def with_mlserver(address: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    request = InferenceRequest(id="mine", inputs=[NumpyCodec.encode_input("X", MATRIX)])
    model = f"http://{address}/v2/models/churn"
    answer = urlopen(f"{model}/infer", dumped(request)).read()  # noqa: S310
    response = InferenceResponse.model_validate_json(answer)
    outputs = {output.name: output for output in response.outputs}
    metadata = MetadataModelResponse.model_validate_json(urlopen(model).read())
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        inputs = [column(name, [row[name] for row in rows]) for name in rows[0]]
        lines = [dumped(InferenceRequest(inputs=inputs)), dumped(request)]
        source.write_bytes(b"\n".join(lines) + b"\n")
        command = Path(sys.executable).with_name("mlserver")
        options = ["-u", address, "-m", "churn", "-i", str(source), "-o", str(target)]
        subprocess.run([str(command), "infer", *options], check=True, capture_output=True)
        batch = [json.loads(line) for line in target.read_text().splitlines()]
        subprocess.run([str(command), "infer", *options, "-b"], check=True, capture_output=True)
        binary_batch = [json.loads(line) for line in target.read_text().splitlines()]
    return {
        "mlserver_id": response.id,
        "mlserver_labels": StringCodec.decode_output(outputs["predict"]),
        "mlserver_matrix": NumpyCodec.decode_output(outputs["probabilities"]).tolist(),
        "mlserver_inputs": [one.name for one in metadata.inputs or []],
        "mlserver_batch": batch,
        "mlserver_binary_batch": binary_batch,
    }


def column(name: str, values: list[Any]) -> Input:
    return Input(name=name, shape=[len(values)], datatype=KINDS.get(name, "FP64"), data=values)


def dumped(request: InferenceRequest) -> bytes:
    content: str = request.model_dump_json(exclude_none=True)
    return content.encode()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
