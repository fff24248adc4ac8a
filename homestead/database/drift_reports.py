"""SQL table of drift reports: each check writes a row, servers expose the newest one as metrics."""

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

DRIFT_REPORTS = sa.Table(
    "drift_reports",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("at", sa.Float, nullable=False),  # seconds since 1970
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("share", sa.Float),  # NULL if the check was inconclusive
    sa.Column("threshold", sa.Float, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),
    # Of earlier versions, inconclusive checks and problems without it: NULL.
    sa.Column("calibrated", sa.JSON(none_as_null=True)),
    sa.Index("drift_reports_newest", "problem", "at"),
)


@dataclass(frozen=True)
class DriftReportRow:
    """One drift check.

    Attributes:
        problem: name of the problem.
        version: registered version of the champion whose training rows were compared.
        at: time of the check, seconds since 1970.
        verdict: "drift", "no drift" or "inconclusive".
        share: drifted columns as a share of all columns, 0 to 1; None if inconclusive.
        threshold: a share above this is drift.
        rows: number of rows in the window.
        columns: JSON objects with the keys name, score, method and drifted.
        calibrated: the calibrated verdict as a JSON object; None if there is none.
    """

    problem: str
    version: str
    at: float
    verdict: str
    share: float | None
    threshold: float
    rows: int
    columns: list[dict[str, Any]]
    calibrated: dict[str, Any] | None = None


def write_drift_report(engine: sa.Engine, report: DriftReportRow) -> None:
    """Append a row."""
    with engine.begin() as connection:
        connection.execute(sa.insert(DRIFT_REPORTS), asdict(report))


def latest_drift_report(engine: sa.Engine, problem: str) -> DriftReportRow | None:
    """Return the newest row of a problem, or None before its first check."""
    newest = (
        sa.select(*(column for column in DRIFT_REPORTS.c if column.name != "id"))
        .where(DRIFT_REPORTS.c.problem == problem)
        .order_by(DRIFT_REPORTS.c.at.desc(), DRIFT_REPORTS.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(newest).mappings().first()
    return DriftReportRow(**dict(row)) if row else None


def calibrated_figures(report: DriftReportRow) -> dict[str, float | None]:
    """Return verdict, p-value, level and drifted columns of the calibrated tests, by name.

    Each is None if the report has no calibrated verdict.
    """
    names = ("calibrated", "calibrated_p_value", "calibrated_level", "calibrated_columns")
    found = report.calibrated
    if found is None:
        return dict.fromkeys(names)
    columns = [*found["columns"], found.get("prediction"), found.get("target")]
    drifted = sum(bool(column and column["drifted"]) for column in columns)
    is_drift = float(found["verdict"] == "drift")
    return dict(zip(names, (is_drift, found["p_value"], found["level"], drifted), strict=True))
