"""Output tensors of the Open Inference Protocol: which a client asks for, and their encoding."""

from typing import Any

from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols.base import PredictionResponse
from homestead.serving.protocols.json_body import encode_json, parse_flag
from homestead.serving.protocols.tensors.binary import (
    JSON_LENGTH_HEADER,
    SIZE_PARAMETER,
    write_values,
)
from homestead.serving.protocols.tensors.inputs import parse_parameters

OUTPUT_NAMES = ("predict", "probabilities", "contributions", "interval")
_HINTS = {
    "contributions": "; parameters.explain adds contributions",
    "interval": "; parameters.interval adds an interval",
}
_BINARY_TYPE_HEADER = b"content-type: application/octet-stream\r\n"


def parse_requested_outputs(
    outputs: Any, is_binary: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the outputs that a request asks for, and of those to be sent in binary.

    Args:
        outputs: the request's; None asks for all.
        is_binary: whether outputs are binary that do not say so themselves.

    Raises:
        RefusedError: names the output that there is not.
    """
    if outputs is None:
        return (), OUTPUT_NAMES if is_binary else ()
    if not isinstance(outputs, list):
        raise RefusedError(400, "shape", "outputs: allowed is a list of outputs")
    names, binary = [], []
    for i, output in enumerate(outputs):
        where = f"outputs[{i}]"
        if not isinstance(output, dict):
            raise RefusedError(400, "shape", f"{where}: allowed is an object")
        name = output.get("name")
        if name not in OUTPUT_NAMES:
            allowed = ", ".join(OUTPUT_NAMES)
            raise RefusedError(
                400, "unknown", f"{where}: found {describe_value(name)}, allowed are {allowed}"
            )
        flag = parse_parameters(output, f"{where}.").get("binary_data", is_binary)
        if parse_flag(flag, f"{where}.parameters.binary_data"):
            binary.append(name)
        names.append(name)
    # An empty list asks for all, too.
    return tuple(names), tuple(binary) if names or not is_binary else OUTPUT_NAMES


def output_tensors(response: PredictionResponse) -> list[dict[str, Any]]:
    """Return the outputs that a response has, or those of them that the request asks for.

    Raises:
        RefusedError: it asks for one that the response does not have.
    """
    rows = len(response.predictions)
    if response.labels is not None:
        probabilities = [value for row in response.predictions for value in row]
        shape = [rows, len(response.contract.classes)]
        outputs = [
            _tensor("predict", "BYTES", [rows], response.labels),
            _tensor("probabilities", "FP64", shape, probabilities),
        ]
    else:
        outputs = [_tensor("predict", "FP64", [rows], response.predictions)]
    contributions = response.contributions
    if contributions is not None:
        values = contributions.ravel().tolist()
        outputs.append(_tensor("contributions", "FP64", list(contributions.shape), values))
    if response.bounds is not None:
        bounds = _tensor("interval", "FP64", [rows, 2], response.bounds.ravel().tolist())
        bounds["parameters"] = {"coverage": response.interval_coverage}
        outputs.append(bounds)
    requested = response.requested_outputs
    if not requested:
        return outputs
    available = [output["name"] for output in outputs]
    for name in requested:
        if name not in available:
            hint = _HINTS.get(name, "")
            raise RefusedError(
                400,
                "unknown",
                f"outputs: found {name}, this model's are {', '.join(available)}{hint}",
            )
    return [output for output in outputs if output["name"] in requested]


def _tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def encode_message(
    message: dict[str, Any], outputs: list[dict[str, Any]], binary: tuple[str, ...]
) -> tuple[bytes, bytes]:
    """Return the body of a message with outputs, and the header lines that tell what it is.

    Args:
        message: what the message holds beside its outputs, which are added.
        outputs: as :func:`output_tensors` returns them; those in binary lose their data.
        binary: names of the outputs whose values follow the JSON.
    """
    message["outputs"] = outputs
    if not binary:
        return encode_json(message), JSON_HEADER
    parts = []
    for output in outputs:
        if output["name"] in binary:
            part = write_values(output["datatype"], output.pop("data"))
            output["parameters"] = {**output.get("parameters", {}), SIZE_PARAMETER: len(part)}
            parts.append(part)
    content = encode_json(message)
    if not parts:
        return content, JSON_HEADER
    headers = b"%b%b: %d\r\n" % (_BINARY_TYPE_HEADER, JSON_LENGTH_HEADER, len(content))
    return b"".join([content, *parts]), headers
