"""Small parts of the server: its breaker, its imports, and a share that grows."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homestead.serving.app import App
from homestead.serving.features import circuit_breaker
from homestead.serving.features.circuit_breaker import CircuitBreaker
from homestead.serving.models.rollout import in_rollout


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(circuit_breaker.time, "monotonic", lambda: now[0])
    return now


def test_three_failures_open_and_one_trial_decides(clock: list[float]) -> None:
    found = CircuitBreaker()
    for _ in range(2):
        found.record_failure()
    assert not found.is_open
    found.record_failure()
    assert found.is_open
    clock[0] += 1.01
    # One may try; the others wait for what comes of it.
    assert [found.is_open for _ in range(3)] == [False, True, True]
    found.record_failure()
    assert found.is_open
    clock[0] += 1.01
    assert not found.is_open
    found.record_success()
    assert [found.is_open for _ in range(3)] == [False, False, False]


def test_a_success_in_between_starts_the_count_anew(clock: list[float]) -> None:
    found = CircuitBreaker()
    for _ in range(5):
        found.record_failure()
        found.record_failure()
        found.record_success()
    assert not found.is_open


START = """
import sys, homestead.serving.main
from homestead.errors import UserError
from homestead.model.onnx_model import read_model
try:
    read_model(sys.argv[1], "0" * 64)
except UserError as error:
    assert "found digest" in str(error)
print(*{"pandas", "feast", "sqlalchemy", "mlflow", "fsspec"} & {*sys.modules})
"""


@pytest.mark.parametrize("as_uri", [False, True])
def test_the_server_starts_without_the_heavy_libraries(tmp_path: Path, as_uri: bool) -> None:
    path = tmp_path / "of a version" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(b"x")
    command = [sys.executable, "-c", START, path.as_uri() if as_uri else str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_growing_share_keeps_those_who_are_in_it() -> None:
    subjects = [str(number) for number in range(4000)]
    shares = [{s for s in subjects if in_rollout(s, share)} for share in (0.0, 0.1, 0.5, 1.0)]
    assert shares[0] == set()
    assert shares[0] < shares[1] < shares[2] < shares[3] == set(subjects)
    assert 320 < len(shares[1]) < 480


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/models/house_price/infer", 405),
        ("/v2/models/house-price/infer", 405),
        ("/v1/models/house-price:predict", 405),
        ("/v2/models/house-prices-/infer", 404),
    ],
)
def test_a_model_answers_to_its_name_on_kubernetes_too(path: str, status: int) -> None:
    """Seldon's executor asks by the container's name, which can't have an underscore."""
    app = App(cast(Any, SimpleNamespace(problem="house_price", champion=None)), cast(Any, None))
    found: list[int] = []
    app(b"GET", path.encode(), b"", lambda status, content, headers=b"": found.append(status))
    assert found == [status]
