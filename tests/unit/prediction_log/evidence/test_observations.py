"""Observations are kept once each, in the order in which they became known."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.evidence.observations import (
    Content,
    Observation,
    append_observations,
    read_observations,
)
from homestead.release.evidence import Latency, OneSidedFailure, PairedPrediction

PAIR = PairedPrediction("a:0", "s", 5.0, 1.0, 2.0, slices={"grade": "7"})
CONTENTS: dict[str, Content] = {
    "latency": Latency("s", 5.0, "challenger", 0.01),
    "pair": PAIR,
    "failure": OneSidedFailure("s", 5.0, "challenger", "timeout", 0.05),
}


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def known(engine: sa.Engine, release_id: str = "flats-1") -> list[Observation]:
    with engine.connect() as connection:
        return read_observations(connection, release_id)


def test_observations_come_back_as_they_were_and_in_order(engine: sa.Engine) -> None:
    observations = [
        Observation("latency", "z", 0, CONTENTS["latency"]),
        Observation("pair", "y", 1, CONTENTS["pair"]),
        Observation("failure", "x", 1, CONTENTS["failure"]),
    ]
    for observation in observations:
        append_observations(engine, "flats-1", [observation])
    assert known(engine) == observations
    assert known(engine, "flats-10") == []


def test_what_is_known_stays_as_it_is(engine: sa.Engine) -> None:
    first = Observation("pair", "a:0", 0, PAIR)
    again = Observation("pair", "a:0", 3, PairedPrediction("a:0", "s", 5.0, 7.0, 7.0))
    append_observations(engine, "flats-1", [first])
    append_observations(engine, "flats-1", [again])
    assert known(engine) == [first]
    # Another kind, or another release, has ids of its own.
    truth = Observation("truth", "a:0", 0, PAIR)
    append_observations(engine, "flats-1", [truth])
    append_observations(engine, "flats-2", [again])
    assert known(engine) == [first, truth]
    assert known(engine, "flats-2") == [again]


def test_two_controllers_at_once_add_each_observation_once(engine: sa.Engine) -> None:
    observations = [Observation("pair", f"{number}", 0, PAIR) for number in range(300)]
    append = partial(append_observations, engine, "flats-1", observations)
    threads = [threading.Thread(target=append) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [observation.id for observation in known(engine)] == [str(n) for n in range(300)]
