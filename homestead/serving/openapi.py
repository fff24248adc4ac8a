"""The OpenAPI 3.1 document, from the served contract and the codecs."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead import __version__
from homestead.problem.contract import Contract
from homestead.serving.protocols import feedback, seldon
from homestead.serving.protocols.base import PageKind, ProtocolAdapter

_REFUSALS = {
    "400": "The request is not of the protocol, or a value is not allowed",
    "404": "An unknown entity or model version",
    "405": "Another method than the path has",
    "408": "The request did not come to its end in time",
    "413": "Too large",
    "422": "The model has no finite value for a row",
    "431": "Too much header",
    "501": "The model has no contributions",
    "503": "The model, the feature store or the prediction log is away; Retry-After says when",
}
_EXPLAIN = {
    "name": "explain",
    "in": "query",
    "description": "Also the contribution of each feature to the prediction.",
    "schema": {"type": "boolean"},
}
_VERSION = {
    "name": "version",
    "in": "path",
    "required": True,
    "description": "The model version that must answer.",
    "schema": {"type": "string"},
}


def openapi(
    contract: Contract,
    codecs: Sequence[ProtocolAdapter],
    pages: Mapping[str, tuple[ProtocolAdapter, PageKind]],
) -> dict[str, Any]:
    """The document of one problem's server.

    Args:
        pages: the codec and the kind of each path that can be read.
    """
    paths: dict[str, Any] = {}
    for codec in codecs:
        schemas = codec.schemas(contract)
        for path in codec.predict_paths(contract.problem):
            operation = _post(codec.NAME, f"Predict {contract.target}", *schemas)
            operation["parameters"] = [_EXPLAIN, *([_VERSION] if "{version}" in path else [])]
            paths[path] = {"post": operation}
    for path in feedback.PATHS:
        schemas = feedback.schemas(contract)
        text = "Say what became of a prediction"
        paths[path] = {"post": _post(seldon.NAME, text, *schemas)}
    for path, (codec, kind) in pages.items():
        paths[path] = {"get": _get(codec.NAME, kind.capitalize(), "{version}" in path)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": contract.problem,
            "version": __version__,
            "description": f"A {contract.task} of {contract.target}: one model, three protocols.",
        },
        "paths": paths,
    }


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _post(tag: str, summary: str, request: Any, answer: Any, example: Any) -> dict[str, Any]:
    responses = {
        status: {"description": text, "content": _content({"type": "object"})}
        for status, text in _REFUSALS.items()
    }
    responses["200"] = {"description": "The answer", "content": _content(answer)}
    body = _content(request)
    body["application/json"]["example"] = example
    return {
        "tags": [tag],
        "summary": summary,
        "requestBody": {"required": True, "content": body},
        "responses": dict(sorted(responses.items())),
    }


def _get(tag: str, summary: str, versioned: bool) -> dict[str, Any]:
    responses = {
        "200": {"description": "As said", "content": _content({})},
        "503": {"description": "Not ready", "content": _content({"type": "object"})},
    }
    if versioned:
        responses["400"] = {"description": "The path is not HTTP's"}
        responses["404"] = {"description": "No such version", "content": _content({})}
    operation: dict[str, Any] = {"tags": [tag], "summary": summary, "responses": responses}
    if versioned:
        operation["parameters"] = [_VERSION]
    return operation
