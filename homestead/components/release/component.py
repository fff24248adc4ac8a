"""Release step: let the servers answer with the champion."""

from homestead.components.base_image import component


@component
def release(problem: str, run_id: str, registered: bool) -> None:
    """Write the release plan: all requests go to the registry's champion.

    The step also runs if the champion was kept: a run that was killed between registration and
    release left a champion that no plan names.
    """
    from homestead.components.progress import report_step
    from homestead.problem.loader import parse_problem
    from homestead.settings import Settings
    from homestead.steps.release import release_after_training

    with report_step("release") as report:
        release_after_training(
            parse_problem(problem).name, Settings.read(), run_id, registered, report
        )
