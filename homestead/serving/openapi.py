"""OpenAPI 3.1 document of the server, from the served contract and the protocols."""

from collections.abc import Sequence
from typing import Any

from homestead import __version__
from homestead.problem.contract import Contract
from homestead.serving.protocols import feedback, seldon
from homestead.serving.protocols.base import TEXT_KINDS, MessageSchemas, PageKind, ProtocolAdapter
from homestead.serving.protocols.json_schema import example_row
from homestead.serving.routes import VERSION_PLACEHOLDER

_ERROR_DESCRIPTIONS = {
    "400": "The request is not of the protocol, or a value is not allowed",
    "404": "An unknown entity or model version",
    "405": "Another method than the path has",
    "408": "The request did not come to its end in time",
    "413": "Too large",
    "415": "The type or the coding of the content is not known",
    "422": "No finite value for a row, or a stored category that is refused",
    "431": "Too much header",
    "501": "The model has no contributions",
    "503": "The model, the feature store or the prediction log is away; Retry-After says when",
}
_EXPLAIN_PARAMETER = {
    "name": "explain",
    "in": "query",
    "description": "Also the contribution of each feature to the prediction.",
    "schema": {"type": "boolean"},
}
_INTERVAL_PARAMETER = {
    "name": "interval",
    "in": "query",
    "description": "Also the interval in which the target lies with the problem's coverage.",
    "schema": {"type": "boolean"},
}
_VERSION_PARAMETER = {
    "name": "version",
    "in": "path",
    "required": True,
    "description": "The model version that must answer.",
    "schema": {"type": "string"},
}


def openapi_document(
    contract: Contract,
    adapters: Sequence[ProtocolAdapter],
    example: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the OpenAPI document of a server that serves this contract.

    Args:
        contract: the served model's contract.
        adapters: the protocols, in the order of the document.
        example: the row of the examples; without it, one that the contract allows.
    """
    problem = contract.problem
    example = example or example_row(contract)
    paths: dict[str, Any] = {}
    for adapter in adapters:
        schemas = adapter.schemas(contract, example)
        for path in adapter.predict_paths(problem):
            operation = _post(adapter.NAME, f"Predict {contract.target}", schemas)
            operation["parameters"] = [
                _EXPLAIN_PARAMETER,
                _INTERVAL_PARAMETER,
                *([_VERSION_PARAMETER] if VERSION_PLACEHOLDER in path else []),
            ]
            paths[path] = {"post": operation}
    for path in feedback.PATHS:
        schemas = feedback.schemas(contract)
        paths[path] = {"post": _post(seldon.NAME, "Say what became of a prediction", schemas)}
    for adapter in adapters:
        for path, kind in adapter.pages(problem).items():
            paths[path] = {"get": _get(adapter.NAME, kind, VERSION_PLACEHOLDER in path)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": problem,
            "version": __version__,
            "description": f"A {contract.task} of {contract.target}: one model, five protocols.",
        },
        "paths": paths,
    }


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _post(tag: str, summary: str, schemas: MessageSchemas) -> dict[str, Any]:
    responses = {
        status: {"description": text, "content": _content({"type": "object"})}
        for status, text in _ERROR_DESCRIPTIONS.items()
    }
    responses["200"] = {"description": "The answer", "content": _content(schemas.response)}
    body = _content(schemas.request)
    body["application/json"]["example"] = schemas.example
    return {
        "tags": [tag],
        "summary": summary,
        "requestBody": {"required": True, "content": body},
        "responses": dict(sorted(responses.items())),
    }


def _get(tag: str, kind: PageKind, has_version: bool) -> dict[str, Any]:
    content = {"text/plain": {"schema": {}}} if kind in TEXT_KINDS else _content({})
    responses: dict[str, Any] = {
        "200": {"description": "As said", "content": content},
        "503": {"description": "Not ready", "content": _content({"type": "object"})},
    }
    if has_version:
        responses["400"] = {"description": "The path is not HTTP's"}
        responses["404"] = {"description": "No such version", "content": _content({})}
    operation: dict[str, Any] = {
        "tags": [tag],
        "summary": kind.capitalize(),
        "responses": responses,
    }
    if has_version:
        operation["parameters"] = [_VERSION_PARAMETER]
    return operation
