"""Performance job: a look whose outcome is recorded for the servers' metrics."""

from collections.abc import Callable
from datetime import datetime

from homestead.database.job_runs import record_job_run
from homestead.errors import NoChampionError
from homestead.names import PERFORMANCE_FOLDER, PERFORMANCE_PAGE_FILE
from homestead.performance.report import BLIND_SPOT, PerformanceReport
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.performance.look import look_at_performance


def run_performance_job(
    problem: Problem,
    settings: Settings,
    report: Callable[[str], None],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    require_champion: bool = True,
) -> PerformanceReport | None:
    """Look at the performance, say what was found, and record how the job ended.

    Args:
        since, until: window of the predictions, UTC; see :func:`look_at_performance`.
        require_champion: whether a missing champion is an error; a scheduled job may run before
            the first training.

    Returns:
        The report; None if there is no champion, and none is required.

    Raises:
        NoChampionError: there is no champion, and one is required.
        UserError: as :func:`look_at_performance`.
    """
    with record_job_run(settings, problem.name, "performance"):
        try:
            found = look_at_performance(problem, settings, since, until)
        except NoChampionError as error:
            if require_champion:
                raise
            report(str(error))
            return None
    for line in report_lines(found):
        report(line)
    page = settings.home / "reports" / problem.name / PERFORMANCE_FOLDER / PERFORMANCE_PAGE_FILE
    report(f"report: {page}")
    return found


def report_lines(found: PerformanceReport) -> list[str]:
    """Return what a look found, in lines: the verdict, both figures, and what no estimate sees."""
    lines = [f"{found.verdict}: version {found.version}: {found.reason}"]
    for name, figure in (("labels", found.measured), ("estimate", found.estimated)):
        if figure is None:
            lines.append(f"  {name}: none")
        elif found.basis != name:
            lines.append(f"  {name}: {figure.verdict}: {figure.reason}")
    if found.estimated is not None and found.estimated.value is not None:
        lines.append(f"  {BLIND_SPOT}")
    return lines
