"""What follows from the charts of a release: the sentence changes with the figures."""

import numpy as np

from homestead.release.analysis.result import TestResult
from homestead.reports.releases import sentences


def result(**changes: object) -> TestResult:
    fields: dict[str, object] = {
        "name": "slice grade=7",
        "title": "the mean error",
        "verdict": "undecided",
        "estimate": 0.01,
        "low": -0.02,
        "high": 0.04,
        "harmful_above": 0.0,
        "passed_below": 0.05,
        "observations": 300,
        "e_value": 1.0,
        "level": 0.005,
    }
    return TestResult.model_validate({**fields, **changes})


def test_the_share_rose_stands_or_was_taken_back() -> None:
    def said(*shares: float, has_ended: bool) -> str:
        times = [60.0 * n for n in range(len(shares))]
        return sentences.traffic_sentence(times, shares, 300.0, has_ended=has_ended)

    assert said(0.2, 0.5, 0.0, has_ended=True) == (
        "The challenger's share rose to 50% and was taken back."
    )
    assert said(0.2, 1.0, has_ended=True) == "The challenger's share rose to 100% within 5 min."
    assert "answers 20% of the subjects, 5 min after" in said(0.2, has_ended=False)


def test_a_test_lies_on_a_side_of_its_limits() -> None:
    assert "Undecided after 300" in sentences.test_sentence(result())
    assert "is above the limit of 0.0%" in sentences.test_sentence(result(verdict="harm"))
    assert "is below the limit of 5.0%" in sentences.test_sentence(result(verdict="passed"))


def test_slices_with_harm_are_named() -> None:
    harmed = result(name="slice grade=8", verdict="harm")
    assert "worse in 1 of 2 slices: grade=8" in sentences.slices_sentence([result(), harmed])
    text = sentences.slices_sentence([result(), result(name="slice grade=9", high=0.2)])
    assert "grade=9, where it may be up to 20.0% worse" in text


def test_latencies_are_compared() -> None:
    slower = {"challenger": np.array([0.002]), "champion": np.array([0.001])}
    assert "takes 2 ms, 100% longer" in sentences.latency_sentence(slower)
    faster = {"challenger": np.array([0.001]), "champion": np.array([0.002])}
    assert "takes 1 ms, 50% less" in sentences.latency_sentence(faster)
    assert "champion's requests take at most 1 ms" in sentences.latency_sentence(
        {"champion": np.array([0.001])}
    )
