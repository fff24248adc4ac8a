"""Open run step: fix the data that the run is about, and start its parent run."""

from typing import NamedTuple

from homestead.components.base_image import component


@component
def open_run(
    problem: str,
    pipeline_run: str,
    cause: str,
) -> NamedTuple("Outputs", [("run_id", str), ("data_hash", str), ("labelled", str)]):  # type: ignore[valid-type]
    """Start the parent run; return its id, the source's SHA-256, and labelled rows to train on.

    Equal data give an equal hash, by which the backend's cache serves the steps after this one.
    """
    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.open_run import open_parent_run

    with report_step("open_run") as report:
        run = open_parent_run(
            parse_problem(problem), Settings.read(), pipeline_run, report, cause=cause
        )
    return (run.run_id, run.data_hash, run.labelled)
