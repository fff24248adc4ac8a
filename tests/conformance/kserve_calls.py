"""Run in the environment of KServe's client: its REST client against a server. Prints JSON.

usage: kserve_calls.py HOST:PORT ROWS
"""

import asyncio
import json
import sys
from collections.abc import Awaitable
from typing import Any

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

MATRIX = np.array([[2.0, 7.5, 1.0, 2.0, 0.4], [1.0, 1.25, 1.0, 10.0, 0.1]])
KINDS = {"plan": "BYTES", "months": "INT32", "paperless": "BOOL", "trouble": "FP32"}
TYPES = {
    **{"BYTES": np.object_, "BOOL": np.bool_, "INT32": np.int32},
    **{"FP16": np.float16, "FP32": np.float32, "FP64": np.float64},
}


async def main(address: str, rows: list[dict[str, Any]]) -> None:
    complete = [row for row in rows if row["satisfaction"] is not None]
    url = f"http://{address}"
    found: dict[str, Any] = {"matrix": MATRIX.tolist(), "rows": complete}
    async with InferenceRESTClient(RESTConfig(protocol="v1")) as client:
        found["v1"] = await with_v1(client, url, complete)
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
        found["v2"] = await with_v2(client, url, complete)
    print(json.dumps(found))  # noqa: T201


async def with_v1(
    client: InferenceRESTClient, url: str, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    body = {"instances": rows}
    return {
        "live": await client.is_server_live(url),
        "ready": await client.is_model_ready(url, "churn"),
        "predicted": await client.infer(url, body, model_name="churn"),
        "explained": await client.explain(url, "churn", body),
        "refused": await error_of(
            client.infer(url, {"instances": [{"colour": "red"}]}, model_name="churn")
        ),
        "other": await error_of(client.infer(url, body, model_name="other")),
    }


async def with_v2(
    client: InferenceRESTClient, url: str, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "live": await client.is_server_live(url),
        "ready": await client.is_server_ready(url),
        "model_ready": await client.is_model_ready(url, "churn"),
        "other_ready": await client.is_model_ready(url, "other"),
    }
    # Its name for the only input is KServe's own.
    matrix = InferInput("input-0", list(MATRIX.shape), "FP64")
    for kind in ("json", "binary"):
        matrix.set_data_from_numpy(MATRIX, binary_data=kind == "binary")
        found[f"{kind}_matrix"] = told(await client.infer(url, request([matrix]), "churn"))
        inputs = [column(name, [row[name] for row in rows], kind == "binary") for name in rows[0]]
        found[f"{kind}_columns"] = told(await client.infer(url, request(inputs), "churn"))
    everything = request([matrix], parameters={"binary_data_output": True, "explain": True})
    found["binary_outputs"] = told(await client.infer(url, everything, "churn"))
    one = request([matrix], request_outputs=[RequestedOutput("predict", {"binary_data": True})])
    found["one_output"] = told(await client.infer(url, one, "churn"))
    unknown = request([matrix], request_outputs=[RequestedOutput("contributions")])
    found["refused"] = await error_of(client.infer(url, unknown, "churn"))
    # Half as exact, and two bytes each, which only binary tensors carry.
    half = InferInput("X", list(MATRIX.shape), "FP16")
    half.set_data_from_numpy(MATRIX.astype(np.float16))
    found["half"] = told(await client.infer(url, request([half]), "churn"))
    return found


def request(inputs: list[InferInput], **more: Any) -> InferRequest:
    return InferRequest("churn", inputs, request_id="mine", **more)


def column(name: str, values: list[Any], is_binary: bool) -> InferInput:
    kind = KINDS.get(name, "FP64")
    found = InferInput(name, [len(values)], kind)
    found.set_data_from_numpy(np.array(values, TYPES[kind]), binary_data=is_binary)
    return found


def told(response: Any) -> dict[str, Any]:
    outputs = {output.name: output.as_numpy().tolist() for output in response.outputs}
    return {"id": response.id, "parameters": response.parameters, "outputs": outputs}


async def error_of(answer: Awaitable[Any]) -> list[Any]:
    try:
        await answer
    except httpx.HTTPStatusError as error:
        return [error.response.status_code, str(error)]
    raise AssertionError("expected an error")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
