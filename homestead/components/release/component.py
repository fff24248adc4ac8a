"""Release step: start the release of what was registered."""

from homestead.components.base_image import component


@component
def release(problem: str, run_id: str, registered: bool) -> None:
    """Start the release of the run's version, as the problem file says, and return.

    The step also runs if the champion was kept: a run that was killed between registration and
    release left a version that nothing releases.
    """
    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.release import release_after_training

    with report_step("release") as report:
        release_after_training(parse_problem(problem), Settings.read(), run_id, registered, report)
