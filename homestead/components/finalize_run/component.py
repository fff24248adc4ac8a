"""Exit handler: record how the run ended, whatever happened before."""

from kfp.dsl import PipelineTaskFinalStatus

from homestead.components.base_image import component


@component
def finalize_run(problem: str, pipeline_run: str, status: PipelineTaskFinalStatus) -> None:
    """Record the run's outcome in the database, and end its parent run in MLflow."""
    from homestead.components.progress import report_step
    from homestead.problem.loader import problem_name
    from homestead.settings import Settings
    from homestead.steps.finalize_run import record_outcome

    with report_step("finalize_run") as report:
        record_outcome(
            problem_name(problem),
            Settings.read(),
            pipeline_run,
            state=status.state,
            report=report,
        )
