"""Drift job: a drift check whose outcome is recorded for the servers' metrics."""

from collections.abc import Callable, Iterator
from datetime import datetime

from homestead.database.job_runs import record_job_run
from homestead.drift.calibrated_result import CalibratedDrift
from homestead.drift.result import ColumnDrift, DriftResult
from homestead.errors import NoChampionError
from homestead.names import DRIFT_FOLDER, DRIFT_SUMMARY_FILE
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.check_drift import check_drift

# Of the columns of the drift share; the report has all.
_LISTED = 8


def run_drift_job(
    problem: Problem,
    settings: Settings,
    report: Callable[[str], None],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    last: int | None = None,
    require_champion: bool = True,
) -> DriftResult | None:
    """Check drift, report what was found, and record how the job ended.

    Returns:
        The result; None if there is no champion, and none is required.

    Args:
        since: start of the window, inclusive; UTC.
        until: end of the window, exclusive; UTC.
        last: compare only the newest rows of the window.
        require_champion: whether a missing champion is an error; a scheduled job may run before
            the first training.

    Raises:
        NoChampionError: there is no champion, and one is required.
        UserError: the champion's run has no snapshot, or the schemas differ.
    """
    with record_job_run(settings, problem.name, "drift"):
        try:
            result = check_drift(problem, settings, since=since, until=until, last=last)
        except NoChampionError as error:
            if require_champion:
                raise
            report(str(error))
            return None
    for line in drift_lines(result):
        report(line)
    summary = settings.home / "reports" / problem.name / DRIFT_FOLDER / DRIFT_SUMMARY_FILE
    report(f"report: {summary}")
    return result


def drift_lines(result: DriftResult) -> Iterator[str]:
    """Yield what a check found: both verdicts, each with the columns that drifted."""
    share = "unknown" if result.share is None else f"{result.share:.2f}"
    allowed = f"allowed {result.threshold:.2f}"
    yield f"{result.verdict}: drift share {share}, {allowed}, {result.rows} rows"
    drifted = [column for column in result.columns if column.drifted]
    for column in drifted[:_LISTED]:
        yield f"  {column.name}: {_score(column)}"
    if len(drifted) > _LISTED:
        yield f"  and {len(drifted) - _LISTED} more"
    if result.calibrated is not None:
        yield from calibrated_lines(result.calibrated)


def _score(column: ColumnDrift) -> str:
    score = "not computed" if column.score is None else f"{column.score:.3g}"
    return f"{column.method} {score}"


def calibrated_lines(calibrated: CalibratedDrift) -> Iterator[str]:
    """Yield what the calibrated tests found: the verdict, then each column that drifted."""
    classifier = calibrated.classifier
    yield (
        f"calibrated: {calibrated.verdict}, p {calibrated.p_value:.2g}, level"
        f" {calibrated.level:.2g} of {calibrated.monthly_level:g} for {calibrated.month}"
    )
    if classifier.drifted:
        yield (
            f"  all inputs together: served rows can be told from training rows, AUC"
            f" {classifier.auc:.2f}, p {classifier.p_value:.2g}"
        )
    for column in calibrated.drifted:
        kind = "" if column.role == "input" else f" ({column.role})"
        yield (
            f"  {column.name}{kind}: {column.direction}, {column.change}, effect"
            f" {column.effect:.2f}, p {column.adjusted_p_value:.2g}"
        )
