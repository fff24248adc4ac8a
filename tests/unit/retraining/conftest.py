"""Records of retraining in each kind of database."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.retraining.records import RetrainingRecords


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def records(engine: sa.Engine) -> RetrainingRecords:
    return RetrainingRecords(engine, "churn")
