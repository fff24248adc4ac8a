"""Queries of views: one SELECT over the rows, and what it cannot read."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from homestead.errors import UserError
from homestead.features.duckdb_tables import arrow_table
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import duckdb

# What a view yields, under names that no column of the problem can disturb.
YIELDED = "yielded"


def query_rows(
    connection: "duckdb.DuckDBPyConnection",
    key: str,
    query: str,
    rows: pd.DataFrame,
    problem: Problem,
) -> list[str]:
    """Run a view's query over the table ``rows``, and return the names that it yields.

    Without time stamps each row gets what its entity has, its own part included. The target is
    therefore no column of ``rows``: a mean of it would tell the model what it has to predict.

    Args:
        key: of the problem file, for messages.
        rows: valid rows with the derived columns that are known by then.

    Raises:
        UserError: not one SELECT, or it reads a column that it cannot.
    """
    import duckdb

    hidden = {
        name: "is derived from a view's features, which no query knows; compute it in the query"
        for name in problem.derived
        if name not in rows
    }
    if problem.timestamp is None:
        rows = rows.drop(columns=problem.target)
        hidden[problem.target] = (
            "is the target, which a view without time stamps cannot read: a row would get values"
            " that know its own; name a timestamp, or leave the column out"
        )
    connection.register("rows", arrow_table(rows, problem))
    try:
        return run_query(connection, key, query)
    except duckdb.BinderException as error:
        message = str(error).lower()
        for name, reason in hidden.items():
            if f'"{name.lower()}"' in message:
                raise UserError(f"{key}: reads {name}, which {reason}") from None
        raise


def run_query(connection: "duckdb.DuckDBPyConnection", key: str, query: str) -> list[str]:
    """Run a query into a table of columns c0, c1, … and return the names that it yields.

    Raises:
        UserError: not one SELECT.
    """
    kinds = [statement.type.name for statement in connection.extract_statements(query)]
    if kinds not in (["SELECT"], ["MULTI"]):  # PIVOT is the latter
        found = kinds[0] if len(kinds) == 1 else f"{len(kinds)} statements"
        raise UserError(f"{key}: found {found}, allowed is one SELECT")
    names = list(connection.sql(query).columns)
    columns = ", ".join(positions(names))
    connection.execute(f"CREATE TEMP TABLE {YIELDED} ({columns}) AS {query}")
    return names


def positions(columns: Iterable[object]) -> list[str]:
    """Return the names c0, c1, … of as many columns."""
    return [f"c{i}" for i, _ in enumerate(columns)]
