"""Parts scored by Spark's executors: each part is a task, with the code and bits of one machine.

A part's rows go to the executor that scores them, and its results come back: this process alone
writes, and a rerun keeps what it wrote. An executor that is lost is replaced by Spark, which scores
its parts again.

A process of an executor makes the views' files and the model's session with its first part of a
job, and keeps both until another job comes, or Spark ends it: a minute after its last task.
"""

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import msgspec
import pyarrow as pa

from homestead.engine.spark_session import spark_session
from homestead.engine.spark_tasks import file_pieces
from homestead.errors import UserError
from homestead.scoring.processes.setup import WorkerFacts, WorkerSetup
from homestead.scoring.processes.tables import table_bytes, table_of
from homestead.scoring.scorer import ScoredPart, Scorer
from homestead.scoring.source_rows import RowBatch, frame_of
from homestead.settings import Settings

if TYPE_CHECKING:
    from pyspark.core.broadcast import Broadcast

_RESULTS = pa.schema(
    {
        "content": pa.binary(),
        "refused": pa.int64(),
        "lines": pa.binary(),
        "error": pa.string(),
        "is_first": pa.bool_(),
    }
)
_RESULT_TYPES = "content binary, refused long, lines binary, error string, is_first boolean"
_PIECE_BYTES = 64 * 2**20


class ViewFile(NamedTuple):
    """A view's table on its way to executors.

    Attributes:
        name: path in the views' folder.
        pieces: its bytes.
    """

    name: str
    pieces: "tuple[Broadcast[bytes], ...]"


class JobTask(NamedTuple):
    """What the parts of a job have in common.

    Attributes:
        id: random, by which a process knows that it has scored for the job.
        facts, model, views, settings: of the scorer.
    """

    id: str
    facts: WorkerFacts
    model: "Broadcast[bytes]"
    views: tuple[ViewFile, ...]
    settings: Settings


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
        self._sent = ExitStack()
        model = self._broadcast(setup.frames()[1], self._sent)
        folder = Path(setup.facts.views)
        files = sorted(folder.rglob("*.parquet")) if setup.facts.views else []
        views = tuple(
            ViewFile(
                file.relative_to(folder).as_posix(),
                tuple(
                    self._broadcast(piece, self._sent) for piece in file_pieces(file, _PIECE_BYTES)
                ),
            )
            for file in files
        )
        self._job = JobTask(uuid4().hex, setup.facts, model, views, settings)
        self._loads = 0
        self._counting = threading.Lock()

    @property
    def loads(self) -> int:
        """How many processes of executors have loaded the model so far, each once."""
        return self._loads

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
            part = PartTask(batch.number, batch.first_row, rows)
            task = partial(score_part, job=self._job, part=part)
            one = self._session.range(0, 1, 1, 1)
            [found] = one.mapInArrow(task, _RESULT_TYPES).collect()
        with self._counting:
            self._loads += found.is_first
        if found.error is not None:
            raise UserError(found.error)
        return ScoredPart(table_of(bytes(found.content)), found.refused, bytes(found.lines))

    def _broadcast(self, content: bytes, stack: ExitStack) -> "Broadcast[bytes]":
        sent = self._context.broadcast(content)
        stack.callback(sent.destroy)
        return sent


def score_part(
    batches: Iterable[pa.RecordBatch], *, job: JobTask, part: PartTask
) -> Iterator[pa.RecordBatch]:
    """Score a part on an executor.

    A mistake of the user is part of the result: Spark would repeat a task that raises it.

    Args:
        batches: a row, for which Spark calls the function once.
    """
    for _ in batches:
        is_first = _PREPARED is None or _PREPARED.id != job.id
        try:
            scorer = _prepared(job).scorer
            rows, given = frame_of(table_of(part.rows.value))
            scored = scorer.score(part.number, part.first_row, rows, given)
        except UserError as error:
            yield _result(None, str(error), is_first)
        else:
            yield _result(scored, None, is_first)


class _PreparedJob(NamedTuple):
    """A job's scorer, and the folder of its views' files."""

    id: str
    scorer: Scorer
    folder: "tempfile.TemporaryDirectory[str]"

    def close(self) -> None:
        self.scorer.close()
        self.folder.cleanup()


# Of this process, which scores one part at a time.
_PREPARED: _PreparedJob | None = None


def _prepared(job: JobTask) -> _PreparedJob:
    """Return this process's scorer of a job; that of another job ends."""
    global _PREPARED  # noqa: PLW0603
    if _PREPARED is not None and _PREPARED.id != job.id:
        _PREPARED.close()
        _PREPARED = None
    if _PREPARED is None:
        # Spark kills its processes; what lies in its own folders goes with the executor.
        own = os.environ.get("SPARK_LOCAL_DIRS", "").partition(",")[0] or None
        folder = tempfile.TemporaryDirectory(prefix="homestead-score-", dir=own)
        try:
            _PREPARED = _PreparedJob(job.id, _scorer(job, Path(folder.name)), folder)
        except UserError:
            folder.cleanup()
            raise
    return _PREPARED


def _scorer(job: JobTask, folder: Path) -> Scorer:
    for view in job.views:
        path = folder / view.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(piece.value for piece in view.pieces)
    here = msgspec.structs.replace(job.facts, views=str(folder) if job.facts.views else "")
    return WorkerSetup(here, job.model.value).scorer(job.settings)


def _result(part: ScoredPart | None, error: str | None, is_first: bool) -> pa.RecordBatch:
    values = (
        (None, None, None, error)
        if part is None
        else (table_bytes(part.table), part.refused, part.log_lines, None)
    )
    columns = zip(_RESULTS.types, (*values, is_first), strict=True)
    return pa.record_batch([pa.array([v], type_) for type_, v in columns], schema=_RESULTS)
