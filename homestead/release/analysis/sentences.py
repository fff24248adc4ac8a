"""Reasons of a verdict, each with its test, numbers and limit."""

from homestead.release.analysis.result import TestResult

_RELATIVE = ("error", "slice")


def harm_sentence(test: TestResult) -> str:
    """Say what the harm is, for example "failures: …, at least 71% (limit 50%)"."""
    return f"{_found(test)}, at least {_percent(test, test.low)} (limit {_limit(test)})"


def pass_sentence(test: TestResult) -> str:
    """Say what was shown to be within its limit."""
    return f"{_found(test)}, at most {_percent(test, test.high)} (limit {_limit(test)})"


def wait_sentence(test: TestResult) -> str:
    """Say what is not known yet."""
    if test.estimate is None:
        return f"too little traffic: {test.name} has no observations yet"
    between = f"between {_percent(test, test.low)} and {_percent(test, test.high)}"
    return f"not decided yet: {_found(test)}, {between} (limit {_limit(test)})"


def _found(test: TestResult) -> str:
    """Return what was estimated, from how much."""
    value = "unknown" if test.estimate is None else _percent(test, test.estimate)
    of = "subjects" if test.name == "failures" else "pairs of requests"
    note = f" ({test.note})" if test.note else ""
    return f"{test.name}: {test.title} is {value} in {test.observations:,} {of}{note}"


def _limit(test: TestResult) -> str:
    limit = test.harmful_above
    if test.verdict != "harm" and test.passed_below is not None:
        limit = test.passed_below
    return _percent(test, limit)


def _percent(test: TestResult, value: float) -> str:
    return f"{value:+.1%}" if test.name.split()[0] in _RELATIVE else f"{value:.1%}"
