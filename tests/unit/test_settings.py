"""Settings: what is not allowed is named, and no secret with it."""

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.errors import UserError
from homestead.settings import Settings
from tests.conftest import PostgreSQL


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("HOMESTEAD_DATABASE_URL", "mysql://me:secret@db/log", "found mysql:…, allowed are sqlite"),
        ("HOMESTEAD_DATABASE_S", "0", "found '0', allowed is a number, 0.1 to 3600"),
        ("HOMESTEAD_LOG_FULL", "drop", "found 'drop', allowed are refuse, shed"),
    ],
)
def test_what_is_not_allowed_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError) as error:
        Settings.read()
    assert f"{variable}: {message}" in str(error.value)
    assert "secret" not in str(error.value)


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
