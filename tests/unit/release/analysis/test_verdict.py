"""The verdict on a challenger, from the evidence of its release."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.levels import PARTS, slice_level
from homestead.release.analysis.result import Analysis
from homestead.release.analysis.verdict import analyse
from homestead.release.evidence import Evidence, Latency, OneSidedFailure, PairedPrediction
from tests.factories import flats_problem

PROBLEM = flats_problem()
POLICY = ReleasePolicy()


def pairs(
    count: int,
    worse: float = 1.0,
    *,
    seed: int = 1,
    is_labelled: bool = True,
    noise: float = 0.05,
    subjects: int = 10**9,
) -> tuple[PairedPrediction, ...]:
    """Return predictions with errors of heavy tails, the challenger's so many times as large."""
    draw = np.random.default_rng(seed)
    truth = draw.lognormal(6, 0.3, count)
    # Rows that are hard for one model are hard for the other: a bivariate Student's t.
    scale = np.sqrt(3 / draw.chisquare(3, count))
    old, own = draw.normal(size=(2, count)) * scale
    champion = truth * (1 + noise * old)
    challenger = truth * (1 + noise * worse * (0.8 * old + 0.6 * own))
    return tuple(
        PairedPrediction(
            id=f"{i}/0",
            subject=str(i % subjects),
            at=float(i),
            champion=float(champion[i]),
            challenger=float(challenger[i]),
            truth=float(truth[i]) if is_labelled else None,
            slices={"district": ("north", "south")[i % 2]},
        )
        for i in range(count)
    )


def failures(challenger: int, champion: int, share: float = 0.5) -> tuple[OneSidedFailure, ...]:
    return tuple(
        OneSidedFailure(f"f{i}", float(i), "challenger" if i < challenger else "champion",
                        "error", share)
        for i in range(challenger + champion)
    )  # fmt: skip


def judge(*, requests: int = 5000, policy: ReleasePolicy = POLICY, **evidence: Any) -> Analysis:
    return analyse(Evidence(**evidence, challenger_requests=requests), PROBLEM, policy)


def verdict_of(analysis: Analysis, name: str) -> str:
    return next(test.verdict for test in analysis.tests if test.name == name)


def test_no_traffic_is_undecided_and_said_so() -> None:
    analysis = judge(requests=0)
    assert analysis.verdict == "undecided"
    assert analysis.reason == "too little traffic: 0 of at least 500 requests of this step"
    waiting = judge()
    assert (waiting.verdict, waiting.decided_by) == ("undecided", "distance")
    assert waiting.reason == "too little traffic: distance has no observations yet"
    assert Analysis.from_json(waiting.to_json()) == waiting


def test_good_predictions_without_labels_go_on_by_their_distance() -> None:
    analysis = judge(pairs=pairs(200, is_labelled=False))
    assert (analysis.verdict, analysis.decided_by) == ("go_on", "distance")
    assert "180 pairs of requests, at most " in analysis.reason
    assert analysis.reason.endswith("(limit 25.0%)")


def test_a_step_waits_for_the_least_number_of_labels() -> None:
    policy = POLICY.model_copy(update={"min_labels": 250})
    unlabelled = pairs(400, is_labelled=False)
    waiting = judge(pairs=(*unlabelled, *pairs(30)), policy=policy)
    assert (waiting.verdict, waiting.decided_by) == ("undecided", "error")
    assert waiting.reason == "too few labels: 30 of at least 250 labelled pairs"
    assert judge(pairs=unlabelled).verdict == "go_on"
    assert judge(pairs=pairs(260), policy=policy).verdict == "go_on"


def test_distant_predictions_without_labels_are_harm() -> None:
    analysis = judge(pairs=pairs(400, is_labelled=False, noise=2.0))
    assert (analysis.verdict, analysis.decided_by) == ("harm", "distance")


def test_labels_pass_a_challenger_that_is_far_from_a_bad_champion() -> None:
    far = tuple(replace(pair, champion=pair.champion * 4) for pair in pairs(400, noise=0.05))
    analysis = judge(pairs=far)
    assert (analysis.verdict, analysis.decided_by) == ("go_on", "error")
    assert verdict_of(analysis, "distance") == "undecided"


def test_a_larger_error_is_harm_and_names_its_numbers() -> None:
    analysis = judge(pairs=pairs(6000, 1.2))
    assert (analysis.verdict, analysis.decided_by) == ("harm", "error")
    error = analysis.tests[0]
    assert error.estimate == pytest.approx(0.2, abs=0.05)
    assert 0 < error.low < (error.estimate or 0) < error.high
    assert f"at least {error.low:.1%} (limit 0.0%)" in analysis.reason


def test_squared_errors_are_shown_as_their_root() -> None:
    problem = PROBLEM.model_copy(update={"metric": "rmse"})
    light = tuple(replace(p, champion=(p.truth or 0) + 1 + (p.at % 3), challenger=(p.truth or 0)
                          + 1.2 * (1 + p.at % 3)) for p in pairs(3000))  # fmt: skip
    analysis = analyse(Evidence(pairs=light, challenger_requests=3000), problem, POLICY)
    assert (analysis.verdict, analysis.decided_by) == ("harm", "error")
    error = analysis.tests[0]
    assert (
        error.title == "the excess of the challenger's root mean squared error over the champion's"
    )
    assert error.estimate == pytest.approx(0.2, abs=0.01)
    assert error.passed_below == POLICY.limits.error


def test_an_equal_model_with_many_labels_goes_on_by_them() -> None:
    analysis = judge(pairs=pairs(12_000, seed=3))
    assert (analysis.verdict, analysis.decided_by) == ("go_on", "error")


def test_failures_of_the_challenger_are_harm_those_of_the_champion_are_not() -> None:
    failing = judge(failures=failures(13, 1))
    assert failing.decided_by == "failures"
    assert failing.reason.startswith(
        "failures: one model alone failed on 14 subjects (13 of the challenger, 1 of the champion);"
        " the challenger's share of one-sided failures at equal traffic is 92.9%, at least "
    )
    assert judge(failures=failures(0, 40), pairs=pairs(200)).verdict == "go_on"
    answered_all = judge(failures=failures(40, 0, share=1.0))
    assert answered_all.verdict == "undecided"
    assert "tell nothing of the two" in answered_all.tests[0].note


def test_slow_answers_are_harm() -> None:
    draw = np.random.default_rng(4)
    slow = tuple(
        Latency(str(i), float(i), ("champion", "challenger")[i % 2],
                float(draw.lognormal(-5, 0.5) * (1 + i % 2)))
        for i in range(3000)
    )  # fmt: skip
    analysis = judge(latencies=slow, pairs=pairs(200))
    assert (analysis.verdict, analysis.decided_by) == ("harm", "slower")


def test_harm_in_one_slice_is_harm() -> None:
    mixed = [
        replace(worse, slices={"district": "north"}) if i % 4 else fine
        for i, (fine, worse) in enumerate(zip(pairs(6000, 0.7), pairs(6000, 1.5), strict=True))
    ]
    north = [p if p.slices == {"district": "north"} else replace(p, slices=None) for p in mixed]
    analysis = judge(pairs=tuple(north))
    assert verdict_of(analysis, "slice district=north") == "harm"
    few = judge(pairs=pairs(130))
    assert [test.name for test in few.tests if test.name.startswith("slice")] == []


def test_without_pairs_by_policy_failures_and_latency_alone_decide() -> None:
    analysis = judge(policy=ReleasePolicy(paired_share=0))
    assert (analysis.verdict, analysis.decided_by) == ("go_on", None)
    assert "not compared" in analysis.reason


def test_the_parts_of_the_level_add_up_to_it() -> None:
    assert sum(PARTS.values()) == pytest.approx(1)
    spent = sum(slice_level(0.01, position) for position in range(1, 10_000))
    assert spent == pytest.approx(0.01 * PARTS["slices"], rel=1e-3)
    levels = {test.name: test.level for test in judge(pairs=pairs(1000)).tests}
    assert sum(levels.values()) < POLICY.error_level


# Trap 44: no row of an answer is neither a pass nor harm, whatever was found of the rest.
def test_no_data_of_one_kind_is_undecided_for_that_kind() -> None:
    analysis = judge(pairs=pairs(200, is_labelled=False))
    for name in ("failures", "error", "slower", "slowest"):
        assert verdict_of(analysis, name) == "undecided"


# Traps 45 and 46: evidence alone decides; unchanged, it decides the same; once harm, always harm.
def test_the_verdict_is_a_function_of_the_evidence_and_harm_stays_when_rows_are_appended() -> None:
    found = [judge(pairs=pairs(300), failures=failures(12, 0)) for _ in range(2)]
    assert found[0] == found[1]
    later = judge(pairs=pairs(900), failures=(*failures(12, 0), *failures(0, 300)[12:]))
    assert later.decided_by == "failures"
    assert later.tests[0].low >= 0.5
    assert judge().verdict == "undecided"


def test_truth_that_comes_late_is_appended_and_counts_from_then_on() -> None:
    predicted = pairs(600, 2.0, is_labelled=False)
    assert verdict_of(judge(pairs=predicted), "error") == "undecided"
    later = judge(pairs=(*predicted, *pairs(600, 2.0)))
    assert later.decided_by == "error"
    distance = next(test for test in later.tests if test.name == "distance")
    assert distance.observations == 580


def test_a_busy_subject_decides_nothing() -> None:
    analysis = judge(pairs=pairs(5000, 3.0, subjects=1))
    assert analysis.verdict == "undecided"


# Trap 51: many releases of equal models, looked at after each request.
def test_equal_models_are_rolled_back_in_few_of_many_releases() -> None:
    policy = ReleasePolicy(error_level=0.1)
    harmed = 0
    for seed in range(50):
        draw = np.random.default_rng(seed)
        sides = tuple(
            OneSidedFailure(str(i), 0.0, side, "error", 0.05)
            for i, side in enumerate(np.where(draw.random(100) < 0.05, "challenger", "champion"))
        )
        equal = tuple(
            replace(p, challenger=p.champion, champion=p.challenger) if swap else p
            for p, swap in zip(pairs(400, seed=seed), draw.random(400) < 0.5, strict=True)
        )
        harmed += judge(pairs=equal, failures=sides, policy=policy).verdict == "harm"
    assert harmed <= 5


# Trap 52
@pytest.mark.parametrize("level", [1 - 0.9999984, 0.01, 0.49])
@pytest.mark.parametrize("count", [0, 1, 51, 120])
def test_minute_levels_and_single_subjects_give_finite_figures(level: float, count: int) -> None:
    analysis = judge(
        policy=ReleasePolicy(error_level=level),
        pairs=pairs(count),
        failures=failures(min(count, 1), 0),
        latencies=tuple(Latency(str(i), 0.0, "champion", 0.01) for i in range(count)),
    )
    assert analysis.verdict in ("undecided", "go_on")
    figures = [(t.low, t.high, t.e_value, t.estimate or 0.0) for t in analysis.tests]
    assert np.isfinite(figures).all()
    assert all(test.low <= test.high for test in analysis.tests)
