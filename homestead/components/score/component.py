"""Scoring step: the champion's predictions for the rows of a table."""

from kfp.dsl import Metrics, Output

from homestead.components.base_image import component


@component
def score(
    problem: str, source: str, target: str, features: str, log: bool, figures: Output[Metrics]
) -> int:
    """Score the source's rows into the target, and return how many rows that are."""
    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.scoring.wishes import progress_line, score_as_wished
    from homestead.settings import Settings

    with report_step("score") as report:
        result = score_as_wished(
            parse_problem(problem),
            Settings.read(),
            source or None,
            target or None,
            {"features": features or None, "is_logged": log or None},
            lambda progress: report(progress_line(progress)),
        )
    figures.log_metric("rows", result.rows)
    figures.log_metric("refused", result.refused)
    return result.rows
