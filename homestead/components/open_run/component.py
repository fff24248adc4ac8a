"""Open run step: fix the data that the run is about, and start its parent run."""

from typing import NamedTuple

from homestead.components.base_image import component


@component
def open_run(
    problem: str,
    pipeline_run: str,
    cause: str,
) -> NamedTuple(  # type: ignore[valid-type]
    "Outputs",
    [("run_id", str), ("data_hash", str), ("labelled", str), ("boosting_workers", int)],
):
    """Start the parent run; return its id, and what the results of the steps after it follow from.

    The backend's cache serves them by the source's hash, the labelled rows that are trained on and
    the number of workers that fit a candidate together.
    """
    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.open_run import open_parent_run

    with report_step("open_run") as report:
        run = open_parent_run(
            parse_problem(problem), Settings.read(), pipeline_run, report, cause=cause
        )
    return (run.run_id, run.data_hash, run.labelled, run.boosting_workers)
