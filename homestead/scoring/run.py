"""A scoring job from its source to its result, part by part; a rerun goes on where one ended.

Each part is written atomically under a name that holds the job's id. Rows for the prediction log
are written beside a part before it, and inserted after it by ids that a rerun makes again: what the
log has is what the result has, once for each row, wherever a run was killed.
"""

import io
import time
from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from homestead.errors import UserError
from homestead.model.onnx_model import Model
from homestead.problem.schema import Problem
from homestead.scoring.identity import identity_name, identity_of
from homestead.scoring.job import ScoringOptions, job_id
from homestead.scoring.outcome import Progress, ScoredModel, ScoringResult
from homestead.scoring.parts.log_rows import LOG_PREFIX, LogInserter
from homestead.scoring.parts.store import PartStore
from homestead.scoring.parts.target import MANIFEST, Target, manifest
from homestead.scoring.past_views import past_views
from homestead.scoring.processes.setup import WorkerFacts, WorkerSetup, encoded_schema
from homestead.scoring.processes.workers import Workers
from homestead.scoring.source_rows import RowBatch, SourceRows, open_source
from homestead.settings import Settings

_REFUSED = b"refused"
_REPORT_INTERVAL_S = 2.0


def score_table(
    problem: Problem,
    settings: Settings,
    scored_model: ScoredModel,
    source: str,
    target: str,
    options: ScoringOptions,
    report: Callable[[Progress], None] = lambda progress: None,
) -> ScoringResult:
    """Score the rows of a source.

    Args:
        source: a path or URI as of a problem's source.
        target: a file ending in ``.parquet``, ``.csv`` or ``.jsonl``, which appears, or replaces an
            earlier one, once it is complete; or a folder, whose Parquet files are complete when
            ``_scoring.json`` is there.
        report: called with the progress every few seconds, and at the end.

    Raises:
        UserError: the source cannot be read, or the target or the log not be written; another
            process scores the same; or the feature store cannot be read. What was scored is kept.
    """
    started_s = time.monotonic()
    model = Model(scored_model.content)
    rows = open_source(source, problem.format)
    place = Target(target)
    with past_views(problem, options) as views:
        job = job_id(
            options,
            data_hash=rows.data_hash,
            digest=model.digest,
            target=place.uri,
            features_hash=views.digest,
        )
        store = place.parts(job)
        with store.locked():
            identity = identity_of(store, job)
            facts = WorkerFacts(
                version=scored_model.version,
                digest=model.digest,
                source_format=problem.format.model_dump_json(),
                schema=encoded_schema(rows.schema),
                keep=options.keep,
                views=views.folder,
                now=identity.started_at,
                log_secret=identity.secret if options.is_logged else "",
            )
            run = _Run(rows, store, job, options, report)
            setup = WorkerSetup(facts, scored_model.content)
            schema = setup.columns(model).schema
            run.score(setup, settings)
            run.finish(place, schema, facts)
    return ScoringResult(
        place.uri,
        run.done_rows,
        run.refused,
        run.kept_rows,
        scored_model.version,
        model.digest,
        time.monotonic() - started_s,
    )


class _Run:
    def __init__(
        self,
        rows: SourceRows,
        store: PartStore,
        job: str,
        options: ScoringOptions,
        report: Callable[[Progress], None],
    ) -> None:
        self.done_rows = self.refused = self.kept_rows = 0
        self._rows = rows
        self._store = store
        self._job = job
        self._options = options
        self._report = report
        self._reported_s = time.monotonic()
        size = options.part_rows
        self._sizes = [min(size, rows.total - start) for start in range(0, rows.total, size)]

    def score(self, setup: WorkerSetup, settings: Settings) -> None:
        """Score and commit each part that no earlier run has committed."""
        names = self._store.names()
        lacking = set(range(len(self._sizes)))
        with LogInserter(settings, self._store) as log:
            for number, size in enumerate(self._sizes):
                if self._name(number) not in names:
                    continue
                lacking.discard(number)
                self._add(size, self._refused_of(number, size))
                self.kept_rows += size
                if self._log_name(number) in names:
                    log.insert(self._log_name(number))
            self._show()
            if not lacking:
                return
            count, scorer = self._options.workers, partial(setup.scorer, settings)
            with Workers(setup, settings, len(lacking), count, scorer) as workers:
                for number, part in workers.score(self._lacking(lacking)):
                    if part.log_lines:
                        self._store.write(self._log_name(number), part.log_lines)
                    self._store.write(self._name(number), _part_bytes(part.table, part.refused))
                    if part.log_lines:
                        log.insert(self._log_name(number))
                    self._add(len(part.table), part.refused)
                    self._show(is_timed=True)
        self._show()

    def finish(self, place: Target, schema: pa.Schema, facts: WorkerFacts) -> None:
        """Make the result of the parts."""
        names = [self._name(number) for number in range(len(self._sizes))]
        if not place.is_file:
            text = manifest(
                {
                    "job": self._job,
                    "rows": self.done_rows,
                    "refused": self.refused,
                    "model_version": facts.version,
                    "digest": facts.digest,
                    "data": self._rows.data_hash,
                    "features": self._options.features,
                    "parts": names,
                }
            )
            self._store.write(MANIFEST, text)
            return
        place.write(self._store, names, schema)
        # The job's own file goes last: without it, a rerun would log under other ids.
        for name in names:
            self._store.delete(name)
        self._store.delete(identity_name(self._job))
        self._store.remove()

    def _lacking(self, numbers: set[int]) -> Iterator[RowBatch]:
        return (b for b in self._rows.batches(self._options.part_rows) if b.number in numbers)

    def _name(self, number: int) -> str:
        return f"part-{number:05d}-{self._job}.parquet"

    def _log_name(self, number: int) -> str:
        return f"{LOG_PREFIX}{number:05d}-{self._job}.jsonl"

    def _refused_of(self, number: int, size: int) -> int:
        """Return how many rows of a committed part are refused."""
        name = self._name(number)
        footer = pq.read_metadata(io.BytesIO(self._store.read(name)))
        if footer.num_rows != size:
            raise UserError(f"{name}: found {footer.num_rows} rows, allowed are {size}; delete it")
        return int((footer.metadata or {}).get(_REFUSED, b"0"))

    def _add(self, rows: int, refused: int) -> None:
        self.done_rows += rows
        self.refused += refused

    def _show(self, *, is_timed: bool = False) -> None:
        now_s = time.monotonic()
        if is_timed and now_s - self._reported_s < _REPORT_INTERVAL_S:
            return
        self._reported_s = now_s
        self._report(Progress(self.done_rows, self._rows.total, self.refused, self.kept_rows))


def _part_bytes(table: pa.Table, refused: int) -> bytes:
    """Return a part's file; equal parts give equal bytes."""
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({_REFUSED: str(refused).encode()}), sink)
    return sink.getvalue()
