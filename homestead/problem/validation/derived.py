"""Checks of derived columns."""

from collections.abc import Iterator

from homestead.problem.expressions.expression import Expression
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.validation.names import RESERVED_NAMES, origin_of_names, unless_allowed


def derived_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that an expression reads only names before it, and never the target."""
    origins = origin_of_names(problem)
    for view_name, view in problem.views.items():
        origins.update(dict.fromkeys(view.features, f"views.{view_name}"))
    for name, text in problem.derived.items():
        if name in origins:
            yield f"derived.{name}: the name is already one of {origins[name]}"
        readable = [other for other in origins if other not in (problem.target, *RESERVED_NAMES)]
        try:
            names_read = sorted(Expression(text).names)
        except ValueError as error:
            yield f"derived.{name}: {error}"
            names_read = []
        for name_read in names_read:
            if name_read == problem.target:
                yield f"derived.{name}: reads the target {name_read}"
            else:
                yield from unless_allowed(f"derived.{name}", name_read, readable)
        origins[name] = "derived"


def derived_without_views(problem: ProblemFields) -> list[str]:
    """Return the derived columns that need no view's features."""
    known = set(problem.columns)
    for name, text in problem.derived.items():
        try:
            computable = Expression(text).names <= known
        except ValueError:
            continue  # reported at its own key
        if computable:
            known.add(name)
    return [name for name in problem.derived if name in known]
