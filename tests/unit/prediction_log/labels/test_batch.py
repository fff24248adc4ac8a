"""The temporary table of a batch: what is written is what is read, on both kinds of database."""

import sqlalchemy as sa

from homestead.prediction_log.labels.batch import BATCH, LabelBatch, stage
from homestead.problem.sections.labels import LabelPolicy


def test_a_batch_arrives_bit_by_bit(engine: sa.Engine) -> None:
    batch = LabelBatch(
        source="a\tb\\N.csv",
        received_at=1_700_000_000.123,
        policy=LabelPolicy(earlier_days=2, later_days=1, wait_days=3),
        delivery=None,
        statements=["s1", "s2"],
        named_by=["entity", "prediction"],
        names=['["7","nörth\n"]', None],
        rows=[None, 3],
        times=[1000.1, None],
        truths=[0.1 + 0.2, None],
        truth_labels=[None, "\\N"],
        labelled_at=[None, 5.5],
        places=["line 2", "line 3"],
        misfits=[None, "bad_name"],
        reasons=[None, "prediction_id: missing"],
    )
    with engine.connect() as connection:
        for _ in range(2):  # the second one takes the first one's place
            stage(connection, batch)
        rows = connection.execute(sa.select(BATCH).order_by(BATCH.c.position)).mappings().all()
    first, second = map(dict, rows)
    assert first == {
        "position": 0,
        "statement": "s1",
        "named_by": "entity",
        "name": '["7","nörth\n"]',
        "row": None,
        "time": 1000.1,
        "earliest": 1000.1 - 2 * 86400,
        "latest": 1000.1 + 86400,
        "truth": 0.1 + 0.2,
        "truth_label": None,
        "labelled_at": None,
        "place": "line 2",
        "misfit": None,
        "reason": None,
        "received_at": 1_700_000_000.123,
        "source": "a\tb\\N.csv",
        "delivery": None,
        "waits_until": 1_700_000_000.123 + 3 * 86400,
    }
    assert (second["truth_label"], second["name"], second["earliest"]) == ("\\N", None, None)
