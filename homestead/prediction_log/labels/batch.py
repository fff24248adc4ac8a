"""A batch of labels, and its way into a temporary table, where SQL joins it to the predictions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any

import sqlalchemy as sa

from homestead.prediction_log.parquet.candidates import Name
from homestead.problem.sections.labels import LabelPolicy

# Written with each row; the others are the same for all rows of a batch.
_COLUMNS = (
    *("position", "statement", "named_by", "name", "row", "time", "earliest", "latest", "truth"),
    *("truth_label", "labelled_at", "place", "misfit", "reason", "received_at", "source"),
    *("delivery", "waits_until"),
)
BATCH = sa.Table(
    "label_batch",
    sa.MetaData(),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("statement", sa.String(32), nullable=False),
    sa.Column("named_by", sa.String(16), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("row", sa.Integer),
    sa.Column("time", sa.Float(53)),
    sa.Column("earliest", sa.Float(53)),
    sa.Column("latest", sa.Float(53)),
    sa.Column("truth", sa.Float(53)),
    sa.Column("truth_label", sa.Text),
    sa.Column("labelled_at", sa.Float(53)),
    sa.Column("place", sa.Text),
    sa.Column("misfit", sa.String(32)),  # found before the join
    sa.Column("reason", sa.Text),
    sa.Column("received_at", sa.Float(53), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("delivery", sa.String(64)),
    sa.Column("waits_until", sa.Float(53), nullable=False),
    prefixes=["TEMPORARY"],
)
_CHUNK_ROWS = 50_000
# The default of 2 MB makes a read of the file of almost every look-up in a large log.
_SQLITE_CACHE_KB = 256 * 1024


@dataclass
class LabelBatch:
    """Labels that arrived together, by column; no statement occurs twice.

    Attributes:
        source: a path or URI, or "api".
        received_at: in seconds since 1970.
        policy: how a key and a time find a prediction, and how long labels wait for one.
        delivery: SHA-256 of the file; None for others.
        statements: hashes of what is said.
        named_by: what the names are: "prediction", "request" or "entity".
        names: ids, or keys as the log holds them.
        rows: of predictions, from 0; None where it is not said.
        times: beside keys, in seconds since 1970.
        truths, truth_labels: outcomes, a value or a class.
        labelled_at: when outcomes were known, in seconds since 1970; None where it is not said.
        places: in the file or request, for messages.
        misfits: verdicts on labels that cannot be joined whatever the log holds; None for others.
        reasons: of these.
    """

    source: str
    received_at: float
    policy: LabelPolicy
    delivery: str | None = None
    statements: Sequence[str] = ()
    named_by: Sequence[str] = ()
    names: Sequence[str | None] = ()
    rows: Sequence[int | None] = ()
    times: Sequence[float | None] = ()
    truths: Sequence[float | None] = ()
    truth_labels: Sequence[str | None] = ()
    labelled_at: Sequence[float | None] = ()
    places: Sequence[str] = ()
    misfits: Sequence[str | None] = ()
    reasons: Sequence[str | None] = field(default=())

    def __len__(self) -> int:
        """Return the number of labels."""
        return len(self.statements)

    def named(self) -> Iterator[Name]:
        """Yield how the labels name their predictions, of those that do."""
        before_s, after_s = self.policy.earlier_s, self.policy.later_s
        columns = (self.named_by, self.names, self.times, self.misfits)
        for named_by, name, time, misfit in zip(*columns, strict=True):
            if misfit is None:
                earliest = None if time is None else time - before_s
                latest = None if time is None else time + after_s
                yield Name(named_by, name, time, earliest, latest)

    def records(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the temporary table."""
        before_s, after_s = self.policy.earlier_s, self.policy.later_s
        waits_until = self.received_at + self.policy.wait_s
        return zip(
            range(len(self)),
            *(self.statements, self.named_by, self.names, self.rows, self.times),
            (None if time is None else time - before_s for time in self.times),
            (None if time is None else time + after_s for time in self.times),
            *(self.truths, self.truth_labels, self.labelled_at),
            *(self.places, self.misfits, self.reasons),
            *map(repeat, (self.received_at, self.source, self.delivery, waits_until)),
            strict=False,  # the last ones have no end
        )


def stage(connection: sa.Connection, batch: LabelBatch) -> None:
    """Write a batch to the temporary table ``label_batch``.

    Raises:
        SQLAlchemyError: the table cannot be written.
    """
    create_empty(connection, BATCH)
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY label_batch ({names}) FROM STDIN") as c:
            for record in batch.records():
                c.write_row(record)
        connection.exec_driver_sql("ANALYZE label_batch")
        return
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_SQLITE_CACHE_KB}")
    marks = ", ".join("?" * len(_COLUMNS))
    statement = f"INSERT INTO label_batch ({names}) VALUES ({marks})"  # noqa: S608 - no values
    records = batch.records()
    while chunk := list(islice(records, _CHUNK_ROWS)):
        connection.exec_driver_sql(statement, chunk)


def create_empty(connection: sa.Connection, *tables: sa.Table) -> None:
    """Create temporary tables, in place of those that an earlier batch left."""
    for table in tables:
        connection.execute(sa.text(f"DROP TABLE IF EXISTS {table.name}"))
        table.create(connection)
