"""Files of rows to predict: read with the types of a model's contract, written with its answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from homestead.data.bad_values import list_bad_values
from homestead.data.column_types import convert_column
from homestead.data.parse_numbers import parse_numbers
from homestead.data.tables import read_table, write_parquet
from homestead.errors import UserError
from homestead.files import read_uri, write_text
from homestead.problem.sections.source_format import SourceFormat

if TYPE_CHECKING:
    from pathlib import Path

    from homestead.api.champion import Champion

PREDICTION, LOW, HIGH = "prediction", "low", "high"
# What a table can be written as, by the end of the file's name.
OUTPUT_TYPES = (".csv", ".parquet", ".jsonl")
# Of values that cannot be read.
_LISTED = 5


def read_rows(source: str, champion: Champion, source_format: SourceFormat) -> pd.DataFrame:
    """Read rows to predict, with an index of their places in the file.

    Args:
        source: a path or URI as of a problem's source; or a JSON file with one row, a list of
            rows, or columns with a list of values each.
        source_format: how numbers and missing values of text files are written.

    Returns:
        (rows, columns) in the types of the model's columns; the others as they were read.

    Raises:
        UserError: the file cannot be read, or holds a value of another type than its column.
    """
    by_extension = source_format.model_copy(update={"type": None, "header": None, "skip_lines": 0})
    if source.lower().endswith(".json"):
        table = _json_table(source)
    else:
        table, _ = read_table(source, by_extension)
    return _typed(table, champion, source, by_extension)


def with_answers(table: pd.DataFrame, champion: Champion) -> pd.DataFrame:
    """Return rows with the champion's answers beside them, in columns of the table's end.

    Returns:
        (rows, columns + answers): ``prediction``, in the target's unit or a class; of a model with
        intervals ``low`` and ``high``, of a classification the probability of each class.

    Raises:
        RefusedRowsError: names the row and the field: what a server would refuse.
    """
    places = table.index
    # Its index holds places, whose name could be that of a column.
    table = table.reset_index(drop=True)
    answers = pd.DataFrame({PREDICTION: champion.predict(table)})
    if champion.contract.interval is not None:
        bounds = champion.predict_interval(table)
        answers[LOW], answers[HIGH] = bounds["low"], bounds["high"]
    if champion.contract.classes:
        shares = champion.predict_proba(table)
        for name in shares.columns:
            answers[f"probability_{name}"] = shares[name]
    kept = table[[name for name in table.columns if name not in answers.columns]]
    return pd.concat([kept, answers], axis=1).set_index(places)


def write_rows(table: pd.DataFrame, path: Path) -> None:
    """Write a table atomically, as its file's name ends.

    Raises:
        UserError: it ends otherwise.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        write_text(path, table.to_csv(index=False))
    elif kind == ".parquet":
        write_parquet(table, path)
    elif kind == ".jsonl":
        write_text(path, table.to_json(orient="records", lines=True, date_format="iso"))
    else:
        raise UserError(f"--output {path}: allowed are files ending in {', '.join(OUTPUT_TYPES)}")


def _json_table(source: str) -> pd.DataFrame:
    """Return the rows of a JSON document."""
    try:
        content = json.loads(read_uri(source).decode("utf-8-sig"))
    except ValueError as error:
        raise UserError(
            f"{source}: not JSON: {error}; of rows a line each, name it .jsonl"
        ) from None
    if isinstance(content, dict):
        is_columns = content and all(isinstance(values, list) for values in content.values())
        content = content if is_columns else [content]
    elif not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise UserError(f"{source}: allowed are a row {{…}}, a list of rows, or columns of lists")
    try:
        # As objects: an integer beside a missing value stays exact.
        table = pd.DataFrame(content, dtype=object)
    except ValueError as error:
        raise UserError(f"{source}: {error}") from None
    if table.empty:
        raise UserError(f"{source}: there is no row")
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return table


def _typed(
    table: pd.DataFrame, champion: Champion, source: str, source_format: SourceFormat
) -> pd.DataFrame:
    """Return a table in the types of the model's columns."""
    rows, bad = table.reset_index(drop=True), []
    typed = {}
    for name in rows.columns:
        values = rows[name]
        column = champion.contract.columns.get(str(name))
        if column is None:
            numbers = parse_numbers(values)
            typed[name] = values if numbers.isna().any() else numbers
        else:
            _, typed[name], wrong = convert_column(values, str(name), column, source_format)
            bad += wrong
    if bad:
        lines = list_bad_values(bad, table.index, most=_LISTED)
        raise UserError("\n".join(f"{source}: {line}" for line in lines))
    result = pd.DataFrame(typed)
    result.index = table.index
    return result
