"""Bodies that would take many times their size: the memory until they are refused or decoded."""

import tracemalloc

import pytest

from homestead.serving.app import ADAPTERS
from homestead.serving.errors import RefusedError
from homestead.serving.protocols.base import ProtocolAdapter
from tests.large_bodies import LargeBody, large_bodies

# Small, since memory is traced slowly.
SIZE = 2**18


def adapter_of(path: str) -> ProtocolAdapter:
    return next(adapter for adapter in ADAPTERS if path in adapter.predict_paths("churn"))


@pytest.mark.parametrize("body", list(large_bodies("churn", SIZE)), ids=lambda body: body.name)
def test_a_body_takes_a_small_multiple_of_its_size(body: LargeBody) -> None:
    adapter = adapter_of(body.path)
    tracemalloc.start()
    try:
        adapter.decode_request(body.content, {b"content-type": b"application/json"}.get)
    except RefusedError as error:
        assert error.status in (400, 413)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # It was 100 times the size for a tensor or a column of single values.
    assert peak < 40 * SIZE
