"""The verdict over all tests of a release.

Harm: any test found it, at its part of the error level. So an equally good model is rolled back
with a probability of at most ``policy.error_level``, in all looks together.

Going on: no harm was found, the step has had its requests, at least ``min_labels`` pairs are
labelled, and the predictions are known to be good: the error on labelled pairs is within
``limits.error``; or, while there are too few labelled pairs for that (fewer than an equally good
challenger needs to pass), the distance of both models' predictions is within ``limits.distance``.
From then on the labels alone judge the predictions, and a distance is no harm: a better model may
be far from a bad one. Without paired requests (``paired_share: 0``) nothing is known of the
predictions, and failures and latency alone decide.
"""

from collections.abc import Sequence

from homestead.problem.schema import Problem
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.bounded_test import bounded_test, decidable_from, raised
from homestead.release.analysis.failures import failure_test
from homestead.release.analysis.latencies import MatchedLatencies
from homestead.release.analysis.levels import PARTS
from homestead.release.analysis.losses import LabelledPairs, distances, labelled_pairs
from homestead.release.analysis.observations import first_of_day
from homestead.release.analysis.result import Analysis, TestResult, Verdict
from homestead.release.analysis.sentences import harm_sentence, pass_sentence, wait_sentence
from homestead.release.analysis.slices import slice_tests
from homestead.release.evidence import Evidence, Latency, PairedPrediction

# Fewer labelled pairs never stand for all requests.
_LEAST_LABELLED = 200


def analyse(evidence: Evidence, problem: Problem, policy: ReleasePolicy) -> Analysis:
    """Judge a challenger by all evidence of its release.

    A function of its arguments alone: unchanged evidence gives an unchanged verdict, and a harm
    that was found stays one when observations are appended.

    Args:
        evidence: of the whole release, in the order in which it became known.
        problem: for the loss (``metric``, ``costs``, ``quantile``) and ``gate.min_slice_rows``.
        policy: as it was when the release started.
    """
    known = _labelled(evidence.pairs)
    labelled = labelled_pairs(known, problem)
    error = _error_test(labelled, policy)
    limit = raised(policy.limits.error, labelled.power)
    enough = max(_LEAST_LABELLED, decidable_from(labelled.differences, limit))
    labels_judge = error.verdict == "passed" or error.observations >= enough
    distance = _distance_test(evidence.pairs, problem, policy, judges=not labels_judge)
    tests = [
        failure_test(evidence.failures, policy.error_level * PARTS["failures"]),
        error,
        distance,
        *_latency_tests(evidence.latencies, policy),
        *slice_tests(
            labelled,
            limit=policy.limits.error,
            error_level=policy.error_level,
            min_rows=problem.gate.min_slice_rows,
        ),
    ]
    tests.sort(key=lambda test: test.verdict != "harm")
    verdict, decided_by, reason = _decide(
        tests, error if labels_judge else distance, len(known), evidence, policy
    )
    return Analysis(
        verdict=verdict,
        reason=reason,
        decided_by=decided_by,
        tests=tuple(tests),
        error_level=policy.error_level,
        challenger_requests=evidence.challenger_requests,
        champion_requests=evidence.champion_requests,
    )


def _decide(
    tests: Sequence[TestResult],
    judge: TestResult,
    labels: int,
    evidence: Evidence,
    policy: ReleasePolicy,
) -> tuple[Verdict, str | None, str]:
    """Return the verdict, the test that decides, and the reason.

    Args:
        tests: those that found harm first.
        judge: the test of the predictions that has to pass.
        labels: number of labelled pairs.
    """
    if tests[0].verdict == "harm":
        return "harm", tests[0].name, harm_sentence(tests[0])
    requests, needed = evidence.challenger_requests, policy.min_step_requests
    if requests < needed:
        return (
            "undecided",
            None,
            f"too little traffic: {requests:,} of at least {needed:,} requests of this step",
        )
    if labels < policy.min_labels:
        return (
            "undecided",
            "error",
            f"too few labels: {labels:,} of at least {policy.min_labels:,} labelled pairs",
        )
    if judge.verdict == "passed":
        return "go_on", judge.name, pass_sentence(judge)
    if policy.paired_share == 0 and judge.observations == 0:
        return (
            "go_on",
            None,
            f"no test found harm in {requests:,} requests of this step; none are paired, so that"
            " the models' predictions are not compared",
        )
    return "undecided", judge.name, wait_sentence(judge)


def _labelled(pairs: Sequence[PairedPrediction]) -> list[PairedPrediction]:
    known = (pair for pair in pairs if pair.truth is not None or pair.truth_label is not None)
    return list(first_of_day(known))


def _error_test(labelled: LabelledPairs, policy: ReleasePolicy) -> TestResult:
    return bounded_test(
        "error",
        f"the excess of the challenger's {labelled.mean_loss} over the champion's",
        labelled.differences,
        harmful_above=0.0,
        passed_below=policy.limits.error,
        level=policy.error_level * PARTS["error"],
        power=labelled.power,
    )


def _distance_test(
    pairs: Sequence[PairedPrediction], problem: Problem, policy: ReleasePolicy, *, judges: bool
) -> TestResult:
    limit = policy.limits.distance
    result = bounded_test(
        "distance",
        "the mean distance of the two models' predictions"
        if problem.task == "regression"
        else "the share of requests with another class",
        distances(list(first_of_day(pairs)), problem),
        harmful_above=limit,
        passed_below=limit,
        level=policy.error_level * PARTS["distance"],
    )
    if judges:
        return result
    note = "the labelled requests judge the predictions instead"
    verdict = "undecided" if result.verdict == "harm" else result.verdict
    return result.model_copy(update={"verdict": verdict, "note": note})


def _latency_tests(latencies: Sequence[Latency], policy: ReleasePolicy) -> list[TestResult]:
    limits, matched = policy.limits, MatchedLatencies.of(latencies)
    return [
        bounded_test(
            name,
            f"the excess share of the challenger's requests above {threshold}",
            matched.exceedances(quantile),
            harmful_above=limit,
            passed_below=limit,
            level=policy.error_level * PARTS[name],
        )
        for name, quantile, threshold, limit in (
            ("slower", 0.5, "the champion's median latency", limits.slower),
            ("slowest", 0.99, "the champion's 99th percentile of latency", limits.slowest),
        )
    ]
