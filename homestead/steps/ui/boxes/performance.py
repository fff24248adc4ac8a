"""The newest performance report."""

from homestead.steps.performance.stored_reports import newest_report
from homestead.steps.ui.addresses import report_address
from homestead.steps.ui.sources import Sources
from homestead.ui.views.box import Link
from homestead.ui.views.loop import PerformanceView

_FOLDER = "performance"
_MAX_LINKS = 3


def read_performance(sources: Sources, problem: str) -> PerformanceView | None:
    """Return the newest report; None before the first look.

    Raises:
        UserError: a later version of Homestead wrote it.
        SQLAlchemyError: the database cannot be read.
    """
    report = newest_report(sources.engine, problem) if sources.has_database else None
    if report is None:
        return None
    root = sources.settings.home / "reports" / problem
    pages = sorted((root / _FOLDER).rglob("*.html"), reverse=True)
    links = [
        Link("report", report_address(problem, page.relative_to(root).as_posix()))
        for page in pages[:_MAX_LINKS]
    ]
    return PerformanceView(report, links)
