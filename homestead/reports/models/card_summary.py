"""Beginning of a model card, in words: how good the model is, compared with what, and where not."""

from collections.abc import Iterator

from homestead.evaluation.certificate import Certificate, Estimate
from homestead.problem.schema import Problem
from homestead.reports.charts import is_small_group
from homestead.reports.wording import (
    better_direction,
    difference,
    joined,
    metric_title,
    metric_value,
    number,
    percent,
)


def purpose_sentence(problem: Problem) -> str:
    """Say what the model predicts, from how many inputs."""
    target = problem.columns[problem.target]
    what = f"{problem.target}, in {target.unit}" if target.unit else problem.target
    if problem.task == "classification":
        classes = problem.classes
        shown = joined([str(name) for name in classes[:6]])
        what = f"which {problem.target} a row has"
        if classes:
            what += f" ({shown}{' and others' if len(classes) > 6 else ''})"
    return f"It predicts {what}, from {len(problem.features)} inputs."


def quality_sentences(certificate: Certificate, problem: Problem) -> Iterator[str]:
    """Yield how good the model is on the holdout, and compared with what."""
    metric, unit = problem.metric, problem.columns[problem.target].unit
    estimate = certificate.winner.metrics.get(metric)
    if estimate is None or estimate.value is None:
        yield f"Its {metric_title(metric)} has no value on the holdout."
        return
    yield (
        f"On {number(certificate.holdout.rows)} rows that it had not seen its"
        f" {metric_title(metric)} is {_with_interval(metric, estimate, unit)}"
        f" ({better_direction(metric)} is better)."
    )
    others = []
    if certificate.champion is not None:
        before = certificate.champion.metrics.get(metric)
        version = certificate.champion.version
        name = "the champion before it" + (f" (version {version})" if version else "")
        if before is not None and before.value is not None:
            others.append(f"{name} has {metric_value(metric, before.value, unit)}")
    baseline = (certificate.baseline or {}).get(metric)
    if baseline is not None:
        simple = "the median" if problem.task == "regression" else "the shares of the classes"
        group = f" by {problem.baseline}" if problem.baseline else ""
        others.append(f"{simple}{group} alone has {metric_value(metric, baseline, unit)}")
    if others:
        yield f"Compared with that, on the same rows, {joined(others)}."
    comparison = certificate.comparison
    if comparison is not None and comparison.low is not None and comparison.high is not None:
        change = difference(metric, comparison.difference)
        yield (
            f"The difference from the champion, {change}, is"
            f" {'' if comparison.low > 0 or comparison.high < 0 else 'not '}more than chance."
        )


def limit_sentences(certificate: Certificate, problem: Problem) -> Iterator[str]:
    """Yield where the model is weak, and which groups say little."""
    metric, unit = problem.metric, problem.columns[problem.target].unit
    known = [part for part in certificate.slices if part.winner is not None]
    large = [part for part in known if not is_small_group(part.rows)]
    if large:
        sign = -1 if better_direction(metric) == "higher" else 1
        worst = max(large, key=lambda part: sign * (part.winner or 0.0))
        yield (
            f"It is weakest where {worst.column} = {worst.value}:"
            f" {metric_value(metric, worst.winner, unit)} on {worst.rows:,} rows."
        )
    small = [f"{part.column} = {part.value}" for part in known if is_small_group(part.rows)]
    if small:
        more = f" and {len(small) - 3} more" if len(small) > 3 else ""
        yield f"Too few rows say how good it is where {', '.join(small[:3])}{more}."
    if not certificate.slices:
        yield "It was judged on all rows together: groups of them were not looked at."
    interval = certificate.interval
    if interval is not None:
        yield (
            f"Its intervals hold {percent(interval.covered)} of the true values,"
            f" asked for are {percent(interval.asked, 0)}."
        )


def _with_interval(metric: str, estimate: Estimate, unit: str) -> str:
    value = metric_value(metric, estimate.value, unit)
    if estimate.low is None or estimate.high is None:
        return value
    low, high = metric_value(metric, estimate.low), metric_value(metric, estimate.high)
    return f"{value} (between {low} and {high})"
