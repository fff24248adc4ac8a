"""When the circuit breaker opens, and what closes it."""

import time

import pytest

from homestead.serving.features.circuit_breaker import CircuitBreaker


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_three_failures_open_it_and_one_trial_decides(clock: list[float]) -> None:
    breaker = CircuitBreaker()
    for _ in range(2):
        breaker.record_failure()
    assert not breaker.is_open
    breaker.record_failure()
    assert breaker.is_open
    clock[0] += 1.01
    # One caller may try; the others wait for its result.
    assert [breaker.is_open for _ in range(3)] == [False, True, True]
    breaker.record_failure()
    assert breaker.is_open
    clock[0] += 1.01
    assert not breaker.is_open
    breaker.record_success()
    assert [breaker.is_open for _ in range(3)] == [False, False, False]


def test_a_success_resets_the_count(clock: list[float]) -> None:
    breaker = CircuitBreaker()
    for _ in range(5):
        breaker.record_failure()
        breaker.record_failure()
        breaker.record_success()
    assert not breaker.is_open
