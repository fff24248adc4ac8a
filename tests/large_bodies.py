"""Bodies of the largest size that would take many times their size in memory or much time."""

from collections.abc import Iterator
from typing import NamedTuple

from homestead.serving.request_limits import MAX_BODY_BYTES


class LargeBody(NamedTuple):
    """A body and the path that it is for."""

    name: str
    path: str
    content: bytes


def large_bodies(model: str, size: int = MAX_BODY_BYTES) -> Iterator[LargeBody]:
    """Yield bodies for each protocol: objects, lists, numbers, tensors, texts, digits."""
    for name, start, item, end in _REPEATED:
        protocol, _, kind = name.partition(": ")
        path = _PATHS[protocol].format(model=model)
        yield LargeBody(f"{protocol}: {kind}", path, _repeat(start, item, end, size))
    for width in (1, 10**6):
        yield LargeBody(
            f"seldon: tensor with {width} columns",
            _PATHS["seldon"],
            _tensor(b'{"data":{"tensor":{"shape":[%d,%d],"values":[1', b"]}}}", width, size),
        )
        yield LargeBody(
            f"v2: matrix with {width} columns",
            _PATHS["v2"].format(model=model),
            _tensor(
                b'{"inputs":[{"name":"X","datatype":"INT64","shape":[%d,%d],"data":[1',
                b"]}]}",
                width,
                size,
            ),
        )
    keys = b",".join(b'"%x":1' % number for number in range(size // 12))
    yield LargeBody("seldon: fields", _PATHS["seldon"], b'{"jsonData":{' + keys + b"}}")
    depth = size // 2 - 20
    deep = b'{"inputs":' + b"[" * depth + b"]" * depth + b"}"
    yield LargeBody("v2: depth", _PATHS["v2"].format(model=model), deep)


_PATHS = {
    "plain": "/predict",
    "seldon": "/predict",
    "v2": "/v2/models/{model}/infer",
    "tensorflow": "/v1/models/{model}:predict",
    "mlflow": "/invocations",
}
_REPEATED = (
    ("plain: empty objects", b"[{}", b",{}", b"]"),
    ("plain: objects", b'[{"months":1}', b',{"months":1}', b"]"),
    ("plain: escaped keys", b'[{"a":1}', b',{"\\u0061":1}', b"]"),
    ("plain: one column", b'{"months":[1', b",1", b"]}"),
    ("plain: Seldon's words", b'["data"', b',"data"', b"]"),
    ("seldon: empty objects", b'{"jsonData":[{}', b",{}", b"]}"),
    ("seldon: objects", b'{"jsonData":[{"months":1}', b',{"months":1}', b"]}"),
    ("seldon: escaped keys", b'{"jsonData":[{"a":1}', b',{"\\u0061":1}', b"]}"),
    ("seldon: texts with colons", b'{"jsonData":[":"', b',":"', b"]}"),
    ("seldon: rows", b'{"data":{"ndarray":[[1]', b",[1]", b"]}}"),
    ("seldon: named rows", b'{"data":{"names":["months"],"ndarray":[[1]', b",[1]", b"]}}"),
    ("seldon: one row", b'{"data":{"ndarray":[[1', b",1e9", b"]]}}"),
    ("seldon: names", b'{"data":{"ndarray":[[1]],"names":["a"', b',"a"', b"]}}"),
    ("v2: inputs", b'{"inputs":[{"name":"a"}', b',{"name":"a"}', b"]}"),
    (
        "v2: sizes",
        b'{"inputs":[{"name":"a","datatype":"INT8","data":[1],"shape":[1',
        b",1",
        b"]}]}",
    ),
    ("tensorflow: numbers", b'{"instances":[1', b",1", b"]}"),
    ("tensorflow: NaN", b'{"instances":[NaN', b",NaN", b"]}"),
    ("tensorflow: columns", b'{"inputs":{"months":[1', b",1", b"]}}"),
    ("tensorflow: columns of lists", b'{"inputs":{"months":[[1]', b",[1]", b"]}}"),
    ("tensorflow: equal keys", b'{"instances":[{"a":1}', b',{"a":1,"a":2}', b"]}"),
    ("tensorflow: digits", b'{"instances":[{"months":', b"7", b"}]}"),
    ("tensorflow: text", b'{"instances":[{"plan":"', b"x", b'"}]}'),
    ("mlflow: split", b'{"dataframe_split":{"columns":["months"],"data":[[1]', b",[1]", b"]}}"),
    ("mlflow: records", b'{"dataframe_records":[{"a":[1]}', b',{"a":[1]}', b"]}"),
)


def _repeat(start: bytes, item: bytes, end: bytes, size: int) -> bytes:
    return start + item * ((size - len(start) - len(end)) // len(item)) + end


def _tensor(start: bytes, end: bytes, width: int, size: int) -> bytes:
    rows = (size - 200) // 2 // width
    return start % (rows, width) + b",1" * (rows * width - 1) + end
