"""The protocol of MLflow's scoring server: tables as pandas writes them, in JSON or CSV."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema, tensorflow
from homestead.serving.protocols.base import (
    HeaderReader,
    MessageSchemas,
    PageKind,
    PredictionRequest,
    PredictionResponse,
    no_header,
)
from homestead.serving.protocols.json_body import decode_json_object, encode_json, parse_flag
from homestead.serving.protocols.tables.csv_tables import parse_csv
from homestead.serving.protocols.tables.json_tables import (
    Table,
    parse_columns,
    parse_rows,
    parse_split,
)

NAME = "MLflow"
# The version whose scoring protocol this is; clients ask for it.
MLFLOW_VERSION = "3.17.0"
SERVER_PAGES: Mapping[PageKind, Any] = {PageKind.VERSION: MLFLOW_VERSION}
_FORMS = {
    "dataframe_split": parse_split,
    "dataframe_records": parse_rows,
    "instances": parse_rows,
    "inputs": parse_columns,
}
# Clients such as curl call a body a form unless they are told otherwise.
_JSON_TYPES = ("", "application/json", "application/x-www-form-urlencoded")
_ERROR_CODES = {
    400: "BAD_REQUEST",
    404: "RESOURCE_DOES_NOT_EXIST",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}


def predict_paths(problem: str) -> Sequence[str]:
    """Return the path of predictions."""
    return ("/invocations",)


def pages(problem: str) -> Mapping[str, PageKind]:
    """Return the kind of each page, by path."""
    return {
        "/ping": PageKind.READY,
        "/health": PageKind.READY,
        "/version": PageKind.VERSION,
    }


def decode_request(body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
    """Decode a request's body.

    Raises:
        RefusedError: the body does not follow the protocol.
    """
    content_type = (header(b"content-type") or b"").decode("latin-1").lower()
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip()
    charset = parameters.partition("charset=")[2].strip(' "') or "utf-8"
    if media_type not in (*_JSON_TYPES, "text/csv") or charset not in ("utf-8", "utf8"):
        raise RefusedError(
            415,
            "type",
            f"content-type: found {describe_value(content_type)}, allowed are application/json and"
            " text/csv, in UTF-8",
        )
    if media_type == "text/csv":
        return PredictionRequest(parse_csv(body))
    content = decode_json_object(body)
    params = content.get("params") or {}
    if not isinstance(params, dict):
        raise RefusedError(400, "shape", "params: allowed is an object")
    explain = parse_flag(params.get("explain"), "params.explain")
    interval = parse_flag(params.get("interval"), "params.interval")
    rows, matrix = _parse_table(content)
    return PredictionRequest(rows, matrix, explain=explain, interval=interval)


def _parse_table(content: dict[str, Any]) -> Table:
    forms = [form for form in _FORMS if form in content]
    if len(forms) != 1:
        found = ", ".join(forms) or "none"
        raise RefusedError(
            400, "shape", f"found {found}, allowed is exactly one of {', '.join(_FORMS)}"
        )
    return _FORMS[forms[0]](content[forms[0]], forms[0])


def encode_response(response: PredictionResponse) -> tuple[bytes, bytes]:
    """Return the body and the header lines of a response: one prediction a row."""
    return tensorflow.encode_response(response)


def encode_error(status: int, reason: str, message: str) -> bytes:
    """Encode the body of an error response."""
    code = _ERROR_CODES.get(status, _ERROR_CODES[400])
    return encode_json({"error_code": code, "message": message})


def page_content(kind: PageKind, contract: Contract, version: str) -> Any:
    """Return the content of a readiness check."""
    return {"status": "ok"}


def schemas(contract: Contract, example: dict[str, Any]) -> MessageSchemas:
    """Return the schemas of prediction requests and responses."""
    row = json_schema.row_schema(contract)
    split = json_schema.object_schema(
        {
            "columns": {"type": "array", "items": {"type": "string"}},
            "data": json_schema.array_schema(json_schema.array_schema({})),
        },
        "data",
        allow_others=True,
    )
    request = json_schema.object_schema(
        {
            "dataframe_split": split,
            "dataframe_records": json_schema.array_schema(row),
            "instances": json_schema.array_schema({}),
            "inputs": {},
            "params": json_schema.ANY_OBJECT,
        },
        allow_others=True,
    )
    response = json_schema.object_schema(
        {"predictions": json_schema.array_schema({}), "metadata": json_schema.ANY_OBJECT},
        *("predictions", "metadata"),
    )
    return MessageSchemas(request, response, {"dataframe_records": [example]})
