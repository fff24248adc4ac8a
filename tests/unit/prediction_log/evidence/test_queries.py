"""Statements for evidence read samples through indexes, however many rows a release has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.evidence.queries import new_latencies, new_pairs, new_truths, sample
from homestead.prediction_log.tables import PREDICTIONS


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = open_database(f"sqlite:///{tmp_path / 'log.db'}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_no_statement_scans_or_sorts_the_log(connection: sa.Connection) -> None:
    shadows = sample("flats-1/0", "b" * 64, PREDICTIONS.c.shadow_of.is_not(None), 10)
    answers = sample("flats-1/0", "a" * 64, PREDICTIONS.c.shadow_of.is_(None), 10)
    for statement, index in (
        (new_pairs("flats-1", shadows, "a" * 64), "shadows_in_release"),
        (new_truths("flats-1", shadows, "a" * 64, 0), "shadows_in_release"),
        (new_latencies("flats-1", answers), "predictions_in_release"),
    ):
        text = statement.compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))
        steps = [str(row.detail) for row in plan]
        assert any(f"USING INDEX {index} (release=? AND digest=?)" in step for step in steps), steps
        # Only the sample is gone through from end to end, and only what is new is sorted.
        scans = [step for step in steps if step.startswith("SCAN")]
        assert scans == ["SCAN sample"], steps
        sorts = [step for step in steps if "B-TREE" in step]
        assert len(sorts) == 1, steps
