"""An ONNX file's graph without the onnx package, which the server does not have.

Reads what :mod:`homestead.model.onnx_export` writes: protocol buffers' wire format
(protobuf.dev/programming-guides/encoding) with the field numbers of ``onnx.proto``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

_DTYPES = {1: "<f4", 2: "u1", 6: "<i4", 7: "<i8", 9: "?", 11: "<f8"}
_FLOAT, _INT, _STRING, _TENSOR, _INTS = 1, 2, 3, 4, 7  # AttributeProto.AttributeType


@dataclass(frozen=True)
class Node:
    """One operator of the graph; each of Homestead's has a single output."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Graph:
    """A file's nodes in the order of their computation, its constants and its metadata."""

    nodes: tuple[Node, ...]
    constants: dict[str, np.ndarray]
    metadata: dict[str, str]

    def find(self, operator: str) -> Node | None:
        """The only node of an operator, None where there is none."""
        return next((node for node in self.nodes if node.operator == operator), None)

    def evaluate(self, name: str, X: np.ndarray) -> np.ndarray:
        """A value ahead of the model's trees or weights, for rows ``X`` (rows, features).

        Raises:
            KeyError: it needs an operator that only onnxruntime computes here.
        """
        known = {"X": X, **self.constants}
        made_by = {node.output: node for node in self.nodes}

        def value(wanted: str) -> np.ndarray:
            if wanted not in known:
                node = made_by[wanted]
                inputs = [value(source) for source in node.inputs]
                known[wanted] = _OPERATORS[node.operator](node.attributes, *inputs)
            return known[wanted]

        return value(name)


_OPERATORS: dict[str, Callable[..., np.ndarray]] = {
    "Gather": lambda a, x, places: np.take(x, places, axis=a["axis"]),
    "IsNaN": lambda a, x: np.isnan(x),
    "Where": lambda a, test, x, y: np.asarray(np.where(test, x, y)),
    "Sub": lambda a, x, y: x - y,
    "Div": lambda a, x, y: x / y,
    "Equal": lambda a, x, y: x == y,
    "Cast": lambda a, x: _cast(x, _DTYPES[a["to"]]),
    "Concat": lambda a, *parts: np.concatenate(parts, axis=a["axis"]),
}


def _cast(x: np.ndarray, dtype: str) -> np.ndarray:
    with np.errstate(over="ignore"):  # beyond float32 is infinity, as for onnxruntime
        return x.astype(dtype)


def read_graph(content: bytes) -> Graph:
    """Read a file's bytes.

    Raises:
        ValueError: they are not an ONNX file.
    """
    try:
        model = _message(memoryview(content))
        graph = _message(model[7][0])
        pairs = [_message(entry) for entry in model.get(14, [])]
        return Graph(
            tuple(_node(data) for data in graph[1]),
            dict(_tensor(data) for data in graph.get(5, [])),
            {_text(pair[1][0]): _text(pair[2][0]) for pair in pairs},
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"not an ONNX file: {error!r}") from None


def _node(data: memoryview) -> Node:
    found = _message(data)
    return Node(
        _text(found[4][0]),
        tuple(_text(name) for name in found[1]),
        _text(found[2][0]),
        dict(_attribute(one) for one in found.get(5, [])),
    )


def _attribute(data: memoryview) -> tuple[str, Any]:
    found = _message(data)
    name, kind = _text(found[1][0]), found[20][0]
    if kind == _INTS:
        return name, np.array(found.get(8, []), dtype=np.uint64).astype(np.int64)
    if kind == _TENSOR:
        return name, _tensor(found[5][0])[1]
    if kind == _INT:
        return name, int(np.uint64(found[3][0]).astype(np.int64)) if 3 in found else 0
    if kind == _STRING:
        return name, _text(found[4][0])
    if kind == _FLOAT:
        return name, float(np.frombuffer(found[2][0], "<f4")[0])
    raise ValueError(f"attribute {name}: a type that is not read here ({kind})")


def _tensor(data: memoryview) -> tuple[str, np.ndarray]:
    found = _message(data)
    dtype = np.dtype(_DTYPES[found[2][0]])
    if 9 in found:  # raw_data
        values = np.frombuffer(found[9][0], dtype)
    elif 10 in found:  # double_data, packed
        values = np.frombuffer(found[10][0], "<f8")
    else:  # int32_data and int64_data, packed
        packed = (found.get(5) or found.get(7) or [memoryview(b"")])[0]
        values = np.array(list(_integers(packed)), dtype)
    name = _text(found[8][0]) if 8 in found else ""
    return name, values.reshape([int(size) for size in found.get(1, [])])


def _message(data: memoryview) -> dict[int, list[Any]]:
    """Field number: its values; integers, and views of what has a length."""
    found: dict[int, list[Any]] = {}
    at, end = 0, len(data)
    while at < end:
        tag, at = _integer(data, at)
        kind = tag & 7
        value: Any
        if kind == 0:
            value, at = _integer(data, at)
        else:
            size, at = _integer(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at : at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def _integer(data: memoryview, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 128:
        return byte, at + 1
    value, shift = byte & 127, 7
    while True:
        at += 1
        byte = data[at]
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at + 1
        shift += 7


def _integers(data: memoryview) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _integer(data, at)
        yield value


def _text(data: memoryview) -> str:
    return bytes(data).decode()
