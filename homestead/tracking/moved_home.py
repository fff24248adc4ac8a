"""A home that was moved or copied: MLflow's store holds absolute URIs of artifacts."""

import logging
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import sqlalchemy as sa
from mlflow import MlflowClient
from mlflow.entities import ViewType

from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_ARTIFACTS = "mlartifacts"


def artifact_location(settings: Settings, experiment: str) -> str:
    """Return the URI of the folder of an experiment's artifacts in the home; create the folder."""
    return settings.folder(_ARTIFACTS, experiment).as_uri()


def follow_moved_home(mlflow: MlflowClient, settings: Settings) -> None:
    """Let a store in the home refer to artifacts in the home, if both were moved or copied.

    Otherwise a training in the copy would read and write the original's files. To be called by one
    process at a time.
    """
    if not settings.has_own_registry:
        return
    experiments = mlflow.search_experiments(view_type=ViewType.ALL)
    locations = {experiment.name: experiment.artifact_location for experiment in experiments}
    old_roots = {
        location.removesuffix(f"/{quote(name)}")
        for name, location in locations.items()
        if location.endswith(f"/{_ARTIFACTS}/{quote(name)}")
    }
    root = settings.home / _ARTIFACTS
    for old_root in sorted(old_roots - {root.as_uri()}):
        old_path = Path(unquote(urlsplit(old_root).path))
        # Another home may have used this store, and a link may give one folder two names.
        if not old_path.exists() or (root.exists() and not root.samefile(old_path)):
            _replace_prefix(settings.tracking_uri, f"{old_root}/", f"{root.as_uri()}/")
            _LOG.warning("the home has moved: MLflow's artifacts are now in %s", root)


def _replace_prefix(database_url: str, old: str, new: str) -> None:
    """Replace the beginning of every text in a database that begins with ``old``."""
    engine = sa.create_engine(database_url)
    tables = sa.MetaData()
    try:
        with engine.begin() as connection:
            tables.reflect(connection)
            for table in tables.tables.values():
                for column in table.columns:
                    if isinstance(column.type, sa.String):
                        begins = sa.func.substr(column, 1, len(old)) == old
                        moved = sa.literal(new) + sa.func.substr(column, len(old) + 1)
                        connection.execute(table.update().where(begins).values({column: moved}))
    finally:
        engine.dispose()
