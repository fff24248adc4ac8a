"""Causes of retraining, and what was decided."""

from homestead.retraining.status import read_retraining
from homestead.steps.ui.sources import Sources
from homestead.ui.views.loop import RetrainingView


def read_causes(sources: Sources, problem: str) -> RetrainingView | None:
    """Return causes, decisions and runs; None before the first check.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    if not sources.has_database:
        return None
    status = read_retraining(sources.engine, problem)
    is_empty = not (status.open_causes or status.runs or status.decisions)
    return None if is_empty else RetrainingView(status)
