"""Summary page of a drift check: the verdict in words, with a link to Evidently's report."""

from datetime import datetime

from homestead.drift.calibrated_result import CalibratedDrift, ComparedColumn
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
# Named in the verdict's sentence; the table holds all.
_NAMED_COLUMNS = 3


def drift_summary_html(
    result: DriftResult, problem: Problem, version: str, at: datetime, reference_rows: int
) -> str:
    """Return the summary page of one check; it links to ``evidently.html`` beside it.

    Args:
        version: registered version of the champion whose training rows were compared.
        at: time of the check, UTC.
        reference_rows: number of rows in the champion's training snapshot.
    """
    calibrated = result.calibrated
    return render(
        "drift_summary.html",
        problem=problem,
        result=result,
        drifted=result.drifted_columns,
        columns=sorted(result.columns, key=lambda column: not column.drifted),
        methods=_METHODS,
        calibrated=calibrated,
        drifted_most=() if calibrated is None else calibrated.drifted[:_NAMED_COLUMNS],
        calibrated_columns=() if calibrated is None else _by_certainty(calibrated),
        effect_of_classifier=None if calibrated is None else 2 * calibrated.classifier.auc - 1,
        version=version,
        at=at,
        reference_rows=reference_rows,
    )


def _by_certainty(calibrated: CalibratedDrift) -> list[ComparedColumn]:
    return sorted(calibrated.compared, key=lambda column: (not column.drifted, column.p_value))
