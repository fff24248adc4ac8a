"""Panels of drift: the newest report's verdicts and figures, and how they change."""

from homestead.monitoring.dashboards.panels import Panel, stat, timeseries
from homestead.monitoring.dashboards.queries import age_s, selected_series


def drift_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    share, limit, rows, calibrated, p_value, level = (
        f"max({selected_series(f'homestead_drift_{name}')})"
        for name in (
            *("share", "threshold", "rows"),
            *("calibrated", "calibrated_p_value", "calibrated_level"),
        )
    )
    return [
        stat(
            "Verdict",
            "Of the newest drift report. Drift: the report names the inputs; look for a defect in"
            " them before you retrain. Inconclusive: too few requests were logged.",
            "none",
            # The added zero keeps a NaN: an inconclusive report is not 'no drift'.
            f"({share} > bool {limit}) + 0 * {share}",
            (1,),
            {"0": "no drift", "1": "drift", "nan": "inconclusive"},
            no_data="never checked",
            runbooks=("HomesteadDrift", "HomesteadDriftInconclusive"),
        ),
        stat(
            "Drift share",
            "Share of the model's inputs that drifted in the newest report. Above its limit"
            " (drift.max_drift_share of the problem file) the verdict is drift.",
            "percentunit",
            share,
            no_data="no share",
            runbooks=("HomesteadDrift",),
        ),
        stat(
            "Calibrated verdict",
            "Of the newest report's tests with a known rate of false alarms, which see smaller"
            " changes than the share. Drift: compare the inputs that the report names with their"
            " source.",
            "none",
            calibrated,
            (1,),
            {"0": "no drift", "1": "drift", "nan": "not tested"},
            no_data="never checked",
            runbooks=("HomesteadCalibratedDrift",),
        ),
        stat(
            "Last checked",
            "Since the newest drift report. More than a day or so: look at the drift job.",
            "s",
            age_s("homestead_drift_checked_timestamp_seconds"),
            no_data="never checked",
            runbooks=("HomesteadDriftNotChecked",),
        ),
        stat(
            "Rows compared",
            "Logged rows in the newest report. Fewer than drift.min_rows give no verdict: wait for"
            " more requests, or check a longer time.",
            "short",
            rows,
            no_data="never checked",
            runbooks=("HomesteadDriftInconclusive",),
        ),
        timeseries(
            "Drift share and its limit",
            "Above the limit the model has drifted; a gap is an inconclusive report. A step points"
            " to a defect or a new kind of request, a slope to a world that changes.",
            "percentunit",
            (share, "share"),
            (limit, "limit"),
            runbooks=("HomesteadDrift",),
        ),
        timeseries(
            "Calibrated p-value and its level",
            "At or below the level the calibrated tests found drift; a gap is a report without."
            " The level is this check's part of the month's rate of false alarms.",
            # Both are small: 0.0000013 would be drawn as 0.
            "sci",
            (p_value, "p-value"),
            (level, "level"),
            log_scale=True,
            runbooks=("HomesteadCalibratedDrift",),
        ),
        timeseries(
            "Rows compared over time",
            "Logged rows in the newest report. A fall with as many requests as before: look at the"
            " prediction log's lag on the service dashboard.",
            "short",
            (rows, "rows"),
            runbooks=("HomesteadDriftInconclusive",),
        ),
    ]
