"""The verdict over all tests of a release."""

from homestead.problem.schema import Problem
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.result import Analysis
from homestead.release.evidence import Evidence


def analyse(evidence: Evidence, problem: Problem, policy: ReleasePolicy) -> Analysis:
    """Judge a challenger by all evidence of its release.

    A function of its arguments alone: unchanged evidence gives an unchanged verdict, and a harm
    that was found stays one when observations are appended.

    Args:
        evidence: of the whole release, in the order in which it became known.
        problem: for the loss (``metric``, ``costs``, ``quantile``) and ``gate.min_slice_rows``.
        policy: as it was when the release started.
    """
    return Analysis(
        verdict="undecided",
        reason="the challenger has not been judged yet",
        error_level=policy.error_level,
        challenger_requests=evidence.challenger_requests,
        champion_requests=evidence.champion_requests,
    )
