"""The gate's rules: absolute limits, and whether the winner replaces the champion."""

from collections.abc import Mapping, Sequence

from homestead.evaluation.certificate import (
    Comparison,
    Decision,
    Estimate,
    LimitResult,
    ScoredModel,
    SliceResult,
)
from homestead.problem.model_metrics import MODEL_METRICS
from homestead.problem.schema import Problem


def check_limits(problem: Problem, estimates: Mapping[str, Estimate]) -> tuple[LimitResult, ...]:
    """Compare a model's metrics with the gate's absolute limits."""
    return tuple(
        LimitResult(
            metric=name,
            limit=limit,
            value=estimates[name].value,
            ok=MODEL_METRICS[name].meets(estimates[name].value, limit),
        )
        for name, limit in problem.gate.limits.items()
    )


def decide(
    problem: Problem,
    *,
    winner: ScoredModel,
    champion: ScoredModel | None,
    comparison: Comparison | None,
    limits: Sequence[LimitResult],
    slices: Sequence[SliceResult],
    champion_error: str = "",
) -> tuple[Decision, str]:
    """Decide whether to promote the winner, and say why.

    It is promoted when it meets the absolute limits and either there is no champion, or the
    paired bootstrap interval of the difference lies wholly on the better side and no slice is
    worse than allowed. A tie keeps the champion.

    Args:
        champion: None if there is none, or none that can be scored.
        champion_error: why there is a champion that cannot be scored; it keeps its place.
    """
    for limit in limits:
        if not limit.ok:
            return "keep", (
                f"{limit.metric} is {limit.value:.4g}, the gate's limit {limit.limit:g}"
            )
    if champion_error:
        return "keep", champion_error
    if champion is None or comparison is None:
        return "promote", "the first model that meets the gate's limits"
    if champion.digest == winner.digest:
        return "keep", "the winner is the champion: the same file"
    confidence = f"{problem.gate.confidence:.0%} confidence"
    span = (
        f"{problem.metric} differs by {comparison.difference:+.4g},"
        f" between {comparison.low:+.4g} and {comparison.high:+.4g}"
    )
    higher_is_better = MODEL_METRICS[problem.metric].higher_is_better
    is_better = comparison.low > 0 if higher_is_better else comparison.high < 0
    if not is_better:
        return "keep", f"not better with {confidence}: {span}"
    for result in slices:
        if not result.ok:
            return "keep", (
                f"worse by {result.worse_by:.1%} where {result.column} is {result.value},"
                f" allowed is {problem.gate.slice_tolerance:.0%}"
            )
    return "promote", f"better with {confidence}: {span}"
