"""Where things are: one folder of local state, and the services that replace parts of it."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from homestead.errors import UserError

_DATABASES = ("sqlite", "postgresql", "postgres")


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
        database_s: how long a server's helper waits for a statement of the database, in seconds
            (``HOMESTEAD_DATABASE_S``).
        lookup_ms: how long a request waits for the online store, in milliseconds
            (``HOMESTEAD_LOOKUP_MS``).
        log_days: days that the prediction log keeps a row, 0 for ever (``HOMESTEAD_LOG_DAYS``).
        log_full: what becomes of a request that can't be logged, because the disk is full:
            ``refuse`` it, or ``shed`` the log's line and answer (``HOMESTEAD_LOG_FULL``).
        log_key: key of the hashes that stand in the log for sensitive values
            (``HOMESTEAD_LOG_KEY``).
        request_s: how long a client may take to send a request, in seconds
            (``HOMESTEAD_REQUEST_S``).
        drain_s: how long a server that was told to stop goes on answering, in seconds; each answer
            asks its client to connect anew (``HOMESTEAD_DRAIN_S``).
        release: where releases are written: ``configmap://<namespace>`` on a cluster
            (``HOMESTEAD_RELEASE``); below ``home`` when empty.
    """

    home: Path
    tracking_uri: str
    database_url: str
    redis_url: str
    feast_registry: str
    database_s: float = 15.0
    lookup_ms: float = 50.0
    log_days: float = 0.0
    log_full: Literal["refuse", "shed"] = "refuse"
    log_key: str = field(default="", repr=False)
    request_s: float = 30.0
    drain_s: float = 5.0
    release: str = ""

    @classmethod
    def read(cls) -> "Settings":
        """The settings of this process's environment.

        Raises:
            UserError: names the variable whose value is not allowed.
        """
        home = Path(os.environ.get("HOMESTEAD_HOME", ".homestead")).absolute()
        env = os.environ.get
        full = env("HOMESTEAD_LOG_FULL") or "refuse"
        if full not in ("refuse", "shed"):
            raise UserError(f"HOMESTEAD_LOG_FULL: found {full!r}, allowed are refuse, shed")
        database = env("HOMESTEAD_DATABASE_URL") or f"sqlite:///{home / 'homestead.db'}"
        kind = database.partition(":")[0]
        if kind.partition("+")[0] not in _DATABASES:
            # The rest may hold a password.
            raise UserError(
                f"HOMESTEAD_DATABASE_URL: found {kind}:…, allowed are sqlite:/// and postgresql://"
            )
        return cls(
            home=home,
            tracking_uri=env("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'mlflow.db'}",
            database_url=database,
            redis_url=env("HOMESTEAD_REDIS", ""),
            feast_registry=env("HOMESTEAD_FEAST_REGISTRY")
            or f"sqlite:///{home / 'feast' / 'registry.db'}",
            database_s=_number("HOMESTEAD_DATABASE_S", 15.0, 0.1, 3600.0),
            lookup_ms=_number("HOMESTEAD_LOOKUP_MS", 50.0, 1.0, 60_000.0),
            log_days=_number("HOMESTEAD_LOG_DAYS", 0.0, 0.0, 36_500.0),
            log_full=full,  # type: ignore[arg-type]
            log_key=env("HOMESTEAD_LOG_KEY", ""),
            request_s=_number("HOMESTEAD_REQUEST_S", 30.0, 0.1, 3600.0),
            drain_s=_number("HOMESTEAD_DRAIN_S", 5.0, 0.0, 3600.0),
            release=env("HOMESTEAD_RELEASE", ""),
        )

    def folder(self, *parts: str) -> Path:
        """A folder below ``home``, made if it is not there."""
        path = self.home.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def release_plan(self, problem: str) -> Path:
        """The file that says which model versions answer."""
        return self.folder("release", problem) / "plan.json"


def _number(variable: str, default: float, low: float, high: float) -> float:
    text = os.environ.get(variable, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise UserError(f"{variable}: found {text!r}, allowed is a number, {low:g} to {high:g}")
    return value
