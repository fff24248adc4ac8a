"""Labels from a table: what each names, its outcome, and what the problem does not allow.

Columns: ``prediction_id`` or ``request_id``, with ``row`` for requests of several rows, or the
problem's key and a time; the target; and ``labelled_at``, when the outcome was known. A row may use
any of the names that the table has.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from homestead.errors import UserError
from homestead.prediction_log.labels.batch import LabelBatch
from homestead.prediction_log.labels.columns import LabelColumns, objects, seconds
from homestead.prediction_log.labels.kinds import Verdict
from homestead.prediction_log.redaction import Redactor
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat

PREDICTION_ID, REQUEST_ID, ROW = "prediction_id", "request_id", "row"
LABELLED_AT, TIME = "labelled_at", "time"
_ID = Column(type="text", max_length=10_000)
_ROW = Column(type="integer", range=(0, 2**31 - 1))
_MOMENT = Column(type="timestamp")
_DIGEST_BYTES = 16


@dataclass(frozen=True)
class ParsedLabels:
    """Labels of a table.

    Attributes:
        without_outcome: number of rows that say nothing yet.
        repeated: number of rows that say what another row says.
    """

    batch: LabelBatch
    without_outcome: int
    repeated: int


def label_columns(problem: Problem) -> tuple[str, ...]:
    """Return the columns of a table of labels that mean something."""
    times = (problem.timestamp or TIME, TIME)
    names = (PREDICTION_ID, REQUEST_ID, ROW, *problem.key_columns, *times)
    return tuple(dict.fromkeys((*names, problem.target, LABELLED_AT)))


def label_format(problem: Problem) -> SourceFormat:
    """Return how files of labels are written: as the source, but each by its own extension."""
    return problem.format.model_copy(update={"type": None, "header": None, "skip_lines": 0})


def parse_labels(
    table: pd.DataFrame,
    problem: Problem,
    *,
    log_key: str,
    source: str,
    received_at: float,
    delivery: str | None = None,
) -> ParsedLabels:
    """Return the labels of a table.

    Args:
        table: values as read; the index holds each row's place, and its name what is counted.
        log_key: secret of the hashes that stand for sensitive keys in the log.
        source: where the table is from, for messages too.
        delivery: SHA-256 of the file.

    Raises:
        UserError: the table has no column with names of predictions, or none with outcomes; or the
            log holds no keys to find predictions by.
    """
    _require_columns(table, problem, source)
    places = [f"{table.index.name or 'row'} {place}" for place in table.index]
    columns = LabelColumns(table.reset_index(drop=True), label_format(problem))
    if problem.task == "regression":
        present, values = columns.values(problem)
        outcomes: tuple[list[Any], list[Any]] = (values, columns.missing())
    else:
        present, labels = columns.classes(problem)
        outcomes = (columns.missing(), labels)
    named_by, names, times = _parse_names(columns, problem, log_key)
    rows = objects(columns.optional(ROW, _ROW))
    labelled_at = seconds(columns.optional(LABELLED_AT, _MOMENT))
    said = (named_by, names, rows, times, *outcomes, labelled_at)
    # Two values that cannot be read are two things said, too.
    wrong = columns.missing()
    for row in columns.faults:
        wrong[row] = str(columns.raw(problem.target)[row])
    statements = list(_hashes(problem.name, zip(*said, wrong, strict=True)))
    # Of rows that say the same the last one stands.
    last = {s: row for row, (s, there) in enumerate(zip(statements, present, strict=True)) if there}
    chosen = sorted(last.values())

    def choose(column: Sequence[Any]) -> list[Any]:
        return [column[row] for row in chosen]

    faults = [columns.faults.get(row, (None, None)) for row in chosen]
    batch = LabelBatch(
        source=source,
        received_at=received_at,
        policy=problem.labels,
        delivery=delivery,
        statements=choose(statements),
        named_by=choose(named_by),
        names=choose(names),
        rows=choose(rows),
        times=choose(times),
        truths=choose(outcomes[0]),
        truth_labels=choose(outcomes[1]),
        labelled_at=choose(labelled_at),
        places=choose(places),
        misfits=[None if verdict is None else verdict.value for verdict, _ in faults],
        reasons=[reason for _, reason in faults],
    )
    there = int(present.sum())
    return ParsedLabels(batch, len(columns) - there, there - len(chosen))


def _require_columns(table: pd.DataFrame, problem: Problem, source: str) -> None:
    if problem.target not in table:
        found = ", ".join(map(str, table.columns))
        raise UserError(f"{source}: missing column {problem.target}, the target; found are {found}")
    if _name_kinds(table, problem):
        return
    time = f"{problem.timestamp} or {TIME}" if problem.timestamp else TIME
    key = f", or the key {', '.join(problem.key_columns)} and {time}" if problem.key else ""
    raise UserError(
        f"{source}: no column says which predictions the labels are of; allowed are {PREDICTION_ID}"
        f" or {REQUEST_ID}{key}; found are {', '.join(map(str, table.columns))}"
    )


def _name_kinds(table: pd.DataFrame | LabelColumns, problem: Problem) -> list[str]:
    """Return what the names of a table may be, in the order in which they are looked at."""
    kinds = [kind for kind in ("prediction", "request") if f"{kind}_id" in table]
    has_time = TIME in table or (problem.timestamp is not None and problem.timestamp in table)
    if problem.key_columns and has_time and all(name in table for name in problem.key_columns):
        kinds.append("entity")
    return kinds


def _parse_names(
    columns: LabelColumns, problem: Problem, log_key: str
) -> tuple[list[str], list[str | None], list[float | None]]:
    """Return of each row what its name is, the name, and the time beside a key."""
    kinds = _name_kinds(columns, problem)
    named_by = [kinds[0]] * len(columns)
    names: list[str | None] = columns.missing()
    times: list[float | None] = columns.missing()
    for kind in kinds:
        if kind == "entity":
            is_used = any(name is None for name in names)
            values = _keys(columns, problem, log_key) if is_used else columns.missing()
            name = problem.timestamp if problem.timestamp in columns else TIME
            column = problem.columns.get(str(name), _MOMENT)
            times = seconds(columns.optional(str(name), column)) if is_used else times
        else:
            ids = objects(columns.optional(f"{kind}_id", _ID))
            values = [None if text is None else text.replace("\0", "\ufffd") for text in ids]
        for row, value in enumerate(values):
            if names[row] is None and value is not None:
                names[row], named_by[row] = value, kind
    key = ",".join(problem.key_columns)
    words = " or ".join(key if kind == "entity" else f"{kind}_id" for kind in kinds)
    for row, name in enumerate(names):
        if name is None:
            columns.faults.setdefault(row, (Verdict.BAD_NAME, f"{words}: missing"))
        elif named_by[row] != "entity":
            times[row] = None
        elif times[row] is None:
            columns.faults.setdefault(
                row, (Verdict.BAD_NAME, f"{key}: the time beside it is missing")
            )
    return named_by, names, times


def _keys(columns: LabelColumns, problem: Problem, log_key: str) -> list[str | None]:
    """Return each row's key as the log holds it, None where a part is missing.

    Raises:
        UserError: the log holds no keys, or the secret of their hashes is not set.
    """
    contract = Contract.from_problem(problem)
    sensitive = [name for name in problem.key_columns if contract.sensitivity.get(name) == "drop"]
    if sensitive:
        raise UserError(
            f"{', '.join(sensitive)}: 'sensitive: drop' keeps the key out of the prediction log, so"
            f" labels must name predictions by {PREDICTION_ID} or {REQUEST_ID}"
        )
    parts = {}
    for name in problem.key_columns:
        column = problem.columns[name]
        exact = column.type == "integer"
        parts[name] = objects(columns.optional(name, column) if exact else columns.raw(name))
    keys = [
        contract.row_key(dict(zip(parts, values, strict=True)))
        for values in zip(*parts.values(), strict=True)
    ]
    return Redactor(contract, log_key).redact_keys(keys)


def _hashes(problem: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield a hash of each row's values: equal exactly if the same is said."""
    for row in rows:
        text = repr((problem, *row)).encode("utf-8", "surrogatepass")
        yield hashlib.blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()
