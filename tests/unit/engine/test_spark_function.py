"""A function that executors compute: results, users' mistakes, and how many calls are made."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from homestead.engine.spark_function import SparkFunction, call_task
from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from tests.spark import needs_spark

pytestmark = needs_spark
CALL = [pa.record_batch({"id": [0]})]


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOMESTEAD_SPARK_MASTER", "local[2]")
        patch.setenv(
            "HOMESTEAD_SPARK_OPTIONS",
            "'spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'",
        )
        session = spark_session()
        yield
        session.stop()


def doubled(content: bytes) -> bytes:
    if not content:
        raise UserError("found nothing, allowed are bytes")
    return content * 2


def test_bytes_come_back() -> None:
    content = bytes(range(256)) * 4096
    assert SparkFunction(doubled)(content) == content * 2


def test_several_threads_call_at_the_same_time() -> None:
    function = SparkFunction(doubled)
    with ThreadPoolExecutor(function.calls) as pool:
        found = list(pool.map(function, [bytes([i]) for i in range(9)]))
    assert found == [bytes([i, i]) for i in range(9)]


def test_a_users_mistake_is_a_result_that_no_task_is_repeated_for() -> None:
    sent: Any = SimpleNamespace(value=b"")
    [found] = call_task(CALL, function=doubled, content=sent)
    assert found.to_pylist() == [{"content": None, "error": "found nothing, allowed are bytes"}]
    with pytest.raises(UserError, match=r"^found nothing, allowed are bytes$"):
        SparkFunction(doubled)(b"")


def test_the_drivers_memory_bounds_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_MEMORY", "8GB")
    assert SparkFunction(doubled).calls == 3
    monkeypatch.setenv("HOMESTEAD_MEMORY", "270MB")
    assert SparkFunction(doubled).calls == 2
    monkeypatch.setenv("HOMESTEAD_MEMORY", "130MB")
    assert SparkFunction(doubled).calls == 1
