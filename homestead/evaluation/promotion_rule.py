"""The gate's rules: limits, and whether the winner beats the champion or the baseline."""

from collections.abc import Mapping, Sequence

from homestead.evaluation.certificate import (
    Comparison,
    Decision,
    Estimate,
    LimitResult,
    ScoredModel,
    SliceResult,
)
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem


def check_limits(problem: Problem, estimates: Mapping[str, Estimate]) -> tuple[LimitResult, ...]:
    """Compare a model's metrics with the gate's absolute limits; no value meets no limit."""
    results = []
    for name, limit in problem.gate.limits.items():
        value = estimates[name].value
        ok = value is not None and MODEL_METRICS[name].meets(value, limit)
        results.append(LimitResult(metric=name, limit=limit, value=value, ok=ok))
    return tuple(results)


def decide(
    problem: Problem,
    *,
    rows: int,
    winner: ScoredModel,
    champion: ScoredModel | None,
    comparison: Comparison | None,
    baseline_comparison: Comparison | None,
    limits: Sequence[LimitResult],
    slices: Sequence[SliceResult],
    champion_error: str = "",
) -> tuple[Decision, str]:
    """Decide whether to promote the winner, and say why.

    It is promoted when its metric has a value, the holdout has enough rows, it meets the absolute
    limits, and the paired bootstrap interval of the difference to the model that it replaces lies
    wholly on the better side: to the champion, without a slice that is worse than allowed, or to
    the baseline if there is no champion yet. A tie changes nothing.

    A challenger need not beat the baseline: a champion that fell below the baseline is best
    replaced by any model that is better than it. The reason then says so.

    Args:
        rows: of the holdout.
        champion: None if there is none, or none that can be scored.
        baseline_comparison: winner and baseline; None if the winner's metric has no value.
        champion_error: why there is a champion that cannot be scored; it keeps its place.
    """
    if reason := _disqualification(problem, rows, winner, limits):
        return "keep", reason
    if champion_error:
        return "keep", champion_error
    if champion is None:
        return _compare_with_baseline(problem, rows, baseline_comparison)
    if champion.digest == winner.digest:
        return "keep", "the winner is the champion: the same file"
    if comparison is None:
        undefined = champion.metrics[problem.metric].undefined
        return "keep", f"the champion cannot be compared: no {problem.metric}: {undefined}"
    if not comparison.is_better:
        return "keep", f"not better {_confidence(problem)}: {_span(comparison)}"
    for result in slices:
        if not result.ok:
            return "keep", (
                f"worse by {result.worse_by:.1%} where {result.column} is {result.value},"
                f" allowed is {problem.gate.slice_tolerance:.0%}"
            )
    reason = f"better {_confidence(problem)}: {_span(comparison)}"
    if baseline_comparison is not None and not baseline_comparison.is_better:
        reason += f"; but not better than the baseline: {_span(baseline_comparison)}"
    return "promote", reason


def _disqualification(
    problem: Problem, rows: int, winner: ScoredModel, limits: Sequence[LimitResult]
) -> str:
    """Return why the winner may replace nothing, or an empty text."""
    name = problem.metric
    if name in winner.metrics and winner.metrics[name].value is None:
        return f"{name} has no value on the holdout: {winner.metrics[name].undefined}"
    for limit in limits:
        if limit.value is None:
            undefined = winner.metrics[limit.metric].undefined
            return f"{limit.metric}, which has a limit, has no value on the holdout: {undefined}"
        if not limit.ok:
            return f"{limit.metric} is {limit.value:.4g}, the gate's limit {limit.limit:g}"
    if rows < problem.gate.min_rows:
        least = problem.gate.min_rows
        return f"the holdout has {rows} rows, too few to decide on: at least {least} are needed"
    return ""


def _compare_with_baseline(
    problem: Problem, rows: int, comparison: Comparison | None
) -> tuple[Decision, str]:
    if comparison is None:
        return "keep", f"the first model was not compared with the baseline by {problem.metric}"
    span = _span(comparison)
    if comparison.is_better:
        return "promote", (
            f"the first model, better than the baseline {_confidence(problem)}: {span}"
        )
    if comparison.is_worse:
        return "keep", f"worse than the baseline {_confidence(problem)}: {span}"
    return "keep", (
        f"not better than the baseline {_confidence(problem)}: {span};"
        f" the holdout's {rows} rows cannot tell them apart"
    )


def _confidence(problem: Problem) -> str:
    return f"with {problem.gate.confidence:.0%} confidence"


def _span(comparison: Comparison) -> str:
    difference = f"{comparison.metric} differs by {comparison.difference:+.4g}"
    if comparison.low is None or comparison.high is None:
        return f"{difference}, without an interval: too many resamples have no value"
    return f"{difference}, between {comparison.low:+.4g} and {comparison.high:+.4g}"
