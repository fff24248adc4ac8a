"""TensorFlow Serving's REST API, KServe's V1: ``instances`` (rows) or ``inputs`` (columns)."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    HeaderReader,
    MessageSchemas,
    PageKind,
    PredictionRequest,
    PredictionResponse,
    no_header,
)
from homestead.serving.protocols.json_body import decode_json_object, encode_json
from homestead.serving.protocols.tables.json_tables import parse_columns, parse_rows

NAME = "TensorFlow Serving"
SERVER_PAGES: Mapping[PageKind, Any] = {PageKind.LIVE: {"status": "alive"}}
SIGNATURE = "serving_default"
# Form of the response to a request that gives columns.
_COLUMNS = "columns"


def predict_paths(problem: str) -> Sequence[str]:
    """Return the paths of predictions."""
    return verb_paths(problem, "predict")


def verb_paths(problem: str, verb: str) -> Sequence[str]:
    """Return the paths of what can be asked of a model; a label is an alias of a version."""
    model = f"/v1/models/{problem}"
    return (
        f"{model}:{verb}",
        f"{model}/versions/{{version}}:{verb}",
        f"{model}/labels/{{version}}:{verb}",
    )


def pages(problem: str) -> Mapping[str, PageKind]:
    """Return the kind of each page, by path."""
    model = f"/v1/models/{problem}"
    paths = (model, f"{model}/versions/{{version}}", f"{model}/labels/{{version}}")
    return {
        "/": PageKind.LIVE,
        "/v1/models": PageKind.MODELS,
        **dict.fromkeys(paths, PageKind.STATUS),
        **dict.fromkeys([f"{path}/metadata" for path in paths], PageKind.METADATA),
    }


def decode_request(body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
    """Decode a request's body.

    Raises:
        RefusedError: the body does not follow the protocol.
    """
    content = decode_json_object(body)
    check_signature(content, ("", SIGNATURE))
    if ("instances" in content) == ("inputs" in content):
        raise RefusedError(400, "shape", "give either instances or inputs")
    if "inputs" in content:
        table = parse_columns(content["inputs"], "inputs")
        return PredictionRequest(*table, response_form=_COLUMNS)
    instances = content["instances"]
    # Most requests hold no other list than that of their rows, and need no look at each value.
    is_plain = body.count(b"[") == 1 and isinstance(instances, list) and instances
    if is_plain and isinstance(instances[0], dict):
        return PredictionRequest(instances)
    return PredictionRequest(*parse_rows(instances, "instances"))


def check_signature(content: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Check the name of the signature; without one, the default is meant.

    Raises:
        RefusedError: the name is not one of ``allowed``.
    """
    signature = content.get("signature_name") or ""
    if signature not in allowed:
        raise RefusedError(
            400,
            "shape",
            f"signature_name: found {describe_value(signature)}, allowed is {allowed[1]}",
        )


def encode_response(response: PredictionResponse) -> tuple[bytes, bytes]:
    """Return the body and the header lines of a response.

    ``metadata``, which TensorFlow Serving does not have, identifies the prediction.
    """
    columns: dict[str, Any] = {"predict": response.predictions}
    if response.labels is not None:
        columns = {"predict": response.labels, "probabilities": response.predictions}
    if response.contributions is not None:
        columns["contributions"] = response.contributions.tolist()
    if response.bounds is not None:
        columns["interval"] = response.bounds.tolist()
    content: Any = columns["predict"] if len(columns) == 1 else columns
    key = "outputs"
    if response.response_form != _COLUMNS:
        key = "predictions"
        if len(columns) > 1:
            rows = zip(*columns.values(), strict=True)
            content = [dict(zip(columns, row, strict=True)) for row in rows]
    return encode_json({key: content, "metadata": response.identification}), JSON_HEADER


def encode_error(status: int, reason: str, message: str) -> bytes:
    """Encode the body of an error response."""
    return encode_json({"error": message})


def page_content(kind: PageKind, contract: Contract, version: str) -> Any:
    """Return the model's status, or its inputs and outputs; ``name`` and ``ready`` are KServe's."""
    if kind == PageKind.MODELS:
        return {"models": [contract.problem]}
    if kind == PageKind.STATUS:
        status = {"error_code": "OK", "error_message": ""}
        return {
            "name": contract.problem,
            "ready": True,
            "model_version_status": [{"version": version, "state": "AVAILABLE", "status": status}],
        }
    dtypes = {"integer": "DT_INT64", "number": "DT_DOUBLE", "boolean": "DT_BOOL"}
    inputs = {
        name: _tensor_info(name, dtypes.get(column.type, "DT_STRING"), -1)
        for name, column in contract.columns.items()
    }
    stored = [feature for view in contract.views for feature in view.features]
    inputs |= {name: _tensor_info(name, "DT_DOUBLE", -1) for name in stored if name not in inputs}
    outputs = {"predict": _tensor_info("predict", "DT_DOUBLE", -1)}
    if contract.classes:
        outputs = {
            "predict": _tensor_info("predict", "DT_STRING", -1),
            "probabilities": _tensor_info("probabilities", "DT_DOUBLE", -1, len(contract.classes)),
        }
    signature = {
        "inputs": inputs,
        "outputs": outputs,
        "method_name": "tensorflow/serving/predict",
    }
    return {
        "model_spec": {"name": contract.problem, "signature_name": "", "version": version},
        "metadata": {"signature_def": {"signature_def": {SIGNATURE: signature}}},
    }


def _tensor_info(name: str, dtype: str, *sizes: int) -> dict[str, Any]:
    shape = {"dim": [{"size": str(n), "name": ""} for n in sizes], "unknown_rank": False}
    return {"name": name, "dtype": dtype, "tensor_shape": shape}


def schemas(contract: Contract, example: dict[str, Any]) -> MessageSchemas:
    """Return the schemas of prediction requests and responses."""
    row = json_schema.row_schema(contract)
    request = json_schema.object_schema(
        {
            "signature_name": {"type": "string", "enum": ["", SIGNATURE]},
            "instances": json_schema.array_schema({"anyOf": [row, json_schema.array_schema({})]}),
            "inputs": {
                "anyOf": [
                    json_schema.ANY_OBJECT,
                    json_schema.array_schema(json_schema.array_schema({})),
                ]
            },
        },
        allow_others=True,
    )
    response = json_schema.object_schema(
        {
            "predictions": json_schema.array_schema({}),
            "outputs": {},
            "metadata": json_schema.ANY_OBJECT,
        },
        "metadata",
    )
    return MessageSchemas(request, response, {"instances": [example]})
