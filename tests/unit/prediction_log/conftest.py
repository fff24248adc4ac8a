"""The database of the prediction log, of each kind."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()
