"""The drift report's front page: the verdict in plain words, above Evidently's own report."""

from datetime import datetime
from typing import TYPE_CHECKING

from homestead.problem.schema import Problem
from homestead.reports.wording import number, percent

if TYPE_CHECKING:
    from homestead.drift.result import DriftResult

_METHODS = {
    "ks": "Kolmogorov–Smirnov test, p-value (drift below 0.05)",
    "two_sample_chisquare": "chi-square test, p-value (drift below 0.05)",
    "wasserstein": "Wasserstein distance in standard deviations (drift from 0.1)",
    "jensenshannon": "Jensen–Shannon distance (drift from 0.1)",
    "change of the share of missing values": "change of the share of missing values"
    " (drift from 0.1)",
}


def drift_summary_html(
    result: "DriftResult", problem: Problem, version: str, at: datetime, reference_rows: int
) -> str:
    """A small page about one check; links to ``evidently.html`` beside it.

    Args:
        version: of the champion whose training rows were compared.
        at: when the check was made.
        reference_rows: rows of the champion's training snapshot.
    """
    from homestead.reports.page import render

    return render(
        "drift_summary.html",
        problem=problem,
        result=result,
        drifted=result.drifted_columns,
        columns=sorted(result.columns, key=lambda column: not column.drifted),
        methods=_METHODS,
        version=version,
        at=at,
        reference_rows=reference_rows,
        number=number,
        percent=percent,
    )
