"""The choice between plain rows and Seldon's messages, which share their paths."""

import json
from typing import Any

import pytest

from homestead.serving.protocols.plain.selection import adapter_of_body


@pytest.mark.parametrize(
    "content",
    [
        {"jsonData": {"id": 1}},
        {"jsonData": [{"id": 1}]},
        {"data": {"ndarray": [[1]]}},
        {"data": [[1]]},
        {"meta": {"puid": "a"}},
        {"meta": {}, "jsonData": 7},
    ],
)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", " : \n")])
def test_seldons_keys_hold_objects_or_lists(content: Any, separators: tuple[str, str]) -> None:
    body = json.dumps(content, separators=separators).encode()
    assert adapter_of_body(body).NAME == "Seldon"


@pytest.mark.parametrize("body", [b"--x\r\n", b"json=%7B%7D", b"{}", b" {\n} "])
def test_forms_and_an_object_without_a_key_are_seldons(body: bytes) -> None:
    assert adapter_of_body(body).NAME == "Seldon"


@pytest.mark.parametrize(
    "content",
    [
        {"id": 7129300520},
        [{"id": 1}],
        {"data": 7, "meta": None, "jsonData": "text"},
        {"note": '"data": {', "other": 'say "meta":['},
        {"my data": 1, "metadata": [1, 2]},
        [{}],
        [],
    ],
)
def test_everything_else_is_plain(content: Any) -> None:
    assert adapter_of_body(json.dumps(content).encode()).NAME == "Plain JSON"
    assert adapter_of_body(b"").NAME == "Plain JSON"
