"""When the circuit breaker opens, and what closes it."""

from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from homestead.serving.features.circuit_breaker import CircuitBreaker

OPEN_S = 1.0


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(clock)
    for _ in range(3):
        assert breaker.permit_call()
        breaker.record_failure()
    return breaker


def test_three_failures_open_it_and_one_trial_decides(clock: Clock) -> None:
    breaker = opened(clock)
    assert not breaker.permit_call()
    clock.now_s += 1.01
    # One caller may try; the others wait for its result.
    assert [breaker.permit_call() for _ in range(3)] == [True, False, False]
    breaker.record_failure()
    assert not breaker.permit_call()
    clock.now_s += 1.01
    assert breaker.permit_call()
    breaker.record_success()
    assert [breaker.permit_call() for _ in range(3)] == [True, True, True]


def test_a_success_resets_the_count(clock: Clock) -> None:
    breaker = CircuitBreaker(clock)
    for _ in range(5):
        breaker.record_failure()
        breaker.record_failure()
        breaker.record_success()
    assert breaker.permit_call()


def test_a_trial_without_outcome_expires(clock: Clock) -> None:
    # Every order of waits, calls whose outcome is never told, and late failures.
    for events in product(("wait", "call", "failure"), repeat=6):
        breaker = opened(clock)
        for event in events:
            if event == "wait":
                clock.now_s += 0.6
            elif event == "call":
                breaker.permit_call()
            else:
                breaker.record_failure()
        clock.now_s += OPEN_S
        assert breaker.permit_call(), events
        breaker.record_success()
        assert breaker.permit_call()


class Calls(RuleBasedStateMachine):
    """Calls that start, end and are forgotten in any order, held against a plain count."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = CircuitBreaker(self.clock)
        self.running = 0
        self.failures = 0
        self.last_permitted_s = self.last_failed_s = -OPEN_S

    @rule(seconds=st.sampled_from([0.0, 0.3, 0.999, 1.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now_s += seconds

    @rule()
    def start(self) -> None:
        now = self.clock.now_s
        has_rested = now - max(self.last_permitted_s, self.last_failed_s) >= OPEN_S
        assert self.breaker.permit_call() == (self.failures < 3 or has_rested)
        if self.failures < 3 or has_rested:
            self.running += 1
            if self.failures >= 3:
                self.last_permitted_s = now

    @rule()
    def succeed(self) -> None:
        if self.running:
            self.running -= 1
            self.failures = 0
            self.breaker.record_success()

    @rule()
    def fail(self) -> None:
        if self.running:
            self.running -= 1
            self.failures += 1
            self.last_failed_s = self.clock.now_s
            self.breaker.record_failure()

    @rule()
    def forget(self) -> None:
        self.running = max(0, self.running - 1)

    @invariant()
    def a_second_of_rest_is_enough(self) -> None:
        # The same state on a clock of its own, so that the question changes nothing.
        later = CircuitBreaker(lambda: self.clock.now_s + OPEN_S)
        later.__dict__.update({**self.breaker.__dict__, "_clock": later._clock})
        assert later.permit_call()


Calls.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestCalls = Calls.TestCase
