"""Wait for a release: servers that start before the first training use it."""

from homestead.release.plan import wait_for_plan
from homestead.settings import Settings


def wait_for_release(problem: str, settings: Settings, timeout_s: float | None = None) -> str:
    """Return the version of the released champion as soon as there is one.

    Args:
        timeout_s: how long to wait; None for no limit.

    Raises:
        UserError: there is no release after ``timeout_s``, or its plan is not valid.
    """
    plan = wait_for_plan(settings.release_plan(problem), timeout_s)
    return plan.champion.version
