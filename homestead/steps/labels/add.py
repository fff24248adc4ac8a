"""Add labels: read a table of outcomes, and join them to the predictions that it names."""

import time
from collections.abc import Callable

from homestead.data.tables import read_table
from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.errors import UserError
from homestead.prediction_log.labels.add import AddedLabels, add_labels
from homestead.prediction_log.labels.kinds import Verdict
from homestead.prediction_log.labels.parse import (
    ParsedLabels,
    label_columns,
    label_format,
    parse_labels,
)
from homestead.prediction_log.labels.waiting import join_waiting
from homestead.prediction_log.parquet.log import log_source
from homestead.problem.schema import Problem
from homestead.problem.values.source_urls import source_place
from homestead.settings import Settings

_LISTED = 5


def add_label_table(
    problem: Problem, source: str, settings: Settings, report: Callable[[str], None]
) -> AddedLabels:
    """Join the labels of a table, all of them or none, and those that waited for a prediction.

    Args:
        source: as that of a problem (:func:`homestead.data.tables.read_table`).

    Raises:
        UserError: the source cannot be read, names no predictions, or holds no usable label.
        SQLAlchemyError: the database cannot be read or written.
    """
    table, digest = read_table(source, label_format(problem), label_columns(problem))
    place = source_place(source)
    received_at = time.time()
    parsed = parse_labels(
        table,
        problem,
        log_key=settings.log_key,
        source=place,
        received_at=received_at,
        delivery=digest,
    )
    _require_usable(parsed, place)
    settings.folder()
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    try:
        log = log_source(engine, settings.log_uri)
        added = add_labels(log, problem, parsed.batch)
        waited = join_waiting(log, problem.name, before_s=received_at)
    finally:
        engine.dispose()
    for line in _lines(parsed, added, sum(waited.values())):
        report(line)
    return added


def _require_usable(parsed: ParsedLabels, place: str) -> None:
    """Raise a ``UserError`` if no row can be a label, as in a file of something else."""
    reasons = [reason for reason in parsed.batch.reasons if reason is not None]
    if not len(parsed.batch):
        raise UserError(f"{place}: no row has an outcome")
    if len(reasons) == len(parsed.batch):
        listed = "".join(
            f"\n  {row}: {reason}"
            for row, reason in zip(parsed.batch.places[:_LISTED], reasons, strict=False)
        )
        raise UserError(f"{place}: none of {len(reasons)} labels can be used:{listed}")


def _lines(parsed: ParsedLabels, added: AddedLabels, waited: int) -> list[str]:
    counts = added.counts
    lines = [
        f"{len(parsed.batch)} labels: {added.joined} joined"
        + _part(counts.get(Verdict.CORRECTED, 0), "of these in place of an earlier value")
        + f", {added.unchanged + parsed.repeated} known already, {added.waiting} wait for their"
        f" prediction, {added.quarantined} in quarantine"
    ]
    if parsed.without_outcome:
        lines.append(f"{parsed.without_outcome} rows without an outcome were left out")
    if waited:
        lines.append(f"{waited} labels that had waited have found their prediction")
    lines += [
        f"  quarantine: {example.place}: {example.reason}"
        + (f" (and {example.others} more)" if example.others else "")
        for example in added.examples
    ]
    return lines


def _part(count: int, words: str) -> str:
    return f" ({count} {words})" if count else ""
