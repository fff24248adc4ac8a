"""Summary page of a drift check: the verdict in words, with a link to Evidently's report."""

from datetime import datetime

from homestead.drift.result import MISSING_SHARE_METHOD, UNSEEN_SHARE_METHOD, DriftResult
from homestead.problem.schema import Problem
from homestead.reports.base_page import render

_METHODS = {
    "ks": "Kolmogorov–Smirnov test, p-value (drift below 0.05)",
    "two_sample_chisquare": "chi-square test, p-value (drift below 0.05)",
    "standardised_wasserstein": "Wasserstein distance in standard deviations (drift from 0.1)",
    "jensenshannon": "Jensen–Shannon distance (drift from 0.1)",
    MISSING_SHARE_METHOD: f"{MISSING_SHARE_METHOD} (drift from 0.1)",
    UNSEEN_SHARE_METHOD: f"{UNSEEN_SHARE_METHOD} (drift from 0.1)",
}


def drift_summary_html(
    result: DriftResult, problem: Problem, version: str, at: datetime, reference_rows: int
) -> str:
    """Return the summary page of one check; it links to ``evidently.html`` beside it.

    Args:
        version: registered version of the champion whose training rows were compared.
        at: time of the check, UTC.
        reference_rows: number of rows in the champion's training snapshot.
    """
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
    )
