"""Checks of feature views."""

from collections.abc import Iterator

from homestead.problem.sections.fields import ProblemFields
from homestead.problem.sections.view import View
from homestead.problem.validation.derived import derived_without_views
from homestead.problem.validation.names import origin_of_names, unless_allowed

_ENTITY_TYPES = ("integer", "category", "text", "boolean")


def view_name_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that the features of queries have names of their own."""
    origins = origin_of_names(problem)
    for view_name, view in problem.views.items():
        for name in view.computed:
            if name in origins:
                part = "history" if view.history else "features"
                yield f"views.{view_name}.{part}: {name} is already one of {origins[name]}"
            origins[name] = f"views.{view_name}"


def view_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that entities and columns of views exist, and that entities need no view."""
    without_views = derived_without_views(problem)
    excluded = (problem.target, problem.timestamp)
    columns = [name for name in problem.columns if name not in excluded]
    entities = [name for name in columns if problem.columns[name].type in _ENTITY_TYPES]
    for view_name, view in problem.views.items():
        if problem.timestamp is None:
            yield from _timeless_errors(view_name, view)
        key = f"views.{view_name}.entity"
        if view.entity in problem.derived and view.entity not in without_views:
            yield (
                f"{key}: {view.entity} is derived from a view's features, or from a category"
                " without 'allowed', not from columns that are known by then"
            )
        else:
            yield from unless_allowed(key, view.entity, [*entities, *without_views])
        elsewhere = [name for name, other in problem.views.items() if view.entity in other.columns]
        column = problem.columns.get(view.entity)
        if elsewhere and column and column.is_open:
            yield (
                f"{key}: {view.entity} is a category without a complete list, of which views."
                f"{elsewhere[0]} stores a hash, from which no key can be read; list its values, or"
                " take it out of that view"
            )
        key = f"views.{view_name}.columns"
        for position, name in enumerate(view.columns):
            if name == view.entity:
                yield f"{key}: {name} is the view's entity, which its rows hold anyway"
            elif name in view.columns[:position]:
                yield f"{key}: {name} is listed twice"
            else:
                yield from unless_allowed(key, name, columns)
                if name in columns and problem.columns[name].type == "text":
                    yield f"{key}: {name} is of type text, allowed are columns that have numbers"


def _timeless_errors(view_name: str, view: View) -> Iterator[str]:
    """Check that a view of a problem without time stamps asks for nothing that needs them."""
    if view.history:
        yield (
            f"views.{view_name}.history: past rows need a timestamp; name one, or store the"
            " entity's columns"
        )
    for name in ("ttl_days", "stale"):
        if name in view.model_fields_set:
            yield (
                f"views.{view_name}.{name}: is about the age of values, but the problem has no"
                " timestamp; leave it out, or name one"
            )
