"""Reasons of a verdict, each with its test, numbers and limit."""

from homestead.release.analysis.result import TestResult


def harm_sentence(test: TestResult) -> str:
    """Say what the harm is: "…, at least 19.5% (limit 5.0%)"."""
    return f"{_found(test)}, at least {test.low:.1%} (limit {test.harmful_above:.1%})"


def pass_sentence(test: TestResult) -> str:
    """Say what was shown to be within its limit: "…, at most 4.3% (limit 25.0%)"."""
    return f"{_found(test)}, at most {test.high:.1%} (limit {_limit(test):.1%})"


def wait_sentence(test: TestResult) -> str:
    """Say what is not known yet, and how nearly."""
    if test.observations == 0:
        return f"too little traffic: {test.name} has no observations yet"
    between = f"between {test.low:.1%} and {test.high:.1%}"
    return f"not decided yet: {_found(test)}, {between} (limit {_limit(test):.1%})"


def _found(test: TestResult) -> str:
    """Return what was estimated, and from how much."""
    value = "unknown" if test.estimate is None else f"{test.estimate:.1%}"
    if test.name == "failures":
        return (
            f"failures: one model alone failed on {test.observations:,} subjects ({test.note});"
            f" {test.title} is {value}"
        )
    return f"{test.name}: {test.title} is {value} in {test.observations:,} pairs of requests"


def _limit(test: TestResult) -> float:
    return test.harmful_above if test.passed_below is None else test.passed_below
