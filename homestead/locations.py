"""Settings that say where state and keys are; their defaults lie below the home folder."""

from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from homestead import setting_values as values
from homestead.redis_address import check_redis

TRACKING_FILE: Final = "mlflow.db"
_KEYS_FOLDER: Final = "keys"


def _below_home(*parts: str) -> Any:
    """Return a factory of the sqlite URL of a file below the field ``home``."""
    return lambda fields: values.sqlite_url(fields["home"].joinpath(*parts))


def own_signing_key(home: Path) -> Path:
    """Return the path of the home's own private key, which is made at first use."""
    return home / _KEYS_FOLDER / "signing.pem"


def own_verify_keys(home: Path) -> Path:
    """Return the folder of the home's own trusted keys, the public halves of its private keys."""
    return home / _KEYS_FOLDER / "trusted"


class Locations(BaseSettings):
    """Locations of state and keys, with embedded defaults below ``home``."""

    model_config = SettingsConfigDict(
        frozen=True,
        populate_by_name=True,
        case_sensitive=True,
        env_ignore_empty=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    home: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        Path(".homestead"),
        validation_alias="HOMESTEAD_HOME",
        description="folder of all local state",
    )
    tracking_uri: str = Field(
        default_factory=_below_home(TRACKING_FILE),
        validation_alias="MLFLOW_TRACKING_URI",
        description="MLflow tracking server and model registry",
    )
    tracking_pages: Annotated[str, AfterValidator(values.check_web_address)] = Field(
        "",
        validation_alias="HOMESTEAD_MLFLOW_PAGES",
        description="address at which people open MLflow's pages, for the links in summaries; the "
        "tracking server's own if empty",
    )
    prometheus_url: Annotated[str, AfterValidator(values.check_web_address)] = Field(
        "",
        validation_alias="HOMESTEAD_PROMETHEUS",
        description="Prometheus from which `homestead ui` reads alerts and latencies; if empty, it "
        "evaluates the alerts for which the database has the figures",
    )
    database_url: Annotated[str, AfterValidator(values.check_database)] = Field(
        default_factory=_below_home("homestead.db"),
        validation_alias="HOMESTEAD_DATABASE_URL",
        description="SQLAlchemy URL of the database with the prediction log, drift reports, job "
        "runs and locks: `sqlite:///…` or `postgresql://…`",
    )
    log_uri: str = Field(
        "",
        validation_alias="HOMESTEAD_LOG_URI",
        description="where servers write logged predictions as Parquet files, by problem and hour: "
        "a folder, or a URI such as `s3://bucket/log`; the database if empty",
    )
    source_user: str = Field(
        "",
        validation_alias="HOMESTEAD_SOURCE_USER",
        description="user of a source in PostgreSQL; the source's own, or libpq's, if empty",
    )
    source_password: str = Field(
        "",
        validation_alias="HOMESTEAD_SOURCE_PASSWORD",
        description="password of a source in PostgreSQL; libpq's if empty",
    )
    source_token: str = Field(
        "",
        validation_alias="HOMESTEAD_SOURCE_TOKEN",
        description="bearer token that is sent to the web server of a source; none if empty",
    )
    redis_connection: Annotated[str, AfterValidator(check_redis)] = Field(
        "",
        validation_alias="HOMESTEAD_REDIS",
        description="Feast's online store: `host:port,password=…`, `redis://…`, `rediss://…` with "
        "TLS, `redis-cluster://…` or `redis-sentinel://…`; sqlite below the home if empty",
    )
    feast_registry: str = Field(
        default_factory=_below_home("feast", "registry.db"),
        validation_alias="HOMESTEAD_FEAST_REGISTRY",
        description="SQLAlchemy URL of Feast's registry",
    )
    model_cache: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default_factory=lambda fields: fields["home"] / "models",
        validation_alias="HOMESTEAD_MODEL_CACHE",
        description="folder where servers keep copies of released models that come from an object "
        "store",
    )
    release_uri: str = Field(
        "",
        validation_alias="HOMESTEAD_RELEASE",
        description="where release plans are written: `configmap://<namespace>` on a cluster; "
        "below the home if empty",
    )
    signing_key: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default_factory=lambda fields: own_signing_key(fields["home"]),
        validation_alias="HOMESTEAD_SIGNING_KEY",
        description="private key (ed25519, PEM) that signs promotion certificates; made below the "
        "home at first use",
    )
    verify_keys: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default_factory=lambda fields: own_verify_keys(fields["home"]),
        validation_alias="HOMESTEAD_VERIFY_KEYS",
        description="file or folder of the public keys (PEM) whose certificates are trusted; "
        "below the home, those of the keys that were made there",
    )
