"""Plain JSON: a row of fields as an object, a list of such rows, or a table by columns.

The response has the form of the request: an object with ``prediction``, an object with a list
``predictions`` of what the response to a single row says of its row, or one of columns.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols.base import (
    HeaderReader,
    MessageSchemas,
    PageKind,
    PredictionRequest,
    PredictionResponse,
    no_header,
)
from homestead.serving.protocols.json_body import (
    check_common_row_count,
    decode_json,
    encode_json,
)
from homestead.serving.protocols.plain import answers
from homestead.serving.protocols.plain.schemas import message_schemas

NAME = "Plain JSON"
SERVER_PAGES: Mapping[PageKind, Any] = {}
# Forms of a response.
ROW, ROWS, COLUMNS = "row", "rows", "columns"
_NESTED = frozenset((list, dict))
# Keys of other protocols' requests, and where these are answered.
_OTHER_PATHS = {
    "inputs": "/v2/models/<name>/infer, /v1/models/<name>:predict and /invocations",
    "instances": "/v1/models/<name>:predict and /invocations",
    "dataframe_split": "/invocations",
    "dataframe_records": "/invocations",
}


def predict_paths(problem: str) -> Sequence[str]:
    """Return the paths of predictions; ``{version}`` stands for a model version."""
    return (
        "/predict",
        f"/models/{problem}/predict",
        f"/models/{problem}/versions/{{version}}/predict",
    )


def pages(problem: str) -> Mapping[str, PageKind]:
    """Return the kind of each page, by path."""
    return {"/models": PageKind.SERVED}


def decode_request(body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
    """Decode a request's body.

    Raises:
        RefusedError: the body is not JSON, or neither rows nor columns.
    """
    content = decode_json(body)
    if isinstance(content, list):
        return PredictionRequest(content, response_form=ROWS)
    if not isinstance(content, dict):
        raise RefusedError(
            400,
            "shape",
            f"the body is {describe_value(content)}, allowed are a row, which is an object of"
            " fields, or a list of rows",
        )
    # Most rows hold no bracket but their own, and need no look at each value.
    is_row = b"[" not in body and body.count(b"{") == 1
    if is_row or _NESTED.isdisjoint(map(type, content.values())):
        return PredictionRequest([content], response_form=ROW)
    return PredictionRequest(_rows_of_columns(content), response_form=COLUMNS)


def _rows_of_columns(columns: dict[str, Any]) -> list[dict[str, Any]]:
    for name, values in columns.items():
        if name in _OTHER_PATHS and isinstance(values, list | dict):
            raise RefusedError(
                400,
                "shape",
                f"{name}: this looks like another protocol, answered at {_OTHER_PATHS[name]};"
                " allowed here is a row of fields, a list of rows or an object of columns",
            )
        if not isinstance(values, list):
            raise RefusedError(
                400,
                "shape",
                f"{name[:60]}: found {describe_value(values)}, allowed is a list of values, as in"
                " the other columns",
            )
    check_common_row_count(columns.values(), "columns")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def encode_response(response: PredictionResponse) -> tuple[bytes, bytes]:
    """Return the body and the header lines of a response, in the form of its request."""
    if response.response_form == COLUMNS:
        content = answers.columns(response)
    elif response.response_form == ROW:
        (content,) = answers.rows(response)
    else:
        content = {"predictions": answers.rows(response)}
    content |= response.identification
    if response.request_id is not None:
        content["request_id"] = response.request_id
    return encode_json(content), JSON_HEADER


def encode_error(status: int, reason: str, message: str) -> bytes:
    """Encode the body of an error response."""
    return encode_json({"error": message, "reason": reason})


def page_content(kind: PageKind, contract: Contract, version: str) -> Any:
    """Return nothing: no page is of one model."""
    return {}


def schemas(contract: Contract, example: dict[str, Any]) -> MessageSchemas:
    """Return the schemas of prediction requests and responses, Seldon's among them."""
    return message_schemas(contract, example)
