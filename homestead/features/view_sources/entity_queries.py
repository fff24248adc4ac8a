"""Queries that compute each entity's rows from this entity's rows alone, as far as can be proved.

The proof reads DuckDB's own syntax tree and knows a few forms, in which the entity's column goes
through every step unchanged: whatever it does not know counts as not proved, so that the query is
computed as a whole. It cannot be wrong in the other direction by a form that was forgotten.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from homestead.problem.schema import Problem

Node = Mapping[str, Any]

# Expressions that compute a value from one row, or hold such expressions.
_CLASSES = {
    *("BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT"),
    *("FUNCTION", "OPERATOR", "STAR", "TYPE", "WINDOW"),
}
# Functions whose value depends on more than their arguments: on the rows before, or on a clock.
_VOLATILE = ("current_", "gen_random", "get_current", "nextval", "now", "random", "today", "uuid")
_ROWS = "rows"


def is_computed_by_entity(query: str, entity: str, problem: Problem) -> bool:
    """Return whether a query is proved to compute the rows of an entity from its own rows alone.

    Args:
        query: one SELECT; anything else is not proved.
        entity: column that the query yields, of the table ``rows``.
        problem: whose columns differ in more than case.
    """
    names = [name.lower() for name in (*problem.columns, *problem.derived)]
    if len(set(names)) < len(names) or entity.lower() not in names:
        return False
    statements = _parsed(query)
    try:
        return len(statements) == 1 and _is_keyed(statements[0]["node"], entity.lower(), {_ROWS})
    except (KeyError, TypeError):  # a syntax tree of another version of DuckDB
        return False


@functools.lru_cache(64)
def _parsed(query: str) -> list[Node]:
    """Return the statements' syntax trees; none if the query cannot be parsed as SELECT."""
    import duckdb

    with duckdb.connect() as connection:
        [(text,)] = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    tree = json.loads(text)
    return [] if tree.get("error") else list(tree["statements"])


@functools.lru_cache(1)
def _scalars() -> frozenset[str]:
    """Return the functions that compute a value from one row."""
    import duckdb

    with duckdb.connect() as connection:
        names = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type <> 'scalar'"
        ).fetchall()
        scalar = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar'"
        ).fetchall()
    # A name that is both, such as list's, counts as an aggregate.
    known = {name for (name,) in scalar} - {name for (name,) in names}
    return frozenset(known)


def _is_keyed(node: Node, entity: str, tables: set[str]) -> bool:
    """Return whether a SELECT keeps entities apart, and yields the entity itself.

    Args:
        tables: names of tables that hold an entity's rows under its own name.
    """
    if node.get("type") != "SELECT_NODE" or node.get("sample"):
        return False
    tables = set(tables)
    for entry in node["cte_map"]["map"]:
        inner = entry["value"]
        name = entry["key"].lower()
        tables.discard(name)
        if not inner["aliases"] and _is_keyed(inner["query_node"], entity, tables):
            tables.add(name)
    return (
        _reads_keyed(node["from_table"], entity, tables)
        and _yields_entity(node["select_list"], entity)
        and _keeps_apart(node, entity)
        and all(_is_harmless(modifier) for modifier in node["modifiers"])
    )


def _reads_keyed(source: Node, entity: str, tables: set[str]) -> bool:
    if source.get("sample") or source.get("column_name_alias"):
        return False
    if source["type"] == "BASE_TABLE":
        is_plain = not source["schema_name"] and not source["catalog_name"]
        return is_plain and source["table_name"].lower() in tables
    if source["type"] == "SUBQUERY":
        return _is_keyed(source["subquery"]["node"], entity, tables)
    return False


def _is_harmless(modifier: Node) -> bool:
    """Return whether a modifier changes rows of one entity only; a limit counts all rows."""
    if modifier["type"] == "DISTINCT_MODIFIER":
        return not modifier.get("distinct_on_targets")
    return bool(modifier["type"] == "ORDER_MODIFIER")


def _yields_entity(selected: list[Node], entity: str) -> bool:
    """Return whether the entity is yielded as it is, and under no other name's value."""
    for item in selected:
        if item["class"] == "STAR" and not _is_plain_star(item):
            return False
        if item.get("alias", "").lower() == entity and not _is_entity(item, entity):
            return False
    return any(
        item["class"] == "STAR"
        or (_is_entity(item, entity) and item["alias"].lower() in ("", entity))
        for item in selected
    )


def _is_plain_star(item: Node) -> bool:
    changes = ("exclude_list", "replace_list", "rename_list", "qualified_exclude_list", "expr")
    return not any(item.get(change) for change in changes) and not item.get("columns")


def _is_entity(item: Node, entity: str) -> bool:
    return bool(item["class"] == "COLUMN_REF" and item["column_names"][-1].lower() == entity)


def _keeps_apart(node: Node, entity: str) -> bool:
    """Return whether each window and group of a SELECT holds rows of one entity."""
    parts = [node["select_list"], node["where_clause"], node["having"], node["qualify"]]
    parts += [node["group_expressions"], node["modifiers"]]
    expressions = list(_expressions(parts))
    if not all(_is_of_entity(expression, entity) for expression in expressions):
        return False
    if node["aggregate_handling"] == "FORCE_AGGREGATES":  # GROUP BY ALL: the entity is selected
        return not any(item["class"] == "STAR" for item in node["select_list"])
    if node["group_expressions"]:
        return len(node["group_sets"]) <= 1 and any(
            _is_entity(_selected(item, node["select_list"]), entity)
            for item in node["group_expressions"]
        )
    return not any(_is_aggregate(expression) for expression in expressions)


def _selected(item: Node, selected: list[Node]) -> Node:
    """Return the selected column that a number in GROUP BY stands for, or the expression itself."""
    literal = item.get("literal") or {}
    if literal.get("kind") == "INTEGER":
        position = int(literal["text"])
        return selected[position - 1] if 1 <= position <= len(selected) else item
    return item


def _expressions(part: Any) -> Iterator[Node]:
    """Yield all expressions in a part of a syntax tree."""
    if isinstance(part, list):
        for item in part:
            yield from _expressions(item)
    elif isinstance(part, dict):
        if "class" in part:
            yield part
        for value in part.values():
            yield from _expressions(value)


def _is_of_entity(expression: Node, entity: str) -> bool:
    if expression["class"] not in _CLASSES:
        return False
    name = str(expression.get("function_name", "")).lower()
    if name.startswith(_VOLATILE):
        return False
    if expression["class"] == "WINDOW":
        return any(_is_entity(item, entity) for item in expression["partitions"])
    return True


def _is_aggregate(expression: Node) -> bool:
    """Return whether a function may combine rows: all that are not known to be scalar."""
    if expression["class"] != "FUNCTION":
        return False
    return not expression["is_operator"] and expression["function_name"] not in _scalars()
