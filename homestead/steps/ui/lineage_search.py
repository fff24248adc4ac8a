"""Search for the lineage of a prediction, a version or a hash."""

from homestead.errors import UserError
from homestead.reports.lineage.facts import LineageReport
from homestead.steps.history.lineage import find_lineage
from homestead.steps.ui.sources import Sources


def find(sources: Sources, problem: str, name: str) -> LineageReport:
    """Return where something comes from and what came from it.

    Raises:
        UserError: nothing of that name is known, or there is no registry yet.
        MlflowException: MLflow cannot be read.
        SQLAlchemyError: the database cannot be read.
    """
    if not sources.has_registry or not sources.has_database:
        raise UserError(f"{problem}: nothing is registered yet: homestead train")
    return find_lineage(sources.mlflow, sources.engine, sources.settings, problem, name)
