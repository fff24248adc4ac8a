"""What follows from the charts of a release: one sentence each, computed from its figures."""

from collections.abc import Mapping, Sequence

import numpy as np

from homestead.release.analysis.result import TestResult
from homestead.reports.wording import duration, number, percent


def traffic_sentence(
    times: Sequence[float], shares: Sequence[float], end: float, *, has_ended: bool
) -> str:
    """Say how far the challenger's share rose, and where it stands.

    Args:
        times: when each share began, in seconds.
        shares: 0 to 1.
        end: when the last one ended, or now.
    """
    highest, last = max(shares), shares[-1]
    took = duration(end - times[0])
    if last < highest:
        return f"The challenger's share rose to {percent(highest, 0)} and was taken back."
    if has_ended:
        return f"The challenger's share rose to {percent(last, 0)} within {took}."
    return f"The challenger answers {percent(last, 0)} of the subjects, {took} after the start."


def test_sentence(test: TestResult) -> str:
    """Say on which side of its limits a test's interval lies."""
    interval = f"{percent(test.low)} to {percent(test.high)}"
    if test.verdict == "harm":
        return (
            f"Worse: the whole interval, {interval}, is above the limit of"
            f" {percent(test.harmful_above)}."
        )
    if test.verdict == "passed" and test.passed_below is not None:
        return (
            f"Good enough: the whole interval, {interval}, is below the limit of"
            f" {percent(test.passed_below)}."
        )
    return f"Undecided after {number(test.observations)} observations: the interval is {interval}."


test_sentence.__test__ = False  # type: ignore[attr-defined]  # not one of pytest's


def slices_sentence(slices: Sequence[TestResult]) -> str:
    """Say in which slices the challenger is worse; at least one slice is given."""
    worse = [test for test in slices if test.verdict == "harm"]
    if worse:
        names = ", ".join(test.name.removeprefix("slice ") for test in worse[:3])
        return f"The challenger is worse in {len(worse)} of {len(slices)} slices: {names}."
    worst = max(slices, key=lambda test: test.high)
    return (
        f"In none of {len(slices)} slices is the challenger surely worse; the least is known of"
        f" {worst.name.removeprefix('slice ')}, where it may be up to {percent(worst.high)} worse."
    )


def latency_sentence(seconds: Mapping[str, np.ndarray]) -> str:
    """Say how long half of the requests and the slowest hundredth take.

    Args:
        seconds: by the model that answered, shape (requests,).
    """
    median = {side: 1000 * float(np.median(values)) for side, values in seconds.items()}
    slow = {side: 1000 * float(np.quantile(values, 0.99)) for side, values in seconds.items()}
    if len(median) < 2:
        side = next(iter(median))
        return f"Half of the {side}'s requests take at most {number(median[side])} ms."
    ours, theirs = median["challenger"], median["champion"]
    change = ours / theirs - 1
    side = "longer" if change > 0 else "less"
    return (
        f"The challenger's median request takes {number(ours)} ms, {percent(abs(change), 0)} {side}"
        f" than the champion's; its slowest hundredth takes {number(slow['challenger'])} ms and"
        f" more, the champion's {number(slow['champion'])} ms."
    )
