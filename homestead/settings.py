"""Where things are: one folder of local state, and the services that replace parts of it."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Locations of state. Each has an embedded default below ``home``.

    Attributes:
        home: folder of all local state (``HOMESTEAD_HOME``, default ``.homestead``).
        tracking_uri: MLflow tracking and registry (``MLFLOW_TRACKING_URI``, default sqlite).
        database_url: SQLAlchemy URL of the prediction log, the watch reports and the promotion
            lock (``HOMESTEAD_DATABASE_URL``, default sqlite).
        redis_url: Feast's online store, ``host:port,password=…`` (``HOMESTEAD_REDIS``); sqlite
            when empty.
        feast_registry: SQLAlchemy URL of Feast's registry (``HOMESTEAD_FEAST_REGISTRY``).
    """

    home: Path
    tracking_uri: str
    database_url: str
    redis_url: str
    feast_registry: str

    @classmethod
    def read(cls) -> "Settings":
        """The settings of this process's environment."""
        home = Path(os.environ.get("HOMESTEAD_HOME", ".homestead")).absolute()
        env = os.environ.get
        return cls(
            home=home,
            tracking_uri=env("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'mlflow.db'}",
            database_url=env("HOMESTEAD_DATABASE_URL") or f"sqlite:///{home / 'homestead.db'}",
            redis_url=env("HOMESTEAD_REDIS", ""),
            feast_registry=env("HOMESTEAD_FEAST_REGISTRY")
            or f"sqlite:///{home / 'feast' / 'registry.db'}",
        )

    def folder(self, *parts: str) -> Path:
        """A folder below ``home``, made if it is not there."""
        path = self.home.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def release_plan(self, problem: str) -> Path:
        """The file that says which model versions answer."""
        return self.folder("release", problem) / "plan.json"
