"""Whose body a request to a path of plain rows has: this is decided here and nowhere else.

Seldon's orchestrator and clients post to ``/predict`` too, so that its paths take both. A body is
Seldon's if it is a form, or if ``data``, ``jsonData`` or ``meta`` holds an object or a list: the
value of a plain row is a single one. A table by columns which has a column of one of these names is
therefore to be sent as a list of rows, or on a path of another protocol. An object without a key is
no row: it is Seldon's message without data.
"""

import re
from typing import cast

from homestead.serving.protocols import seldon
from homestead.serving.protocols.base import ProtocolAdapter
from homestead.serving.protocols.plain import protocol

# In JSON, a quoted word before a colon is a key: within a text, the quotes would be escaped.
_SELDON_KEY = re.compile(rb'"(?:data|jsonData|meta)"\s*+:\s*+[\[{]')
# Seldon's messages begin with one of these keys; a search of megabytes would delay others.
_SEARCHED_BYTES = 64 * 1024
# Forms, and how most of Seldon's messages begin.
_SELDON_STARTS = (
    *(b"--", b"json="),
    *(b'{"data":{', b'{"data": {', b'{"jsonData":{', b'{"jsonData": {'),
    *(b'{"jsonData":[', b'{"jsonData": ['),
)
_NO_KEY = ([b"{}"], [b"{", b"}"])
_SELDON, _PLAIN = cast(tuple[ProtocolAdapter, ProtocolAdapter], (seldon, protocol))


def adapter_of_body(body: bytes) -> ProtocolAdapter:
    """Return the protocol that a body is of: Seldon's or plain rows."""
    if body.startswith(_SELDON_STARTS) or (len(body) < 8 and body.split() in _NO_KEY):
        return _SELDON
    # A list, or an object that holds no other: found faster than the keys.
    if body.startswith(b"[") or (body.find(b"{", 1) < 0 and b"[" not in body):
        return _PLAIN
    return _PLAIN if _SELDON_KEY.search(body, 0, _SEARCHED_BYTES) is None else _SELDON
