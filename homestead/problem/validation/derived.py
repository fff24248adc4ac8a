"""Checks of derived columns."""

from collections.abc import Iterator

from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.syntax import ComparedText
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.validation.names import RESERVED_NAMES, origin_of_names, unless_allowed
from homestead.problem.values.booleans import ALLOWED_BOOLEANS, parse_boolean
from homestead.problem.values.times import ALLOWED_TIMES, is_allowed_time, parse_time


def derived_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that an expression reads only names before it, and never the target."""
    origins = origin_of_names(problem)
    for view_name, view in problem.views.items():
        origins.update(dict.fromkeys(view.computed, f"views.{view_name}"))
    for name, text in problem.derived.items():
        if name in origins:
            yield f"derived.{name}: the name is already one of {origins[name]}"
        readable = [other for other in origins if other not in (problem.target, *RESERVED_NAMES)]
        try:
            expression = Expression(text)
        except ValueError as error:
            yield f"derived.{name}: {error}"
        else:
            for name_read in sorted(expression.names):
                if name_read == problem.target:
                    yield f"derived.{name}: reads the target {name_read}"
                else:
                    yield from unless_allowed(f"derived.{name}", name_read, readable)
            yield from type_errors(f"derived.{name}", expression, problem)
        origins[name] = "derived"


def type_errors(key: str, expression: Expression, problem: ProblemFields) -> Iterator[str]:
    """Check that what an expression reads as numbers has some, and what it compares can be so."""
    for name in sorted(expression.numbers_read):
        column = problem.columns.get(name)
        if column and not column.has_numbers:
            kind = "text" if column.type == "text" else "category without 'allowed'"
            yield (
                f"{key}: {name} is a {kind}, which has no numbers to compute with; allowed are"
                " comparisons with a text"
            )
    computed = (*problem.derived, *(n for view in problem.views.values() for n in view.computed))
    for compared in expression.texts:
        if compared.column in problem.columns or compared.column in computed:
            yield from _text_errors(key, compared, problem)


def _text_errors(key: str, compared: ComparedText, problem: ProblemFields) -> Iterator[str]:
    """Check that a column can hold the text that it is compared with."""
    name, text, ordered = compared
    column = problem.columns.get(name)
    kind = column.type if column else "number"
    if kind in ("integer", "number"):
        yield f"{key}: {name} is of type {kind}; found the text {text!r}, allowed is a number"
    elif column and column.allowed is not None and not column.takes_unseen:
        yield from unless_allowed(f"{key}: {name}", text, column.allowed)
    elif kind == "boolean" and parse_boolean(text) is None:
        yield f"{key}: {name}: found {text!r}, allowed is {ALLOWED_BOOLEANS}"
    elif kind == "timestamp":
        seconds = parse_time(text)
        if seconds is None or not is_allowed_time(seconds):
            yield f"{key}: {name}: found {text!r}, allowed is {ALLOWED_TIMES}"
    if ordered and kind in ("boolean", "category", "text"):
        yield (
            f"{key}: {name} is of type {kind}, whose texts have no order; allowed with a text are"
            " ==, !=, in and not in"
        )


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
