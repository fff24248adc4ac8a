"""The prediction log on PostgreSQL that is slow, silent or gone in the middle of a batch."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.retention import delete_older_than
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool
from homestead.prediction_log.tables import create_tables
from homestead.release.plan import ReleasePlan, write_plan
from tests.conftest import PostgreSQL, settings_at
from tests.proxy import Proxy, Trouble
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
    engine = open_engine(postgresql.new_database())
    yield engine
    engine.dispose()


@pytest.fixture
def proxy(postgresql: PostgreSQL) -> Iterator[Proxy]:
    proxy = Proxy(postgresql.port)
    yield proxy
    proxy.close()


@pytest.fixture
def behind(direct: sa.Engine, proxy: Proxy) -> Iterator[sa.Engine]:
    """Connect to the same database through the proxy."""
    engine = open_engine(direct.url.set(port=proxy.port).render_as_string(), TIMEOUT_S)
    yield engine
    engine.dispose()


def logged(direct: sa.Engine) -> list[str]:
    """Return the ids of the logged rows, in the order in which they were written."""
    if not sa.inspect(direct).has_table("predictions"):
        return []
    return list(
        pd.read_sql("SELECT prediction_id FROM predictions ORDER BY ctid", direct).iloc[:, 0]
    )


def filled(folder: Path, lines: int = LINES) -> tuple[Spool, list[str]]:
    spool, names = Spool(folder), [f"p{number:04}" for number in range(lines)]
    for name in names:
        append(spool, name)
    return spool, names


def append(spool: Spool, name: str) -> None:
    spool.append(PredictionEntry(name, "homes", "3", "d" * 64, 1.0, ("area",), [[1.0]], [2.0]))


def caught_up(shipper: Shipper, direct: sa.Engine, names: list[str]) -> int:
    """Ship until nothing is left; how many turns failed. What is there is always a beginning."""
    for failures in range(10):
        shipper.ship()
        found = logged(direct)
        assert found == names[: len(found)]
        if not shipper.error:
            assert (found, shipper.lag_rows) == (names, 0)
            return failures
        # What the database has and did not confirm counts as missing.
        assert shipper.lag_rows >= len(names) - len(found)
    raise AssertionError(shipper.error)


# Each batch is one statement, and commits by itself.
@pytest.mark.parametrize("how", ["stall", "cut"])
@pytest.mark.parametrize(
    ("side", "at", "kept"),
    [
        ("request", b"INSERT INTO", 0),
        ("request", b"p0300", 0),
        ("answer", b"INSERT 0 500\0", 500),
    ],
    ids=["lost", "arrived by half", "not confirmed"],
)
def test_a_batch_that_may_have_arrived_is_there_once(
    tmp_path: Path,
    direct: sa.Engine,
    behind: sa.Engine,
    proxy: Proxy,
    side: Literal["request", "answer"],
    at: bytes,
    how: Literal["stall", "cut"],
    kept: int,
) -> None:
    shipper = Shipper(tmp_path / "spool", behind)
    spool = Spool(tmp_path / "spool")
    append(spool, "first")
    shipper.ship()
    assert logged(direct) == ["first"]
    names = ["first", *(f"p{number:04}" for number in range(LINES))]
    for name in names[1:]:
        append(spool, name)
    proxy.trouble = Trouble(side, at, how)
    shipper.ship()
    assert proxy.trouble is None
    assert shipper.error
    assert shipper.lag_rows == LINES
    assert logged(direct) == names[: 1 + kept]
    assert caught_up(shipper, direct, names) == 0


def test_a_database_that_takes_connections_and_is_silent_is_given_up(
    tmp_path: Path, direct: sa.Engine, proxy: Proxy
) -> None:
    url = direct.url.set(port=proxy.port).update_query_dict({"connect_timeout": "2"})
    behind = open_engine(url.render_as_string(), TIMEOUT_S)
    spool, names = filled(tmp_path / "spool")
    shipper = Shipper(spool.folder, behind)
    proxy.silent = True
    shipper.ship()
    assert "timeout" in shipper.error
    assert shipper.lag_rows == LINES
    proxy.silent = False
    assert caught_up(shipper, direct, names) == 0
    # The same for a connection that was good once.
    proxy.trouble = Trouble("request", b"", "stall")
    append(spool, "last")
    shipper.ship()
    assert proxy.trouble is None
    assert caught_up(shipper, direct, [*names, "last"]) == 0
    behind.dispose()


def test_a_database_that_is_locked_is_given_up_and_caught_up_with(
    tmp_path: Path, direct: sa.Engine, behind: sa.Engine
) -> None:
    spool, names = filled(tmp_path / "spool")
    shipper = Shipper(spool.folder, behind)
    create_tables(behind)
    with direct.begin() as other:
        other.execute(sa.text("LOCK TABLE predictions IN EXCLUSIVE MODE"))
        shipper.ship()
        assert "statement timeout" in shipper.error
        with pytest.raises(sa.exc.OperationalError, match="statement timeout"):
            delete_older_than(behind, "homes", 1)
    assert caught_up(shipper, direct, names) == 0
    assert delete_older_than(behind, "homes", 1) == LINES


def test_a_database_that_is_too_slow_for_a_batch_gets_smaller_ones(
    tmp_path: Path, direct: sa.Engine, behind: sa.Engine
) -> None:
    create_tables(direct)
    with direct.begin() as connection:
        connection.execute(sa.text(SLOW_ROWS))
    spool, names = filled(tmp_path / "spool", 150)
    shipper = Shipper(spool.folder, behind)
    assert 1 <= caught_up(shipper, direct, names) <= 6


def test_a_slow_database_gets_a_growing_spool_in_order(
    tmp_path: Path, direct: sa.Engine, behind: sa.Engine, proxy: Proxy
) -> None:
    proxy.delay_s = 0.02
    spool, names = filled(tmp_path / "spool")
    shipper = Shipper(spool.folder, behind)
    more = [f"q{number:04}" for number in range(LINES)]
    writer = threading.Thread(target=lambda: [append(spool, name) for name in more])
    writer.start()
    shipper.ship()
    assert shipper.error == ""
    found = logged(direct)
    assert found == [*names, *more][: len(found)]
    writer.join()
    assert caught_up(shipper, direct, [*names, *more]) == 0


def test_a_server_answers_while_the_database_is_silent_and_catches_up(
    tmp_path: Path, world: World, direct: sa.Engine, proxy: Proxy
) -> None:
    settings = settings_at(tmp_path)
    plan = ReleasePlan(problem="churn", champion=world.models["boosting"])
    write_plan(settings.release_plan("churn"), plan)
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
            found = ask(server, FULL)
            assert found.status_code == 200
            answered.append(found.json()["meta"]["tags"]["prediction_id"])

    try:
        answer(20)
        server.wait(lambda: logged(direct) == answered, 20)
        troubles: tuple[Literal["stall", "cut"], ...] = ("stall", "cut")
        for how in troubles:
            # The next batch arrives and is not confirmed; from then on nobody is listened to.
            proxy.silent = True
            proxy.trouble = Trouble("answer", b"INSERT 0 ", how)
            answer(1)
            server.wait(lambda: proxy.trouble is None, 20)
            answer(50)
            server.wait(lambda: lag(server) >= 50, 30)
            assert logged(direct) == answered[: len(answered) - 50]
            proxy.silent = False
            server.wait(lambda: logged(direct) == answered, 30)
            server.wait(lambda: lag(server) == 0, 20)
    finally:
        server.stop()
    assert logged(direct) == answered


def lag(server: Server) -> float:
    line = server.metrics().split('prediction_log_lag_rows{model="churn"} ')[1]
    return float(line.split("\n")[0])
