"""The timeout for silence: a stalled network raises, a long answer does not."""

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from tests.conftest import PostgreSQL
from tests.proxy import Fault, Proxy


def test_a_stalled_connection_raises_and_names_the_setting(postgresql: PostgreSQL) -> None:
    proxy = Proxy(postgresql.port)
    url = sa.make_url(postgresql.new_database()).set(port=proxy.port)
    engine = open_engine(url.render_as_string(), timeout_s=0.5)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
        proxy.fault = Fault("request", b"SELECT 2", "stall")
        message = r"no response from PostgreSQL for 2\.5 s \(HOMESTEAD_DATABASE_S\)"
        with pytest.raises(sa.exc.OperationalError, match=message):
            connection.execute(sa.text("SELECT 2"))
    engine.dispose()
    proxy.close()
