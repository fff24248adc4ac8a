"""The exit handler: record how the run ended, whatever happened."""

from kfp.dsl import PipelineTaskFinalStatus

from homestead.components.image import component


@component
def finalize_run(problem: str, pipeline_run: str, status: PipelineTaskFinalStatus) -> None:
    """Ends the parent run in MLflow; a run that failed before it began has none.

    The end is noted in the table of task runs too, from which the servers' metrics have it.
    """
    from homestead.database.job_runs import write_job_run
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.progress import report_step
    from homestead.tracking import runs

    with report_step("record") as say:
        parsed, settings = parse_problem(problem), Settings.read()
        # The backend calls a good end COMPLETE, the local runner SUCCEEDED: only FAILED is one.
        failed = status.state == "FAILED"
        say("the run failed" if failed else "the run is complete")
        write_job_run(
            settings.database_url, parsed.name, "training", "failed" if failed else "succeeded"
        )
        mlflow = runs.open_client(settings)
        run = runs.find_run(mlflow, parsed.name, pipeline_run)
        if run is not None:
            ended = "FAILED" if failed else "FINISHED"
            runs.finish_run(mlflow, run.info.experiment_id, run.info.run_id, ended)
