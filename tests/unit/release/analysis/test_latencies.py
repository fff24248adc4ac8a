"""Exceedances of the champion's latency quantile."""

import numpy as np
import pytest

from homestead.release.analysis.latencies import MatchedLatencies
from homestead.release.analysis.mixture import largest
from homestead.release.evidence import Latency


def latencies(
    count: int, slower: float, share: float = 0.5, subjects: int = 10**9
) -> list[Latency]:
    draw = np.random.default_rng(3)
    entries = []
    for i in range(count):
        is_challenger = draw.random() < share
        seconds = draw.lognormal(-5, 0.5) * (slower if is_challenger else 1)
        side = "challenger" if is_challenger else "champion"
        entries.append(Latency(str(i % subjects), float(i), side, seconds))  # type: ignore[arg-type]
    return entries


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_equal_latencies_differ_by_nothing(share: float) -> None:
    for quantile in (0.5, 0.99):
        differences = MatchedLatencies.of(latencies(6000, 1.0, share)).exceedances(quantile)
        assert len(differences) > 100
        assert differences.low(0.001) < 0 < differences.high(0.05)


def test_a_slower_challenger_is_found() -> None:
    differences = MatchedLatencies.of(latencies(4000, 1.6)).exceedances(0.5)
    assert differences.low(0.0005) > 0.15
    assert differences.estimate == pytest.approx(0.33, abs=0.05)


def test_hours_in_which_everything_is_slow_fall_on_both() -> None:
    draw = np.random.default_rng(5)
    sides = ["champion", "challenger"]
    slow = [
        Latency(str(i), float(i), sides[i % 2], draw.lognormal(0 if i > 1000 else -5, 0.5))  # type: ignore[arg-type]
        for i in range(3000)
    ]
    assert largest(MatchedLatencies.of(slow).exceedances(0.5).log_wealth_above(0)) < np.log(100)


def test_without_a_champion_or_with_few_requests_nothing_is_known() -> None:
    for entries in ([], latencies(150, 1.0), latencies(3000, 1.0, 1.0), latencies(3000, 1.0, 0.0)):
        assert len(MatchedLatencies.of(entries).exceedances(0.5)) == 0


def test_a_subject_counts_once_a_day() -> None:
    assert len(MatchedLatencies.of(latencies(5000, 3.0, subjects=1)).exceedances(0.5)) == 0
    assert len(MatchedLatencies.of(latencies(5000, 3.0, subjects=500)).exceedances(0.5)) < 500
