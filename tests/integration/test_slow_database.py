"""The prediction log with a PostgreSQL that is slow, silent or gone in the middle of a batch."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.retention import delete_older_than
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool
from tests.certified import release
from tests.conftest import PostgreSQL, settings_at
from tests.proxy import Direction, Fault, FaultKind, Proxy
from tests.serving import FULL, Server, World, ask

LINES = 1200
TIMEOUT_S = 1.0
# Each row takes 10 ms.
SLOW_ROWS = """
CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql
AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';
CREATE TRIGGER slow BEFORE INSERT ON predictions FOR EACH ROW EXECUTE FUNCTION doze();
"""


@pytest.fixture
def direct(postgresql: PostgreSQL) -> Iterator[sa.Engine]:
    """Connect to a new database past the proxy."""
    engine = open_database(postgresql.migrated_database())
    yield engine
    engine.dispose()


@pytest.fixture
def proxy(postgresql: PostgreSQL) -> Iterator[Proxy]:
    proxy = Proxy(postgresql.port)
    yield proxy
    proxy.close()


@pytest.fixture
def proxied(direct: sa.Engine, proxy: Proxy) -> Iterator[sa.Engine]:
    """Connect to the same database through the proxy."""
    engine = open_database(direct.url.set(port=proxy.port).render_as_string(), TIMEOUT_S)
    yield engine
    engine.dispose()


def logged_ids(direct: sa.Engine) -> list[str]:
    """Return the ids of the logged rows, in the order in which they were written."""
    if not sa.inspect(direct).has_table("predictions"):
        return []
    return list(
        pd.read_sql("SELECT prediction_id FROM predictions ORDER BY ctid", direct).iloc[:, 0]
    )


def filled_spool(folder: Path, lines: int = LINES) -> tuple[Spool, list[str]]:
    spool, names = Spool(folder), [f"p{number:04}" for number in range(lines)]
    for name in names:
        append(spool, name)
    return spool, names


def append(spool: Spool, name: str) -> None:
    spool.append(PredictionEntry(name, "homes", "3", "d" * 64, 1.0, ("area",), [[1.0]], [2.0]))


def ship_all(shipper: Shipper, direct: sa.Engine, names: list[str]) -> int:
    """Ship until nothing is left and return the number of failed calls.

    The logged rows must be the first ones at any time.
    """
    for failures in range(10):
        shipper.ship()
        ids = logged_ids(direct)
        assert ids == names[: len(ids)]
        if not shipper.error:
            assert ids == names
            return failures
    raise AssertionError(shipper.error)


# Each batch is one statement, which commits by itself.
@pytest.mark.parametrize("kind", ["stall", "cut"])
@pytest.mark.parametrize(
    ("direction", "content", "written"),
    [
        ("request", b"INSERT INTO", 0),
        ("request", b"p0300", 0),
        ("answer", b"INSERT 0 500\0", 500),
    ],
    ids=["lost", "half arrived", "not confirmed"],
)
def test_a_batch_that_may_have_arrived_is_logged_once(
    tmp_path: Path,
    direct: sa.Engine,
    proxied: sa.Engine,
    proxy: Proxy,
    direction: Direction,
    content: bytes,
    kind: FaultKind,
    written: int,
) -> None:
    spool = Spool(tmp_path / "spool")
    shipper = Shipper(spool.folder, proxied, spool.owner)
    append(spool, "first")
    shipper.ship()
    assert logged_ids(direct) == ["first"]
    first = spool.written()[0]
    names = ["first", *(f"p{number:04}" for number in range(LINES))]
    for name in names[1:]:
        append(spool, name)
    proxy.fault = Fault(direction, content, kind)
    shipper.ship()
    assert proxy.fault is None
    assert shipper.error
    # Rows that the database has written but not confirmed count as missing.
    assert shipper.status.shipped == first
    assert logged_ids(direct) == names[: 1 + written]
    assert ship_all(shipper, direct, names) == 0


def test_a_database_that_accepts_connections_but_is_silent_times_out(
    tmp_path: Path, direct: sa.Engine, proxy: Proxy
) -> None:
    url = direct.url.set(port=proxy.port).update_query_dict({"connect_timeout": "2"})
    proxied = open_database(url.render_as_string(), TIMEOUT_S)
    spool, names = filled_spool(tmp_path / "spool")
    shipper = Shipper(spool.folder, proxied, spool.owner)
    proxy.silent = True
    shipper.ship()
    assert "timeout" in shipper.error
    assert shipper.status.shipped is None
    proxy.silent = False
    assert ship_all(shipper, direct, names) == 0
    # So does a connection that worked before.
    proxy.fault = Fault("request", b"", "stall")
    append(spool, "last")
    shipper.ship()
    assert proxy.fault is None
    assert ship_all(shipper, direct, [*names, "last"]) == 0
    proxied.dispose()


def test_a_locked_table_times_out_and_is_filled_afterwards(
    tmp_path: Path, direct: sa.Engine, proxied: sa.Engine
) -> None:
    spool, names = filled_spool(tmp_path / "spool")
    shipper = Shipper(spool.folder, proxied, spool.owner)
    with direct.begin() as other:
        other.execute(sa.text("LOCK TABLE predictions IN EXCLUSIVE MODE"))
        shipper.ship()
        assert "statement timeout" in shipper.error
        with pytest.raises(sa.exc.OperationalError, match="statement timeout"):
            delete_older_than(proxied, "homes", 1)
    assert ship_all(shipper, direct, names) == 0
    assert delete_older_than(proxied, "homes", 1) == LINES


def test_a_database_too_slow_for_a_batch_gets_smaller_ones(
    tmp_path: Path, direct: sa.Engine, proxied: sa.Engine
) -> None:
    with direct.begin() as connection:
        connection.execute(sa.text(SLOW_ROWS))
    spool, names = filled_spool(tmp_path / "spool", 150)
    shipper = Shipper(spool.folder, proxied, spool.owner)
    assert 1 <= ship_all(shipper, direct, names) <= 6


def test_a_growing_spool_reaches_a_slow_database_in_order(
    tmp_path: Path, direct: sa.Engine, proxied: sa.Engine, proxy: Proxy
) -> None:
    proxy.delay_s = 0.02
    spool, names = filled_spool(tmp_path / "spool")
    shipper = Shipper(spool.folder, proxied, spool.owner)
    more = [f"q{number:04}" for number in range(LINES)]

    def write_more() -> None:
        for name in more:
            append(spool, name)

    writer = threading.Thread(target=write_more)
    writer.start()
    shipper.ship()
    assert shipper.error == ""
    ids = logged_ids(direct)
    assert ids == [*names, *more][: len(ids)]
    writer.join()
    assert ship_all(shipper, direct, [*names, *more]) == 0


def test_a_server_answers_while_the_database_is_silent_and_ships_afterwards(
    tmp_path: Path, world: World, direct: sa.Engine, proxy: Proxy
) -> None:
    settings = settings_at(tmp_path)
    release(settings, "churn", world.models["boosting"])
    url = direct.url.set(port=proxy.port).update_query_dict({"connect_timeout": "2"})
    server = Server(
        tmp_path,
        ready=False,
        HOMESTEAD_DATABASE_URL=url.render_as_string(),
        HOMESTEAD_DATABASE_S="1",
    )
    answered: list[str] = []

    def answer(count: int) -> None:
        for _ in range(count):
            response = ask(server, FULL)
            assert response.status_code == 200
            answered.append(response.json()["meta"]["tags"]["prediction_id"])

    try:
        answer(20)
        server.wait(lambda: logged_ids(direct) == answered, 20)
        kinds: tuple[FaultKind, ...] = ("stall", "cut")
        for kind in kinds:
            # The next batch arrives but is not confirmed; new connections stay silent.
            proxy.silent = True
            # The worker also reports which plan is served, in a table of its own.
            proxy.fault = Fault("answer", b"INSERT 0 1\0", kind, question=b"satisfaction")
            answer(1)
            server.wait(lambda: proxy.fault is None, 20)
            answer(50)
            server.wait(lambda: lag_rows(server) >= 50, 30)
            assert logged_ids(direct) == answered[: len(answered) - 50]
            proxy.silent = False
            server.wait(lambda: logged_ids(direct) == answered, 30)
            server.wait(lambda: lag_rows(server) == 0, 20)
    finally:
        server.stop()
    assert logged_ids(direct) == answered


def lag_rows(server: Server) -> float:
    line = server.metrics().split('homestead_prediction_log_lag_rows{model="churn"} ')[1]
    return float(line.split("\n")[0])
