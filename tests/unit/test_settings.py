"""Settings: what is not allowed is named, no secret is shown, and every variable is documented."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.database.locks import exclusive_lock
from homestead.errors import UserError
from homestead.settings import Settings
from tests.conftest import PostgreSQL

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"
_OURS = re.compile(r'"((?:HOMESTEAD|KFP|KUBEFLOW|MLFLOW|PREDICTIVE_UNIT)_[A-Z_]+)"')
# Set for MLflow's client, and read from a cluster's settings: never from a user.
_NOT_OURS = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR",
    "MLFLOW_DEFAULT_ARTIFACT_ROOT",
    "MLFLOW_DISABLE_TELEMETRY",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
    "MLFLOW_HTTP_REQUEST_TIMEOUT",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("HOMESTEAD_DATABASE_URL", "mysql://me:secret@db/log", "found mysql:…, allowed are sqlite"),
        ("HOMESTEAD_DATABASE_S", "0", "found '0', allowed is a number, 0.1 to 3600"),
        ("HOMESTEAD_LOOKUP_MS", "nan", "found 'nan', allowed is a number, 1 to 60000"),
        ("HOMESTEAD_DRAIN_S", "soon", "found 'soon', allowed is a number, 0 to 3600"),
        ("HOMESTEAD_CONNECTION_REQUESTS", "1.5", "found '1.5', allowed is a number, 0 to 1e+09"),
        (
            "HOMESTEAD_MLFLOW_PAGES",
            "mlflow:5000",
            "found 'mlflow:5000', allowed is an address that",
        ),
        ("HOMESTEAD_MEMORY", "64 MB", "found '64 MB', allowed is at least 128 MB, as a"),
        ("HOMESTEAD_MEMORY", "half", "found 'half', allowed is at least 128 MB, as a"),
        ("HOMESTEAD_ENGINE", "ray", "found 'ray', allowed are local, spark"),
        ("HOMESTEAD_LOG_FULL", "drop", "found 'drop', allowed are refuse, shed"),
    ],
)
def test_a_value_that_is_not_allowed_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError) as error:
        Settings.read()
    assert str(error.value).startswith(f"{variable}: {message}")
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_every_wrong_variable_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_REQUEST_S", "never")
    monkeypatch.setenv("HOMESTEAD_LOG_DAYS", "-1")
    with pytest.raises(UserError) as error:
        Settings.read()
    lines = str(error.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "HOMESTEAD_LOG_DAYS",
        "HOMESTEAD_REQUEST_S",
    ]


def test_defaults_lie_below_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    monkeypatch.setenv("HOMESTEAD_DATABASE_URL", "")
    settings = Settings.read()
    assert settings.database_url == f"sqlite:///{tmp_path}/homestead.db"
    assert settings.tracking_uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert settings.feast_registry == f"sqlite:///{tmp_path}/feast/registry.db"


@pytest.mark.parametrize("name", ["a%25b", "a%20b", "a?b", "a#b", "a b", "a%b", "a&b=c;d", "é'"])
def test_a_home_may_have_any_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    home = tmp_path / name
    monkeypatch.setenv("HOMESTEAD_HOME", str(home))
    settings = Settings.read()
    settings.folder("feast")
    for url in (settings.database_url, settings.tracking_uri, settings.feast_registry):
        engine = open_engine(url)
        engine.connect().close()
        engine.dispose()
    with exclusive_lock(settings, "tidy"):
        pass
    found = {path.relative_to(home).as_posix() for path in home.rglob("*.db")}
    assert found == {"homestead.db", "mlflow.db", "feast/registry.db", "locks/tidy.db"}
    assert list(tmp_path.iterdir()) == [home]


def test_a_relative_home_is_that_of_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.read().home == tmp_path / ".homestead"


def test_no_secret_is_shown() -> None:
    shown = repr(
        Settings(
            database_url="postgresql://me:hidden@db/log",
            tracking_uri="https://me:hid@den@mlflow/",
            feast_registry="postgresql+psycopg://me:hidden@db/feast",
            redis_connection="redis:6379,password=hidden,db=1",
            log_key="hidden",
            feedback_token="hidden",  # noqa: S106
            source_password="hidden",  # noqa: S106
            source_token="hidden",  # noqa: S106
        )
    )
    assert "hid" not in shown
    assert "me:***@db/log" in shown
    assert "redis:6379,password=***,db=1" in shown


@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_goes_by_each_of_its_names(
    monkeypatch: pytest.MonkeyPatch, postgresql: PostgreSQL, kind: str
) -> None:
    url = postgresql.new_database().replace("postgresql+psycopg", kind)
    monkeypatch.setenv("HOMESTEAD_DATABASE_URL", url)
    engine = open_engine(Settings.read().database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_the_page_documents_every_variable_that_the_code_reads() -> None:
    page = PAGE.read_text()
    variables = {
        variable
        for path in (ROOT / "homestead").rglob("*.py")
        for variable in _OURS.findall(path.read_text())
    }
    assert len(variables) > len(Settings.model_fields)
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    assert variables - _NOT_OURS == documented
