"""Forms of Seldon's messages, and what the operator says of the server."""

import json
from typing import Any

import httpx
import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.seldon_message import decode_message, own_request_path

ROW = {"plan": "pro", "months": 3}


def form(**fields: Any) -> tuple[bytes, bytes]:
    """Return the body and the content type of a form, as a client makes them."""
    request = httpx.Request("POST", "http://server", files=fields)
    return request.read(), request.headers["content-type"].encode()


def decoded(body: bytes, content_type: bytes | None) -> dict[str, Any]:
    return decode_message(body, lambda name: content_type if name == b"content-type" else None)


def test_each_field_of_a_form_is_a_key_of_the_message() -> None:
    body, content_type = form(
        jsonData=(None, json.dumps(ROW)), meta=(None, '{"puid": "mine"}'), strData=(None, "{a")
    )
    assert decoded(body, content_type) == {
        "jsonData": ROW,
        "meta": {"puid": "mine"},
        "strData": "{a",
    }


def test_a_file_is_a_field_like_any_other() -> None:
    body, content_type = form(jsonData=("row.json", json.dumps(ROW), "application/json"))
    assert decoded(body, content_type) == {"jsonData": ROW}


def test_a_boundary_may_be_quoted_and_lines_may_break_inside_of_a_value() -> None:
    body = b'--a b\r\nContent-Disposition: form-data; name="meta"\r\n\r\n{\r\n}\r\n--a b--\r\n'
    assert decoded(body, b'multipart/form-data; boundary="a b"') == {"meta": {}}


FIELD = b'--x\r\nContent-Disposition: form-data; name="jsonData"\r\n\r\n'
TYPE = b"multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (FIELD + b"{}\r\n--x--\r\n", None, "content type is not multipart/form-data"),
        (FIELD + b"{}\r\n--x--\r\n", b"multipart/form-data", "is not multipart/form-data"),
        (FIELD + b"{}", TYPE, "does not end with its boundary"),
        (b"--x--", TYPE, "does not end with its boundary"),
        (FIELD + b"{}\r\n" + FIELD + b"{}\r\n--x--", TYPE, "'jsonData' is given twice"),
        (b"--x\r\n\r\n{}\r\n--x--", TYPE, "a part of the form has no name"),
        (b"--x\r\n" * 30 + b"--x--", TYPE, "more than 20 parts"),
        (FIELD + b"{\r\n--x--", TYPE, "jsonData: the body is not JSON"),
        (FIELD + b'1, "meta": {}\r\n--x--', TYPE, "jsonData: the field is not JSON"),
    ],
)
def test_a_form_that_is_none_is_refused(
    body: bytes, content_type: bytes | None, message: str
) -> None:
    with pytest.raises(RefusedError, match=message) as error:
        decoded(body, content_type)
    assert error.value.status == 400


def test_the_request_path_is_the_graphs_node_and_its_image() -> None:
    environment = {"PREDICTIVE_UNIT_ID": "churn", "PREDICTIVE_UNIT_IMAGE": "serving:1"}
    assert own_request_path(environment) == {"churn": "serving:1"}
    assert own_request_path({}) == {}
