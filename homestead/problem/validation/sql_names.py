"""Checks that queries can tell names apart."""

from collections.abc import Iterable, Iterator

from homestead.names import EVENT_TIME
from homestead.problem.sections.fields import ProblemFields


def sql_name_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that queries can tell names apart: SQL takes ``Size`` and ``size`` for one name."""
    for name in problem.columns:
        if not name or "\0" in name:
            yield f"columns: found {name!r}, allowed is a name without the character 0, not empty"
    queries = {name: view for name, view in problem.views.items() if view.query}
    if queries:
        for name, other in _same_in_sql([*problem.columns, *problem.derived]):
            part = "columns" if name in problem.columns else "derived"
            yield (
                f"{part}.{name}: a query cannot tell it from {other}, because names in SQL ignore"
                f" case; rename one, or use no query (views.{next(iter(queries))})"
            )
    for view_name, view in queries.items():
        for name, other in _same_in_sql([EVENT_TIME, view.entity, *view.features]):
            key = "entity" if name == view.entity else "features"
            yield (
                f"views.{view_name}.{key}: a query cannot yield both {name} and {other}, because"
                " names in SQL ignore case"
            )


def _same_in_sql(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name that differs from an earlier one only in the case of ASCII letters."""
    earlier: dict[bytes, str] = {}
    for name in names:
        other = earlier.setdefault(name.encode().lower(), name)
        if other != name:
            yield name, other
