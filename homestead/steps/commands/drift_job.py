"""Drift job: a drift check whose outcome is recorded for the servers' metrics."""

from collections.abc import Callable, Iterator
from datetime import datetime

from homestead.database.job_runs import record_job_run
from homestead.drift.calibrated_result import CalibratedDrift
from homestead.errors import NoChampionError
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.check_drift import check_drift


def run_drift_job(
    problem: Problem,
    settings: Settings,
    report: Callable[[str], None],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    last: int | None = None,
    require_champion: bool = True,
) -> int:
    """Check drift, report the verdict, record how the job ended and return its exit code.

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
            return 0
    share = "unknown" if result.share is None else f"{result.share:.2f}"
    report(
        f"{result.verdict}: drift share {share}, allowed {result.threshold:.2f}, {result.rows} rows"
    )
    if result.calibrated is not None:
        for line in calibrated_lines(result.calibrated):
            report(line)
    return result.exit_code


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
