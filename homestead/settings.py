"""Settings of a process, read from environment variables: where state lives, and limits.

docs/reference/settings.md lists every variable; ``homestead compile`` makes its table from this
class.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from homestead import setting_values as values
from homestead.errors import UserError
from homestead.locations import TRACKING_FILE, Locations, own_signing_key
from homestead.names import RELEASE_PLAN_FILE


class Settings(Locations):
    """Locations of state, with embedded defaults below ``home``, and limits of the server.

    A field that is not given is read from its environment variable; an empty one counts as unset.
    """

    database_timeout_s: float = Field(
        15.0,
        validation_alias="HOMESTEAD_DATABASE_S",
        ge=0.1,
        le=3600,
        description="how long the server's background worker waits for a database statement "
        "before it reconnects",
    )
    lookup_timeout_ms: float = Field(
        50.0,
        validation_alias="HOMESTEAD_LOOKUP_MS",
        ge=1,
        le=60_000,
        description="how long a request waits for the online store, for each 50 of its keys",
    )
    memory: Annotated[str, AfterValidator(values.check_memory)] = Field(
        "",
        validation_alias="HOMESTEAD_MEMORY",
        description="most memory that a step uses, such as `2 GB` or `1536Mi`, however many rows "
        "it has; half of the container's limit, or of the machine's memory, if empty",
    )
    engine: Literal["local", "spark"] = Field(
        "local",
        validation_alias="HOMESTEAD_ENGINE",
        description="computes large tables: `local`, this machine's cores, or `spark`",
    )
    spark_master: str = Field(
        "local[*]",
        validation_alias="HOMESTEAD_SPARK_MASTER",
        description="Spark's master: `local[*]`, `spark://…`, or `k8s://…` in a pod",
    )
    spark_options: Annotated[str, AfterValidator(values.check_spark_options)] = Field(
        "",
        validation_alias="HOMESTEAD_SPARK_OPTIONS",
        description="options of Spark, separated by spaces: `spark.executor.memory=4g`",
    )
    boosting_workers: int = Field(
        2,
        validation_alias="HOMESTEAD_BOOSTING_WORKERS",
        ge=1,
        le=1000,
        description="how many tasks of Spark fit a LightGBM candidate together, where the engine "
        "is `spark`; another number gives another model",
    )
    search_shards: int = Field(
        1,
        validation_alias="HOMESTEAD_SEARCH_SHARDS",
        ge=1,
        le=4,
        description="how many pods of a pipeline run share a search of more than 10 trials; the "
        "model is the same",
    )
    log_retention_days: float = Field(
        0.0,
        validation_alias="HOMESTEAD_LOG_DAYS",
        ge=0,
        le=36_500,
        description="how long the prediction log keeps a row; 0 keeps rows forever",
    )
    log_write_s: float = Field(
        60.0,
        validation_alias="HOMESTEAD_LOG_WRITE_S",
        ge=1,
        le=3600,
        description="longest time that a prediction waits in the spool for its Parquet file, "
        "where there are too few of them to fill one",
    )
    log_full_policy: Literal["refuse", "shed"] = Field(
        "refuse",
        validation_alias="HOMESTEAD_LOG_FULL",
        description="what happens to a request that cannot be logged because the disk or "
        "the spool is full: `refuse` it, or `shed` the log entry and answer",
    )
    spool_mb: float = Field(
        4096.0,
        validation_alias="HOMESTEAD_SPOOL_MB",
        ge=16,
        le=1_000_000,
        description="most disk space of a problem's spool, which holds the prediction log while "
        "its database is unavailable; beyond it `HOMESTEAD_LOG_FULL` decides",
    )
    worker_priority: Literal["idle", "normal"] = Field(
        "idle",
        validation_alias="HOMESTEAD_WORKER_PRIORITY",
        description="processor priority of the background worker, which ships the prediction log: "
        "`idle` puts requests first, `normal` ships also while other programs keep each core busy",
    )
    log_key: str = Field(
        "",
        validation_alias="HOMESTEAD_LOG_KEY",
        description="secret key of the hashes that replace values of columns marked "
        "`sensitive: hash` in the prediction log; required if there are any",
    )
    feedback_token: str = Field(
        "",
        validation_alias="HOMESTEAD_FEEDBACK_TOKEN",
        description="bearer token that clients must send with feedback; none is asked for if empty",
    )
    alerts_token: str = Field(
        "",
        validation_alias="HOMESTEAD_ALERTS_TOKEN",
        description="bearer token that Alertmanager must send to `homestead retrain serve`, which "
        "does not start without one",
    )
    labels_token: str = Field(
        "",
        validation_alias="HOMESTEAD_LABELS_TOKEN",
        description="bearer token that senders of labels must show to `homestead labels serve`, "
        "which needs one",
    )
    feedback_rows_per_s: float = Field(
        1000.0,
        validation_alias="HOMESTEAD_FEEDBACK_RATE",
        ge=0,
        le=1_000_000,
        description="rows of feedback per second that a server takes, with bursts of ten seconds' "
        "worth; 0 for no limit",
    )
    request_timeout_s: float = Field(
        30.0,
        validation_alias="HOMESTEAD_REQUEST_S",
        ge=0.1,
        le=3600,
        description="how long a client may take to send a request",
    )
    connection_age_s: float = Field(
        60.0,
        validation_alias="HOMESTEAD_CONNECTION_S",
        ge=0,
        le=86_400,
        description="how long a client may use a connection: after half to all of it a response "
        "asks the client to reconnect, so that a new replica gets its share; 0 for no limit",
    )
    connection_requests: int = Field(
        0,
        validation_alias="HOMESTEAD_CONNECTION_REQUESTS",
        ge=0,
        le=1_000_000_000,
        description="the same by the number of requests on a connection; 0 for no limit",
    )
    cors_origins: Annotated[str, AfterValidator(values.check_origins)] = Field(
        "",
        validation_alias="HOMESTEAD_CORS_ORIGINS",
        description="origins whose web pages may call the server, separated by commas, or `*`; "
        "none if empty",
    )
    drain_s: float = Field(
        5.0,
        validation_alias="HOMESTEAD_DRAIN_S",
        ge=0,
        le=3600,
        description="how long a stopping server keeps answering, each answer asking the client to "
        "reconnect; up to 15 fit the pods' 40 s of grace",
    )
    finish_s: float = Field(
        default_factory=values.finish_s,
        validation_alias="HOMESTEAD_FINISH_S",
        ge=0.2,
        le=3600,
        description="how long a server may take after that: the first half for requests in flight, "
        "the second for shipping the rest of the prediction log; 30 with `HOMESTEAD_LOG_URI`; "
        "together at most 9 for `docker stop`, which kills after 10 s",
    )

    @classmethod
    def read(cls, **given: Any) -> "Settings":
        """Return the settings of this process's environment.

        Args:
            given: fields that the caller names, ahead of the environment.

        Raises:
            UserError: a variable has a value that is not allowed; one line for each such variable.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            # Defaults below the home are not computed once another field is wrong.
            causes = [e for e in error.errors() if e["type"] != "default_factory_not_called"]
            fields = {str(field.validation_alias): field for field in cls.model_fields.values()}
            lines = (values.explain(error, fields[str(error["loc"][0])]) for error in causes)
            raise UserError("\n".join(lines)) from None

    def environment(self) -> dict[str, str]:
        """Return the environment variables that give a child process the same settings."""
        return {
            str(field.validation_alias): str(getattr(self, name))
            for name, field in Settings.model_fields.items()
        }

    @property
    def tracking_file(self) -> Path:
        """Path of the home's own MLflow store."""
        return self.home / TRACKING_FILE

    @property
    def has_own_registry(self) -> bool:
        """Whether MLflow's store lies in the home, together with its artifacts."""
        return self.tracking_uri == values.sqlite_url(self.tracking_file)

    @property
    def has_own_signing_key(self) -> bool:
        """Whether certificates are signed with the home's key, which is made at first use."""
        return self.signing_key == own_signing_key(self.home)

    def folder(self, *parts: str) -> Path:
        """Return a folder below ``home``; create it if it does not exist."""
        path = self.home.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def release_plan(self, problem: str) -> Path:
        """Return the path of the file that names the served model versions of a problem."""
        return self.folder("release", problem) / RELEASE_PLAN_FILE

    def online_database(self, problem: str) -> Path:
        """Return the path of the sqlite file with a problem's online features."""
        return self.folder("feast") / f"{problem}.db"

    def __repr_args__(self) -> Any:
        """Yield the fields with secrets masked."""
        for name, value in super().__repr_args__():
            yield name, values.without_secrets(name, value)
