"""SQL table of performance reports: each look writes a row, servers expose the newest one."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

PERFORMANCE_REPORTS = sa.Table(
    "performance_reports",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("metric", sa.String(64), nullable=False),
    sa.Column("promised", sa.Float(53)),
    # NULL without labels, and the same of the estimate.
    sa.Column("verdict", sa.String(16)),
    sa.Column("measured", sa.Float(53)),
    sa.Column("measured_low", sa.Float(53)),
    sa.Column("measured_high", sa.Float(53)),
    sa.Column("labelled_rows", sa.Integer, nullable=False),
    sa.Column("estimated_verdict", sa.String(16)),
    sa.Column("estimated", sa.Float(53)),
    sa.Column("estimated_low", sa.Float(53)),
    sa.Column("estimated_high", sa.Float(53)),
    sa.Column("document", sa.Text, nullable=False),  # homestead.performance.report, as JSON
    sa.Index("performance_reports_newest", "problem", "at"),
)


@dataclass(frozen=True)
class PerformanceReportRow:
    """One look at a model's performance: what rules and metrics read, and the whole report.

    Attributes:
        at: seconds since 1970.
        promised: the certificate's value of the problem's metric; None if it has none.
        verdict: of the labelled rows: ``harm``, ``fine`` or ``inconclusive``; None without labels.
        measured, measured_low, measured_high: the metric on labels with its interval; None
            without a value.
        estimated_verdict, estimated, estimated_low, estimated_high: the same without labels.
        document: JSON of :class:`homestead.performance.report.PerformanceReport`.
    """

    problem: str
    version: str
    at: float
    metric: str
    promised: float | None
    verdict: str | None
    measured: float | None
    measured_low: float | None
    measured_high: float | None
    labelled_rows: int
    estimated_verdict: str | None
    estimated: float | None
    estimated_low: float | None
    estimated_high: float | None
    document: str


def write_performance_report(engine: sa.Engine, report: PerformanceReportRow) -> int:
    """Append a row and return its id."""
    with engine.begin() as connection:
        result = connection.execute(sa.insert(PERFORMANCE_REPORTS), asdict(report))
        return int((result.inserted_primary_key or (0,))[0])


def newest_performance_report(
    engine: sa.Engine, problem: str, *, with_document: bool = True
) -> PerformanceReportRow | None:
    """Return the newest row of a problem, or None before its first look.

    Args:
        with_document: if not, the row's document is empty: it is large, and few need it.
    """
    left_out = {"id"} if with_document else {"id", "document"}
    newest = (
        sa.select(*(c for c in PERFORMANCE_REPORTS.c if c.name not in left_out))
        .where(PERFORMANCE_REPORTS.c.problem == problem)
        .order_by(PERFORMANCE_REPORTS.c.at.desc(), PERFORMANCE_REPORTS.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(newest).mappings().first()
    return PerformanceReportRow(**{"document": "", **row}) if row else None


def count_performance_reports(engine: sa.Engine, problem: str, since_s: float) -> int:
    """Return how many reports of a problem were written since a time (seconds since 1970)."""
    columns = PERFORMANCE_REPORTS.c
    statement = sa.select(sa.func.count()).where(columns.problem == problem, columns.at >= since_s)
    with engine.connect() as connection:
        return int(connection.scalar(statement) or 0)
