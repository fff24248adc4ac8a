"""Checks of views of past rows."""

from collections.abc import Iterator

from homestead.problem.expressions.history import parse_past_value
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.validation.derived import derived_without_views, type_errors
from homestead.problem.validation.names import unless_allowed


def history_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that past values can be computed of columns, and that those of a target are known."""
    readable = [*problem.columns, *derived_without_views(problem)]
    for view_name, view in problem.views.items():
        reads_target = False
        for name, text in view.history.items():
            key = f"views.{view_name}.history.{name}"
            try:
                past = parse_past_value(text)
            except ValueError as error:
                yield f"{key}: {error}"
                continue
            reads_target |= problem.target in past.value.names
            for name_read in sorted(past.value.names):
                yield from unless_allowed(key, name_read, readable)
            yield from type_errors(key, past.value, problem)
        if reads_target and view.horizon_days is None:
            yield (
                f"views.{view_name}.horizon_days: missing; its history reads the target"
                f" {problem.target}: after how many days is it known, or how far ahead is it"
                " predicted? 0 if it is known before the entity's next row"
            )
