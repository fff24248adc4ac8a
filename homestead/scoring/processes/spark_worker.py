"""Parts scored by Spark's executors: each part is a task, with the code and bits of one machine.

A part's rows go to the executor that scores them, and its results come back: this process alone
writes, and a rerun keeps what it wrote. An executor that is lost is replaced by Spark, which scores
its parts again.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa

from homestead.engine.spark_session import spark_session
from homestead.engine.spark_tasks import file_pieces
from homestead.errors import UserError
from homestead.scoring.processes.setup import WorkerFacts, WorkerSetup
from homestead.scoring.processes.tables import table_bytes, table_of
from homestead.scoring.scorer import ScoredPart
from homestead.scoring.source_rows import RowBatch, frame_of
from homestead.settings import Settings

if TYPE_CHECKING:
    from pyspark.core.broadcast import Broadcast

_RESULTS = pa.schema(
    {"content": pa.binary(), "refused": pa.int64(), "lines": pa.binary(), "error": pa.string()}
)
_RESULT_TYPES = "content binary, refused long, lines binary, error string"
_PIECE_BYTES = 64 * 2**20


class ViewFile(NamedTuple):
    """A view's table on its way to executors.

    Attributes:
        name: path in the views' folder.
        pieces: its bytes.
    """

    name: str
    pieces: "tuple[Broadcast[bytes], ...]"


class PartTask(NamedTuple):
    """What an executor scores.

    Attributes:
        number, first_row: of the part.
        rows: its table, as bytes.
    """

    number: int
    first_row: int
    rows: "Broadcast[bytes]"


class SparkScoring:
    """A job's scoring on the executors of this process's Spark session."""

    def __init__(self, setup: WorkerSetup, settings: Settings) -> None:
        """Start the session, if there is none, and send model and views to the executors.

        Raises:
            UserError: pyspark or Java is missing, or Spark's master cannot be used.
        """
        self._session = spark_session(settings)
        self._context = self._session.sparkContext
        self._settings = settings
        self._sent = ExitStack()
        self._facts, model = setup.facts, setup.frames()[1]
        self._model = self._broadcast(model, self._sent)
        folder = Path(setup.facts.views)
        files = sorted(folder.rglob("*.parquet")) if setup.facts.views else []
        self._views = tuple(
            ViewFile(
                file.relative_to(folder).as_posix(),
                tuple(
                    self._broadcast(piece, self._sent) for piece in file_pieces(file, _PIECE_BYTES)
                ),
            )
            for file in files
        )

    @property
    def tasks(self) -> int:
        """How many parts the executors score at the same time."""
        return int(self._context.defaultParallelism)

    def close(self) -> None:
        """Let executors forget the model and the views; the session goes on."""
        self._sent.close()

    def score(self, batch: RowBatch) -> ScoredPart:
        """Return the scored part; several threads may call this at the same time.

        Raises:
            UserError: as :meth:`homestead.scoring.scorer.Scorer.score`.
        """
        with ExitStack() as stack:
            rows = self._broadcast(table_bytes(batch.table), stack)
            task = partial(
                score_part,
                facts=self._facts,
                model=self._model,
                views=self._views,
                settings=self._settings,
                task=PartTask(batch.number, batch.first_row, rows),
            )
            one = self._session.range(0, 1, 1, 1)
            [found] = one.mapInArrow(task, _RESULT_TYPES).collect()
        if found.error is not None:
            raise UserError(found.error)
        return ScoredPart(table_of(bytes(found.content)), found.refused, bytes(found.lines))

    def _broadcast(self, content: bytes, stack: ExitStack) -> "Broadcast[bytes]":
        sent = self._context.broadcast(content)
        stack.callback(sent.destroy)
        return sent


def score_part(
    batches: Iterable[pa.RecordBatch],
    *,
    facts: WorkerFacts,
    model: "Broadcast[bytes]",
    views: tuple[ViewFile, ...],
    settings: Settings,
    task: PartTask,
) -> Iterator[pa.RecordBatch]:
    """Score a part on an executor.

    A mistake of the user is part of the result: Spark would repeat a task that raises it.

    Args:
        batches: a row, for which Spark calls the function once.
    """
    for _ in batches:
        with tempfile.TemporaryDirectory(prefix="homestead-score-") as folder:
            for view in views:
                path = Path(folder, view.name)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    file.writelines(piece.value for piece in view.pieces)
            try:
                yield _result(_scored(facts, model.value, folder, settings, task), None)
            except UserError as error:
                yield _result(None, str(error))


def _scored(
    facts: WorkerFacts, model: bytes, views: str, settings: Settings, task: PartTask
) -> ScoredPart:
    here = msgspec.structs.replace(facts, views=views if facts.views else "")
    scorer = WorkerSetup(here, model).scorer(settings)
    try:
        rows, given = frame_of(table_of(task.rows.value))
        return scorer.score(task.number, task.first_row, rows, given)
    finally:
        scorer.close()


def _result(part: ScoredPart | None, error: str | None) -> pa.RecordBatch:
    values = (
        (None, None, None, error)
        if part is None
        else (table_bytes(part.table), part.refused, part.log_lines, None)
    )
    columns = zip(_RESULTS.types, values, strict=True)
    return pa.record_batch([pa.array([v], type_) for type_, v in columns], schema=_RESULTS)
