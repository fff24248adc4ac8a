"""Panels of the newest performance report: verdicts, and figures beside the promise."""

from homestead.monitoring.dashboards.panels import Panel, stat, timeseries
from homestead.monitoring.dashboards.queries import age_s, selected_series

_VERDICT_TEXTS = {"0": "fine", "1": "inconclusive", "2": "harm", "nan": "no figure"}


def performance_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    return [
        *(
            stat(
                f"Performance, {figure}",
                f"Verdict of the newest report on the {figure} metric. {meaning}",
                "none",
                _verdict_number(figure),
                (1, 2),
                _VERDICT_TEXTS,
                no_data="no report yet",
                runbooks=(runbook,),
            )
            for figure, meaning, runbook in (
                (
                    "measured",
                    "By labelled predictions. Harm: check labels and inputs for a defect, then"
                    " retrain. Inconclusive: add labels.",
                    "HomesteadPerformanceHarm",
                ),
                (
                    "estimated",
                    "Without labels, which cannot see a changed relation to the target. Harm: get"
                    " labels of these days; they decide.",
                    "HomesteadPerformanceEstimatedHarm",
                ),
            )
        ),
        stat(
            "Labelled rows",
            "Labelled predictions that the newest performance report measured on. Too few for a"
            " verdict (performance.min_rows): send more labels.",
            "short",
            f"max({selected_series('homestead_performance_labelled_rows')})",
            no_data="no report yet",
            runbooks=("HomesteadLabelsAbsent",),
        ),
        stat(
            "Performance last checked",
            "Since the newest performance report. More than a day or so: look at the performance"
            " job.",
            "s",
            age_s("homestead_performance_checked_timestamp_seconds"),
            no_data="never checked",
            runbooks=("HomesteadPerformanceNotChecked",),
        ),
        timeseries(
            "Performance and promise",
            "The problem's metric: promised by the champion's certificate, measured on labelled"
            " predictions, and estimated without labels, with intervals. Its unit is the metric's."
            " A step away from the promise points to a defect, a slope to a world that changes.",
            # Each problem has a metric of its own: a loss, a share, or the target's unit.
            "none",
            *(
                (_figure(figure, bound), figure if bound == "value" else f"{figure}, {bound}")
                for figure, bound in (
                    ("promised", "value"),
                    *(("measured", bound) for bound in ("value", "low", "high")),
                    *(("estimated", bound) for bound in ("value", "low", "high")),
                )
            ),
            runbooks=("HomesteadPerformanceHarm", "HomesteadPerformanceEstimatedHarm"),
        ),
    ]


def _figure(figure: str, bound: str) -> str:
    return (
        "max("
        + selected_series("homestead_performance", f'figure="{figure}"', f'bound="{bound}"')
        + ")"
    )


def _verdict_number(figure: str) -> str:
    harm, inconclusive = (
        "max("
        + selected_series(
            "homestead_performance_verdict", f'figure="{figure}"', f'verdict="{verdict}"'
        )
        + ")"
        for verdict in ("harm", "inconclusive")
    )
    return f"2 * {harm} + {inconclusive}"
