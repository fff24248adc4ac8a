"""Panels of retraining: what asks for a run, the runs, and when it was last decided."""

from homestead.monitoring.dashboards.panels import Panel, stat, timeseries
from homestead.monitoring.dashboards.queries import age_s, selected_series
from homestead.monitoring.retraining_metrics import RUN_STATES


def retraining_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    return [
        stat(
            "Causes of retraining",
            "Causes of a training run that wait for one. `homestead retrain status` names them, and"
            " what they wait for.",
            "short",
            f"max({selected_series('homestead_retraining_open_causes')})",
            (1,),
            runbooks=("HomesteadRetrainingNotChecked",),
        ),
        timeseries(
            "Retraining runs",
            "Training runs that had a cause, by state. Failed: mend what the run's log names, then"
            " ask for another one by `homestead retrain cause`.",
            "short",
            *(
                (
                    "max(" + selected_series("homestead_retraining_runs", f'state="{state}"') + ")",
                    state,
                )
                for state in RUN_STATES
            ),
            runbooks=("HomesteadRetrainingFailed",),
        ),
        timeseries(
            "Age of retraining's decisions",
            "Since it was last decided anew to start a run, to wait, or that none is needed. The"
            " same decision again is no new one; whether checks run is under 'Age of the newest"
            " runs'.",
            "s",
            (
                age_s("homestead_retraining_decided_timestamp_seconds", labels="action"),
                "{{action}}",
            ),
            runbooks=("HomesteadRetrainingNotChecked",),
        ),
    ]
