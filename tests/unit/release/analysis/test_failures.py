"""Which model failed, of the subjects on which one of them did."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.release.analysis.failures import PAIRED_PART, FailureOutcomes, ShareOutcomes
from homestead.release.analysis.mixture import largest
from homestead.release.evidence import OneSidedFailure, Side

LEVEL = 0.005


def outcomes(sides: list[bool], share: float = 0.5) -> FailureOutcomes:
    return FailureOutcomes((ShareOutcomes(np.array(sides), share),))


def failure(subject: str, side: Side, share: float = 0.5) -> OneSidedFailure:
    return OneSidedFailure(subject, 0.0, side, "error", share)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_equal_rates_are_told_apart_in_few_releases(share: float) -> None:
    sides = np.random.default_rng(1).random((4000, 200)) < share
    observed = ShareOutcomes(sides, share)
    assert (observed.log_wealth_above().max(axis=-1) >= np.log(1 / 0.05)).mean() <= 0.05
    assert (observed.log_wealth_below().max(axis=-1) >= np.log(1 / 0.05)).mean() <= 0.05


def test_subjects_who_come_back_in_each_step_are_no_harm() -> None:
    draw = np.random.default_rng(2)
    harmed = 0
    for _ in range(200):
        # Each model fails on some subjects, again and again; who has which model is chance.
        subjects, fails = draw.random(400), draw.random(400) < 0.5
        found = [
            failure(str(i), "challenger" if fails[i] else "champion", share)
            for share in (0.05, 0.25, 0.5)
            for i in draw.permutation(400)
            if fails[i] == (subjects[i] < share)
        ]
        harmed += FailureOutcomes.of(found).evidence_above() >= np.log(1 / 0.05)
    assert harmed <= 10


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.floats(0.01, 0.99))
def test_the_evidence_is_the_mean_ratio_of_probabilities(sides: list[bool], share: float) -> None:
    is_challenger = np.array(sides)
    direct = 0.0
    for ratio, weight in zip([1.4, 2.0, 4.5, 20.0], [0.1, 0.15, 0.5, 0.25], strict=True):
        likelier = ratio * share / (ratio * share + 1 - share)
        given_ratio = np.where(is_challenger, likelier, 1 - likelier).prod()
        direct += weight * given_ratio / np.where(is_challenger, share, 1 - share).prod()
    observed = ShareOutcomes(is_challenger, share)
    assert observed.log_wealth_above()[-1] == pytest.approx(np.log(direct))
    assert outcomes(sides, share).evidence_above() == largest(observed.log_wealth_above())


def test_a_dozen_failures_of_the_challenger_alone_are_harm() -> None:
    assert outcomes([True] * 6).evidence_above() < np.log(1 / LEVEL)
    assert outcomes([True] * 12).evidence_above() > np.log(1 / LEVEL)


def test_a_challengers_failures_weigh_more_while_its_share_is_small() -> None:
    few, many = outcomes([True] * 4, 0.05), outcomes([True] * 12, 0.95)
    assert few.evidence_above() > np.log(1 / LEVEL) > many.evidence_above()


def test_failures_of_the_champion_speak_for_the_challenger() -> None:
    mixed = outcomes([False] * 12 + [True] * 12)
    assert mixed.evidence_above() < outcomes([True] * 12).evidence_above()
    assert outcomes([False] * 12).evidence_below() > np.log(1 / LEVEL)


def test_the_level_is_spent_over_the_shares() -> None:
    shares = [0.05, 0.5, 0.25, 0.75, 0.9]
    found = FailureOutcomes.of(failure("a", "challenger", share) for share in shares)
    parts = {outcomes.share: outcomes.part for outcomes in found.by_share}
    assert parts[0.5] == PAIRED_PART
    assert parts[0.05] > parts[0.25] > parts[0.75] > parts[0.9]
    assert sum(parts.values()) < 1


def test_a_subject_counts_once_at_a_share() -> None:
    observed = FailureOutcomes.of([failure("a", "challenger")] * 100 + [failure("b", "champion")])
    assert observed.counts == (1, 1)
    assert observed.estimate == pytest.approx(0.5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_with_one_model_answering_all_unpaired_requests_failures_tell_nothing(share: float) -> None:
    observed = FailureOutcomes.of(failure(str(i), "challenger", share) for i in range(100))
    assert len(observed) == 0
    assert (observed.estimate, observed.low(LEVEL), observed.high(LEVEL)) == (None, 0, 1)
    assert observed.evidence_above() == 0


def test_the_estimate_corrects_for_the_traffic() -> None:
    # A twentieth of the subjects, but half of the failures: 19 times as often.
    observed = outcomes([True, False] * 50, share=0.05)
    assert observed.estimate == pytest.approx(0.95, abs=0.001)
    assert 0.8 < observed.low(LEVEL) < 0.95 < observed.high(LEVEL) < 1
    assert outcomes([True] * 3).estimate == 1
    assert outcomes([False] * 3).estimate == 0


@pytest.mark.parametrize("side", [True, False])
def test_one_failure_and_a_minute_level_give_finite_figures(side: bool) -> None:
    observed = outcomes([side])
    assert observed.low(1 - 0.9999984) == 0
    assert observed.high(1 - 0.9999984) == 1
