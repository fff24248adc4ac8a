"""Row on the model's quality: what was promised, estimated and measured, with intervals."""

from homestead.monitoring.dashboards.panels import Panel, figures
from homestead.monitoring.dashboards.queries import selected_series
from homestead.monitoring.performance_metrics import BOUNDS

_FIGURES = {
    "promised": (
        "The problem's metric on the holdout, as the champion's certificate states it.",
        "no performance report yet",
    ),
    "estimated": (
        "The metric on served rows, estimated without labels, with its interval. It cannot see a"
        " changed relation to the target: let labels decide.",
        "not estimated: no report, or too few rows",
    ),
    "measured": (
        "The metric on labelled predictions, with its interval. Worse than promised: follow the"
        " runbook.",
        "not measured: too few labels",
    ),
}
_RUNBOOKS = {
    "promised": "HomesteadPerformanceNotChecked",
    "estimated": "HomesteadPerformanceEstimatedHarm",
    "measured": "HomesteadPerformanceHarm",
}


def quality_panels() -> list[Panel]:
    """Return the panels without ids and positions; they fill one row."""
    return [
        figures(
            f"Quality, {figure}",
            description,
            "none",
            *(
                (_figure(figure, bound), bound)
                for bound in (BOUNDS if figure != "promised" else BOUNDS[:1])
            ),
            no_data=no_data,
            runbooks=(_RUNBOOKS[figure],),
        )
        for figure, (description, no_data) in _FIGURES.items()
    ]


def _figure(figure: str, bound: str) -> str:
    matchers = (f'figure="{figure}"', f'bound="{bound}"')
    return f"max({selected_series('homestead_performance', *matchers)})"
