"""Adding labels to the log, and joining those that wait."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from homestead.prediction_log.labels.batch import LabelBatch, stage
from homestead.prediction_log.labels.join import (
    LabelResult,
    QuarantineExample,
    hold_lock,
    join_staged,
    quarantine_examples,
    results,
)
from homestead.prediction_log.labels.kinds import Verdict
from homestead.prediction_log.parquet.candidates import find_candidates, staged_candidates
from homestead.prediction_log.parquet.log import LogSource, database_of
from homestead.problem.schema import Problem


@dataclass(frozen=True)
class AddedLabels:
    """What became of a batch.

    Attributes:
        counts: the number of labels by verdict.
        results: of each label, if they were asked for.
        examples: some of those that were put aside for good, the most frequent reasons first.
    """

    counts: Mapping[Verdict, int]
    results: tuple[LabelResult, ...] = ()
    examples: tuple[QuarantineExample, ...] = ()

    @property
    def joined(self) -> int:
        """Labels that count from now on."""
        return sum(n for verdict, n in self.counts.items() if verdict.counts)

    @property
    def unchanged(self) -> int:
        """Labels that say nothing new."""
        return self.counts.get(Verdict.REPEATED, 0) + self.counts.get(Verdict.OUTDATED, 0)

    @property
    def waiting(self) -> int:
        """Labels that wait for a prediction."""
        return sum(n for verdict, n in self.counts.items() if verdict.waits)

    @property
    def quarantined(self) -> int:
        """Labels that were put aside for good."""
        return sum(n for verdict, n in self.counts.items() if verdict.is_quarantined)


def add_labels(
    source: LogSource,
    problem: Problem,
    batch: LabelBatch,
    *,
    with_results: bool = False,
) -> AddedLabels:
    """Join a batch of labels: in one transaction, so that all of it counts or nothing.

    Adding it again changes nothing.

    Args:
        with_results: whether to return what became of each label.

    Raises:
        SQLAlchemyError: the database cannot be read or written; nothing was changed.
    """
    if not len(batch):
        return AddedLabels(Counter())
    found_in_files = find_candidates(source, problem.name, batch.named())
    with database_of(source).begin() as connection:
        stage(connection, batch)
        with staged_candidates(connection, found_in_files):
            hold_lock(connection)
            counts = join_staged(connection, problem.name, batch.received_at)
        found = tuple(results(connection)) if with_results else ()
        examples = tuple(quarantine_examples(connection))
    return AddedLabels(counts, found, examples)
