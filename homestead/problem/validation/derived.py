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
                column = problem.columns.get(name_read)
                if name_read == problem.target:
                    yield f"derived.{name}: reads the target {name_read}"
                elif column and column.type == "text":
                    yield f"derived.{name}: {name_read} is a text, which expressions can't read"
                elif column and column.is_learnt and name_read in expression.numbers_read:
                    yield (
                        f"derived.{name}: {name_read} is a category without 'allowed', which has no"
                        " numbers to compute with; allowed are comparisons with a text"
                    )
                else:
                    yield from unless_allowed(f"derived.{name}", name_read, readable)
            for compared in expression.texts:
                if compared.column in origins and compared.column != problem.target:
                    yield from text_errors(f"derived.{name}", compared, problem)
        origins[name] = "derived"


def text_errors(key: str, compared: ComparedText, problem: ProblemFields) -> Iterator[str]:
    """Check that a column can hold the text that it is compared with."""
    name, text, ordered = compared
    column = problem.columns.get(name)
    kind = "number" if column is None else column.type
    if column and column.allowed is not None and not column.takes_unseen:
        yield from unless_allowed(f"{key}: {name}", text, column.allowed or ())
    elif kind == "boolean" and parse_boolean(text) is None:
        yield f"{key}: {name}: found {text!r}, allowed is {ALLOWED_BOOLEANS}"
    elif kind == "timestamp":
        seconds = parse_time(text)
        if seconds is None or not is_allowed_time(seconds):
            yield f"{key}: {name}: found {text!r}, allowed is {ALLOWED_TIMES}"
    elif kind in ("integer", "number"):
        yield f"{key}: {name} is of type {kind}; found the text {text!r}, allowed is a number"
    if ordered and kind in ("boolean", "category"):
        yield (
            f"{key}: {name} is of type {kind}, whose texts have no order; allowed with a text are"
            " ==, !=, in and not in"
        )


def derived_without_views(problem: ProblemFields) -> list[str]:
    """Return the derived columns that need neither a view's features nor what is learnt."""
    known = {name for name, column in problem.columns.items() if column.has_numbers}
    for name, text in problem.derived.items():
        try:
            computable = Expression(text).names <= known
        except ValueError:
            continue  # reported at its own key
        if computable:
            known.add(name)
    return [name for name in problem.derived if name in known]
